//! What to send of a sync result, given what was reported before.
//!
//! Invariants: a target stands before its runs, and those stand in their order, so
//! that whoever is stopped in between goes on where it was; what the catalog holds
//! already is not sent.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::new_runs::{NewRuns, new_runs};
use super::reported::{self, Reported};
use super::{
    Failure, Health, Identified, Outcome, Phase, RUN, Run, State, Subject, SyncResult, SyncStatus,
    TARGET, Tool, blueprint, delivery,
};
use crate::catalog::{Delivery, Identity, Record};
use crate::manifest::ResourceRef;

/// How many errors of a run are told; what is beyond that is counted.
const ERRORS: usize = 50;

/// What whoever looked into the catalog knows of the declared entities.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    /// How many are in which state; nothing where nobody looked.
    pub deliveries: Option<BTreeMap<Delivery, usize>>,
    /// Those that the catalog refuses, with its code.
    pub rejected: Vec<(Identity, String)>,
    /// By relation, the identifiers that the target leads to. They must exist.
    pub related: BTreeMap<String, Vec<String>>,
}

/// The upserts, each with its blueprint; none where the catalog holds all of it.
pub(crate) fn requests(
    result: &SyncResult,
    reported: &Reported,
    seen: &Seen,
) -> Vec<(String, Value)> {
    let target = result.subject.identifier();
    let new = new_runs(result, reported, &target);
    let mut requests = Vec::new();
    let body = target_body(result, reported, seen, &target, &new);
    if differs(&body, reported.target.as_ref()) {
        requests.push((TARGET.to_owned(), body));
    }
    for identifier in &new.unseen_end {
        requests.push((RUN.to_owned(), unseen_end(identifier)));
    }
    for (identifier, run) in &new.runs {
        let is_last = new.current.as_ref().is_some_and(|(it, _)| it == identifier);
        let rejected: &[_] = if is_last { &seen.rejected } else { &[] };
        let body = run_body(run, rejected, identifier, &target);
        if differs(&body, reported.run(identifier)) {
            requests.push((RUN.to_owned(), body));
        }
    }
    if let Some((identifier, run)) = new.known_current()
        && !seen.rejected.is_empty()
    {
        let errors = errors(run.outcome.as_ref(), &seen.rejected);
        let body = json!({"identifier": identifier, "properties": {"errors": errors}});
        if differs(&body, reported.run(identifier)) {
            requests.push((RUN.to_owned(), body));
        }
    }
    requests
}

/// The runs beyond the newest `keep`, once `sent` has been sent.
pub(crate) fn surplus(reported: &Reported, sent: &[(String, Value)], keep: usize) -> Vec<String> {
    let sent = sent.iter().filter(|(blueprint, _)| blueprint == RUN);
    let added = sent
        .filter_map(|(_, body)| body["identifier"].as_str())
        .filter(|identifier| reported.run(identifier).is_none());
    let mut runs: Vec<&Record> = reported.runs.iter().collect();
    runs.sort_by_key(|run| reported::order(run));
    let total = runs.len() + added.count();
    let old = runs.iter().take(total.saturating_sub(keep));
    old.map(|run| run.identity.identifier.clone()).collect()
}

