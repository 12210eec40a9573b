//! What the tests of the rules share: an object from its text, findings as
//! lines.

use crate::catalog::{Claimant, Dialect, EntityKind};
use crate::finding::Finding;
use crate::manifest::{Notation, Object, Parsed, objects_of};
use crate::validate::{Context, Reader};

type Check = fn(EntityKind, &Object<'_>, &Context<'_>) -> Vec<Finding>;

/// Holds what a rule says of an entity against the expected lines.
#[track_caller]
pub(super) fn check(rule: Check, reader: Reader, text: &str, expected: &[&str]) {
    let document = read(text);
    let object = objects_of(&document)[0];
    let kind = Dialect::Glint
        .entity_kind(object.api_version(), object.kind())
        .unwrap_or(EntityKind::Entity);
    let claimant = Claimant::default();
    let context = Context::of_stream(Dialect::Glint, reader, None, &claimant);
    assert_eq!(lines(&rule(kind, &object, &context)), expected);
}

/// The same of a rule on CRDs, from the metadata of one.
#[track_caller]
pub(super) fn check_crd(rule: fn(&Object<'_>) -> Vec<Finding>, metadata: &str, expected: &[&str]) {
    let text = format!("metadata: {metadata}\n");
    let document = read(&text);
    assert_eq!(lines(&rule(&objects_of(&document)[0])), expected);
}

pub(super) fn read(text: &str) -> Parsed<'_> {
    Parsed::read(text.as_bytes(), Notation::Yaml).expect("the text of a test is YAML")
}

/// `severity rule field: message` of each finding.
pub(super) fn lines(findings: &[Finding]) -> Vec<String> {
    let line = |finding: &Finding| {
        let field = finding.field.as_ref().map(ToString::to_string);
        format!(
            "{} {} {}: {}",
            finding.severity,
            finding.rule,
            field.unwrap_or_default(),
            finding.message
        )
    };
    findings.iter().map(line).collect()
}
