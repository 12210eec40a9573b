//! The runs that an Application tells of.

use super::super::object::Object;
use super::{Phase, Run, Source, resources};
use crate::report::Timestamp;

/// The syncs in its history, and the last operation, oldest first.
pub(super) fn runs(object: Object<'_>, source: &Source) -> Vec<Run> {
    let uid = object.text("/metadata/uid").unwrap_or_default();
    let history = object.list("/status/history");
    let mut runs: Vec<Run> = history
        .filter_map(|it| of_history(it, uid, source))
        .collect();
    let operation = object.at("/status/operationState");
    if let Some(mut last) = operation.and_then(|it| of_operation(it, uid, source)) {
        // A sync that succeeded stands in both.
        let same = runs.iter().position(|run| run.key == last.key);
        if let Some(index) = same {
            last.number = runs.remove(index).number;
        }
        runs.push(last);
    }
    runs.sort_by_key(|run| run.at);
    runs
}

fn of_operation(operation: Object<'_>, uid: &str, source: &Source) -> Option<Run> {
    let at = operation.time("/startedAt")?;
    // Nothing is synced by a dry run.
    if operation.is_true("/operation/sync/dryRun") {
        return None;
    }
    let reason = operation.text("/phase")?;
    let phase = match reason {
        "Running" | "Terminating" => Phase::Running,
        "Succeeded" => Phase::Succeeded,
        "Failed" => Phase::Failed,
        _ => Phase::Error,
    };
    let result = operation.at("/syncResult");
    let revision = result.and_then(|result| source.revision(result));
    // The revision is found after the start, and is part of the run's identity.
    if phase == Phase::Running && revision.is_none() {
        return None;
    }
    let synced = result.and_then(Source::below);
    let finished = operation.time("/finishedAt");
    Some(Run {
        key: key(uid, at, result),
        at,
        phase,
        reason: reason.to_owned(),
        commit_url: synced
            .as_ref()
            .unwrap_or(source)
            .commit_url(revision.as_deref()),
        revision,
        started_at: Some(at),
        finished_at: finished,
        seconds: finished.map(|finished| finished.since(at) as f64),
        initiated_by: initiated_by(operation.at("/operation/initiatedBy")),
        number: None,
        digest: None,
        outcome: resources::outcome(operation),
    })
}

fn of_history(entry: Object<'_>, uid: &str, source: &Source) -> Option<Run> {
    let finished = entry.time("/deployedAt")?;
    let at = entry.time("/deployStartedAt").unwrap_or(finished);
    let revision = source.revision(entry);
    let synced = Source::below(entry);
    Some(Run {
        key: key(uid, at, Some(entry)),
        at,
        phase: Phase::Succeeded,
        reason: "Succeeded".to_owned(),
        commit_url: synced
            .as_ref()
            .unwrap_or(source)
            .commit_url(revision.as_deref()),
        revision,
        started_at: Some(at),
        finished_at: Some(finished),
        seconds: Some(finished.since(at) as f64),
        initiated_by: initiated_by(entry.at("/initiatedBy")),
        number: entry.number("/id"),
        digest: None,
        outcome: None,
    })
}

/// Uid, start and all revisions: what tells one operation from all others.
fn key(uid: &str, at: Timestamp, holder: Option<Object<'_>>) -> String {
    let mut key = format!("{uid}/{at}");
    let one = holder.and_then(|holder| holder.text("/revision"));
    let several = holder
        .into_iter()
        .flat_map(|holder| holder.list("/revisions"));
    let several = several.filter_map(|revision| revision.text(""));
    for revision in one.into_iter().chain(several) {
        key.push('/');
        key.push_str(revision);
    }
    key
}

fn initiated_by(initiator: Option<Object<'_>>) -> Option<String> {
    let initiator = initiator?;
    match initiator.is_true("/automated") {
        true => Some("automated".to_owned()),
        false => initiator.text("/username").map(str::to_owned),
    }
}
