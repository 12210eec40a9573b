//! An `Entity` or `ClusterEntity` object, as far as the catalog needs it.
//!
//! Parsing gives all that is wrong with an object, not the first thing, and an
//! entity only where the catalog would accept its identity. Values of
//! properties and relations are not kept: nothing here needs them.

use std::collections::BTreeSet;

use serde_json::Value;

use super::annotation;
use super::dialect::EntityKind;
use super::identifier::{BlueprintId, EntityId, IdentifierError, MemberName};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};

/// What an object declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entity {
    /// Namespaced or not.
    pub kind: EntityKind,
    /// Its type in the catalog.
    pub blueprint: BlueprintId,
    /// Its identifier in the catalog.
    pub identifier: EntityId,
    /// The names of its properties.
    pub properties: BTreeSet<MemberName>,
    /// The names of its relations.
    pub relations: BTreeSet<MemberName>,
    /// Whether the exporter's mapping sends it: not where the object itself
    /// says `gitops.glint.io/deliver: "false"`.
    pub delivered: bool,
}

/// Reads an object of a known kind.
pub(crate) fn parse(kind: EntityKind, object: &Object<'_>) -> (Option<Entity>, Vec<Finding>) {
    let mut findings = Vec::new();
    let blueprint = identity(object, "blueprint", BlueprintId::parse, &mut findings);
    let identifier = identity(object, "identifier", EntityId::parse, &mut findings);
    let properties = members(object, "properties", &mut findings);
    let relations = members(object, "relations", &mut findings);
    let not_delivered = object.annotation(annotation::DELIVER) == Some(annotation::NOT_DELIVERED);
    let entity = blueprint
        .zip(identifier)
        .map(|(blueprint, identifier)| Entity {
            kind,
            blueprint,
            identifier,
            properties,
            relations,
            delivered: !not_delivered,
        });
    (entity, findings)
}

fn error(rule: &'static str, object: &Object<'_>, field: &[&str], message: String) -> Finding {
    Finding::new(rule, Severity::Error, message)
        .on(object.reference())
        .in_field(FieldPath::of(field))
}

fn identity<T>(
    object: &Object<'_>,
    name: &str,
    parse: impl Fn(&str) -> Result<T, IdentifierError>,
    findings: &mut Vec<Finding>,
) -> Option<T> {
    let (missing, invalid) = match name {
        "blueprint" => ("missing-blueprint", "invalid-blueprint"),
        _ => ("missing-identifier", "invalid-identifier"),
    };
    let field = ["spec", name];
    let value = object.value.get("spec").and_then(|spec| spec.get(name));
    let text = match value {
        Some(Value::String(text)) => text,
        Some(Value::Null) | None => {
            findings.push(
                error(missing, object, &field, format!("no `spec.{name}`"))
                    .with_help(format!("add `{name}:` below `spec:`")),
            );
            return None;
        }
        Some(Value::Bool(_) | Value::Number(_)) => {
            findings.push(
                error(invalid, object, &field, format!("the {name} is no text"))
                    .with_help("put it in quotes: YAML 1.1 reads it as a number or a boolean"),
            );
            return None;
        }
        Some(Value::Array(_) | Value::Object(_)) => {
            findings.push(error(
                invalid,
                object,
                &field,
                format!("the {name} is no text"),
            ));
            return None;
        }
    };
    match parse(text) {
        Ok(parsed) => Some(parsed),
        Err(why) => {
            findings.push(error(invalid, object, &field, format!("the {name} {why}")));
            None
        }
    }
}

fn members(object: &Object<'_>, name: &str, findings: &mut Vec<Finding>) -> BTreeSet<MemberName> {
    let field = ["spec", name];
    let members = match object.value.get("spec").and_then(|spec| spec.get(name)) {
        Some(Value::Object(members)) => members,
        Some(Value::Null) | None => return BTreeSet::new(),
        Some(Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
            let message = format!("`spec.{name}` is no mapping");
            findings.push(
                error("invalid-members", object, &field, message)
                    .with_help(format!("write names and values below `{name}:`")),
            );
            return BTreeSet::new();
        }
    };
    let mut names = BTreeSet::new();
    for member in members.keys() {
        match MemberName::parse(member) {
            Ok(parsed) => {
                names.insert(parsed);
            }
            Err(why) => {
                let field = ["spec", name, member];
                let message = format!("the name `{member}` in `spec.{name}` {why}");
                findings.push(error("invalid-member-name", object, &field, message));
            }
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::parse;
    use crate::catalog::EntityKind;
    use crate::manifest::{Notation, Parsed, objects_of};

    #[track_caller]
    fn check(spec: &str, expected: &[&str]) {
        let text = format!("apiVersion: glint.io/v1\nkind: Entity\nmetadata: {{name: x}}\n{spec}");
        let document = Parsed::read(text.as_bytes(), Notation::Yaml).unwrap();
        let (entity, findings) = parse(EntityKind::Entity, &objects_of(&document)[0]);
        let lines: Vec<String> = findings
            .iter()
            .map(|finding| {
                let field = finding.field.as_ref().map(ToString::to_string);
                format!(
                    "{} {}: {}",
                    finding.rule,
                    field.unwrap_or_default(),
                    finding.message
                )
            })
            .collect();
        assert_eq!(lines, expected);
        let identity_is_wrong = lines
            .iter()
            .any(|line| line.contains("-blueprint") || line.contains("-identifier"));
        assert_eq!(entity.is_none(), identity_is_wrong);
    }

    #[test]
    fn a_whole_entity_has_no_finding() {
        check(
            "spec: {blueprint: service, identifier: a, properties: {tier: 1}, relations: {team: b}}",
            &[],
        );
    }

    #[test]
    fn everything_wrong_is_said_at_once() {
        check(
            "spec: {blueprint: a b, properties: [x], relations: {a.b: c}}",
            &[
                "invalid-blueprint .spec.blueprint: the blueprint has the character ` `, which the catalog does not accept",
                "missing-identifier .spec.identifier: no `spec.identifier`",
                "invalid-members .spec.properties: `spec.properties` is no mapping",
                "invalid-member-name .spec.relations[\"a.b\"]: the name `a.b` in `spec.relations` has the character `.`, which the catalog does not accept",
            ],
        );
    }

    #[test]
    fn a_number_is_no_identifier() {
        check(
            "spec: {blueprint: on, identifier: 0644}",
            &[
                "invalid-blueprint .spec.blueprint: the blueprint is no text",
                "invalid-identifier .spec.identifier: the identifier is no text",
            ],
        );
    }

    #[test]
    fn an_entity_without_spec_lacks_both() {
        check(
            "",
            &[
                "missing-blueprint .spec.blueprint: no `spec.blueprint`",
                "missing-identifier .spec.identifier: no `spec.identifier`",
            ],
        );
    }
}
