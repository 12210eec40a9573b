//! What `report` did, and what became of each entity.
//!
//! Names and the API's sentences are others' text: control characters of theirs are
//! shown, not obeyed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::catalog::{Delivery, Identity};
use crate::legible::visible;
use crate::report::{Phase, RUN, SyncResult, TARGET, Tool, short};

/// What there is to tell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReportPage<'r> {
    /// What was reported, if an object was given.
    pub result: Option<&'r SyncResult>,
    /// What was done about blueprints, a clause each.
    pub installed: &'r [String],
    /// How many upserts were sent.
    pub sent: usize,
    /// How many entities were removed.
    pub removed: usize,
    /// Whether the target was to be removed.
    pub is_deleted: bool,
    /// The declared entities, and those that left.
    pub entities: &'r [ReportRow<'r>],
    /// How long they were watched, where they were waited for.
    pub waited: Option<Duration>,
}

/// One entity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReportRow<'r> {
    /// Which one.
    pub identity: &'r Identity,
    /// What became of it.
    pub delivery: Delivery,
    /// Whether it is declared; otherwise it was, and left Git.
    pub is_declared: bool,
    /// Whether one that left Git is no longer in the catalog.
    pub is_gone: bool,
    /// The API's status, where it refuses the entity.
    pub status: Option<u16>,
    /// The API's code.
    pub code: Option<&'r str>,
    /// The API's sentence, or ours.
    pub reason: Option<&'r str>,
    /// When it came, or went, since the watch began; nothing where that was before.
    pub after: Option<Duration>,
}

/// For people.
///
/// ```text
/// checkout  synced 731f00a by Argo CD in 3.2 s
///   ✓ service/checkout    delivered after 1.4 s
///   ✗ service/search-api  rejected 422: property `tier` must be a number
///   … system/shop         pending
/// 1 of 3 delivered after 30 s
/// ```
pub(crate) fn text(page: &ReportPage<'_>) -> String {
    let ReportPage {
        result,
        installed,
        sent,
        removed,
        is_deleted,
        entities,
        waited,
    } = page;
    let mut lines: Vec<String> = installed.to_vec();
    if let Some(result) = result {
        let name = visible(&result.subject.resource.name);
        let did = match is_deleted {
            true => "deleted".to_owned(),
            false => headline(result),
        };
        lines.push(format!("{name}  {did}"));
        let target = visible(&result.subject.identifier());
        lines.push(format!("  {TARGET}/{target}  {}", sum(*sent, *removed)));
    }
    let width = entities
        .iter()
        .map(|it| it.identity.to_string().chars().count());
    let width = width.max().unwrap_or_default();
    lines.extend(entities.iter().map(|row| line(row, width)));
    let declared = entities.iter().filter(|row| row.is_declared);
    let count = declared.clone().count();
    if count > 0 {
        let there = declared.filter(|row| row.is_there()).count();
        let waited = waited.map(|waited| format!(" after {}", seconds(waited)));
        let waited = waited.unwrap_or_default();
        lines.push(format!("{there} of {count} delivered{waited}"));
    }
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// How the last sync went.
fn headline(result: &SyncResult) -> String {
    let tool = match result.subject.tool {
        Tool::ArgoCd => "Argo CD",
        Tool::Flux => "Flux",
    };
    let state = &result.state;
    let message = state.message.as_deref().map(visible);
    let why = message.map_or_else(String::new, |message| format!(": {message}"));
    let is_last = |reason: &str| result.runs.last().is_some_and(|run| run.reason == reason);
    let Some(run) = result.runs.last() else {
        return format!(
            "{} ({}) in {tool}{why}",
            state.sync.as_str(),
            visible(&state.reason)
        );
    };
    let revision = run.revision.as_deref().map_or("an unknown revision", short);
    let revision = visible(revision);
    let took = run.seconds.map_or_else(String::new, |took| {
        format!(" in {}", seconds(Duration::from_secs_f64(took.max(0.0))))
    });
    let said = match run.phase {
        Phase::Running => format!("syncs {revision} by {tool}"),
        Phase::Succeeded => format!("synced {revision} by {tool}{took}"),
        Phase::Failed | Phase::Error => {
            format!(
                "failed to sync {revision} by {tool}{took} ({})",
                visible(&run.reason)
            )
        }
    };
    let is_settled = matches!(state.sync.as_str(), "Synced") || is_last(&state.reason);
    match is_settled {
        true => format!("{said}{why}"),
        false => format!(
            "{said}, now {} ({}){why}",
            state.sync.as_str(),
            visible(&state.reason)
        ),
    }
}

/// What was done to the catalog.
fn sum(sent: usize, removed: usize) -> String {
    let mut told = Vec::new();
    match (sent, removed) {
        (0, 0) => told.push("nothing new".to_owned()),
        (0, _) => {}
        (1, _) => told.push("1 write".to_owned()),
        (sent, _) => told.push(format!("{sent} writes")),
    }
    if removed > 0 {
        told.push(format!("{removed} removed"));
    }
    told.join(", ")
}

fn line(row: &ReportRow<'_>, width: usize) -> String {
    let mark = match row.delivery {
        Delivery::Delivered => '✓',
        Delivery::Lingering if row.is_gone => '✓',
        Delivery::Lingering => '~',
        Delivery::Pending | Delivery::NotObserved => '…',
        Delivery::Rejected | Delivery::Overwritten | Delivery::Vanished | Delivery::Conflict => '✗',
    };
    let identity = visible(&row.identity.to_string());
    let word = row.word();
    let after = row.after.filter(|_| row.is_gone || row.is_there());
    let after = after.map_or_else(String::new, |after| format!(" after {}", seconds(after)));
    let status = row
        .status
        .map_or_else(String::new, |status| format!(" {status}"));
    let reason = row.reason.filter(|_| !row.is_gone).map(visible);
    let reason = reason.map_or_else(String::new, |reason| format!(": {reason}"));
    format!("  {mark} {identity:width$}  {word}{after}{status}{reason}")
}

impl ReportRow<'_> {
    /// Whether it is in the catalog as it is declared, whatever else is.
    fn is_there(&self) -> bool {
        self.is_declared && matches!(self.delivery, Delivery::Delivered | Delivery::Lingering)
    }

    fn word(&self) -> &'static str {
        match self.is_gone {
            true => "deleted",
            false => self.delivery.as_str(),
        }
    }
}

