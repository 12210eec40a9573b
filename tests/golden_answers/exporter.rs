//! `exporter.jsonl`: what the exporter sends for an object under one block.

use std::collections::BTreeMap;

use glint_gitops::{Answer, Dialect, answer_of};
use serde_json::Value;

use crate::yaml::equal;
use crate::{Refusals, Verdict, run};

/// The variables that the exporter had.
pub(crate) fn variables() -> BTreeMap<String, String> {
    let variables = [
        ("CLUSTER_NAME", "c1"),
        ("HOME", "/root"),
        ("PORT_CLIENT_SECRET", "s3cret"),
    ];
    variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// An answer held against the case's `entities` or `error`.
pub(crate) fn held(case: &Value, answer: Answer) -> Verdict {
    let error = case["error"].as_str();
    let held = match &answer {
        Answer::Unsupported(_) => return Verdict::Unsupported,
        Answer::Sent(bodies) => case["entities"].as_array().is_some_and(|expected| {
            bodies.len() == expected.len() && bodies.iter().zip(expected).all(|(a, e)| equal(a, e))
        }),
        Answer::Dropped => error == Some("dropped"),
        Answer::Crash => error == Some("crash"),
        Answer::Config => error == Some("config"),
        Answer::Unsendable => error == Some("unsendable"),
    };
    match held {
        true => Verdict::Held,
        false => Verdict::Wrong(format!("{answer:?}")),
    }
}

fn verdict(case: &Value) -> Verdict {
    let answer = answer_of(
        &case["resource"],
        &case["object"],
        Dialect::Port,
        &variables(),
    );
    held(case, answer)
}

#[test]
fn an_object_becomes_what_the_exporter_sends() {
    let refusals = Refusals {
        allowed: 10,
        of: 2000,
    };
    run("exporter", refusals, verdict);
}
