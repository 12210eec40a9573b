//! What a value is with something else at a path, or without what is there.
//!
//! As `func.go` of gojq v0.12.17 (`update`, `deleteEmpty`).

use std::ops::Range;
use std::rc::Rc;

use super::access::{clamped, range};
use super::fault::{
    Fault, expected_array, expected_bounds, expected_object, index_not_number, key_not_string,
};
use super::functions::numbers;
use super::text;
use super::value::{Items, Object, Value, deep};

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
            deep(|| delete_marked(value, mark));
        }
        keep
    };
    match value {
        Value::Array(items) => {
            if let Some(items) = Rc::get_mut(items).filter(|items| !items.is_empty()) {
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
    if mark.is_some() && value.is_null() {
        // To delete something in null leaves what it would have been in, empty.
        match key {
            Value::String(_) => *value = Value::nothing_deleted_of_object(),
            Value::Number(_) | Value::Object(_) => *value = Value::nothing_deleted_of_list(),
            Value::Null | Value::Bool(_) | Value::Array(_) => {}
        }
    }
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
        (part, Some(mark)) if is_mark(&part, mark) => Rc::new(Items::from(vec![part; range.len()])),
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
