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
    let pattern = any_of(patterns);
    let mut visible = BTreeMap::new();
    for (name, value) in changed(variables) {
        match matches(&name, &pattern)? {
            Some(true) => visible.extend([(name, value)]),
            Some(false) => {}
            // Where its filter fails, the exporter shows jq everything.
            None => return Ok(Environment::from(variables.clone())),
        }
    }
    Ok(Environment::from(visible))
}

/// Whether jq sees a variable of this name, where the exporter has it; or the name
/// of what can't be computed.
#[cfg(feature = "catalog")]
pub(crate) fn shows(allowed: &Variables, name: &str) -> Result<bool, String> {
    let patterns = match allowed {
        Variables::All => return Ok(true),
        Variables::Matching(patterns) if patterns.is_empty() => return Ok(false),
        Variables::Matching(patterns) => patterns,
    };
    // Where its filter fails, the exporter shows jq everything.
    Ok(matches(&escaped(name), &any_of(patterns))?.unwrap_or(true))
}

/// One regular expression for all patterns.
fn any_of(patterns: &[String]) -> String {
    let grouped = patterns
        .iter()
        .map(|pattern| format!("({})", escaped(pattern)));
    let grouped: Vec<String> = grouped.collect();
    grouped.join("|")
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Value as Json, json};

    use super::environment;
    use crate::exporter::config::Variables;
    use crate::exporter::jq::{Program, Value};

    fn variables() -> BTreeMap<String, String> {
        [
            ("PORT_CLIENT_SECRET", "s3cret"),
            ("MY_PORT_X", "1"),
            ("XCLUSTER_NAMEX", "a=b=c"),
            ("QUOTED", "say \"hi\" \\o/"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    #[track_caller]
    fn check(allowed: &Variables, expected: Json) {
        let environment = environment(allowed, &variables()).unwrap();
        let program = Program::compile("env", &environment).unwrap();
        let seen = program.first(&Value::Null).unwrap();
        assert_eq!(seen.to_json().unwrap(), expected);
    }

    fn matching(patterns: &[&str]) -> Variables {
        Variables::Matching(patterns.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn names_match_anywhere_unless_anchored() {
        check(
            &matching(&["^PORT_", "CLUSTER_NAME"]),
            json!({"PORT_CLIENT_SECRET": "s3cret", "XCLUSTER_NAMEX": "a"}),
        );
        check(&matching(&[]), json!({}));
    }

    #[test]
    fn values_end_at_their_first_equals_sign_and_gain_backslashes() {
        check(
            &Variables::All,
            json!({
                "PORT_CLIENT_SECRET": "s3cret",
                "MY_PORT_X": "1",
                "XCLUSTER_NAMEX": "a",
                "QUOTED": "say \\\"hi\\\" \\\\o/",
            }),
        );
    }

    #[test]
    fn a_backslash_in_a_pattern_is_one_that_the_name_must_have() {
        check(&matching(&["^\\w"]), json!({}));
    }

    #[test]
    fn a_pattern_that_is_refused_shows_everything_unchanged() {
        check(
            &matching(&["("]),
            json!({
                "PORT_CLIENT_SECRET": "s3cret",
                "MY_PORT_X": "1",
                "XCLUSTER_NAMEX": "a=b=c",
                "QUOTED": "say \"hi\" \\o/",
            }),
        );
    }
}
