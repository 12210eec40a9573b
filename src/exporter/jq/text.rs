//! The text that jq makes of a value.
//!
//! As `encoder.go` and `preview.go` of gojq v0.12.17: JSON without blanks, keys
//! in order, NaN as `null`, an infinity as the greatest number.

use super::functions::json::quoted;
use super::functions::numbers;
use super::value::{Value, deep};

/// A value as `tojson` writes it.
pub(super) fn json(value: &Value) -> String {
    let mut out = String::new();
    write(value, usize::MAX, &mut out);
    out
}

/// A value as `tostring` gives it: text as it is, all else as [`json`].
pub(super) fn plain(value: &Value) -> std::rc::Rc<str> {
    match value {
        Value::String(text) => text.clone(),
        value => json(value).into(),
    }
}

/// How much of a value a message shows, in bytes.
const PREVIEW: usize = 30;

/// The beginning of a value's text, for messages.
pub(super) fn preview(value: &Value) -> String {
    let mut out = String::new();
    write(value, PREVIEW + 2, &mut out);
    if out.len() <= PREVIEW {
        return out;
    }
    let rest = match value {
        Value::String(_) => " ...\"",
        Value::Array(_) => " ...]",
        Value::Object(_) => " ...}",
        Value::Null | Value::Bool(_) | Value::Number(_) => " ...",
    };
    let mut end = PREVIEW - rest.len();
    while !out.is_char_boundary(end) {
        end -= 1;
    }
    out.truncate(end);
    out + rest
}

/// Writes a value, and may stop when so many bytes are there.
fn write(value: &Value, enough: usize, out: &mut String) {
    if out.len() >= enough {
        return;
    }
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&numbers::text(number)),
        Value::String(text) => quoted(text, out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                deep(|| write(item, enough, out));
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (at, (name, value)) in members.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                quoted(name, out);
                out.push(':');
                deep(|| write(value, enough, out));
            }
            out.push('}');
        }
    }
}
