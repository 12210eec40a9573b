//! `mapping-variable`: the config reads a variable that the exporter may not have.
//!
//! To jq it is null, which silently becomes a part of an identifier: every entity
//! then is a new one, and the old ones are deleted.

use std::collections::BTreeSet;

use crate::exporter::{every_expression, variables_read};
use crate::finding::{Finding, Severity};
use crate::manifest::FieldPath;
use crate::validate::trial::Trial;

const RULE: &str = "mapping-variable";

pub(in crate::validate) fn check(trial: &Trial<'_>) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (index, block) in trial.config.blocks.iter().enumerate() {
        for name in every_expression(block).into_iter().flat_map(variables_read) {
            if !trial.variables.contains(name) && seen.insert(name.to_owned()) {
                findings.push(finding(name, index));
            }
        }
    }
    findings
}

fn finding(name: &str, block: usize) -> Finding {
    let message = format!("the config reads the variable `{name}`, which is not given");
    Finding::new(RULE, Severity::Warning, message)
        .with_help(format!(
            "without it the exporter reads null; give it as the exporter has it: `--env {name}=…`"
        ))
        .in_field(FieldPath::of(&["resources"]).index(block))
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[track_caller]
    fn check(expression: &str, expected: &[&str]) {
        let mapping = format!("{{identifier: '{expression}', blueprint: '\"pod\"'}}");
        let line = |name: &&str| {
            format!(
                "warning mapping-variable .resources[0]: the config reads the variable `{name}`, which is not given"
            )
        };
        let lines: Vec<String> = expected.iter().map(line).collect();
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        fixture::check_config(super::check, &mapping, &lines);
    }

    #[test]
    fn a_variable_that_is_not_given_is_found_however_it_is_read() {
        check(
            r#".metadata.name + env.CLUSTER_NAME + env.CLUSTER_NAME"#,
            &["CLUSTER_NAME"],
        );
        check(r#"$ENV.B + env["A"] + $ENV."C""#, &["B", "A", "C"]);
        check("env.GIVEN", &[]);
        check("(env | .B) + (env.A)", &["A"]);
        check(".spec.env.NAME + .spec.environment.NAME", &[]);
    }
}
