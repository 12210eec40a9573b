//! Lists.

use super::super::access::places;
use super::super::fault::{Fault, of_type};
use super::super::functions::numbers;
use super::super::operator;
use super::super::order::compare;
use super::super::text;
use super::super::value::{Value, deep};
use super::take::{first, float, items, list};
use super::{Context, Outcome, Row};
use std::rc::Rc;

pub(super) const TABLE: &[Row] = &[
    ("add", 0, add),
    ("reverse", 0, reverse),
    ("indices", 1, indices),
    ("index", 1, |_, v, a| {
        place("index", v, first(a), |places| places.next())
    }),
    ("rindex", 1, |_, v, a| {
        place("rindex", v, first(a), |places| places.next_back())
    }),
    ("flatten", 0, |_, v, _| flatten(v, None)),
    ("flatten", 1, |_, v, a| flatten(v, Some(first(a)))),
    ("join", 1, join),
    ("transpose", 0, transpose),
    ("bsearch", 1, bsearch),
];

fn add(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let items = items(input).ok_or_else(|| Fault::input("add", input))?;
    let mut sum = Value::Null;
    let mut pending = String::new();
    for item in items {
        match (&sum, &item) {
            // Text is gathered, so that a long sum is not copied again and again.
            (Value::String(_), Value::String(text)) => pending.push_str(text),
            (_, Value::Null) => {}
            _ => {
                sum = operator::add(joined(sum, &mut pending)?, item)?;
                // A list or object of our own may grow in place.
                sum = own(sum);
            }
        }
    }
    joined(sum, &mut pending)
}

fn joined(sum: Value, pending: &mut String) -> Outcome {
    match pending.is_empty() {
        true => Ok(sum),
        false => operator::add(sum, Value::text(std::mem::take(pending))),
    }
}

/// The same value, held by nobody else.
fn own(value: Value) -> Value {
    match value {
        Value::Array(mut items) => {
            Rc::make_mut(&mut items).reserve(0);
            Value::Array(items)
        }
        Value::Object(mut members) => {
            Rc::make_mut(&mut members).settle();
            Value::Object(members)
        }
        value @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => value,
    }
}

fn reverse(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let items = list("reverse", input)?;
    Ok(Value::array(items.iter().rev().cloned().collect()))
}

/// Text as a list of its characters' numbers.
fn characters(text: &str) -> Vec<Value> {
    text.chars()
        .map(|c| Value::int(u32::from(c).into()))
        .collect()
}

/// Two lists: one in which the other is looked for.
type Haystack = (Vec<Value>, Vec<Value>);

/// A list, or text, and what is looked for in it, as lists. `None` for null, in
/// which nothing is found.
fn haystack(name: &str, input: &Value, part: &Value) -> Result<Option<Haystack>, Fault> {
    match (input, part) {
        (Value::Null, _) => Ok(None),
        (Value::Array(items), Value::Array(part)) => Ok(Some((items.to_vec(), part.to_vec()))),
        (Value::Array(items), part) => Ok(Some((items.to_vec(), vec![part.clone()]))),
        (Value::String(text), Value::String(part)) => {
            Ok(Some((characters(text), characters(part))))
        }
        (Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_), part) => {
            Err(Fault::argument(name, input, part))
        }
    }
}

fn indices(_: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    Ok(match haystack("indices", input, first(arguments))? {
        Some((items, part)) => Value::array(places(&items, &part).map(Value::count).collect()),
        None => Value::Null,
    })
}

fn place(
    name: &str,
    input: &Value,
    part: &Value,
    pick: fn(&mut dyn DoubleEndedIterator<Item = usize>) -> Option<usize>,
) -> Outcome {
    let found = haystack(name, input, part)?;
    let place = found.and_then(|(items, part)| pick(&mut places(&items, &part)));
    Ok(place.map_or(Value::Null, Value::count))
}

fn flatten(input: &Value, depth: Option<&Value>) -> Outcome {
    let items = items(input).ok_or_else(|| Fault::input("flatten", input))?;
    let depth = match depth {
        Some(depth) => float("flatten", depth)?,
        None => f64::INFINITY,
    };
    if depth < 0.0 {
        let depth = numbers::float_text(depth);
        return Err(Fault::new(format!(
            "flatten depth should not be negative: {depth}"
        )));
    }
    let mut flat = Vec::new();
    flatten_into(&mut flat, &items, depth);
    Ok(Value::array(flat))
}

fn flatten_into(flat: &mut Vec<Value>, items: &[Value], depth: f64) {
    for item in items {
        match item {
            Value::Array(inner) if depth != 0.0 => deep(|| flatten_into(flat, inner, depth - 1.0)),
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_) => flat.push(item.clone()),
        }
    }
}

fn join(_: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let separator = first(arguments);
    let wrong = || Fault::argument("join", input, separator);
    let items = items(input).ok_or_else(wrong)?;
    if items.is_empty() {
        return Ok(Value::text(""));
    }
    let separator = match separator.as_str() {
        None if items.len() > 1 => return Err(wrong()),
        separator => separator.unwrap_or_default(),
    };
    let mut out = String::new();
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            out.push_str(separator);
        }
        match item {
            Value::Null => {}
            Value::String(text) => out.push_str(text),
            Value::Bool(_) | Value::Number(_) => out.push_str(&text::json(item)),
            Value::Array(_) | Value::Object(_) => {
                let item = of_type(item);
                return Err(Fault::new(format!(
                    "join cannot be applied to an array including: {item}"
                )));
            }
        }
    }
    Ok(Value::text(out))
}

fn transpose(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let rows = list("transpose", input)?;
    let rows: Option<Vec<_>> = rows.iter().map(Value::as_array).collect();
    let rows = rows.ok_or_else(|| Fault::input("transpose", input))?;
    let width = rows.iter().map(|row| row.len()).max().unwrap_or(0);
    let column = |at: usize| {
        let cells = rows
            .iter()
            .map(|row| row.get(at).cloned().unwrap_or(Value::Null));
        Value::array(cells.collect())
    };
    Ok(Value::array((0..width).map(column).collect()))
}

/// Where items that come before end, found by the halves that Go's `sort.Search`
/// takes: they decide the answer for a list that is in no order.
fn halved(items: &[Value], comes_before: impl Fn(&Value) -> bool) -> usize {
    let (mut from, mut to) = (0, items.len());
    while from < to {
        let middle = usize::midpoint(from, to);
        match comes_before(&items[middle]) {
            true => from = middle + 1,
            false => to = middle,
        }
    }
    from
}

/// Where a value is in a list in order; below zero, where it would be.
fn bsearch(_: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let wanted = first(arguments);
    let items = input.as_array();
    let items = items.ok_or_else(|| Fault::argument("bsearch", input, wanted))?;
    let at = halved(items, |item| compare(item, wanted).is_lt());
    let found = items
        .get(at)
        .is_some_and(|item| compare(item, wanted).is_eq());
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    Ok(Value::int(match found {
        true => at,
        false => -at - 1,
    }))
}
