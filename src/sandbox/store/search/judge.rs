//! Whether an entity fits a query.
//!
//! After Port's pages on comparison operators. Texts are compared to the letter.

use std::cmp::Ordering;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::super::moment;
use super::super::state::{State, Stored};
use super::query::{Operator, Query, Subject};
use super::related::targets;
use crate::catalog::Identity;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Whether an entity fits; `now` is what a range such as `lastWeek` counts from.
pub(super) fn fits(state: &State, stored: &Stored, query: &Query, now: SystemTime) -> bool {
    match query {
        Query::All(queries) => queries.iter().all(|it| fits(state, stored, it, now)),
        Query::Any(queries) => queries.iter().any(|it| fits(state, stored, it, now)),
        Query::Among(identities) => identities.contains(&stored.record.identity),
        Query::Related { .. } => false,
        Query::Compare {
            subject,
            operator,
            value,
        } => match subject {
            Subject::Property(name) => holds(*operator, &value_of(state, stored, name), value, now),
            Subject::Typed { kind, format } => {
                let blueprint = state.blueprints.get(&stored.record.identity.blueprint);
                let schemas = blueprint.and_then(|it| it.pointer("/schema/properties"));
                let schemas = schemas.and_then(Value::as_object).into_iter().flatten();
                let mut of_type = schemas.filter(|(_, schema)| {
                    schema.get("type") == Some(&json!(kind))
                        && (format.is_none() || schema.get("format") == Some(&json!(format)))
                });
                of_type
                    .any(|(name, _)| holds(*operator, &value_of(state, stored, name), value, now))
            }
        },
    }
}

/// The value of a property, of a relation, of what every entity has, or of what a
/// path of relations leads to; null where there is none.
fn value_of(state: &State, stored: &Stored, name: &str) -> Value {
    let record = &stored.record;
    match name {
        "$identifier" => return json!(record.identity.identifier),
        "$blueprint" => return json!(record.identity.blueprint),
        "$title" => return json!(record.title),
        "$icon" => return json!(record.icon),
        "$team" => return json!(record.team),
        "$datasource" => return json!(stored.datasource),
        _ => {}
    }
    if let Some(note) = name
        .strip_prefix('$')
        .and_then(|name| record.rest.get(name))
    {
        return note.clone();
    }
    let own = record
        .properties
        .get(name)
        .or_else(|| record.relations.get(name));
    if let Some(value) = own {
        return value.clone();
    }
    let blueprint = state.blueprints.get(&record.identity.blueprint);
    let mirrored = blueprint.and_then(|it| it.get("mirrorProperties")?.get(name)?.get("path"));
    match mirrored
        .and_then(Value::as_str)
        .unwrap_or(name)
        .split_once('.')
    {
        Some((relation, rest)) => beyond(state, stored, relation, rest),
        None => Value::Null,
    }
}

/// The value that related entities have; a list where the relation is to many.
fn beyond(state: &State, stored: &Stored, relation: &str, rest: &str) -> Value {
    let record = &stored.record;
    let blueprint = state.blueprint(&record.identity.blueprint);
    let Some(declared) = blueprint.and_then(|it| it.relations.get(relation)) else {
        return Value::Null;
    };
    let others = targets(record.relations.get(relation)).filter_map(|target| {
        let identity = Identity {
            blueprint: declared.target.clone(),
            identifier: target.to_owned(),
        };
        state.entities.get(&identity)
    });
    let mut values = others.map(|other| value_of(state, other, rest));
    match declared.many {
        true => values.collect(),
        false => values.next().unwrap_or_default(),
    }
}

