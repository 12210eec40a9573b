//! Runs that were seen and not reported: what is remembered of them, so that those
//! which the host overwrites before anybody reports them are counted.
//!
//! Pure. Runs with a number need no memory, as the numbers that are missing prove
//! them. Invariants: nothing is counted that the catalog holds, and nothing twice, also
//! where nobody knows whether a request arrived; memory is bounded.

use std::collections::BTreeSet;

use super::sighting::digest;
use crate::report::{Identified, Reported, Run, SyncResult, Timestamp, Watch};

/// How many runs are remembered of which only the catalog knows whether it holds them.
const UNCERTAIN: usize = 32;

/// What is remembered of a target.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Unreported {
    /// The newest run, where it has no number.
    current: Option<Current>,
    /// The run that was the newest when all of them were last reported.
    settled: Option<u64>,
    /// The smallest number of a run since the watch began.
    first: Option<u64>,
    debt: Debt,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Current {
    run: u64,
    /// Whether the catalog may have it, by a request that was not answered or by an
    /// earlier process.
    may_be_held: bool,
}

/// What is to be counted with the next report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Debt {
    /// Runs that are gone, and that nobody reported.
    lost: u64,
    /// Runs that are gone, and that the catalog may hold.
    uncertain: Vec<u64>,
    /// How many runs began since the last report, of a host that gives them no identity.
    changes: u64,
    /// The count that was last sent, and how many of `lost` were in it.
    sent: Option<(u64, u64)>,
}

impl Unreported {
    /// Takes in what an object tells; `is_first` for the first time in this process.
    pub(super) fn see(
        &mut self,
        target: &str,
        result: &SyncResult,
        since: Timestamp,
        is_first: bool,
    ) {
        let newest = result.runs.last();
        match result.identified {
            Identified::ByKey => self.see_by_key(target, result, is_first),
            Identified::ByChange => {
                let run = newest.map(|run| digest(&run.key));
                let is_other = run.is_some() && run != self.current.map(|it| it.run);
                if is_other && !is_first {
                    self.debt.changes += 1;
                }
                if let Some(run) = run {
                    self.current = Some(Current {
                        run,
                        may_be_held: true,
                    });
                }
            }
        }
        if self.first.is_none() {
            let since = result.runs.iter().filter(|run| run.at >= since);
            self.first = since.filter_map(|run| run.number).min();
        }
    }

    fn see_by_key(&mut self, target: &str, result: &SyncResult, is_first: bool) {
        let id = |run: &Run| digest(&run.identifier(target));
        let newest = result
            .runs
            .last()
            .filter(|run| run.number.is_none())
            .map(id);
        if let Some(current) = self.current.filter(|it| Some(it.run) != newest) {
            let is_there = result.runs.iter().any(|run| id(run) == current.run);
            match (
                is_there || Some(current.run) == self.settled,
                current.may_be_held,
            ) {
                (true, _) => {}
                (false, true) => self.debt.doubt(current.run),
                (false, false) => self.debt.lost += 1,
            }
        }
        self.current = newest.map(|run| match self.current {
            Some(current) if current.run == run => current,
            Some(_) | None => Current {
                run,
                may_be_held: is_first,
            },
        });
    }

    /// Whether there is something to count, whatever the object tells.
    pub(super) fn owes(&self) -> bool {
        self.debt.lost > 0 || !self.debt.uncertain.is_empty()
    }

    /// What a report takes along. It is given back where the report fails.
    pub(super) fn take(&mut self) -> (Debt, Option<u64>) {
        if let Some(current) = &mut self.current {
            current.may_be_held = true;
        }
        (std::mem::take(&mut self.debt), self.first)
    }

    /// A report of this result was taken.
    pub(super) fn reported(&mut self, target: &str, result: &SyncResult) {
        self.settled = result
            .runs
            .last()
            .map(|run| digest(&run.identifier(target)));
    }

    /// A report was not taken, or nobody knows.
    pub(super) fn give_back(&mut self, debt: Debt) {
        let Debt {
            lost,
            uncertain,
            changes,
            sent,
        } = debt;
        self.debt.lost += lost;
        self.debt.changes += changes;
        self.debt.sent = sent.or(self.debt.sent);
        for run in uncertain {
            self.debt.doubt(run);
        }
    }
}

impl Debt {
    fn doubt(&mut self, run: u64) {
        // Beyond that it counts as held: nothing is invented.
        if self.uncertain.len() < UNCERTAIN {
            self.uncertain.push(run);
        }
    }

    /// Settles what the catalog knows, and says what is to be counted besides.
    pub(super) fn against(
        &mut self,
        reported: &Reported,
        since: Timestamp,
        first: Option<u64>,
    ) -> Watch {
        if let Some((count, of_ours)) = self.sent.take()
            && reported.unseen_runs() == Some(count)
        {
            self.lost = self.lost.saturating_sub(of_ours);
        }
        let runs = reported.runs.iter();
        let held: BTreeSet<u64> = runs.map(|run| digest(&run.identity.identifier)).collect();
        let gone = std::mem::take(&mut self.uncertain).into_iter();
        self.lost += gone.filter(|run| !held.contains(run)).count() as u64;
        Watch {
            since: Some(since),
            lost: self.lost,
            first,
        }
    }

    /// Of the runs that began since the last report so many are told now.
    pub(super) fn told(&mut self, runs: u64) -> u64 {
        let lost = std::mem::take(&mut self.changes).saturating_sub(runs);
        self.lost += lost;
        lost
    }

    /// This count is sent.
    pub(super) fn sends(&mut self, count: u64) {
        self.sent = Some((count, self.lost));
    }
}
