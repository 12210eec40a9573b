//! How each application stands now: what gates ask for, and what is told of changes.
//!
//! Written by the loop that reports, read by whoever answers. Invariant: an application
//! that is reported no more stands nowhere.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tokio::sync::broadcast;

use super::sighting::{Revisions, Sighting};
use super::targets::Deliveries;
use crate::catalog::{Delivery, Identity};
use crate::controller::frame::ObjectRef;
use crate::report::{Phase, SyncStatus, Tool};

/// How many changes a reader may be behind before it loses some.
const BEHIND: usize = 1_024;

/// How an application stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Standing {
    /// The Application, Kustomization or HelmRelease.
    pub subject: ObjectRef,
    /// The identifier of its target.
    pub target: String,
    /// Who syncs it.
    pub tool: Tool,
    /// What is deployed, in the host's words: `main@sha1:731f…`.
    pub revision: Option<String>,
    /// What the artifact was made from, where Flux knows.
    pub origin_revision: Option<String>,
    /// What Argo CD compared the cluster with and found to be there already: a commit
    /// that changes nothing of an application is never synced.
    pub compared: Vec<String>,
    /// Whether the cluster has what Git says.
    pub sync: SyncStatus,
    /// How the newest run went.
    pub phase: Option<Phase>,
    /// What became of the entities of this revision; nothing until somebody looked.
    pub deliveries: Option<BTreeMap<Delivery, usize>>,
    /// The entities that the catalog refuses, with its code.
    pub rejected: Vec<(Identity, String)>,
    /// Its annotations `event.toolkit.fluxcd.io/…`, which go with each of Flux's events
    /// about it: the pull request's number, a commit.
    pub event_metadata: BTreeMap<String, String>,
    /// Whether it is deployed to another cluster.
    pub is_elsewhere: bool,
}

impl Standing {
    /// As it was seen; of the same revision what became of its entities stays known.
    pub(super) fn of(sighting: &Sighting, before: Option<&Self>) -> Self {
        let Revisions {
            applied,
            origin,
            compared,
        } = sighting.revisions.clone();
        let before = before.filter(|it| it.revision == applied);
        Self {
            subject: sighting.subject.clone(),
            target: sighting.target.clone(),
            tool: sighting.result.subject.tool,
            revision: applied,
            origin_revision: origin,
            compared,
            sync: sighting.result.state.sync,
            phase: sighting.newest().map(|run| run.phase),
            deliveries: before.and_then(|it| it.deliveries.clone()),
            rejected: before.map(|it| it.rejected.clone()).unwrap_or_default(),
            event_metadata: sighting.event_metadata.clone(),
            is_elsewhere: sighting.declaration.is_elsewhere,
        }
    }

    /// With what became of its entities.
    pub(super) fn with(&self, deliveries: &Deliveries) -> Self {
        Self {
            deliveries: deliveries.seen.deliveries.clone(),
            rejected: deliveries.seen.rejected.clone(),
            ..self.clone()
        }
    }
}

/// Kind, namespace and name.
type Key = (String, Option<String>, String);

/// How all of them stand. A clone is the same board.
#[derive(Clone, Debug)]
pub(crate) struct Board {
    standings: Arc<RwLock<BTreeMap<Key, Arc<Standing>>>>,
    is_filled: Arc<AtomicBool>,
    changes: broadcast::Sender<Arc<Standing>>,
}

impl Board {
    /// Nobody stands on it.
    pub(crate) fn new() -> Self {
        Self {
            standings: Arc::default(),
            is_filled: Arc::default(),
            changes: broadcast::Sender::new(BEHIND),
        }
    }

    /// How an application stands; nothing where it is not reported.
    pub(crate) fn standing(&self, kind: &str, namespace: &str, name: &str) -> Option<Standing> {
        let key = (kind.to_owned(), Some(namespace.to_owned()), name.to_owned());
        let standings = self
            .standings
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        standings
            .get(&key)
            .map(|standing| Standing::clone(standing))
    }

