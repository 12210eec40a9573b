//! What functions take, and how they refuse it.

use std::rc::Rc;

use super::super::fault::Fault;
use super::super::functions::{Failure, numbers};
use super::super::value::Value;

/// A failure with the function and its input in front of it.
pub(super) fn wrapped(name: &str, input: &Value, failure: Failure) -> Fault {
    match failure {
        Failure::Failed(reason) => Fault::wrapped(name, input, &reason),
        Failure::Unsupported(name) => Fault::Unsupported(name),
    }
}

/// The same, with the argument too.
pub(super) fn wrapped_with(name: &str, input: &Value, argument: &Value, failure: Failure) -> Fault {
    match failure {
        Failure::Failed(reason) => Fault::wrapped_with(name, input, argument, &reason),
        Failure::Unsupported(name) => Fault::Unsupported(name),
    }
}

/// A number as a float, for a function that takes nothing else.
pub(super) fn float(name: &str, value: &Value) -> Result<f64, Fault> {
    as_float(value).ok_or_else(|| Fault::input(name, value))
}

pub(super) fn as_float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(numbers::to_float(number)),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

pub(super) fn as_int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => Some(numbers::to_int(number)),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// The first argument; there always is one where a row says so.
pub(super) fn first(arguments: &[Value]) -> &Value {
    arguments.first().unwrap_or(&Value::Null)
}

pub(super) fn second(arguments: &[Value]) -> &Value {
    arguments.get(1).unwrap_or(&Value::Null)
}

pub(super) fn third(arguments: &[Value]) -> &Value {
    arguments.get(2).unwrap_or(&Value::Null)
}

/// The text that a function takes as its input.
pub(super) fn text<'v>(name: &str, value: &'v Value) -> Result<&'v Rc<str>, Fault> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(Fault::input(name, value))
        }
    }
}

/// The list that a function takes as its input.
pub(super) fn list<'v>(name: &str, value: &'v Value) -> Result<&'v [Value], Fault> {
    value.as_array().ok_or_else(|| Fault::input(name, value))
}

/// The items of a list or the values of an object.
pub(super) fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items.to_vec()),
        Value::Object(members) => Some(members.iter().map(|(_, value)| value.clone()).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
