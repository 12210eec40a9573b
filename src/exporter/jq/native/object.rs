//! Objects, and what works on lists as well.

use std::rc::Rc;

use super::super::change;
use super::super::fault::{Fault, expected_array, expected_object, key_not_string};
use super::super::functions::numbers::{self, Number};
use super::super::value::{Object, Value, deep};
use super::take::{as_int, first, second};
use super::{Context, Outcome, Row};

pub(super) const TABLE: &[Row] = &[
    ("keys", 0, keys),
    ("has", 1, has),
    ("contains", 1, contains),
    ("to_entries", 0, to_entries),
    ("from_entries", 0, from_entries),
    ("setpath", 2, |_, v, a| {
        change::set_path(v.clone(), first(a), second(a))
    }),
    ("delpaths", 1, |_, v, a| {
        change::delete_paths(v.clone(), first(a))
    }),
    ("_capture", 0, capture),
];

fn keys(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    match input {
        Value::Array(items) => Ok(Value::array((0..items.len()).map(Value::count).collect())),
        Value::Object(members) => {
            let names = members.iter().map(|(name, _)| Value::String(name.clone()));
            Ok(Value::array(names.collect()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(Fault::input("keys", input))
        }
    }
}

fn has(_: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let key = first(arguments);
    let has = match (input, key) {
        (Value::Array(items), key) => {
            as_int(key).map(|at| usize::try_from(at).is_ok_and(|at| at < items.len()))
        }
        (Value::Object(members), Value::String(name)) => Some(members.get(name).is_some()),
        (Value::Null, _) => Some(false),
        (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_), _) => None,
    };
    has.map(Value::Bool)
        .ok_or_else(|| Fault::argument("has", input, key))
}

fn contains(_: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let part = first(arguments);
    contains_part(input, part)
        .map(Value::Bool)
        .ok_or_else(|| Fault::argument("contains", input, part))
}

/// `None` for values of different types, which is a failure for the outermost
/// ones alone.
fn contains_part(whole: &Value, part: &Value) -> Option<bool> {
    let within = |whole: &Value, part: &Value| deep(|| contains_part(whole, part)) == Some(true);
    match (whole, part) {
        (Value::Null, Value::Null) => Some(true),
        (Value::Bool(whole), Value::Bool(part)) => (whole == part).then_some(true),
        (Value::Number(whole), Value::Number(part)) => Some(is_equal(whole, part)),
        (Value::String(whole), Value::String(part)) => Some(whole.contains(&**part)),
        (Value::Array(whole), Value::Array(parts)) => Some(
            parts
                .iter()
                .all(|part| whole.iter().any(|item| within(item, part))),
        ),
        (Value::Object(whole), Value::Object(parts)) => Some(
            whole.len() >= parts.len()
                && parts
                    .iter()
                    .all(|(name, part)| whole.get(name).is_some_and(|member| within(member, part))),
        ),
        (
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_),
            _,
        ) => None,
    }
}

fn is_equal(left: &Number, right: &Number) -> bool {
    numbers::compare(left, right).is_eq()
}

fn entry(context: &Context, key: Value, value: &Value) -> Value {
    let members = [
        (context.key.clone(), key),
        (context.value.clone(), value.clone()),
    ];
    Value::object(members.into_iter().collect())
}

fn to_entries(context: &Context, input: &Value, _: &[Value]) -> Outcome {
    match input {
        Value::Array(items) => {
            let entries = items.iter().enumerate();
            let entries = entries.map(|(at, item)| entry(context, Value::count(at), item));
            Ok(Value::array(entries.collect()))
        }
        Value::Object(members) => {
            let entries = members.iter();
            let entries =
                entries.map(|(name, value)| entry(context, Value::String(name.clone()), value));
            Ok(Value::array(entries.collect()))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(Fault::input("to_entries", input))
        }
    }
}

fn from_entries(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let entries = super::take::list("from_entries", input)?;
    let mut object = Object::default();
    for entry in entries {
        let Value::Object(members) = entry else {
            return Err(Fault::input("from_entries", entry));
        };
        let name = entry_name(members)
            .map_err(|fault| Fault::wrapped("from_entries", input, &fault.message()))?;
        let value = ["value", "Value"].iter().find_map(|key| members.get(key));
        object.insert(name, value.cloned().unwrap_or(Value::Null));
    }
    Ok(Value::object(object))
}

/// The first of four keys that is neither null nor false.
fn entry_name(members: &Object) -> Result<Rc<str>, Fault> {
    let keys = ["key", "Key", "name", "Name"].iter();
    let mut values = keys.filter_map(|key| members.get(key));
    match values.find(|value| value.is_truthy()) {
        Some(Value::String(name)) => Ok(name.clone()),
        Some(key) => Err(key_not_string(key)),
        None => Err(key_not_string(&Value::Null)),
    }
}

/// The named groups of a match.
fn capture(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let found = input.as_object().ok_or_else(|| expected_object(input))?;
    let captures = found.get("captures").unwrap_or(&Value::Null);
    let list = captures
        .as_array()
        .ok_or_else(|| expected_array(captures))?;
    let named = list
        .iter()
        .filter_map(Value::as_object)
        .filter_map(|capture| {
            let Some(Value::String(name)) = capture.get("name") else {
                return None;
            };
            let text = capture.get("string").cloned().unwrap_or(Value::Null);
            Some((name.clone(), text))
        });
    Ok(Value::object(named.collect()))
}
