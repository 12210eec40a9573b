//! The built-in functions that are no jq themselves.
//!
//! As `func.go` of gojq v0.12.17: what each gives for its input and arguments,
//! what it refuses, and with which message. What they compute on numbers, text
//! and dates is the work of `functions`.

mod encode;
mod error;
mod list;
mod mathematics;
mod number;
mod object;
mod pattern;
mod sort;
mod string;
mod take;
mod time;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::fault::Fault;
use super::functions;
use super::functions::math;
use super::functions::regex::Regex;
use super::value::Value;
use mathematics::{BINARY, UNARY};
use take::float;

/// What a function gives.
type Outcome = Result<Value, Fault>;

/// Input and arguments to a value.
type Call = fn(&Context, &Value, &[Value]) -> Outcome;

/// Compiled patterns, by pattern and flags.
type Regexes = HashMap<(Rc<str>, Rc<str>), Rc<Regex>>;

/// What is kept from run to run.
#[derive(Debug)]
pub(super) struct Context {
    /// The names in what `to_entries` gives.
    key: Rc<str>,
    value: Rc<str>,
    /// What can be pointed to where there is nothing.
    null: Value,
    regexes: RefCell<Regexes>,
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

    /// Where gojq, and with it the exporter, would panic.
    pub(super) fn panic() -> Self {
        Self::Call(|_, _, _| {
            let name = "a label with nothing behind it as an operand, at which gojq panics";
            Err(Fault::Unsupported(name.to_owned()))
        })
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

impl Default for Context {
    fn default() -> Self {
        Self {
            key: Rc::from("key"),
            value: Rc::from("value"),
            null: Value::Null,
            regexes: RefCell::default(),
        }
    }
}

impl Context {
    /// A null to point to.
    pub(super) fn null(&self) -> &Value {
        &self.null
    }

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
