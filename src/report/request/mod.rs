//! What to send of a sync result, given what was reported before.
//!
//! Invariants: a target stands before its runs, and those stand in their order, so
//! that whoever is stopped in between goes on where it was; what the catalog holds
//! already is not sent.

mod run;
mod target;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::new_runs::{NewRuns, new_runs};
use super::reported::{self, Reported};
use super::{RUN, SyncResult, TARGET, Timestamp, Watch, delivery};
use crate::catalog::{Delivery, Identity, Record};

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
    watch: &Watch,
) -> Vec<(String, Value)> {
    let target = result.subject.identifier();
    let new = new_runs(result, reported, watch, &target);
    let mut requests = Requests::default();
    let unseen = target::unseen_runs(result, reported, watch);
    let body = target::body(result, reported, seen, &new, unseen);
    requests.add(TARGET, body, reported.target.as_ref());
    for identifier in &new.unseen_end {
        requests.add(RUN, run::unseen_end(identifier), None);
    }
    for (identifier, run) in &new.runs {
        let record = reported.run(identifier);
        let is_last = new.current.as_ref().is_some_and(|(it, _)| it == identifier);
        let seen = is_last.then_some(seen);
        let errors = run::errors(run.outcome.as_ref(), seen, record);
        requests.add(RUN, run::body(run, errors, identifier, &target), record);
    }
    if let Some((identifier, run)) = new.known_current() {
        let record = reported.run(identifier);
        let errors = run::errors(run.outcome.as_ref(), Some(seen), record);
        requests.add(RUN, run::errors_alone(identifier, errors), record);
    }
    requests.0
}

/// The upserts that tell what became of entities, of a target whose object says
/// nothing new; none of one that the catalog does not hold.
#[cfg_attr(
    not(any(test, feature = "controller")),
    expect(dead_code, reason = "a controller asks")
)]
pub(crate) fn delivery_requests(reported: &Reported, seen: &Seen) -> Vec<(String, Value)> {
    let mut requests = Requests::default();
    let Some(target) = &reported.target else {
        return requests.0;
    };
    let body = target::deliveries(&target.identity.identifier, seen);
    requests.add(TARGET, body, Some(target));
    if let Some(last) = reported.last() {
        let errors = run::held_errors(last, seen);
        let body = run::errors_alone(&last.identity.identifier, errors);
        requests.add(RUN, body, Some(last));
    }
    requests.0
}

/// Those that are worth sending.
#[derive(Default)]
struct Requests(Vec<(String, Value)>);

impl Requests {
    /// Adds an upsert, unless the catalog holds all of it.
    fn add(&mut self, blueprint: &str, body: Value, held: Option<&Record>) {
        if held.is_none_or(|held| !delivery::differences(&body, held).is_empty()) {
            self.0.push((blueprint.to_owned(), body));
        }
    }
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

fn properties<const N: usize>(fields: [(&str, Value); N]) -> Map<String, Value> {
    let fields = fields.into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn time(time: Option<Timestamp>) -> Value {
    time.map(|time| time.to_string()).into()
}
