//! What ends a program.

use super::super::fault::Fault;
use super::super::functions::regex::go_quoted;
use super::super::value::Value;
use super::take::{as_int, first, text};
use super::{Context, Outcome, Row};

pub(super) const TABLE: &[Row] = &[
    ("error", 0, |_, v, _| Err(Fault::Value(v.clone()))),
    ("error", 1, |_, _, a| Err(Fault::Value(first(a).clone()))),
    ("halt", 0, |_, _, _| Err(Fault::Halt(Value::Null))),
    ("halt_error", 0, |_, v, _| Err(Fault::Halt(v.clone()))),
    ("halt_error", 1, halt_error),
    ("modulemeta", 0, module),
];

fn halt_error(_: &Context, input: &Value, arguments: &[Value]) -> Outcome {
    let code = first(arguments);
    match as_int(code) {
        Some(_) => Err(Fault::Halt(input.clone())),
        None => Err(Fault::input("halt_error", code)),
    }
}

/// The exporter has no modules.
fn module(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let name = go_quoted(text("modulemeta", input)?);
    Err(match name {
        Some(name) => Fault::new(format!("cannot load module: {name}")),
        None => Fault::Unsupported("modulemeta of such a name".to_owned()),
    })
}
