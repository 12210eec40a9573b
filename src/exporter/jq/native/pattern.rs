//! Regular expressions.

use std::rc::Rc;

use super::super::fault::Fault;
use super::super::functions::regex::{Capture, Match};
use super::super::text::preview;
use super::super::value::Value;
use super::take::{first, second, third};
use super::{Context, Outcome, Row};

pub(super) const TABLE: &[Row] = &[("_match", 3, find)];

/// All matches, the first one, or whether there is one.
fn find(context: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let testing = matches!(third(arguments), Value::Bool(true));
    let name = match testing {
        true => "test",
        false => "match",
    };
    let (pattern, flags) = (first(arguments), second(arguments));
    let wrong = |input: &Value| {
        let name = format!("{name}({}; {})", preview(pattern), preview(flags));
        Fault::input(&name, input)
    };
    let empty = Rc::from("");
    let flags = match flags {
        Value::Null => &empty,
        Value::String(flags) => flags,
        // gojq shows an empty text in place of the input.
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            return Err(wrong(&Value::text("")));
        }
    };
    let (Value::String(text), Value::String(pattern)) = (input, pattern) else {
        return Err(wrong(input));
    };
    let regex = context.regex(pattern, flags)?;
    if testing {
        return Ok(Value::Bool(regex.test(text)?));
    }
    let matches = regex.matches(text)?;
    Ok(Value::array(matches.into_iter().map(of_match).collect()))
}

fn object(members: [(&str, Value); 4]) -> Value {
    let members = members
        .into_iter()
        .map(|(name, value)| (Rc::from(name), value));
    Value::object(members.collect())
}

fn of_match(found: Match) -> Value {
    let Match {
        offset,
        length,
        string,
        captures,
    } = found;
    let captures = captures.into_iter().map(of_capture);
    object([
        ("captures", Value::array(captures.collect())),
        ("length", Value::int(length)),
        ("offset", Value::int(offset)),
        ("string", Value::text(string)),
    ])
}

fn of_capture(capture: Capture) -> Value {
    let Capture {
        name,
        offset,
        length,
        string,
    } = capture;
    object([
        ("length", Value::int(length)),
        ("name", name.map_or(Value::Null, Value::text)),
        ("offset", Value::int(offset)),
        ("string", string.map_or(Value::Null, Value::text)),
    ])
}
