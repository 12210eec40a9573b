//! `identity-taken`: two objects declare one entity of the catalog.
//!
//! The exporter writes both in turn, and deleting either object deletes the
//! entity.

use std::collections::BTreeMap;

use crate::catalog::{Entity, Known};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Joint;

const RULE: &str = "identity-taken";

/// Every entity whose identity an earlier one has.
pub(in crate::validate) fn check(entities: &[(&Entity, Object<'_>)]) -> Vec<Joint> {
    let mut first = BTreeMap::new();
    let mut findings = Vec::new();
    // What is kept from the catalog, such as a second environment of the same
    // service, takes nothing.
    let delivered = entities.iter().enumerate();
    for (index, (entity, object)) in delivered.filter(|(_, (entity, _))| entity.delivered) {
        let identity = (&entity.blueprint, &entity.identifier);
        let Some(earlier) = first.get(&identity) else {
            first.insert(identity, index);
            continue;
        };
        let (_, other): &(&Entity, Object<'_>) = &entities[*earlier];
        let message = format!(
            "`{}/{}` is declared twice, by {} too",
            entity.blueprint,
            entity.identifier,
            other.reference()
        );
        let finding = Finding::new(RULE, Severity::Error, message)
            .with_help("keep one: deleting either object would delete the entity")
            .on(object.reference())
            .in_field(FieldPath::of(&["spec", "identifier"]));
        findings.push(Joint {
            entity: index,
            finding,
            other: *earlier,
        });
    }
    findings
}

/// The finding on an entity that another application's lock holds.
pub(crate) fn elsewhere(
    entity: &Entity,
    object: &Object<'_>,
    locks: &[(&str, &Known)],
) -> Option<Finding> {
    let (blueprint, identifier) = (entity.blueprint.as_str(), entity.identifier.as_str());
    let (lock, _) = locks
        .iter()
        .find(|(_, known)| known.contains(blueprint, identifier))?;
    let message = format!("`{blueprint}/{identifier}` is declared elsewhere, as `{lock}` says");
    Some(
        Finding::new(RULE, Severity::Error, message)
            .with_help("keep one: deleting either object would delete the entity")
            .on(object.reference())
            .in_field(FieldPath::of(&["spec", "identifier"])),
    )
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::catalog::{EntityKind, parse_entity};
    use crate::manifest::objects_of;
    use crate::validate::rules::fixture;

    #[track_caller]
    fn check_lines(second: &str, expected: &[&str]) {
        let text = format!(
            "items:\n- {{kind: Entity, metadata: {{name: a}}, spec: {{blueprint: b, identifier: i}}}}\n- {second}\n"
        );
        let document = fixture::read(&text);
        let entities: Vec<_> = objects_of(&document)
            .into_iter()
            .map(|object| {
                let (entity, _) = parse_entity(EntityKind::Entity, &object);
                (entity.expect("the identity is right"), object)
            })
            .collect();
        let pairs: Vec<_> = entities
            .iter()
            .map(|(entity, object)| (entity, *object))
            .collect();
        let findings: Vec<_> = check(&pairs)
            .into_iter()
            .map(|joint| joint.finding)
            .collect();
        assert_eq!(fixture::lines(&findings), expected);
    }

    #[test]
    fn one_identity_belongs_to_one_object() {
        check_lines(
            "{kind: Entity, metadata: {name: c}, spec: {blueprint: b, identifier: i}}",
            &["error identity-taken .spec.identifier: `b/i` is declared twice, by Entity a too"],
        );
        check_lines(
            "{kind: Entity, metadata: {name: c}, spec: {blueprint: d, identifier: i}}",
            &[],
        );
    }

    #[test]
    fn what_is_not_delivered_takes_no_identity() {
        check_lines(
            "{kind: Entity, metadata: {name: c, annotations: {gitops.glint.io/deliver: 'false'}}, spec: {blueprint: b, identifier: i}}",
            &[],
        );
    }
}
