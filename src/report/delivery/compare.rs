//! One look: what is declared, what is there, and what is known besides.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::catalog::{Delivery, Record};
use crate::report::Timestamp;

/// What is known besides the two that are compared.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Knowledge {
    /// Whether it was seen as it is declared now.
    pub was_delivered: bool,
    /// Whether the API refuses it.
    pub is_rejected: bool,
    /// Since when the cluster declares it so. Nothing where that is not known.
    pub since: Option<Timestamp>,
    /// Fields (`properties.tier`) that it had and has no more.
    pub left: BTreeSet<String>,
}

/// What became of an entity: `declared` is the body that the exporter sends.
pub(crate) fn compare(
    declared: &Value,
    record: Option<&Record>,
    knowledge: &Knowledge,
) -> Delivery {
    let Knowledge {
        was_delivered,
        is_rejected,
        since,
        left,
    } = knowledge;
    let Some(record) = record else {
        return match (is_rejected, was_delivered) {
            (true, _) => Delivery::Rejected,
            (false, true) => Delivery::Vanished,
            (false, false) => Delivery::Pending,
        };
    };
    if differences(declared, record).is_empty() {
        return match lingering(record, left).is_empty() {
            true => Delivery::Delivered,
            false => Delivery::Lingering,
        };
    }
    let is_later = since.is_some_and(|since| updated_at(record) > Some(since));
    // The exporter itself writes after a sync, perhaps of an earlier commit.
    let is_foreign = is_later && is_by_another(record);
    match (is_rejected, *was_delivered || is_foreign) {
        (true, _) => Delivery::Rejected,
        (false, true) => Delivery::Overwritten,
        (false, false) => Delivery::Pending,
    }
}

/// The fields of a body that the catalog holds otherwise, in the order of their
/// names: `properties.tier`, `title`. What is a search query is not compared: the
/// catalog answers what it found.
pub(crate) fn differences(body: &Value, record: &Record) -> Vec<String> {
    let mut fields = Vec::new();
    let own = [
        ("title", record.title.as_deref()),
        ("icon", record.icon.as_deref()),
    ];
    for (name, held) in own {
        if let Some(sent) = body.get(name)
            && sent.as_str() != held
        {
            fields.push(name.to_owned());
        }
    }
    if let Some(sent) = body.get("team").filter(|team| !team.is_object())
        && texts(sent) != record.team.iter().map(String::as_str).collect()
    {
        fields.push("team".to_owned());
    }
    let members = |name: &str| body.get(name).and_then(Value::as_object);
    for (name, sent) in members("properties").into_iter().flatten() {
        if !is_same(sent, held(&record.properties, name)) {
            fields.push(format!("properties.{name}"));
        }
    }
    for (name, sent) in members("relations").into_iter().flatten() {
        if !sent.is_object() && texts(sent) != texts(held(&record.relations, name)) {
            fields.push(format!("relations.{name}"));
        }
    }
    fields
}

/// Which of the fields that left are still there.
pub(crate) fn lingering(record: &Record, left: &BTreeSet<String>) -> Vec<String> {
    let is_there = |field: &&String| match field.split_once('.') {
        Some(("properties", name)) => !held(&record.properties, name).is_null(),
        Some(("relations", name)) => !texts(held(&record.relations, name)).is_empty(),
        Some(_) | None => false,
    };
    left.iter().filter(is_there).cloned().collect()
}

/// When somebody last wrote it.
pub(crate) fn updated_at(record: &Record) -> Option<Timestamp> {
    Timestamp::parse(record.rest.get("updatedAt")?.as_str()?)
}

/// Whether who last wrote it is known, and did not make it.
fn is_by_another(record: &Record) -> bool {
    let by = |field: &str| record.rest.get(field).and_then(Value::as_str);
    match (by("createdBy"), by("updatedBy")) {
        (Some(maker), Some(writer)) => maker != writer,
        (Some(_) | None, Some(_) | None) => false,
    }
}

/// What is not there is null.
fn held<'r>(members: &'r Map<String, Value>, name: &str) -> &'r Value {
    members.get(name).unwrap_or(&Value::Null)
}

/// One text and a list of it are the same to the catalog, and so is its order.
fn texts(value: &Value) -> BTreeSet<&str> {
    match value {
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => [text.as_str()].into(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => BTreeSet::new(),
    }
}

/// Whether two values mean the same: `1` and `1.0` do.
fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || (one.as_f64().is_some() && one.as_f64() == other.as_f64())
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_member = |(name, value): (&String, &Value)| {
                other.get(name).is_some_and(|it| is_same(value, it))
            };
            one.len() == other.len() && one.iter().all(is_member)
        }
        _ => one == other,
    }
}
