//! Which variables jq may read, and with which values.
//!
//! The exporter passes its own environment through a jq program (pkg/jq/parser.go
//! of port-k8s-exporter v0.7.9) that filters names and, by accident, changes
//! values: each backslash and double quote gets a backslash before it, and a
//! value ends at its first `=`. Here the variables are given; nothing is read.

use std::collections::BTreeMap;

use super::config::Variables;
use super::jq::{CompileError, Environment, Program, RunError, Value};

/// What jq sees of variables, or the name of what can't be computed.
pub(crate) fn environment(
    allowed: &Variables,
    variables: &BTreeMap<String, String>,
) -> Result<Environment, String> {
    let patterns = match allowed {
        Variables::All => return Ok(Environment::from(changed(variables))),
        // No pattern at all lets nothing through.
        Variables::Matching(patterns) if patterns.is_empty() => return Ok(Environment::default()),
        Variables::Matching(patterns) => patterns,
    };
    let grouped: Vec<String> = patterns
        .iter()
        .map(|pattern| format!("({})", escaped(pattern)))
        .collect();
    let mut visible = BTreeMap::new();
    for (name, value) in changed(variables) {
        match matches(&name, &grouped.join("|"))? {
            Some(true) => visible.extend([(name, value)]),
            Some(false) => {}
            // Where its filter fails, the exporter shows jq everything.
            None => return Ok(Environment::from(variables.clone())),
        }
    }
    Ok(Environment::from(visible))
}

/// Whether a name matches a regular expression; none where jq refuses it.
fn matches(name: &str, pattern: &str) -> Result<Option<bool>, String> {
    let pattern = serde_json::Value::from(pattern);
    let environment = Environment::default();
    // The pattern as an input, so that none of it is read as jq.
    let program = match Program::compile(
        ". as [$name, $pattern] | $name | test($pattern)",
        &environment,
    ) {
        Ok(program) => program,
        Err(CompileError::Invalid(_)) => return Ok(None),
        Err(CompileError::Unsupported(name)) => return Err(name),
    };
    let input = serde_json::json!([name, pattern]);
    match program.first(&Value::from(&input)) {
        Ok(value) => Ok(value.as_bool()),
        Err(RunError::Failed(_) | RunError::NoOutput) => Ok(None),
        Err(RunError::Unsupported(name)) => Err(name),
    }
}

/// The variables as the exporter's program leaves them.
fn changed(variables: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let named = variables.iter().filter(|(name, _)| !name.is_empty());
    named
        .map(|(name, value)| {
            let value = escaped(value);
            let end = value.find('=').unwrap_or(value.len());
            (escaped(name), value[..end].to_owned())
        })
        .collect()
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
