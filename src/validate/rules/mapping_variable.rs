//! `mapping-variable`: the config reads a variable that the exporter may not have.
//!
//! To jq it is null, which silently becomes a part of an identifier: every entity
//! then is a new one, and the old ones are deleted.

use std::collections::BTreeSet;

use regex::Regex;

use crate::exporter::{Block, DecodedMapping, Query};
use crate::finding::{Finding, Severity};
use crate::manifest::FieldPath;
use crate::validate::trial::Trial;

const RULE: &str = "mapping-variable";

/// `env.NAME`, `$ENV.NAME`, `env["NAME"]` and `env."NAME"`.
const READ: &str = concat!(
    // Not a field of that name.
    r"(?:^|[^.$\w])(?:\$ENV|env)\s*",
    r#"(?:\.\s*([A-Za-z_]\w*)|\.\s*"([^"\\]+)"|\.?\s*\[\s*"([^"\\]+)"\s*\])"#
);

pub(in crate::validate) fn check(trial: &Trial<'_>) -> Vec<Finding> {
    let Ok(read) = Regex::new(READ) else {
        return Vec::new();
    };
    let mut seen = BTreeSet::new();
    let mut findings = Vec::new();
    for (index, block) in trial.config.blocks.iter().enumerate() {
        for expression in expressions(block) {
            for found in read.captures_iter(expression) {
                let Some(name) = found.iter().skip(1).flatten().next() else {
                    continue;
                };
                let name = name.as_str();
                if !trial.variables.contains(name) && seen.insert(name.to_owned()) {
                    findings.push(finding(name, index));
                }
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

/// Every expression of a block.
fn expressions(block: &Block) -> Vec<&str> {
    let Block {
        kind: _,
        selector,
        items_to_parse,
        items_to_parse_name: _,
        mappings,
    } = block;
    let mut all = vec![selector.as_str(), items_to_parse];
    for mapping in mappings {
        let DecodedMapping {
            identifier,
            title,
            blueprint,
            icon,
            team,
            properties,
            relations,
        } = mapping;
        all.extend([title.as_str(), blueprint, icon]);
        all.extend(properties.values().map(String::as_str));
        let queries = [identifier, team].into_iter().chain(relations.values());
        queries.for_each(|query| leaves(query, &mut all));
    }
    all
}

fn leaves<'q>(query: &'q Query, all: &mut Vec<&'q str>) {
    match query {
        Query::Absent | Query::Other => {}
        Query::Text(text) => all.push(text),
        Query::List(items) => items.iter().for_each(|item| leaves(item, all)),
        Query::Map(fields) => fields.values().for_each(|field| leaves(field, all)),
    }
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
