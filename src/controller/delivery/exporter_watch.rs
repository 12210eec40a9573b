//! The exporter as a whole: what is wrong with it, said once, and the one resync that
//! may be asked for.
//!
//! Invariant: a resync is asked for only where the API server has just served every
//! kind of the mapping and listed ours, as a resync that can't see a kind deletes all
//! of it; and once for each time that entities vanished.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::mapping::Mapping;
use crate::catalog::{Dialect, EntityKind};
use crate::catalog_api::{ApiError, Client};
use crate::cluster::{Cluster, ClusterError, Resource};
use crate::controller::frame::ObjectRef;
use crate::report::Timestamp;
use crate::report::delivery::Hazard;

/// How many may go at a time without more than they being looked at.
const FEW: usize = 3;

/// For how long a resync that somebody asked for keeps us from asking, in seconds.
const ASKED: i64 = 3600;

/// The pause before a resync that could not be asked for is tried again, at first and
/// at most.
const RETRY: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// A CRD of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Crd {
    pub reference: ObjectRef,
    pub created: Option<Timestamp>,
}

/// What is wrong with the exporter, and who was told.
#[derive(Debug, Default)]
pub(super) struct ExporterWatch {
    pub crds: BTreeMap<EntityKind, Crd>,
    /// When the integration was last written to.
    pub integration_changed: Option<Timestamp>,
    pub hazards: Vec<Hazard>,
    /// Whether a resync was asked for since everything was there.
    has_asked: bool,
    /// When one that could not be asked for is tried again, and the pause before that.
    again: Option<(Instant, Duration)>,
    /// How many were gone when all of them were looked at because of that.
    vanished: usize,
}

/// Why no resync was asked for.
#[derive(Debug, thiserror::Error)]
pub(super) enum ResyncError {
    /// The cluster can't be read now, so that the exporter may not be able to either.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The exporter would skip the kind, and delete what it owns of it.
    #[error("the cluster does not serve the mapping's kind `{0}`, of which a resync deletes all")]
    Unserved(String),
    /// Somebody did, not long ago.
    #[error("one was asked for at {0}")]
    Asked(Timestamp),
    /// The catalog.
    #[error(transparent)]
    Api(#[from] ApiError),
}

impl ExporterWatch {
    /// When each CRD was created.
    pub(super) fn created(&self) -> BTreeMap<EntityKind, Timestamp> {
        let crds = self.crds.iter();
        crds.filter_map(|(kind, crd)| Some((*kind, crd.created?)))
            .collect()
    }

    /// Takes in what is wrong now; what is new of it is to be told, each about the CRDs
    /// that it concerns.
    pub(super) fn take(&mut self, hazards: Vec<Hazard>) -> Vec<(Hazard, Vec<ObjectRef>)> {
        let before: BTreeSet<Hazard> = self.hazards.iter().copied().collect();
        let new = hazards.iter().filter(|it| !before.contains(it));
        let told = new.map(|hazard| {
            let about = self.crds.iter().filter(|(kind, _)| match hazard {
                Hazard::LateCrd(of) | Hazard::Silent(of) => of == *kind,
                Hazard::LostCluster => true,
            });
            let about = about.map(|(_, crd)| crd.reference.clone());
            (*hazard, about.collect())
        });
        let told = told.collect();
        self.hazards = hazards;
        told
    }

    /// Whether so many more are gone than were, that all of them are worth a look: half
    /// of what is gone was not known to be when all were looked at last.
    pub(super) fn is_spreading(&mut self, vanished: usize) -> bool {
        let is_spreading = vanished >= FEW && vanished >= self.vanished.saturating_mul(2);
        if is_spreading || vanished == 0 {
            self.vanished = vanished;
        }
        is_spreading
    }

    /// When a resync is due: all is gone, and none was asked for because of that.
    pub(super) fn resync_due(&mut self) -> Option<Instant> {
        if !self.hazards.contains(&Hazard::LostCluster) {
            self.has_asked = false;
            self.again = None;
            return None;
        }
        let at = self.again.map_or_else(Instant::now, |(at, _)| at);
        (!self.has_asked).then_some(at)
    }

    /// One was asked for.
    pub(super) fn asked(&mut self) {
        self.has_asked = true;
        self.again = None;
    }

    /// One could not be asked for.
    pub(super) fn not_asked(&mut self) {
        let [first, most] = RETRY;
        let pause = self.again.map_or(first, |(_, pause)| (pause * 2).min(most));
        self.again = Some((Instant::now() + pause, pause));
    }
}

/// Reads the CRD of a kind.
pub(super) async fn crd(
    cluster: &Cluster,
    dialect: Dialect,
    kind: EntityKind,
) -> Result<Option<Crd>, ClusterError> {
    let [group, version, of, plural, singular] = [
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        "customresourcedefinition",
    ]
    .map(str::to_owned);
    let resource = Resource {
        group,
        version,
        kind: of,
        plural,
        singular,
    };
    let name = dialect.crd_name(kind);
    let Some(object) = cluster.get(&resource, None, &name).await? else {
        return Ok(None);
    };
    let text = |field: &str| object["metadata"][field].as_str();
    Ok(Some(Crd {
        created: text("creationTimestamp").and_then(Timestamp::parse),
        reference: ObjectRef {
            api_version: resource.api_version(),
            kind: resource.kind,
            namespace: None,
            name,
            uid: text("uid").unwrap_or_default().to_owned(),
        },
    }))
}

/// Asks the exporter to send everything again, where that is safe.
///
/// # Errors
///
/// Why it was not asked.
pub(super) async fn resync(
    cluster: &Cluster,
    client: &Client,
    integration: &str,
    mapping: &Mapping,
    now: Timestamp,
) -> Result<(), ResyncError> {
    for kind in mapping.kinds() {
        let Some(resource) = cluster.resolve(kind).await? else {
            return Err(ResyncError::Unserved(kind.to_owned()));
        };
        if mapping.is_ours(kind) {
            cluster.try_list(&resource).await?;
        }
    }
    let asked = client.resync_request(integration).await?;
    let asked = asked.as_deref().and_then(Timestamp::parse);
    if let Some(asked) = asked.filter(|asked| now.since(*asked) < ASKED) {
        return Err(ResyncError::Asked(asked));
    }
    // A change of nothing is a plain resync (Port's OpenAPI document, 2026-01).
    client.patch_integration(integration, &json!({})).await?;
    Ok(())
}
