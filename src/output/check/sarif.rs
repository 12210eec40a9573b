//! A SARIF 2.1.0 log (OASIS standard, 2020-03-27), for code scanning and
//! editors.
//!
//! A test holds it against the standard's schema. Columns count characters, as
//! ours do.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::json::end_column;
use crate::finding::{Finding, Severity};
use crate::manifest::Location;
use crate::render::{Checked, Mark, Placed};
use crate::validate::{Rule, rule};

/// The schema's address by which editors know it.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// One run with its results and the rules that they name.
pub(super) fn document(checked: &Checked) -> String {
    let ids: BTreeSet<&str> = checked.findings.iter().map(|it| it.finding.rule).collect();
    let rules: Vec<&Rule> = ids.into_iter().filter_map(rule).collect();
    let results = checked.findings.iter().map(|placed| result(placed, &rules));
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "glint-gitops",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "properties": {"leftOut": checked.tally.left_out},
            "results": results.collect::<Vec<_>>(),
        }],
    });
    format!("{log:#}\n")
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "shortDescription": {"text": rule.summary},
        "help": {"text": rule.page, "markdown": rule.page},
        "defaultConfiguration": {"level": level(rule.severity)},
    })
}

fn result(placed: &Placed, rules: &[&Rule]) -> Value {
    let Placed {
        finding,
        mark,
        template,
        other,
    } = placed;
    let Finding {
        rule,
        severity,
        message,
        help,
        location,
        resource,
        field,
    } = finding;
    let mut text = message.clone();
    if let Some(help) = help {
        text.push_str(&format!("\n{help}"));
    }
    let mut result = json!({
        "ruleId": rule,
        "level": level(*severity),
        "message": {"text": text},
    });
    if let Some(index) = rules.iter().position(|known| known.id == *rule) {
        result["ruleIndex"] = json!(index);
    }
    if let Some(location) = location {
        let mut place = match template {
            Some(template) => json!({"physicalLocation": {
                "artifactLocation": {"uri": uri(template)},
            }}),
            None => physical(location, mark.as_ref()),
        };
        if let Some(resource) = resource {
            let field = field.as_ref().map(ToString::to_string).unwrap_or_default();
            place["logicalLocations"] = json!([{
                "name": field,
                "fullyQualifiedName": format!("{resource} {field}").trim_end(),
            }]);
        }
        result["locations"] = json!([place]);
    }
    if let Some((location, mark)) = other {
        let mut place = physical(location, mark.as_ref());
        place["id"] = json!(0);
        result["relatedLocations"] = json!([place]);
    }
    result
}

fn physical(location: &Location, mark: Option<&Mark>) -> Value {
    let mut place = json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(&location.file)},
        "region": {
            "startLine": location.line,
            "startColumn": location.column,
            "endLine": location.line,
            "endColumn": end_column(location, mark),
        },
    }});
    if let Some(origin) = &location.origin {
        place["message"] = json!({"text": format!("rendered from {origin}")});
    }
    place
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// A path as a relative reference (RFC 3986): all but its plain characters
/// escaped.
fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_becomes_a_reference() {
        assert_eq!(uri("apps/a b/ü.yaml"), "apps/a%20b/%C3%BC.yaml");
        assert_eq!(uri("<stdin>"), "%3Cstdin%3E");
    }
}
