//! jq's order of values, which also says what is equal.

use std::cmp::Ordering;

use super::functions::numbers;
use super::value::{Object, Value, deep};

/// Null, false, true, numbers, text, lists, objects; within a type by what it
/// holds. Objects by their names first.
pub(super) fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => numbers::compare(left, right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) => deep(|| compare_items(left, right)),
        (Value::Object(left), Value::Object(right)) => deep(|| compare_members(left, right)),
        (left, right) => rank(left).cmp(&rank(right)),
    }
}

fn compare_items(left: &[Value], right: &[Value]) -> Ordering {
    let pairs = left.iter().zip(right);
    let differs = pairs.map(|(left, right)| compare(left, right));
    let first = { differs }.find(|ordering| ordering.is_ne());
    first.unwrap_or_else(|| left.len().cmp(&right.len()))
}

fn compare_members(left: &Object, right: &Object) -> Ordering {
    let names = left.iter().map(|(name, _)| name);
    let names = names.cmp(right.iter().map(|(name, _)| name));
    let values = left.iter().zip(right.iter());
    let differs = values.map(|((_, left), (_, right))| compare(left, right));
    names.then_with(|| {
        { differs }
            .find(|ordering| ordering.is_ne())
            .unwrap_or(Ordering::Equal)
    })
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(false) => 1,
        Value::Bool(true) => 2,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }
}
