//! Why a program stops before it has given a value.
//!
//! The messages are gojq's (`error.go`, `preview.go` of v0.12.17), since
//! `catch` hands them to the program.

use super::text;
use super::value::Value;

/// What went wrong in a step.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// A failure of the machine; `catch` gets its message.
    Message(String),
    /// `error`; `catch` gets its value.
    Value(Value),
    /// `halt` and `halt_error`, which nothing catches.
    Halt(Value),
    /// What we can't do. Holds its name.
    Unsupported(String),
}

impl Fault {
    /// A message of its own.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self::Message(message.into())
    }

    /// A function that does not take its input.
    pub(super) fn input(name: &str, value: &Value) -> Self {
        Self::Message(format!("{name} cannot be applied to: {}", of_type(value)))
    }

    /// A function that does not take its input and argument together.
    pub(super) fn argument(name: &str, value: &Value, argument: &Value) -> Self {
        let argument = text::preview(argument);
        Self::input(&format!("{name}({argument})"), value)
    }

    /// A function that fails on its input, with a reason.
    pub(super) fn wrapped(name: &str, value: &Value, reason: &str) -> Self {
        let value = text::preview(value);
        Self::Message(format!("{name} cannot be applied to {value}: {reason}"))
    }

    /// A function that fails on its input and argument, with a reason.
    pub(super) fn wrapped_with(name: &str, value: &Value, argument: &Value, reason: &str) -> Self {
        let argument = text::preview(argument);
        Self::wrapped(&format!("{name}({argument})"), value, reason)
    }

    /// The message, as whoever called the program reads it.
    pub(super) fn message(&self) -> String {
        let of = |value: &Value| match value {
            Value::String(text) => format!("error: {text}"),
            value => format!("error: {}", text::json(value)),
        };
        match self {
            Self::Message(message) => message.clone(),
            Self::Value(value) => of(value),
            Self::Halt(value) => format!("halt {}", of(value)),
            Self::Unsupported(name) => format!("unsupported: {name}"),
        }
    }
}

pub(super) fn expected_object(value: &Value) -> Fault {
    Fault::Message(format!("expected an object but got: {}", of_type(value)))
}

pub(super) fn expected_array(value: &Value) -> Fault {
    Fault::Message(format!("expected an array but got: {}", of_type(value)))
}

pub(super) fn key_not_string(key: &Value) -> Fault {
    let key = of_type(key);
    Fault::Message(format!("expected a string for object key but got: {key}"))
}

/// `what` is what was to be indexed, with its article.
pub(super) fn index_not_number(what: &str, index: &Value) -> Fault {
    let index = of_type(index);
    Fault::Message(format!(
        "expected a number for indexing {what} but got: {index}"
    ))
}

pub(super) fn expected_bounds(value: &Value) -> Fault {
    let value = of_type(value);
    Fault::Message(format!(
        "expected \"start\" and \"end\" for slicing but got: {value}"
    ))
}

/// A value in a message: its type, and the beginning of its text.
pub(super) fn of_type(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)
        | Value::Array(_)
        | Value::Object(_) => format!("{} ({})", value.type_name(), text::preview(value)),
    }
}
