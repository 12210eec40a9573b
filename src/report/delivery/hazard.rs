//! What is wrong with the exporter as a whole, by what is seen of its entities.
//!
//! The exporter never sees a kind whose CRD was created after its start, and deletes
//! all that it owns where it starts without an API server (port-k8s-exporter v0.7.9).
//! It tells neither to anyone. Its start writes to its integration, so that one which
//! was not written to since the CRD came has an exporter that was not started since.

use crate::catalog::EntityKind;
use crate::reason::Reason;
use crate::report::Timestamp;

/// How long an entity is awaited, until its exporter is called deaf to it, in
/// milliseconds.
pub(crate) const AWAITED: u64 = 60_000;

/// So many have to go at once; one or two may be somebody's doing.
const FEW: usize = 3;

/// What is seen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Evidence {
    /// Each kind that the cluster serves.
    pub kinds: Vec<KindEvidence>,
    /// When the exporter's integration was last written to.
    pub integration_changed: Option<Timestamp>,
}

/// What is seen of the entities of a kind.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct KindEvidence {
    /// Which.
    pub kind: EntityKind,
    /// When its CRD was created.
    pub created: Option<Timestamp>,
    /// How many are in the catalog.
    pub there: usize,
    /// How many have been awaited for longer than [`AWAITED`].
    pub awaited: usize,
    /// How many are gone from the catalog, though nobody removed them here.
    pub vanished: usize,
}

/// What is wrong, and for which kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Hazard {
    /// The CRD came after the exporter's start.
    LateCrd(EntityKind),
    /// Nothing of a kind arrives, and nothing tells why.
    Silent(EntityKind),
    /// All that the exporter owned is gone.
    LostCluster,
}

impl Hazard {
    /// The reason of an Event.
    pub(crate) fn reason(self) -> Reason {
        match self {
            Self::LateCrd(_) => Reason::UnseenByExporter,
            Self::Silent(_) => Reason::ExporterSilent,
            Self::LostCluster => Reason::EntitiesVanished,
        }
    }

    /// The word in a metric.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::LateCrd(_) => "late_crd",
            Self::Silent(_) => "silent",
            Self::LostCluster => "lost_cluster",
        }
    }

    /// What it is, and what to do.
    pub(crate) fn message(self) -> String {
        match self {
            Self::LateCrd(kind) => format!(
                "this CRD was created after the exporter's start, and the exporter sees no {} until it is started again: restart it",
                kind.plural()
            ),
            Self::Silent(kind) => format!(
                "none of the {} arrives in the catalog: see whether the exporter runs, and restart it if this CRD was created after its start",
                kind.plural()
            ),
            Self::LostCluster => "the entities of this cluster are gone from the catalog and still in the cluster, as when the exporter starts while the API server can't be reached: `--resync-vanished` has the exporter send everything again, and so does its restart".to_owned(),
        }
    }
}

/// What is wrong by what is seen.
pub(crate) fn hazards(evidence: &Evidence) -> Vec<Hazard> {
    let Evidence {
        kinds,
        integration_changed,
    } = evidence;
    let mut hazards = Vec::new();
    for seen in kinds {
        if seen.awaited == 0 || seen.there > 0 || seen.vanished > 0 {
            continue;
        }
        let is_late = match (seen.created, integration_changed) {
            (Some(created), Some(changed)) => created > *changed,
            (Some(_) | None, Some(_) | None) => false,
        };
        hazards.push(match is_late {
            true => Hazard::LateCrd(seen.kind),
            false => Hazard::Silent(seen.kind),
        });
    }
    let vanished: usize = kinds.iter().map(|it| it.vanished).sum();
    let there: usize = kinds.iter().map(|it| it.there).sum();
    // What was sent since by hand, or by a change, is there again.
    if vanished >= FEW && vanished >= there.saturating_mul(9) {
        hazards.push(Hazard::LostCluster);
    }
    hazards
}
