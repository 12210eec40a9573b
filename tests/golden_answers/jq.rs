//! `jq.jsonl`: the first output, or which kind of failure there is.

use std::collections::BTreeMap;

use glint_gitops::{JqError, jq_first};
use serde_json::Value;

use crate::yaml::equal;
use crate::{INFINITY, Refusals, Verdict, run};

fn verdict(case: &Value) -> Verdict {
    let query = case["query"].as_str().expect("a query is text");
    let answer = match case["input"].to_string().contains(INFINITY) {
        true => jq_first(&with_infinity(query), &case["input"], BTreeMap::new()),
        false => jq_first(query, &case["input"], BTreeMap::new()),
    };
    let actual = match &answer {
        Ok(_) => None,
        Err(JqError::Compile(_)) => Some("compile"),
        Err(JqError::Failed(_)) => Some("runtime"),
        Err(JqError::NoOutput) => Some("no output"),
        Err(JqError::Unsupported(_)) => return Verdict::Unsupported,
    };
    let held = match (&answer, case.get("first")) {
        (Ok(text), Some(first)) => {
            let output: Value = serde_json::from_str(text).expect("what is printed is JSON");
            equal(&output, first)
        }
        (Ok(_), None) | (Err(_), Some(_)) => false,
        (Err(_), None) => actual == case["error"].as_str(),
    };
    match held {
        true => Verdict::Held,
        false => Verdict::Wrong(format!("{query}: {answer:?}")),
    }
}

/// The query on an input in which the infinity is put by jq itself.
fn with_infinity(query: &str) -> String {
    format!("walk(if . == {INFINITY:?} then infinite else . end) | ({query}\n)")
}

#[test]
fn an_expression_gives_what_gojq_gives() {
    let refusals = Refusals {
        allowed: 1,
        of: 385,
    };
    run("jq", refusals, verdict);
}
