//! Which runs of a sync result are to be sent, given those that were reported.
//!
//! Of an application that nobody reported before, the newest, and those since
//! somebody watches; later, all that came since, as far as the host still tells of
//! them.

use std::collections::BTreeSet;

use super::reported::{self, Reported};
use super::{Identified, Phase, Run, SyncResult, Watch};
use crate::catalog::Record;

/// What is to be sent of runs.
pub(super) struct NewRuns<'r> {
    /// With their identifiers, oldest first; some may be there as they are.
    pub runs: Vec<(String, &'r Run)>,
    /// The newest run, under the identifier that it has in the catalog.
    pub current: Option<(String, &'r Run)>,
    /// Runs that were reported as going on, and whose end nobody tells.
    pub unseen_end: Vec<String>,
}

impl<'r> NewRuns<'r> {
    /// The newest run, where it is there and nothing of it is to be sent.
    pub(super) fn known_current(&self) -> Option<(&str, &'r Run)> {
        let (identifier, run) = self.current.as_ref()?;
        let is_sent = self.runs.iter().any(|(sent, _)| sent == identifier);
        (!is_sent).then_some((identifier, *run))
    }
}

pub(super) fn new_runs<'r>(
    result: &'r SyncResult,
    reported: &Reported,
    watch: &Watch,
    target: &str,
) -> NewRuns<'r> {
    let Some(newest) = result.runs.last() else {
        return NewRuns {
            runs: Vec::new(),
            current: None,
            unseen_end: Vec::new(),
        };
    };
    let named = |run: &'r Run| (run.identifier(target), run);
    let runs: Vec<(String, &'r Run)> = match (reported.last(), result.identified) {
        (None, _) => {
            let is_watched = |run: &Run| watch.since.is_some_and(|since| run.at >= since);
            let all = result.runs.iter();
            let news = all.filter(|run| std::ptr::eq(*run, newest) || is_watched(run));
            news.map(named).collect()
        }
        (Some(last), Identified::ByKey) => {
            let all = result.runs.iter().map(named);
            all.filter(|(identifier, run)| {
                std::ptr::eq(*run, newest) || is_news(identifier, run, last, reported, watch)
            })
            .collect()
        }
        (Some(last), Identified::ByChange) => changes(result, newest, last)
            .into_iter()
            .map(named)
            .filter(|(identifier, _)| reported.run(identifier).is_none())
            .collect(),
    };
    let current = match (runs.last(), reported.last()) {
        (Some((identifier, run)), _) => (identifier.clone(), *run),
        (None, Some(last)) => (last.identity.identifier.clone(), newest),
        (None, None) => named(newest),
    };
    NewRuns {
        unseen_end: unseen_end(result, newest, reported, target),
        runs,
        current: Some(current),
    }
}

/// Whether an earlier run came after the last reported, ended since it was reported,
/// or was left out when those after it were written.
fn is_news(identifier: &str, run: &Run, last: &Record, reported: &Reported, watch: &Watch) -> bool {
    if let Some(record) = reported.run(identifier) {
        return reported::text(record, "phase") == Some(Phase::Running.as_str());
    }
    let held = reported.runs.iter();
    let held: BTreeSet<u64> = held
        .filter_map(|run| reported::number(run, "number"))
        .collect();
    match (run.number, held.last()) {
        // Another release of the same number is not its successor.
        (Some(number), Some(_)) if held.contains(&number) => false,
        (Some(number), Some(newest)) if number < *newest => {
            match (reported.number("runNumber"), watch.since) {
                (Some(counted), _) => number > counted,
                (None, Some(since)) => run.at >= since,
                (None, None) => false,
            }
        }
        (_, _) => reported::time(last, "startedAt").is_some_and(|last| run.at > last),
    }
}

/// The entries that came after the last reported one. An entry of the same key is
/// a run of its own only if another came in between; one entry never tells of more
/// than one run.
fn changes<'r>(result: &'r SyncResult, newest: &'r Run, last: &Record) -> Vec<&'r Run> {
    let key = |digest: Option<&str>, reason: Option<&str>| {
        format!(
            "{}/{}",
            digest.unwrap_or_default(),
            reason.unwrap_or_default()
        )
    };
    let last_key = key(
        reported::text(last, "digest"),
        reported::text(last, "reason"),
    );
    let since = reported::time(last, "finishedAt");
    let is_other = |run: &&Run| run.key != last_key && Some(run.at) >= since;
    let first_other = result.runs.iter().filter(is_other).map(|run| run.at).min();
    let mut changes: Vec<&Run> = result
        .runs
        .iter()
        .filter(|run| match run.key == last_key {
            true => first_other.is_some_and(|other| other < run.at),
            false => is_other(run),
        })
        .collect();
    // Whatever the clocks say.
    let is_told = changes.iter().any(|run| std::ptr::eq(*run, newest));
    if newest.key != last_key && !is_told {
        changes.push(newest);
    }
    changes
}

/// The host overwrites an operation by the next.
fn unseen_end(result: &SyncResult, newest: &Run, reported: &Reported, target: &str) -> Vec<String> {
    let told: Vec<String> = result
        .runs
        .iter()
        .map(|run| run.identifier(target))
        .collect();
    let running = reported.runs.iter().filter(|run| {
        reported::text(run, "phase") == Some(Phase::Running.as_str())
            && reported::time(run, "startedAt") < Some(newest.at)
            && !told.contains(&run.identity.identifier)
    });
    running.map(|run| run.identity.identifier.clone()).collect()
}
