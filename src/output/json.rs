//! Findings as one JSON document, for machines.
//!
//! Versioned; fields are added, never renamed.

use serde_json::{Value, json};

use crate::finding::Finding;
use crate::input::without_userinfo;

/// `{"version": 1, "findings": [...]}`, ended by a newline.
pub(crate) fn findings(findings: &[Finding]) -> String {
    let rows: Vec<Value> = findings.iter().map(row).collect();
    let document = json!({ "version": 1, "findings": rows });
    format!("{document:#}\n")
}

/// The same of a run that failed before anything was found: its reason is `error`,
/// which no other document has.
pub(crate) fn failure(error: &anyhow::Error) -> String {
    let error = format!("{error:#}");
    let error = without_userinfo(&error);
    let document = json!({ "version": 1, "error": error, "findings": [] });
    format!("{document:#}\n")
}

/// A finding, as every document of findings has it.
pub(super) fn row(finding: &Finding) -> Value {
    let Finding {
        rule,
        severity,
        message,
        help,
        location,
        resource,
        field,
    } = finding;
    json!({
        "rule": rule,
        "severity": severity.as_str(),
        "message": message,
        "help": help,
        "file": location.as_ref().map(|location| &location.file),
        "line": location.as_ref().map(|location| location.line),
        "column": location.as_ref().map(|location| location.column),
        "origin": location.as_ref().and_then(|location| location.origin.as_ref()),
        "resource": resource.as_ref().map(|resource| json!({
            "apiVersion": resource.api_version,
            "kind": resource.kind,
            "namespace": resource.namespace,
            "name": resource.name,
        })),
        "field": field.as_ref().map(ToString::to_string),
    })
}

#[cfg(test)]
mod tests {
    use super::findings;
    use crate::finding::{Finding, Severity};
    use crate::manifest::{FieldPath, Location};

    #[test]
    fn a_finding_keeps_its_place() {
        let finding = Finding::new("missing-blueprint", Severity::Error, "no `spec.blueprint`")
            .at(Location {
                file: "a.yaml".to_owned(),
                line: 3,
                column: 1,
                origin: None,
            })
            .in_field(FieldPath::of(&["spec", "blueprint"]));
        let document: serde_json::Value = serde_json::from_str(&findings(&[finding])).unwrap();
        let row = &document["findings"][0];
        assert_eq!(document["version"], 1);
        assert_eq!((&row["file"], &row["line"]), (&"a.yaml".into(), &3.into()));
        assert_eq!(row["field"], ".spec.blueprint");
        assert!(row["help"].is_null());
    }
}