    /// How all of them stand.
    pub(crate) fn all(&self) -> Vec<Arc<Standing>> {
        let standings = self
            .standings
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        standings.values().cloned().collect()
    }

    /// Whether all stand on it that are reported: who is not there is reported nowhere.
    pub(crate) fn is_filled(&self) -> bool {
        self.is_filled.load(Ordering::Acquire)
    }

    /// What changes from now on. Who is slow misses some, and asks by name.
    pub(crate) fn subscribe(&self) -> broadcast::Receiver<Arc<Standing>> {
        self.changes.subscribe()
    }

    /// How one stands from now on; how it stood before.
    pub(in crate::controller) fn put(&self, standing: Arc<Standing>) -> Option<Arc<Standing>> {
        let mut standings = self
            .standings
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let before = standings.insert(key(&standing.subject), Arc::clone(&standing));
        drop(standings);
        // Nobody has to listen.
        drop(self.changes.send(standing));
        before
    }

    /// One is reported no more; how it stood before.
    pub(in crate::controller) fn remove(&self, subject: &ObjectRef) -> Option<Arc<Standing>> {
        let mut standings = self
            .standings
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        standings.remove(&key(subject))
    }

    /// All objects were listed.
    pub(in crate::controller) fn filled(&self) {
        self.is_filled.store(true, Ordering::Release);
    }

    /// Nobody is looked after from now on.
    pub(super) fn clear(&self) {
        self.is_filled.store(false, Ordering::Release);
        let mut standings = self
            .standings
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        standings.clear();
    }
}

fn key(subject: &ObjectRef) -> Key {
    (
        subject.kind.clone(),
        subject.namespace.clone(),
        subject.name.clone(),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Board, Standing};
    use crate::catalog::Delivery;
    use crate::controller::report::sighting::{recorded, sighting};
    use crate::controller::report::targets::{Deliveries, Deployed};
    use crate::report::Seen;

    #[tokio::test]
    async fn who_stands_on_the_board_is_found_by_name() {
        let board = Board::new();
        let mut changes = board.subscribe();
        let seen = sighting(&recorded("argocd/synced.recorded"));
        let standing = Arc::new(Standing::of(&seen, None));
        assert_eq!(board.put(Arc::clone(&standing)), None);
        assert_eq!(changes.recv().await.unwrap(), standing);
        let namespace = seen.subject.namespace.clone().unwrap();
        let find = || board.standing("Application", &namespace, &seen.subject.name);
        assert_eq!(find().as_ref(), Some(&*standing));
        assert_eq!(
            board.standing("Kustomization", &namespace, &seen.subject.name),
            None
        );
        assert_eq!(board.all(), [Arc::clone(&standing)]);
        assert!(!board.is_filled());
        board.filled();
        assert!(board.is_filled());
        assert_eq!(board.remove(&seen.subject), Some(standing));
        assert_eq!(find(), None);
        board.clear();
        assert!(!board.is_filled());
    }

    #[test]
    fn of_another_revision_nothing_is_known_of_entities() {
        let mut object = recorded("flux/kustomization.recorded");
        let before = Standing::of(&sighting(&object), None);
        let looked = before.with(&Deliveries {
            target: before.target.clone(),
            seen: Seen {
                deliveries: Some([(Delivery::Delivered, 3)].into()),
                ..Seen::default()
            },
            deployed: Deployed::default(),
        });
        object["status"]["conditions"] = serde_json::json!([]);
        let same = Standing::of(&sighting(&object), Some(&looked));
        assert_eq!(same.deliveries, looked.deliveries);
        object["status"]["lastAppliedRevision"] = serde_json::json!("main@sha1:other");
        let other = Standing::of(&sighting(&object), Some(&looked));
        assert_eq!(other.deliveries, None);
    }
}
