//! A HelmRelease.

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
    let mut runs: Vec<Run> = object.list("/status/history").filter_map(run).collect();
    runs.sort_by_key(|run| (run.number, run.at));
    if let Some(last) = runs.last_mut() {
        finish(last, object);
    }
    let verdict = Verdict::of(object, last_result(object).as_ref(), is_degraded);
    let deployed = runs.iter().rev().find(|run| run.phase == Phase::Succeeded);
    let chart = "/spec/chart/spec/chart";
    let text = |pointer: &str| object.text(pointer).map(str::to_owned);
    let state = State {
        sync: verdict.sync,
        health: verdict.health,
        reason: verdict.reason,
        message: verdict.message,
        repo_url: source.address,
        path: text(chart).or(text("/spec/chartRef/name")),
        target_revision: text("/spec/chart/spec/version").or(source.target_revision),
        revision: deployed.and_then(|run| run.revision.clone()),
        commit_url: None,
        last_synced_at: deployed.and_then(|run| run.finished_at.or(run.started_at)),
        last_attempt_at: runs.last().and_then(|run| run.started_at),
        declared: inventory::entities(object, options.dialect),
        failed: None,
        pending_deletions: None,
        run_number: runs.iter().filter_map(|run| run.number).max(),
    };
    SyncResult {
        subject,
        state,
        runs,
        identified: Identified::ByKey,
    }
}

/// The newest release as a result.
fn last_result(object: Object<'_>) -> Option<LastResult<'_>> {
    let releases = object.list("/status/history");
    let newest = releases.max_by_key(|release| release.number("/version"))?;
    let attempted = |field: &str| object.text(&format!("/status/lastAttempted{field}"));
    let is_same = |attempted: Option<&str>, of: &str| attempted == newest.text(of);
    let phase = phase(newest)?;
    Some(LastResult {
        is_current: is_same(attempted("Revision"), "/chartVersion")
            && is_same(attempted("ConfigDigest"), "/configDigest"),
        succeeded: phase == Phase::Succeeded,
        reason: newest.text("/status")?,
    })
}

/// A release; each install, upgrade and rollback makes one.
fn run(release: Object<'_>) -> Option<Run> {
    let number = release.number("/version")?;
    let started = release.time("/lastDeployed")?;
    let deleted = release.time("/deleted");
    let digest = release.text("/digest")?;
    let reason = release.text("/status")?;
    Some(Run {
        // Not by its digest, in which its status is as well: that changes once there is
        // a newer release, or it is uninstalled. Then the numbers begin anew.
        key: format!("{number}/{started}"),
        at: started,
        phase: phase(release)?,
        reason: reason.to_owned(),
        revision: release.text("/chartVersion").map(str::to_owned),
        commit_url: None,
        started_at: Some(started),
        finished_at: deleted,
        seconds: None,
        initiated_by: None,
        number: Some(number),
        digest: Some(digest.to_owned()),
        outcome: None,
    })
}

/// How a release went; nothing while Helm is at it.
fn phase(release: Object<'_>) -> Option<Phase> {
    let hooks = release.at("/testHooks");
    let has_failed_test = hooks.is_some_and(|hooks| hooks.members().any(is_failed));
    Some(match release.text("/status")? {
        "deployed" | "superseded" if !has_failed_test => Phase::Succeeded,
        "deployed" | "superseded" | "failed" => Phase::Failed,
        "uninstalled" | "uninstalling" if is_remedied(release) => Phase::Failed,
        _ => return None,
    })
}

/// Whether it was uninstalled because its install had failed; helm-controller 1.6 calls
/// it `uninstalling` for ever, and one before 1.5 says nothing of an action.
fn is_remedied(release: Object<'_>) -> bool {
    let action = release.text("/action");
    release.at("/deleted").is_some() && action.is_none_or(|it| it == "uninstall-remediation")
}

fn is_failed(hook: Object<'_>) -> bool {
    hook.text("/phase") == Some("Failed")
}

/// Says of the newest release how long it took, where the last action made it: no
/// other action's time is told.
fn finish(last: &mut Run, object: Object<'_>) {
    let is_made = matches!(last.reason.as_str(), "deployed" | "failed");
    let is_current = last_result(object).is_some_and(|result| result.is_current);
    if is_made && is_current {
        let took = object.text("/status/lastAttemptedReleaseActionDuration");
        last.seconds = took.and_then(time::duration);
        let ends = |start: Timestamp| Some(start.plus(last.seconds?));
        last.finished_at = last.started_at.and_then(ends);
    }
}

fn is_degraded(reason: &str) -> bool {
    matches!(
        reason,
        "InstallFailed"
            | "UpgradeFailed"
            | "TestFailed"
            | "RollbackFailed"
            | "UninstallFailed"
            | "failed"
    )
}