/// `3.2 s`, and from a minute on `2 min 5 s`.
fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        _ if seconds < 9.95 => format!("{seconds:.1} s"),
        _ if seconds < 59.5 => format!("{seconds:.0} s"),
        _ => {
            let whole = seconds.round() as u64;
            format!("{} min {} s", whole / 60, whole % 60)
        }
    }
}

/// For machines.
pub(crate) fn json(page: &ReportPage<'_>) -> String {
    let ReportPage {
        result,
        installed,
        sent,
        removed,
        is_deleted,
        entities,
        waited,
    } = page;
    let entities: Vec<Value> = entities.iter().map(row_json).collect();
    let target = result.map(|result| {
        let resource = &result.subject.resource;
        json!({
            "blueprint": TARGET,
            "identifier": result.subject.identifier(),
            "kind": resource.kind,
            "namespace": resource.namespace,
            "name": resource.name,
            "syncStatus": result.state.sync.as_str(),
            "healthStatus": result.state.health.as_str(),
            "reason": result.state.reason,
            "message": result.state.message,
        })
    });
    let run = result.and_then(|result| {
        let run = result.runs.last()?;
        Some(json!({
            "blueprint": RUN,
            "phase": run.phase.as_str(),
            "reason": run.reason,
            "revision": run.revision,
            "seconds": run.seconds,
        }))
    });
    let document = json!({
        "target": target,
        "run": run,
        "deleted": is_deleted,
        "installed": installed,
        "written": sent,
        "removed": removed,
        "entities": entities,
        "waitedSeconds": waited.map(milliseconds),
    });
    format!("{document:#}\n")
}

fn row_json(row: &ReportRow<'_>) -> Value {
    let ReportRow {
        identity,
        delivery: _,
        is_declared,
        is_gone: _,
        status,
        code,
        reason,
        after,
    } = row;
    json!({
        "blueprint": identity.blueprint,
        "identifier": identity.identifier,
        "declared": is_declared,
        "delivery": row.word(),
        "status": status,
        "code": code,
        "reason": reason,
        "afterSeconds": after.map(milliseconds),
    })
}

/// Seconds, to the millisecond.
fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e3).round() / 1e3
}
