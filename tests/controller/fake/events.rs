//! Kubernetes Events, as a test compares them.

use serde_json::Value;

use super::kind::{CORE_EVENT, EVENT};
use super::store::{Held, Store};

/// What an Event tells, of either group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    /// `Entity shop/pay`, or `ClusterEntity pay`.
    pub(crate) about: String,
    /// `Normal` or `Warning`.
    pub(crate) weight: String,
    pub(crate) reason: String,
    pub(crate) message: String,
    /// Who told it.
    pub(crate) controller: String,
    /// How often, aggregated in one Event.
    pub(crate) count: u64,
}

impl Told {
    fn read(event: &Value) -> Self {
        let text = |fields: [&str; 2]| {
            let values = fields.map(|field| event.pointer(field).and_then(Value::as_str));
            let value = values.into_iter().flatten().find(|value| !value.is_empty());
            value.unwrap_or_default().to_owned()
        };
        let kind = text(["/regarding/kind", "/involvedObject/kind"]);
        let namespace = text(["/regarding/namespace", "/involvedObject/namespace"]);
        let name = text(["/regarding/name", "/involvedObject/name"]);
        let counts = ["/series/count", "/count"].map(|field| event.pointer(field));
        let count = counts.into_iter().flatten().find_map(Value::as_u64);
        Self {
            about: match namespace.as_str() {
                "" => format!("{kind} {name}"),
                namespace => format!("{kind} {namespace}/{name}"),
            },
            weight: text(["/type", "/type"]),
            reason: text(["/reason", "/reason"]),
            message: text(["/note", "/message"]),
            controller: text(["/reportingController", "/source/component"]),
            count: count.unwrap_or(1),
        }
    }
}

/// All of them, by the version in which they were made or last changed.
pub(super) fn told(store: &Store) -> Vec<Told> {
    let events = [EVENT, CORE_EVENT];
    let events = events
        .iter()
        .flat_map(|kind| store.of(kind).objects.values());
    let mut events: Vec<(u64, Told)> = events
        .map(Held::object)
        .map(|event| {
            let version = event["metadata"]["resourceVersion"].as_str();
            let version = version.and_then(|version| version.parse().ok());
            (version.unwrap_or_default(), Told::read(&event))
        })
        .collect();
    events.sort_by_key(|(version, _)| *version);
    events.into_iter().map(|(_, told)| told).collect()
}
