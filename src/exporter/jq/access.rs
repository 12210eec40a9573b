//! What lies at a key or a path.
//!
//! As `func.go` of gojq v0.12.17 (`funcIndex2`, `slice`, `funcGetpath`).

use std::ops::Range;
use std::rc::Rc;

use super::fault::{
    Fault, expected_array, expected_bounds, expected_object, index_not_number, key_not_string,
};
use super::functions::numbers;
use super::order::compare;
use super::value::Value;

/// What lies at a key. Nothing lies anywhere in null.
pub(super) fn index(value: &Value, key: &Value) -> Result<Value, Fault> {
    match key {
        Value::String(name) => match value {
            Value::Null => Ok(Value::Null),
            Value::Object(object) => Ok(object.get(name).cloned().unwrap_or(Value::Null)),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Err(expected_object(value))
            }
        },
        Value::Number(number) => item(value, numbers::to_int(number)),
        Value::Array(part) => match value {
            Value::Null => Ok(Value::Null),
            Value::Array(items) => {
                let places = places(items, part).map(Value::count);
                Ok(Value::array(places.collect()))
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Err(expected_array(value))
            }
        },
        Value::Object(bounds) => match value {
            Value::Null => Ok(Value::Null),
            value => {
                let missing = || expected_bounds(key);
                let from = bounds.get("start").ok_or_else(missing)?;
                slice(value, from, bounds.get("end").ok_or_else(missing)?)
            }
        },
        Value::Null | Value::Bool(_) => Err(match value {
            Value::Array(_) => index_not_number("an array", key),
            Value::String(_) => index_not_number("a string", key),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => {
                key_not_string(key)
            }
        }),
    }
}

fn item(value: &Value, at: i64) -> Result<Value, Fault> {
    let found = match value {
        Value::Null => None,
        Value::Array(items) => clamped(at, -1, items.len()).and_then(|at| items.get(at).cloned()),
        Value::String(text) => {
            let length = text.chars().count();
            let c = clamped(at, -1, length).and_then(|at| text.chars().nth(at));
            c.map(|c| Value::text(c.to_string()))
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => return Err(expected_array(value)),
    };
    Ok(found.unwrap_or(Value::Null))
}

/// A place in so many, counted from the end if negative, but not below a least
/// one nor beyond the last but one; `None` below the first.
pub(super) fn clamped(at: i64, least: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let at = match at < 0 {
        true => at + length,
        false => at,
    };
    usize::try_from(at.max(least).min(length)).ok()
}

/// Where a list stands in another one.
pub(super) fn places<'v>(
    items: &'v [Value],
    part: &'v [Value],
) -> impl DoubleEndedIterator<Item = usize> + 'v {
    let last = match part.is_empty() {
        true => 0,
        false => (items.len() + 1).saturating_sub(part.len()),
    };
    (0..last).filter(move |at| {
        let mut pairs = items[*at..].iter().zip(part);
        pairs.all(|(item, part)| compare(item, part).is_eq())
    })
}

/// The bounds of a slice, as a path has them.
pub(super) fn bounds(from: Value, to: Value) -> Value {
    let bounds = [("end", to), ("start", from)];
    let bounds = bounds
        .into_iter()
        .map(|(name, value)| (Rc::from(name), value));
    Value::object(bounds.collect())
}

/// A part of a list or of text.
pub(super) fn slice(value: &Value, from: &Value, to: &Value) -> Result<Value, Fault> {
    match value {
        Value::Null => Ok(Value::Null),
        Value::Array(items) => {
            let range = range("an array", items.len(), from, to)?;
            Ok(match range.len() == items.len() {
                true => value.clone(),
                false => Value::array(items[range].to_vec()),
            })
        }
        Value::String(text) => {
            let range = range("a string", text.chars().count(), from, to)?;
            let part = text.chars().skip(range.start).take(range.len());
            Ok(Value::text(part.collect::<String>()))
        }
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => Err(expected_array(value)),
    }
}

pub(super) fn range(
    what: &str,
    length: usize,
    from: &Value,
    to: &Value,
) -> Result<Range<usize>, Fault> {
    let bound = |bound: &Value, least: usize, absent: usize| match bound {
        Value::Null => Ok(absent),
        Value::Number(number) => {
            let least = i64::try_from(least).unwrap_or(i64::MAX);
            Ok(clamped(numbers::to_int(number), least, length).unwrap_or(0))
        }
        Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Err(index_not_number(what, bound))
        }
    };
    let start = bound(from, 0, 0)?;
    Ok(start..bound(to, start, length)?)
}

/// What lies at a path.
pub(super) fn get_path(value: &Value, path: &Value) -> Result<Value, Fault> {
    let Value::Array(keys) = path else {
        return Err(Fault::argument("getpath", value, path));
    };
    let mut at = value.clone();
    for key in keys.iter() {
        at = match &at {
            Value::Null | Value::Array(_) | Value::Object(_) => index(&at, key)
                .map_err(|fault| Fault::wrapped_with("getpath", value, path, &fault.message()))?,
            Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                return Err(Fault::argument("getpath", value, path));
            }
        };
    }
    Ok(at)
}
