//! The variables of the exporter's environment that its jq may read.
//!
//! They are given, never taken from this program's own environment: what the
//! preview says would depend on who runs it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use regex::Regex;

use crate::exporter::{Block, Config, DecodedMapping, Query};
use crate::finding::{Finding, Severity};

/// What was typed as `NAME=VALUE`.
pub(in crate::command) fn given(pairs: &[String]) -> anyhow::Result<BTreeMap<String, String>> {
    let mut variables = BTreeMap::new();
    for pair in pairs {
        // The value may be a secret, so it is not repeated.
        let (name, value) = pair
            .split_once('=')
            .context("`--env` takes NAME=VALUE, not a text without `=`")?;
        if name.is_empty() {
            bail!("`--env` takes NAME=VALUE, not an empty name");
        }
        variables.insert(name.to_owned(), value.to_owned());
    }
    Ok(variables)
}

/// The variables that a mapping reads by their name and that are not given: to
/// jq they are null, which silently becomes a part of an identifier.
pub(super) fn missing(config: &Config, given: &BTreeMap<String, String>) -> Vec<String> {
    let Ok(pattern) = Regex::new(READ) else {
        return Vec::new();
    };
    let mut names = BTreeSet::new();
    for expression in config.blocks.iter().flat_map(expressions) {
        for found in pattern.captures_iter(expression) {
            let name = found.iter().skip(1).flatten().next();
            names.extend(name.map(|name| name.as_str().to_owned()));
        }
    }
    names.retain(|name| !given.contains_key(name));
    names.into_iter().collect()
}

/// `env.NAME`, `$ENV.NAME`, `env["NAME"]` and `env."NAME"`.
const READ: &str = concat!(
    // Not a field of that name.
    r"(?:^|[^.$\w])(?:\$ENV|env)\s*",
    r#"(?:\.\s*([A-Za-z_]\w*)|\.\s*"([^"\\]+)"|\.?\s*\[\s*"([^"\\]+)"\s*\])"#
);

/// One finding for each.
pub(super) fn findings(missing: &[String]) -> Vec<Finding> {
    let finding = |name: &String| {
        let message = format!("the mapping reads the variable `{name}`, which is not given");
        Finding::new("mapping-variable", Severity::Warning, message).with_help(format!(
            "to jq it is null; give it as the exporter has it: `--env {name}=…`"
        ))
    };
    missing.iter().map(finding).collect()
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
    let mut all = vec![selector.as_str(), items_to_parse.as_str()];
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
        all.extend([title.as_str(), blueprint.as_str(), icon.as_str()]);
        all.extend(properties.values().map(String::as_str));
        for query in [identifier, team].into_iter().chain(relations.values()) {
            texts(query, &mut all);
        }
    }
    all
}

fn texts<'q>(query: &'q Query, all: &mut Vec<&'q str>) {
    match query {
        Query::Absent | Query::Other => {}
        Query::Text(text) => all.push(text),
        Query::List(items) => items.iter().for_each(|item| texts(item, all)),
        Query::Map(fields) => fields.values().for_each(|field| texts(field, all)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{given, missing};
    use crate::catalog::Dialect;
    use crate::exporter::Config;

    #[track_caller]
    fn check(expression: &str, expected: &[&str]) {
        let config = json!({"resources": [{
            "kind": "v1/pods",
            "selector": {"query": "true"},
            "glint": {"entity": {"mappings": [{
                "identifier": ".metadata.name",
                "blueprint": "\"pod\"",
                "relations": {"x": {"combinator": "\"and\"", "rules": [expression]}},
            }]}},
        }]});
        let config = Config::decode(config, Dialect::Glint).unwrap();
        let given = given(&["GIVEN=a=b".to_owned()]).unwrap();
        assert_eq!(missing(&config, &given), expected);
    }

    #[test]
    fn a_variable_is_found_however_it_is_read() {
        check(r#".name + "-" + env.CLUSTER_NAME"#, &["CLUSTER_NAME"]);
        check(r#"$ENV.B + env["A"] + $ENV."C""#, &["A", "B", "C"]);
        check("env.GIVEN", &[]);
        check("(env | .B) + (env.A)", &["A"]);
        check(".spec.env.NAME + environment.NAME", &[]);
    }

    #[test]
    fn a_value_is_not_repeated() {
        let says = |pair: &str| given(&[pair.to_owned()]).unwrap_err().to_string();
        assert_eq!(
            says("hunter2"),
            "`--env` takes NAME=VALUE, not a text without `=`"
        );
        assert_eq!(
            says("=hunter2"),
            "`--env` takes NAME=VALUE, not an empty name"
        );
    }
}
