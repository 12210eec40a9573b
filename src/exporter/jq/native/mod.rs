//! The built-in functions that are no jq themselves.
//!
//! As `func.go` of gojq v0.12.17: what each gives for its input and arguments,
//! what it refuses, and with which message. What they compute on numbers, text
//! and dates is the work of `functions`.

mod encode;
mod error;
mod list;
mod number;
mod object;
mod pattern;
mod sort;
mod string;
mod time;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::fault::Fault;
use super::functions::math;
use super::functions::regex::Regex;
use super::functions::{self, numbers};
use super::value::Value;

/// What a function gives.
type Outcome = Result<Value, Fault>;

/// Input and arguments to a value.
type Call = fn(&Context, &Value, &[Value]) -> Outcome;

/// What is kept from run to run.
#[derive(Debug, Default)]
pub(super) struct Context {
    /// By pattern and flags.
    regexes: RefCell<HashMap<(Rc<str>, Rc<str>), Rc<Regex>>>,
}

/// How many compiled patterns are kept.
const REGEXES: usize = 1000;

/// A built-in function.
#[derive(Clone, Copy, Debug)]
pub(super) enum Native {
    Call(Call),
    Unary(&'static str, fn(f64) -> f64),
    Binary(&'static str, fn(f64, f64) -> f64),
    /// Mathematics that we can't do as Go does.
    Refused(&'static str),
}

/// Name, number of arguments, and what is called.
type Row = (&'static str, usize, Call);

const TABLES: [&[Row]; 9] = [
    encode::TABLE,
    error::TABLE,
    list::TABLE,
    number::TABLE,
    object::TABLE,
    pattern::TABLE,
    sort::TABLE,
    string::TABLE,
    time::TABLE,
];

/// Functions of one number.
const UNARY: [&str; 40] = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atanh",
    "cbrt",
    "ceil",
    "cos",
    "cosh",
    "erf",
    "erfc",
    "exp",
    "exp10",
    "exp2",
    "expm1",
    "fabs",
    "floor",
    "gamma",
    "j0",
    "j1",
    "lgamma",
    "log",
    "log10",
    "log1p",
    "log2",
    "logb",
    "nearbyint",
    "rint",
    "round",
    "significand",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
    "tgamma",
    "trunc",
    "y0",
    "y1",
];

/// Functions of two numbers.
const BINARY: [&str; 17] = [
    "atan2",
    "copysign",
    "drem",
    "fdim",
    "fmax",
    "fmin",
    "fmod",
    "hypot",
    "jn",
    "ldexp",
    "nextafter",
    "nexttoward",
    "pow",
    "remainder",
    "scalb",
    "scalbln",
    "yn",
];

impl Native {
    /// The function of a name with so many arguments.
    pub(super) fn named(name: &str, arguments: usize) -> Option<Self> {
        let mut rows = TABLES.iter().flat_map(|table| table.iter());
        let row = rows.find(|(known, count, _)| *known == name && *count == arguments);
        row.map(|(_, _, call)| Self::Call(*call))
            .or_else(|| Self::mathematics(name, arguments))
    }

    fn mathematics(name: &str, arguments: usize) -> Option<Self> {
        let known = |names: &[&'static str]| names.iter().copied().find(|known| *known == name);
        match arguments {
            0 => known(&UNARY).map(|name| {
                math::unary(name).map_or(Self::Refused(name), |call| Self::Unary(name, call))
            }),
            2 => known(&BINARY).map(|name| {
                math::binary(name).map_or(Self::Refused(name), |call| Self::Binary(name, call))
            }),
            _ => None,
        }
    }

    /// All names, with how many arguments each takes.
    pub(super) fn names() -> impl Iterator<Item = (&'static str, usize)> {
        let rows = TABLES.iter().flat_map(|table| table.iter());
        rows.map(|(name, count, _)| (*name, *count))
            .chain(UNARY.iter().map(|name| (*name, 0)))
            .chain(BINARY.iter().map(|name| (*name, 2)))
    }

    /// What `@NAME` stands for.
    pub(super) fn format(format: &str) -> Option<Self> {
        encode::format(format).map(Self::Call)
    }

    /// `format`, which finds its format when it runs.
    pub(super) fn format_by_name() -> Self {
        Self::Call(encode::by_name)
    }

    /// `+` before a term.
    pub(super) fn plus() -> Self {
        Self::Call(number::plus)
    }

    /// `-` before a term.
    pub(super) fn negate() -> Self {
        Self::Call(number::negate)
    }

    /// `//` of two values.
    pub(super) fn alternative() -> Self {
        Self::Call(number::alternative)
    }

    /// What it gives for an input.
    pub(super) fn call(self, context: &Context, input: &Value, arguments: &[Value]) -> Outcome {
        match (self, arguments) {
            (Self::Call(call), arguments) => call(context, input, arguments),
            (Self::Unary(name, call), _) => Ok(Value::float(call(float(name, input)?))),
            (Self::Binary(name, call), [left, right]) => {
                let left = float(name, left)?;
                Ok(Value::float(call(left, float(name, right)?)))
            }
            (Self::Refused(name), [left, right]) => {
                float(name, left)?;
                float(name, right)?;
                Err(Fault::Unsupported(name.to_owned()))
            }
            (Self::Refused(name), _) => {
                float(name, input)?;
                Err(Fault::Unsupported(name.to_owned()))
            }
            (Self::Binary(name, _), _) => Err(Fault::Unsupported(name.to_owned())),
        }
    }
}

impl Context {
    /// A compiled pattern.
    fn regex(&self, pattern: &Rc<str>, flags: &Rc<str>) -> Result<Rc<Regex>, Fault> {
        let key = (pattern.clone(), flags.clone());
        if let Some(regex) = self.regexes.borrow().get(&key) {
            return Ok(regex.clone());
        }
        let regex = Rc::new(Regex::compile(pattern, flags)?);
        let mut regexes = self.regexes.borrow_mut();
        if regexes.len() == REGEXES {
            regexes.clear();
        }
        regexes.insert(key, regex.clone());
        Ok(regex)
    }
}

impl From<functions::Failure> for Fault {
    fn from(failure: functions::Failure) -> Self {
        match failure {
            functions::Failure::Failed(message) => Self::Message(message),
            functions::Failure::Unsupported(name) => Self::Unsupported(name),
        }
    }
}

/// A failure with the function and its input in front of it.
fn wrapped(name: &str, input: &Value, failure: functions::Failure) -> Fault {
    match failure {
        functions::Failure::Failed(reason) => Fault::wrapped(name, input, &reason),
        functions::Failure::Unsupported(name) => Fault::Unsupported(name),
    }
}

/// The same, with the argument too.
fn wrapped_with(name: &str, input: &Value, argument: &Value, failure: functions::Failure) -> Fault {
    match failure {
        functions::Failure::Failed(reason) => Fault::wrapped_with(name, input, argument, &reason),
        functions::Failure::Unsupported(name) => Fault::Unsupported(name),
    }
}

/// A number as a float, for a function that takes nothing else.
fn float(name: &str, value: &Value) -> Result<f64, Fault> {
    as_float(value).ok_or_else(|| Fault::input(name, value))
}

fn as_float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(numbers::to_float(number)),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

fn as_int(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => Some(numbers::to_int(number)),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            None
        }
    }
}

/// The first argument; there always is one where a row says so.
fn first(arguments: &[Value]) -> &Value {
    arguments.first().unwrap_or(&Value::Null)
}

fn second(arguments: &[Value]) -> &Value {
    arguments.get(1).unwrap_or(&Value::Null)
}

fn third(arguments: &[Value]) -> &Value {
    arguments.get(2).unwrap_or(&Value::Null)
}

/// The text that a function takes as its input.
fn text<'v>(name: &str, value: &'v Value) -> Result<&'v Rc<str>, Fault> {
    match value {
        Value::String(text) => Ok(text),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(Fault::input(name, value))
        }
    }
}

/// The list that a function takes as its input.
fn list<'v>(name: &str, value: &'v Value) -> Result<&'v [Value], Fault> {
    value.as_array().ok_or_else(|| Fault::input(name, value))
}

/// The items of a list or the values of an object.
fn items(value: &Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(items) => Some(items.to_vec()),
        Value::Object(members) => Some(members.iter().map(|(_, value)| value.clone()).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
