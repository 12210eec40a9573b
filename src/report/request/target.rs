//! The body of a target.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{NewRuns, Seen, properties, time};
use crate::catalog::Delivery;
use crate::report::{Identified, Reported, State, Subject, SyncResult, Watch, blueprint, reported};

pub(super) fn body(
    result: &SyncResult,
    reported: &Reported,
    seen: &Seen,
    new: &NewRuns<'_>,
    unseen_runs: u64,
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
        ("unseenRuns", unseen_runs.into()),
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
        "identifier": result.subject.identifier(),
        "title": resource.name,
        "properties": properties,
    });
    if !seen.related.is_empty() {
        body["relations"] = json!(seen.related);
    }
    body
}

/// What became of its entities, alone.
pub(super) fn deliveries(identifier: &str, seen: &Seen) -> Value {
    let counts = seen.deliveries.iter().flat_map(all_states);
    let properties: Map<String, Value> = counts
        .map(|(delivery, count)| (blueprint::count(delivery).to_owned(), count.into()))
        .collect();
    let mut body = json!({"identifier": identifier, "properties": properties});
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

/// Those that were counted before, those that were seen and lost since, and those
/// whose numbers are missing since.
pub(super) fn unseen_runs(result: &SyncResult, reported: &Reported, watch: &Watch) -> u64 {
    let before = reported.number("unseenRuns").unwrap_or_default() + watch.lost;
    let next = reported.number("runNumber").map(|last| last + 1);
    let (Some(next), Some(now)) = (next.or(watch.first), result.state.run_number) else {
        return before;
    };
    // What was reported before its target was told of it is no more missing than what
    // the host still tells.
    let told = result.runs.iter().filter_map(|run| run.number);
    let held = reported.runs.iter();
    let held = held.filter_map(|run| reported::number(run, "number"));
    let numbers: BTreeSet<u64> = told.chain(held).collect();
    let told = numbers
        .range(next..)
        .filter(|number| **number <= now)
        .count() as u64;
    // The numbers start again for an application that was made again.
    before + (now + 1).saturating_sub(next).saturating_sub(told)
}
