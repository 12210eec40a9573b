//! What applications declare, and what became of it: what the loop that reports and the
//! one that looks tell each other.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::controller::frame::ObjectRef;
use crate::controller::report::sighting::Sighting;
use crate::report::{Declaration, ObjectKey, Seen, Timestamp};

/// What changed of the applications that are reported.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TargetChange {
    /// It declares this now.
    Changed(Arc<Declared>),
    /// It is gone, or is reported no more.
    Gone {
        /// The identifier of its target.
        target: String,
    },
}

/// What an application declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Declared {
    /// The identifier of its target.
    pub target: String,
    /// The Application, Kustomization or HelmRelease.
    pub subject: ObjectRef,
    /// As `gitops.glint.io/application` names it.
    pub application: String,
    /// Its entities.
    pub entities: BTreeSet<ObjectKey>,
    /// Whether it is deployed to another cluster, so that nothing of it is seen here.
    pub is_elsewhere: bool,
    pub deployed: Deployed,
}

/// What is deployed, and by which run: another run may deploy the same revision.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Deployed {
    /// In the host's words.
    pub revision: Option<String>,
    /// When the last run ended.
    pub synced_at: Option<Timestamp>,
}

/// What became of the entities of a target.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Deliveries {
    /// Whose.
    pub target: String,
    /// How many are in which state, and which are refused.
    pub seen: Seen,
    /// Of what that is said.
    pub deployed: Deployed,
}

impl Declared {
    pub(super) fn of(sighting: &Sighting) -> Self {
        let Declaration {
            application,
            entities,
            is_elsewhere,
        } = sighting.declaration.clone();
        Self {
            target: sighting.target.clone(),
            subject: sighting.subject.clone(),
            application,
            entities,
            is_elsewhere,
            deployed: Deployed {
                revision: sighting.result.state.revision.clone(),
                synced_at: sighting.newest().and_then(|run| run.finished_at),
            },
        }
    }
}
