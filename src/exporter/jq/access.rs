//! What lies at a key or a path, and what a value is with something else there.
//!
//! As `func.go` of gojq v0.12.17 (`funcIndex2`, `slice`, `update`,
//! `deleteEmpty`).

use std::ops::Range;
use std::rc::Rc;

use super::fault::{
    Fault, expected_array, expected_bounds, expected_object, index_not_number, key_not_string,
};
use super::functions::numbers;
use super::order::compare;
use super::text;
use super::value::{Object, Value};

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
fn clamped(at: i64, least: i64, length: usize) -> Option<usize> {
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

fn range(what: &str, length: usize, from: &Value, to: &Value) -> Result<Range<usize>, Fault> {
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

/// A value with another one at a path.
pub(super) fn set_path(mut value: Value, path: &Value, new: &Value) -> Result<Value, Fault> {
    let Value::Array(keys) = path else {
        return Err(Fault::argument("setpath", &value, path));
    };
    match update(&mut value, keys, new, None) {
        Ok(()) => Ok(value),
        Err(Fault::Message(reason)) => {
            let name = format!("setpath({}; {})", text::preview(path), text::preview(new));
            Err(Fault::wrapped(&name, &value, &reason))
        }
        Err(fault) => Err(fault),
    }
}

/// A value without what lies at some paths, all of them taken as they are
/// before anything is deleted.
pub(super) fn delete_paths(value: Value, paths: &Value) -> Result<Value, Fault> {
    let Value::Array(list) = paths else {
        return Err(Fault::argument("delpaths", &value, paths));
    };
    if list.is_empty() {
        return Ok(value);
    }
    // An object that is nowhere else stands in for what is to go.
    let mark = Rc::new(Object::default());
    let new = Value::Object(mark.clone());
    let mut rest = value.clone();
    for path in list.iter() {
        let deleted = match path {
            Value::Array(keys) => update(&mut rest, keys, &new, Some(&mark)),
            path => Err(expected_array(path)),
        };
        deleted.map_err(|fault| match fault {
            Fault::Message(reason) => Fault::wrapped_with("delpaths", &value, paths, &reason),
            fault => fault,
        })?;
    }
    drop(value);
    if is_mark(&rest, &mark) {
        return Ok(Value::Null);
    }
    delete_marked(&mut rest, &mark);
    Ok(rest)
}

fn is_mark(value: &Value, mark: &Rc<Object>) -> bool {
    matches!(value, Value::Object(object) if Rc::ptr_eq(object, mark))
}

/// Only what is held here alone can have been marked inside.
fn delete_marked(value: &mut Value, mark: &Rc<Object>) {
    let mut keep = |value: &mut Value| {
        let keep = !is_mark(value, mark);
        if keep {
            delete_marked(value, mark);
        }
        keep
    };
    match value {
        Value::Array(items) => {
            if let Some(items) = Rc::get_mut(items) {
                items.retain_mut(keep);
            }
        }
        Value::Object(members) => {
            if let Some(members) = Rc::get_mut(members) {
                members.retain(&mut keep);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Puts a value at a path; with a mark, puts that where something is. On a
/// failure the value is as it was.
fn update(
    value: &mut Value,
    path: &[Value],
    new: &Value,
    mark: Option<&Rc<Object>>,
) -> Result<(), Fault> {
    let Some((key, rest)) = path.split_first() else {
        *value = new.clone();
        return Ok(());
    };
    let is_marked = mark.is_some_and(|mark| is_mark(value, mark));
    match (key, &*value) {
        (Value::String(_) | Value::Number(_) | Value::Object(_), _) if is_marked => Ok(()),
        (Value::String(name), Value::Null | Value::Object(_)) => {
            update_member(value, name, rest, new, mark)
        }
        (Value::Number(at), Value::Null | Value::Array(_)) => {
            update_item(value, numbers::to_int(at), rest, new, mark)
        }
        (Value::Object(bounds), Value::Null | Value::Array(_)) => {
            update_slice(value, bounds, rest, new, mark)
        }
        (Value::String(_), value) => Err(expected_object(value)),
        (Value::Number(_) | Value::Object(_), value) => Err(expected_array(value)),
        (key, Value::Array(_)) => Err(index_not_number("an array", key)),
        (key, _) => Err(key_not_string(key)),
    }
}

fn update_member(
    value: &mut Value,
    name: &Rc<str>,
    path: &[Value],
    new: &Value,
    mark: Option<&Rc<Object>>,
) -> Result<(), Fault> {
    let is_there = matches!(&*value, Value::Object(object) if object.get(name).is_some());
    if is_there && let Value::Object(object) = value {
        return match Rc::make_mut(object).get_mut(name) {
            Some(member) => update(member, path, new, mark),
            None => Ok(()),
        };
    }
    if mark.is_some() {
        return Ok(());
    }
    let mut member = Value::Null;
    update(&mut member, path, new, mark)?;
    let mut object = match std::mem::replace(value, Value::Null) {
        Value::Object(object) => object,
        _ => Rc::default(),
    };
    Rc::make_mut(&mut object).insert(name.clone(), member);
    *value = Value::Object(object);
    Ok(())
}

/// How long a list gojq makes, and how long a one we do, by putting something
/// far behind its end.
const LONGEST: i64 = 0x800_0000;
const LONGEST_HERE: i64 = 1_000_000;

fn update_item(
    value: &mut Value,
    at: i64,
    path: &[Value],
    new: &Value,
    mark: Option<&Rc<Object>>,
) -> Result<(), Fault> {
    let length = value.as_array().map_or(0, <[Value]>::len);
    let Some(place) = clamped(at, -1, length) else {
        return match mark {
            Some(_) => Ok(()),
            None => Err(Fault::new(format!(
                "array index should not be negative: {at}"
            ))),
        };
    };
    if place < length
        && let Value::Array(items) = value
    {
        return update(&mut Rc::make_mut(items)[place], path, new, mark);
    }
    if mark.is_some() {
        return Ok(());
    }
    if at >= LONGEST {
        return Err(Fault::new(format!("array index too large: {at}")));
    }
    if at >= LONGEST_HERE {
        let name = format!("a list of more than {LONGEST_HERE} items");
        return Err(Fault::Unsupported(name));
    }
    let mut item = Value::Null;
    update(&mut item, path, new, mark)?;
    let mut items = match std::mem::replace(value, Value::Null) {
        Value::Array(items) => items,
        _ => Rc::default(),
    };
    let list = Rc::make_mut(&mut items);
    list.resize(usize::try_from(at).unwrap_or(0), Value::Null);
    list.push(item);
    *value = Value::Array(items);
    Ok(())
}

fn update_slice(
    value: &mut Value,
    bounds: &Object,
    path: &[Value],
    new: &Value,
    mark: Option<&Rc<Object>>,
) -> Result<(), Fault> {
    let items = value.as_array().unwrap_or_default();
    let range = lenient_range(bounds, items.len())?;
    if range.is_empty() && mark.is_some() {
        return Ok(());
    }
    let mut part = Value::array(items[range.clone()].to_vec());
    update(&mut part, path, new, mark)?;
    let part = match (part, mark) {
        (Value::Array(part), _) => part,
        (part, Some(mark)) if is_mark(&part, mark) => Rc::new(vec![part; range.len()]),
        (part, _) => return Err(expected_array(&part)),
    };
    if value.is_null() {
        *value = Value::array(Vec::new());
    }
    if let Value::Array(items) = value {
        Rc::make_mut(items).splice(range, part.iter().cloned());
    }
    Ok(())
}

/// Bounds that are no numbers are taken for absent.
fn lenient_range(bounds: &Object, length: usize) -> Result<Range<usize>, Fault> {
    let missing = || expected_bounds(&Value::object(bounds.clone()));
    let number = |bound: &Value| match bound {
        Value::Number(_) => bound.clone(),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Value::Null
        }
    };
    let from = bounds.get("start").map(number).ok_or_else(missing)?;
    let to = bounds.get("end").map(number).ok_or_else(missing)?;
    range("an array", length, &from, &to)
}
