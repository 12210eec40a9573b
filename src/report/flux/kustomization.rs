//! A Kustomization.

use super::{
    Identified, LastResult, Object, Options, Phase, Run, Source, State, Subject, SyncResult,
    Timestamp, Verdict, inventory,
};
use crate::report::time;

pub(in crate::report) fn sync_result(
    object: Object<'_>,
    subject: Subject,
    options: &Options,
) -> SyncResult {
    let source = Source::of(options);
    // The newest stands first.
    let mut runs: Vec<Run> = object
        .list("/status/history")
        .filter_map(|entry| run(entry, &source))
        .collect();
    runs.reverse();
    let verdict = Verdict::of(object, last_result(object).as_ref(), |reason| {
        reason == "HealthCheckFailed"
    });
    let status = |name: &str| object.text(&format!("/status/{name}"));
    let revision = status("lastAppliedOriginRevision").or(status("lastAppliedRevision"));
    let succeeded = runs.iter().rev().find(|run| run.phase == Phase::Succeeded);
    let state = State {
        sync: verdict.sync,
        health: verdict.health,
        reason: verdict.reason,
        message: verdict.message,
        path: object.text("/spec/path").map(str::to_owned),
        commit_url: source.commit_url(revision),
        repo_url: source.address,
        target_revision: source.target_revision,
        revision: revision.map(str::to_owned),
        last_synced_at: succeeded.map(|run| run.at),
        last_attempt_at: runs.last().map(|run| run.at),
        declared: inventory::entities(object, options.dialect),
        failed: None,
        pending_deletions: None,
        run_number: None,
    };
    SyncResult {
        subject,
        state,
        runs,
        identified: Identified::ByChange,
    }
}

/// The last entry of the history, as a result.
fn last_result(object: Object<'_>) -> Option<LastResult<'_>> {
    let entry = object.list("/status/history").next()?;
    let reason = entry.text("/lastReconciledStatus")?;
    let attempted = object.text("/status/lastAttemptedRevision");
    Some(LastResult {
        is_current: attempted == entry.text("/metadata/revision"),
        succeeded: succeeded(reason),
        reason,
    })
}

/// One entry stands for all the times that the same was applied with the same
/// result; what it tells is of the last of them.
fn run(entry: Object<'_>, source: &Source) -> Option<Run> {
    let at = entry.time("/lastReconciled")?;
    let digest = entry.text("/digest")?;
    let reason = entry.text("/lastReconciledStatus")?;
    let took = entry
        .text("/lastReconciledDuration")
        .and_then(time::duration);
    let origin = entry.text("/metadata/originRevision");
    let revision = origin.or(entry.text("/metadata/revision"));
    Some(Run {
        key: format!("{digest}/{reason}"),
        at,
        phase: match succeeded(reason) {
            true => Phase::Succeeded,
            false => Phase::Failed,
        },
        reason: reason.to_owned(),
        commit_url: source.commit_url(revision),
        revision: revision.map(str::to_owned),
        started_at: took.map(|seconds| Timestamp::plus(at, -seconds)),
        finished_at: Some(at),
        seconds: took,
        initiated_by: None,
        number: None,
        digest: Some(digest.to_owned()),
        outcome: None,
    })
}

fn succeeded(reason: &str) -> bool {
    reason == "ReconciliationSucceeded"
}
