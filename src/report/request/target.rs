//! The body of a target.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{NewRuns, Seen, properties, time};
use crate::catalog::Delivery;
use crate::report::{Identified, Reported, State, Subject, SyncResult, blueprint};

pub(super) fn body(
    result: &SyncResult,
    reported: &Reported,
    seen: &Seen,
    identifier: &str,
    new: &NewRuns<'_>,
) -> Value {
    let SyncResult {
        subject: Subject {
            tool,
            cluster,
            resource,
        },
        state,
        runs: _,
        identified,
    } = result;
    let State {
        sync,
        health,
        reason,
        message,
        repo_url,
        path,
        target_revision,
        revision,
        commit_url,
        last_synced_at,
        last_attempt_at,
        declared,
        failed,
        pending_deletions,
        run_number,
    } = state;
    let mut properties = properties([
        ("syncStatus", sync.as_str().into()),
        ("healthStatus", health.as_str().into()),
        ("reason", reason.as_str().into()),
        ("message", json!(message)),
        ("tool", tool.as_str().into()),
        ("cluster", cluster.to_string().into()),
        ("namespace", json!(resource.namespace)),
        ("repoUrl", json!(repo_url)),
        ("path", json!(path)),
        ("targetRevision", json!(target_revision)),
        ("revision", json!(revision)),
        ("commitUrl", json!(commit_url)),
        ("lastSyncedAt", time(*last_synced_at)),
        ("lastAttemptAt", time(*last_attempt_at)),
        ("declaredEntities", json!(declared)),
        ("failedEntities", json!(failed)),
        ("pendingDeletions", json!(pending_deletions)),
        ("unseenRuns", unseen_runs(result, reported).into()),
        ("runNumber", json!(run_number)),
    ]);
    // Flux applies the same again and again; of that nothing is news.
    if *identified == Identified::ByChange && new.runs.is_empty() && reported.target.is_some() {
        properties.remove("lastSyncedAt");
        properties.remove("lastAttemptAt");
    }
    for (delivery, count) in seen.deliveries.iter().flat_map(all_states) {
        properties.insert(blueprint::count(delivery).to_owned(), count.into());
    }
    let mut body = json!({
        "identifier": identifier,
        "title": resource.name,
        "properties": properties,
    });
    if !seen.related.is_empty() {
        body["relations"] = json!(seen.related);
    }
    body
}

/// Each state with its count, 0 where there is none.
fn all_states(
    counts: &BTreeMap<Delivery, usize>,
) -> impl Iterator<Item = (Delivery, usize)> + use<'_> {
    let states = Delivery::ALL.into_iter();
    states.map(|state| (state, counts.get(&state).copied().unwrap_or_default()))
}

/// Those that were counted before, and those whose numbers are missing since.
fn unseen_runs(result: &SyncResult, reported: &Reported) -> u64 {
    let before = reported.number("unseenRuns").unwrap_or_default();
    let (Some(last), Some(now)) = (reported.number("runNumber"), result.state.run_number) else {
        return before;
    };
    let numbers = result.runs.iter().filter_map(|run| run.number);
    let told = numbers.filter(|number| *number > last).count() as u64;
    // The numbers start again for an application that was made again.
    before + now.saturating_sub(last).saturating_sub(told)
}
