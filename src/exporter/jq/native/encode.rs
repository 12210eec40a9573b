//! Formats: what `@NAME` and the functions behind it give.

use std::rc::Rc;

use super::super::fault::{Fault, of_type};
use super::super::functions::formats::{self, Cell};
use super::super::functions::json::{self, Json, JsonError};
use super::super::text;
use super::super::value::Value;
use super::take::{first, wrapped};
use super::{Call, Context, Outcome, Row};

pub(super) const TABLE: &[Row] = &[
    ("tostring", 0, to_string),
    ("tojson", 0, to_json),
    ("fromjson", 0, from_json),
    ("format", 1, by_name),
    ("_tohtml", 0, html),
    ("_touri", 0, uri),
    ("_tourid", 0, uri_decoded),
    ("_tocsv", 0, csv),
    ("_totsv", 0, tsv),
    ("_tosh", 0, sh),
    ("_tobase64", 0, base64),
    ("_tobase64d", 0, base64_decoded),
];

/// What a format, with its `@`, stands for.
pub(super) fn format(format: &str) -> Option<Call> {
    Some(match format {
        "@text" => to_string,
        "@json" => to_json,
        "@html" => html,
        "@uri" => uri,
        "@urid" => uri_decoded,
        "@csv" => csv,
        "@tsv" => tsv,
        "@sh" => sh,
        "@base64" => base64,
        "@base64d" => base64_decoded,
        _ => return None,
    })
}

/// `format`, which finds its format when it runs.
pub(super) fn by_name(context: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let name = super::take::text("format", first(arguments))?;
    match format(&format!("@{name}")) {
        Some(call) => call(context, input, &[]),
        None => Err(Fault::new(format!("format not defined: @{name}"))),
    }
}

fn to_string(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    Ok(Value::String(text::plain(input)))
}

fn to_json(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    Ok(Value::text(text::json(input)))
}

fn from_json(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    match json::parse(super::take::text("fromjson", input)?) {
        Ok(json) => Ok(of_json(json)),
        Err(JsonError::Syntax(reason)) => Err(Fault::wrapped("fromjson", input, &reason)),
        Err(JsonError::Trailing) => Err(Fault::input("fromjson", input)),
        Err(JsonError::Unsupported(name)) => Err(Fault::Unsupported(name)),
    }
}

fn of_json(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(bool) => Value::Bool(bool),
        Json::Number(number) => Value::Number(number),
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::array(items.into_iter().map(of_json).collect()),
        Json::Object(members) => {
            let members = members.into_iter();
            let members = members.map(|(name, value)| (Rc::from(name), of_json(value)));
            Value::object(members.collect())
        }
    }
}

fn html(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    Ok(Value::text(formats::html(&text::plain(input))))
}

fn uri(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    Ok(Value::text(formats::uri(&text::plain(input))))
}

fn uri_decoded(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let decoded = formats::uri_decoded(&text::plain(input));
    decoded
        .map(Value::text)
        .map_err(|failure| wrapped("@urid", input, failure))
}

fn base64(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    Ok(Value::text(formats::base64(&text::plain(input))))
}

fn base64_decoded(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let decoded = formats::base64_decoded(&text::plain(input));
    decoded
        .map(Value::text)
        .map_err(|failure| wrapped("@base64d", input, failure))
}

fn csv(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    Ok(Value::text(formats::csv(&cells("csv", input)?)))
}

fn tsv(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    Ok(Value::text(formats::tsv(&cells("tsv", input)?)))
}

fn sh(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let row = match input {
        Value::Array(_) => input.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            Value::array(vec![input.clone()])
        }
    };
    Ok(Value::text(formats::sh(&cells("sh", &row)?)))
}

fn cells<'v>(format: &str, input: &'v Value) -> Result<Vec<Cell<'v>>, Fault> {
    let row = super::take::list(&format!("@{format}"), input)?;
    let cells = row.iter().map(|cell| match cell {
        Value::String(text) => Ok(Cell::Text(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(Cell::Other(text::json(cell))),
        Value::Array(_) | Value::Object(_) => {
            let cell = of_type(cell);
            Err(Fault::new(format!(
                "@{format} cannot format an array including: {cell}"
            )))
        }
    });
    cells.collect()
}
