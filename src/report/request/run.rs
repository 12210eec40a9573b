//! The body of a run.

use serde_json::{Value, json};

use super::{Seen, properties, time};
use crate::catalog::Record;
use crate::manifest::ResourceRef;
use crate::report::{Failure, Outcome, Phase, Run, short};

/// How many errors of a run are told; what is beyond that is counted.
const ERRORS: usize = 50;

pub(super) fn body(run: &Run, errors: Value, identifier: &str, target: &str) -> Value {
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
    let count = |of: fn(&Outcome) -> usize| json!(outcome.as_ref().map(of));
    let mut properties = properties([
        ("phase", phase.as_str().into()),
        ("reason", reason.as_str().into()),
        ("revision", json!(revision)),
        ("commitUrl", json!(commit_url)),
        ("startedAt", time(*started_at)),
        ("finishedAt", time(*finished_at)),
        ("durationSeconds", json!(seconds)),
        ("initiatedBy", json!(initiated_by)),
        ("created", count(|it| it.created)),
        ("updated", count(|it| it.updated)),
        ("unchanged", count(|it| it.unchanged)),
        ("deleted", count(|it| it.deleted)),
        ("failed", count(|it| it.failures.len())),
        ("errors", errors),
        ("summary", json!(outcome.as_ref().map(Outcome::summary))),
        ("number", json!(number)),
        ("digest", json!(digest)),
    ]);
    properties.retain(|_, value| !value.is_null());
    json!({
        "identifier": identifier,
        "title": format!("{} {}", revision.as_deref().map_or("unknown", short), phase.as_str()),
        "properties": properties,
        "relations": {"target": target},
    })
}

/// A run that was reported while it went on, and of which nothing is left.
pub(super) fn unseen_end(identifier: &str) -> Value {
    json!({
        "identifier": identifier,
        "properties": {
            "phase": Phase::Error.as_str(),
            "reason": "Unknown",
            "summary": "nobody saw how it ended",
        },
    })
}

/// The errors of a run whose other fields are there as they are.
pub(super) fn errors_alone(identifier: &str, errors: Value) -> Value {
    json!({"identifier": identifier, "properties": {"errors": errors}})
}

/// What was not applied, and of the newest run which entities the catalog refuses:
/// who did not look leaves what an earlier one saw.
pub(super) fn errors(
    outcome: Option<&Outcome>,
    seen: Option<&Seen>,
    record: Option<&Record>,
) -> Value {
    let failures = outcome.into_iter().flat_map(|outcome| &outcome.failures);
    let mut errors: Vec<Value> = failures.map(failure).collect();
    match seen {
        Some(seen) if seen.deliveries.is_some() => {
            errors.extend(refused(seen));
        }
        Some(_) | None => {
            let held = record.and_then(|record| record.properties.get("errors"));
            let held = held.and_then(Value::as_array).into_iter().flatten();
            errors.extend(
                held.filter(|error| error.get("blueprint").is_some())
                    .cloned(),
            );
        }
    }
    limited(errors)
}

/// The errors of a run that is there as it is, with what is known now of the entities.
pub(super) fn held_errors(record: &Record, seen: &Seen) -> Value {
    let held = record.properties.get("errors").and_then(Value::as_array);
    let held = held.into_iter().flatten();
    let is_failure = |error: &&Value| error.get("apiVersion").is_some();
    let mut errors: Vec<Value> = held.filter(is_failure).cloned().collect();
    errors.extend(refused(seen));
    limited(errors)
}

/// The entities that the catalog refuses.
fn refused(seen: &Seen) -> impl Iterator<Item = Value> + use<'_> {
    seen.rejected.iter().map(|(identity, code)| {
        json!({
            "blueprint": identity.blueprint,
            "identifier": identity.identifier,
            "code": code,
        })
    })
}

/// As many as are told, and how many more there are.
fn limited(mut errors: Vec<Value>) -> Value {
    let beyond = errors.len().saturating_sub(ERRORS);
    if beyond > 0 {
        errors.truncate(ERRORS);
        errors.push(json!({"code": "more", "message": format!("{beyond} more")}));
    }
    errors.into()
}

fn failure(failure: &Failure) -> Value {
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
