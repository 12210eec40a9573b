//! Text.

use super::super::fault::Fault;
use super::super::operator;
use super::super::value::Value;
use super::take::{as_int, first, list, second, text};
use super::{Context, Outcome, Row};

pub(super) const TABLE: &[Row] = &[
    ("utf8bytelength", 0, |_, v, _| {
        Ok(Value::count(text("utf8bytelength", v)?.len()))
    }),
    ("startswith", 1, |_, v, a| {
        let (text, part) = both("startswith", v, first(a))?;
        Ok(Value::Bool(text.starts_with(part)))
    }),
    ("endswith", 1, |_, v, a| {
        let (text, part) = both("endswith", v, first(a))?;
        Ok(Value::Bool(text.ends_with(part)))
    }),
    ("ltrimstr", 1, |_, v, a| {
        let (text, part) = both("ltrimstr", v, first(a))?;
        Ok(Value::text(text.strip_prefix(part).unwrap_or(text)))
    }),
    ("rtrimstr", 1, |_, v, a| {
        let (text, part) = both("rtrimstr", v, first(a))?;
        Ok(Value::text(text.strip_suffix(part).unwrap_or(text)))
    }),
    ("ltrim", 0, |_, v, _| {
        Ok(Value::text(text("ltrim", v)?.trim_start()))
    }),
    ("rtrim", 0, |_, v, _| {
        Ok(Value::text(text("rtrim", v)?.trim_end()))
    }),
    ("trim", 0, |_, v, _| {
        Ok(Value::text(text("trim", v)?.trim()))
    }),
    ("explode", 0, explode),
    ("implode", 0, implode),
    ("split", 1, split),
    ("split", 2, split_at_matches),
    ("ascii_downcase", 0, |_, v, _| {
        Ok(Value::text(text("ascii_downcase", v)?.to_ascii_lowercase()))
    }),
    ("ascii_upcase", 0, |_, v, _| {
        Ok(Value::text(text("ascii_upcase", v)?.to_ascii_uppercase()))
    }),
];

fn both<'v>(name: &str, input: &'v Value, part: &'v Value) -> Result<(&'v str, &'v str), Fault> {
    match (input.as_str(), part.as_str()) {
        (Some(text), Some(part)) => Ok((text, part)),
        _ => Err(Fault::argument(name, input, part)),
    }
}

fn explode(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let text = text("explode", input)?;
    let characters = text.chars().map(|c| Value::int(u32::from(c).into()));
    Ok(Value::array(characters.collect()))
}

fn implode(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let mut text = String::new();
    for item in list("implode", input)? {
        let number = as_int(item).ok_or_else(|| Fault::input("implode", input))?;
        let c = u32::try_from(number).ok().and_then(char::from_u32);
        text.push(c.unwrap_or(char::REPLACEMENT_CHARACTER));
    }
    Ok(Value::text(text))
}

/// What separates. gojq complains about an empty text, whatever it was given.
fn separator(argument: &Value) -> Result<&std::rc::Rc<str>, Fault> {
    match argument {
        Value::String(separator) => Ok(separator),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Err(Fault::input("split", &Value::text("")))
        }
    }
}

fn split(_: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let text = text("split", input)?;
    Ok(operator::split(text, separator(first(arguments))?))
}

fn split_at_matches(context: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let whole = text("split", input)?;
    let pattern = separator(first(arguments))?;
    let flags = match second(arguments) {
        Value::Null => "".into(),
        flags => text("split", flags)?.clone(),
    };
    let parts = context.regex(pattern, &flags)?.split(whole)?;
    Ok(Value::array(parts.into_iter().map(Value::text).collect()))
}
