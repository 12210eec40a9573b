//! `mappings.jsonl`: what the exporter's mapping code makes of an object.
//!
//! That code was asked on its own: with no selector, with numbers as Go's plain
//! JSON reader gives them (all floats), and without the encoding, so that what
//! can't be encoded counts as not sent.

use glint_gitops::{Answer, Dialect, answer_of};
use serde_json::{Value, json};

use crate::exporter::{held, variables};
use crate::{Refusals, Verdict, run};

/// The value with all its numbers as floats.
fn floats(value: &Value) -> Value {
    match value {
        Value::Number(number) => number.as_f64().into(),
        Value::Array(elements) => elements.iter().map(floats).collect(),
        Value::Object(fields) => fields
            .iter()
            .map(|(key, value)| (key.clone(), floats(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::String(_) => value.clone(),
    }
}

fn verdict(case: &Value) -> Verdict {
    let block = json!({"port": {"entity": {"mappings": case["mappings"]}}});
    let object = floats(&case["object"]);
    match answer_of(&block, &object, Dialect::Port, &variables()) {
        Answer::Unsendable => held(case, Answer::Dropped),
        answer => held(case, answer),
    }
}

#[test]
fn a_mapping_gives_what_the_exporters_code_gives() {
    run("mappings", Refusals { allowed: 0, of: 86 }, verdict);
}
