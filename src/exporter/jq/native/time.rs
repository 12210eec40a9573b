//! Dates.

use super::super::fault::Fault;
use super::super::functions::Failure;
use super::super::functions::time::{self, Broken, Part, ZERO_TIME};
use super::super::value::Value;
use super::take::{as_float, as_int, first, float, wrapped, wrapped_with};
use super::{Context, Outcome, Row};

pub(super) const TABLE: &[Row] = &[
    ("gmtime", 0, gmtime),
    ("localtime", 0, local_time),
    ("mktime", 0, mktime),
    ("strftime", 1, strftime),
    ("strflocaltime", 1, strf_local_time),
    ("strptime", 1, strptime),
    ("now", 0, |_, _, _| {
        Err(Fault::Unsupported("now".to_owned()))
    }),
];

fn of_broken(broken: Broken) -> Value {
    let Broken {
        year,
        month,
        day,
        hour,
        minute,
        seconds,
        weekday,
        yearday,
    } = broken;
    Value::array(vec![
        Value::int(year),
        Value::int(month),
        Value::int(day),
        Value::int(hour),
        Value::int(minute),
        Value::float(seconds),
        Value::int(weekday),
        Value::int(yearday),
    ])
}

fn parts(items: &[Value]) -> Vec<Option<Part>> {
    let part = |item: &Value| {
        let int = as_int(item)?;
        Some(Part {
            int,
            float: as_float(item)?,
        })
    };
    items.iter().map(part).collect()
}

fn gmtime(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    Ok(of_broken(time::gmtime(float("gmtime", input)?)?))
}

/// Which time is local only the exporter knows.
fn local_time(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    float("localtime", input)?;
    Err(Fault::Unsupported("localtime".to_owned()))
}

fn mktime(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let items = super::take::list("mktime", input)?;
    let seconds = time::mktime(&parts(items));
    seconds
        .map(Value::float)
        .map_err(|failure| wrapped("mktime", input, failure))
}

fn strftime(_: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let taken_apart = match as_float(input) {
        Some(seconds) => of_broken(time::gmtime(seconds)?),
        None => input.clone(),
    };
    let format = first(arguments);
    let (Value::Array(items), Value::String(text)) = (&taken_apart, format) else {
        return Err(Fault::argument("strftime", &taken_apart, format));
    };
    let written = time::strftime(&parts(items), text);
    written
        .map(Value::text)
        .map_err(|failure| wrapped_with("strftime", &taken_apart, format, failure))
}

fn strf_local_time(_: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let format = first(arguments);
    let is_time = matches!(input, Value::Number(_) | Value::Array(_));
    match (is_time, format) {
        (true, Value::String(_)) => Err(Fault::Unsupported("strflocaltime".to_owned())),
        (true, _) if as_float(input).is_some() => {
            Err(Fault::Unsupported("strflocaltime".to_owned()))
        }
        _ => Err(Fault::argument("strflocaltime", input, format)),
    }
}

fn strptime(_: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let format = first(arguments);
    let (Value::String(text), Value::String(form)) = (input, format) else {
        return Err(Fault::argument("strptime", input, format));
    };
    match time::strptime(text, form) {
        Ok(broken) => Ok(of_broken(broken)),
        Err(Failure::Failed(reason)) if reason == ZERO_TIME => {
            Err(Fault::argument("strptime", input, format))
        }
        Err(failure) => Err(wrapped_with("strptime", input, format, failure)),
    }
}
