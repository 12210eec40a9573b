//! The evaluator, asked as the exporter asks gojq.
//!
//! Each row is an expression, an input, and what gojq v0.12.17 prints for it,
//! or which kind of failure there is.

mod bindings;
mod dialect;
mod functions;
mod limits;
mod machine;
mod messages;
mod paths;
mod sent;
mod syntax;
mod values;

use std::collections::BTreeMap;

use super::{JqError, jq_first};

/// What is printed for an expression and an input.
#[track_caller]
fn answer(query: &str, input: &str) -> String {
    let input = serde_json::from_str(input).unwrap();
    let variables = [("CLUSTER_NAME", "c1"), ("PORT_X", "y")];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    match jq_first(query, &input, BTreeMap::from(variables)) {
        Ok(printed) => printed,
        Err(JqError::Compile(_)) => "does not compile".to_owned(),
        Err(JqError::Failed(_)) => "fails".to_owned(),
        Err(JqError::NoOutput) => "no output".to_owned(),
        Err(JqError::Unsupported(name)) => format!("unsupported: {name}"),
    }
}

#[track_caller]
fn check(rows: &[(&str, &str, &str)]) {
    let answers = rows
        .iter()
        .map(|(query, input, _)| (*query, *input, answer(query, input)));
    let expected = rows
        .iter()
        .map(|(query, input, printed)| (*query, *input, (*printed).to_owned()));
    assert_eq!(answers.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
}
