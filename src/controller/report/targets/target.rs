//! One target: what its object told last, and what of that the catalog was told.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{Declared, RETRY};
use crate::controller::report::board::Standing;
use crate::controller::report::sighting::{Fingerprint, Sighting};
use crate::controller::report::unreported::Unreported;
use crate::report::{Seen, SyncResult};

/// How long something goes on before that is told: Flux is at work for a moment at
/// each try, and most syncs last no longer.
const UNDERWAY: Duration = Duration::from_secs(10);

/// One target.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) declared: Arc<Declared>,
    pub(super) standing: Arc<Standing>,
    pub(super) latest: Fingerprint,
    /// What the catalog was last told by this process.
    pub(super) reported: Option<Fingerprint>,
    /// What is to be told of the object, as long as there is room for it.
    pub(super) result: Option<Box<SyncResult>>,
    /// What is to be told of its entities.
    pub(super) seen: Option<Seen>,
    /// What was told of them.
    pub(super) told: Option<u64>,
    pub(super) unreported: Unreported,
    pub(super) due: Option<Instant>,
    pub(super) refusals: u32,
}

impl Target {
    pub(super) fn new(sighting: &Sighting) -> Self {
        Self {
            declared: Arc::new(Declared::of(sighting)),
            standing: Arc::new(Standing::of(sighting, None)),
            latest: sighting.fingerprint,
            reported: None,
            result: None,
            seen: None,
            told: None,
            unreported: Unreported::default(),
            due: None,
            refusals: 0,
        }
    }

    pub(super) fn renewed(&self, sighting: &Sighting) -> (Declared, Standing) {
        let mut declared = Declared::of(sighting);
        // Flux tells when it applied the same last.
        if self.latest.ended == sighting.fingerprint.ended {
            declared.deployed.synced_at = self.declared.deployed.synced_at;
        }
        // Of another run nobody knows yet what became of its entities.
        let is_same_run = declared.deployed == self.declared.deployed;
        let before = is_same_run.then_some(&*self.standing);
        let standing = Standing::of(sighting, before);
        (declared, standing)
    }

    pub(super) fn reported(&mut self, name: &str, result: &SyncResult) {
        self.refusals = 0;
        self.reported = Some(Fingerprint::of(result));
        self.unreported.reported(name, result);
    }

    /// Whether there is something to tell of the object.
    pub(super) fn has_news(&self) -> bool {
        self.reported != Some(self.latest) || self.unreported.owes()
    }

    /// When what was seen is to be told.
    pub(super) fn due_for(
        &self,
        sighting: &Sighting,
        now: Instant,
        gather: Duration,
    ) -> Option<Instant> {
        let is_same = !self.has_news();
        let has_run = self.reported.map(|it| it.ended) != Some(sighting.fingerprint.ended);
        let wait = match (is_same, self.seen.is_some()) {
            (true, false) => return None,
            _ if sighting.is_incomplete => RETRY,
            (true, true) => gather,
            (false, _) if has_run || self.unreported.owes() => gather,
            (false, _) if !sighting.is_underway() => gather,
            (false, _) => UNDERWAY,
        };
        let due = now + wait;
        Some(self.due.map_or(due, |before| before.min(due)))
    }
}