fn target_body(
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
    let time = |time: &Option<super::Timestamp>| json!(time.map(|time| time.to_string()));
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
        ("lastSyncedAt", time(last_synced_at)),
        ("lastAttemptAt", time(last_attempt_at)),
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

fn run_body(run: &Run, rejected: &[(Identity, String)], identifier: &str, target: &str) -> Value {
    let Run {
        key: _,
        at: _,
        phase,
        reason,
        revision,
        commit_url,
        started_at,
        finished_at,
        seconds,
        initiated_by,
        number,
        digest,
        outcome,
    } = run;
    // To the millisecond: Flux tells nanoseconds.
    let seconds = seconds.map(|seconds| (seconds * 1e3).round() / 1e3);
    let time = |time: &Option<super::Timestamp>| json!(time.map(|time| time.to_string()));
    let count = |of: fn(&Outcome) -> usize| json!(outcome.as_ref().map(of));
    let mut properties = properties([
        ("phase", phase.as_str().into()),
        ("reason", reason.as_str().into()),
        ("revision", json!(revision)),
        ("commitUrl", json!(commit_url)),
        ("startedAt", time(started_at)),
        ("finishedAt", time(finished_at)),
        ("durationSeconds", json!(seconds)),
        ("initiatedBy", json!(initiated_by)),
        ("created", count(|it| it.created)),
        ("updated", count(|it| it.updated)),
        ("unchanged", count(|it| it.unchanged)),
        ("deleted", count(|it| it.deleted)),
        ("failed", count(|it| it.failures.len())),
        ("errors", errors(outcome.as_ref(), rejected)),
        ("summary", json!(outcome.as_ref().map(Outcome::summary))),
        ("number", json!(number)),
        ("digest", json!(digest)),
    ]);
    properties.retain(|_, value| !value.is_null());
    json!({
        "identifier": identifier,
        "title": format!("{} {}", revision.as_deref().map_or("unknown", super::short), phase.as_str()),
        "properties": properties,
        "relations": {"target": target},
    })
}

/// A run that was reported while it went on, and of which nothing is left.
fn unseen_end(identifier: &str) -> Value {
    json!({
        "identifier": identifier,
        "properties": {
            "phase": Phase::Error.as_str(),
            "reason": "Unknown",
            "summary": "nobody saw how it ended",
        },
    })
}

fn errors(outcome: Option<&Outcome>, rejected: &[(Identity, String)]) -> Value {
    let failures = outcome.into_iter().flat_map(|outcome| &outcome.failures);
    let failures = failures.map(|failure| {
        let Failure {
            resource:
                ResourceRef {
                    api_version,
                    kind,
                    namespace,
                    name,
                },
            code,
            message,
        } = failure;
        let mut error = properties([
            ("apiVersion", api_version.as_str().into()),
            ("kind", kind.as_str().into()),
            ("namespace", json!(namespace)),
            ("name", name.as_str().into()),
            ("code", code.as_str().into()),
            ("message", json!(message)),
        ]);
        error.retain(|_, value| !value.is_null());
        Value::Object(error)
    });
    let rejected = rejected.iter().map(|(identity, code)| {
        json!({
            "blueprint": identity.blueprint,
            "identifier": identity.identifier,
            "code": code,
        })
    });
    let mut errors: Vec<Value> = failures.chain(rejected).collect();
    let beyond = errors.len().saturating_sub(ERRORS);
    if beyond > 0 {
        errors.truncate(ERRORS);
        errors.push(json!({"code": "more", "message": format!("{beyond} more")}));
    }
    errors.into()
}

impl Outcome {
    /// `4 resources: 2 created, 1 unchanged, 1 failed`.
    pub(crate) fn summary(&self) -> String {
        let Self {
            created,
            updated,
            unchanged,
            deleted,
            applied,
            kept,
            failures,
            is_partial,
        } = self;
        let counts = [
            (*created, "created"),
            (*updated, "updated"),
            (*unchanged, "unchanged"),
            (*applied, "applied"),
            (*deleted, "deleted"),
            (*kept, "kept though they left Git"),
            (failures.len(), "failed"),
        ];
        let total: usize = counts.iter().map(|(count, _)| count).sum();
        let told: Vec<String> = counts
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect();
        let plural = if total == 1 { "" } else { "s" };
        let of = if *is_partial {
            " of a partial sync"
        } else {
            ""
        };
        match told.as_slice() {
            [] => format!("no resource{of}"),
            told => format!("{total} resource{plural}{of}: {}", told.join(", ")),
        }
    }
}

fn properties<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    let fields = fields.into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Whether a body would change what the catalog holds.
fn differs(body: &Value, record: Option<&Record>) -> bool {
    record.is_none_or(|record| !delivery::differences(body, record).is_empty())
}

impl Tool {
    /// The word of the blueprint.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ArgoCd => "argocd",
            Self::Flux => "flux",
        }
    }
}

impl SyncStatus {
    /// The word of the blueprint.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Synced => "Synced",
            Self::OutOfSync => "OutOfSync",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }
}

impl Health {
    /// The word of the blueprint.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Progressing => "Progressing",
            Self::Degraded => "Degraded",
            Self::Suspended => "Suspended",
            Self::Missing => "Missing",
            Self::Unknown => "Unknown",
        }
    }
}

impl Phase {
    /// The word of the blueprint.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Error => "Error",
        }
    }
}