fn holds(operator: Operator, actual: &Value, wanted: &Value, now: SystemTime) -> bool {
    use Operator as O;
    let order = |is_so: fn(Ordering) -> bool| order(actual, wanted).is_some_and(is_so);
    match operator {
        O::Equal => is_equal(actual, wanted),
        O::NotEqual => !is_equal(actual, wanted),
        O::More => order(Ordering::is_gt),
        O::MoreOrEqual => order(Ordering::is_ge),
        O::Less => order(Ordering::is_lt),
        O::LessOrEqual => order(Ordering::is_le),
        O::Contains => contains(actual, wanted),
        O::DoesNotContain => !contains(actual, wanted),
        O::ContainsAny | O::In => is_among(actual, wanted),
        O::NotIn => !is_among(actual, wanted),
        O::BeginsWith => text(actual, wanted, |text, part| text.starts_with(part)),
        O::DoesNotBeginWith => !text(actual, wanted, |text, part| text.starts_with(part)),
        O::EndsWith => text(actual, wanted, |text, part| text.ends_with(part)),
        O::DoesNotEndWith => !text(actual, wanted, |text, part| text.ends_with(part)),
        O::Between => is_between(actual, wanted, now),
        O::NotBetween => !is_between(actual, wanted, now),
        O::IsEmpty => is_empty(actual),
        O::IsNotEmpty => !is_empty(actual),
        O::IsExpired => moment_of(actual).is_some_and(|end| end <= now),
        O::IsNotExpired => moment_of(actual).is_some_and(|end| end > now),
    }
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

/// A list is equal to each of its items, as the teams of an entity are.
fn is_equal(actual: &Value, wanted: &Value) -> bool {
    let is_item = |items: &Vec<Value>| items.iter().any(|item| is_equal(item, wanted));
    actual == wanted
        || (actual.is_number() && actual.as_f64() == wanted.as_f64())
        || (!wanted.is_array() && actual.as_array().is_some_and(is_item))
}

fn order(actual: &Value, wanted: &Value) -> Option<Ordering> {
    match (actual.as_f64(), wanted.as_f64()) {
        (Some(actual), Some(wanted)) => actual.partial_cmp(&wanted),
        _ => Some(moment_of(actual)?.cmp(&moment_of(wanted)?)),
    }
}

fn contains(actual: &Value, wanted: &Value) -> bool {
    match (actual, wanted) {
        (Value::String(text), Value::String(part)) => text.contains(part),
        (Value::Array(_), Value::Array(_)) => is_among(actual, wanted),
        (Value::Array(items), one) => items.contains(one),
        _ => is_equal(actual, wanted),
    }
}

fn is_among(actual: &Value, wanted: &Value) -> bool {
    let wanted = wanted
        .as_array()
        .map_or(std::slice::from_ref(wanted), Vec::as_slice);
    wanted.iter().any(|one| is_equal(actual, one))
}

fn text(actual: &Value, wanted: &Value, is_so: fn(&str, &str) -> bool) -> bool {
    let pair = actual.as_str().zip(wanted.as_str());
    pair.is_some_and(|(text, part)| is_so(text, part))
}

fn moment_of(value: &Value) -> Option<SystemTime> {
    moment::read(value.as_str()?)
}

fn is_between(actual: &Value, range: &Value, now: SystemTime) -> bool {
    let Some(at) = moment_of(actual) else {
        return false;
    };
    let preset = range.get("preset").and_then(Value::as_str);
    let (from, to) = match preset {
        Some(preset) => preset_range(preset, now),
        None => {
            let end = |key| range.get(key).and_then(moment_of);
            (end("from"), end("to"))
        }
    };
    from.is_some_and(|from| from <= at) && to.is_some_and(|to| at <= to)
}

/// The range of Port's name for one; nothing is in one that it does not have.
fn preset_range(preset: &str, now: SystemTime) -> (Option<SystemTime>, Option<SystemTime>) {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let midnight = UNIX_EPOCH + DAY * u32::try_from(since.as_secs() / DAY.as_secs()).unwrap_or(0);
    let days = match preset {
        "today" => return (Some(midnight), midnight.checked_add(DAY)),
        "tomorrow" => return (midnight.checked_add(DAY), midnight.checked_add(DAY * 2)),
        "yesterday" => return (midnight.checked_sub(DAY), Some(midnight)),
        "lastDay" => 1,
        "lastWeek" => 7,
        "last2Weeks" => 14,
        "lastMonth" => 30,
        "last3Months" => 90,
        "last6Months" => 180,
        "last12Months" => 365,
        "last2Years" => 730,
        "last3Years" => 1095,
        _ => return (None, None),
    };
    (now.checked_sub(DAY * days), Some(now))
}
