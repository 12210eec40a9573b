//! What comes of a push: the entities that were to come and to go, as the catalog
//! has them.
//!
//! The exporter tells nobody when its resync is over, so what it does is looked at.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use super::Run;
use crate::catalog::Identity;
use crate::output::Outcome;
use crate::publish::Backup;

/// The first pause between two looks, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// How many looks in a row show the same once the exporter is through: about 3 s.
pub(super) const REST: usize = 5;

/// Looks until all is as planned, or time is up.
pub(super) fn watch(run: &Run<'_>, backup: &Backup) -> anyhow::Result<Outcome> {
    let planned = Planned::of(backup);
    let expects = !planned.created.is_empty() || !planned.deleted.is_empty();
    if !expects || run.arguments.no_wait {
        return Ok(Outcome {
            expects,
            ..Outcome::default()
        });
    }
    let mut outcome = Outcome::default();
    let mut same = 0;
    until(run.deadline, || {
        let owned = run.live.owned()?;
        let automatic = match planned.created.iter().all(|it| owned.contains(*it)) {
            true => BTreeSet::new(),
            false => run.live.automatic()?,
        };
        let now = planned.outcome(&owned, &automatic);
        same = if now == outcome { same + 1 } else { 0 };
        outcome = now;
        Ok(is_over(&outcome, same))
    })?;
    Ok(outcome)
}

/// Asks again and again, ever more seldom; whether it came true in time.
pub(super) fn until(
    deadline: Instant,
    mut is_so: impl FnMut() -> anyhow::Result<bool>,
) -> anyhow::Result<bool> {
    let (mut pause, longest) = PAUSES;
    loop {
        if is_so()? {
            return Ok(true);
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(false);
        }
        thread::sleep(pause.min(left));
        pause = (pause * 2).min(longest);
    }
}

/// Whether there is nothing more to wait for. An entity that may stay is waited for
/// until others have shown that the exporter is at work, and it has come to rest.
fn is_over(outcome: &Outcome, same: usize) -> bool {
    let is_at_work = outcome.arrived + outcome.gone > 0;
    let is_done = outcome.missing.is_empty() && outcome.stayed.is_empty();
    is_done && (outcome.kept.is_empty() || (is_at_work && same >= REST))
}

struct Planned<'a> {
    owned: BTreeSet<&'a Identity>,
    created: BTreeSet<&'a Identity>,
    deleted: BTreeSet<&'a Identity>,
    uncertain: BTreeSet<&'a Identity>,
}

impl<'a> Planned<'a> {
    fn of(backup: &'a Backup) -> Self {
        Self {
            owned: backup.owned.iter().collect(),
            created: backup.created.iter().collect(),
            deleted: backup.deleted.iter().collect(),
            uncertain: backup.uncertain.iter().collect(),
        }
    }

    /// An entity that the API made for a relation has come, too: nothing tells it from
    /// one whose own object was sent first.
    fn outcome(&self, now: &BTreeSet<Identity>, automatic: &BTreeSet<Identity>) -> Outcome {
        let is_there = |it: &&&Identity| now.contains(**it);
        let has_come = |it: &&&Identity| is_there(it) || automatic.contains(**it);
        let listed = |all: Vec<&&Identity>| -> Vec<Identity> {
            all.into_iter().map(|it| (**it).clone()).collect()
        };
        let (arrived, missing): (Vec<_>, Vec<_>) = self.created.iter().partition(has_come);
        let (stayed, gone): (Vec<_>, Vec<_>) = self.deleted.iter().partition(is_there);
        let (kept, stayed): (Vec<_>, Vec<_>) = stayed
            .into_iter()
            .partition(|it: &&&Identity| self.uncertain.contains(*it));
        let others = self.owned.iter().filter(|it| !self.deleted.contains(**it));
        let surprises = others.filter(|it| !now.contains(**it));
        Outcome {
            waited: true,
            expects: true,
            arrived: arrived.len(),
            missing: listed(missing),
            gone: gone.len(),
            stayed: listed(stayed),
            kept: listed(kept),
            surprises: surprises.map(|it| (**it).clone()).collect(),
        }
    }
}
