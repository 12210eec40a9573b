//! `identity-taken`: two objects declare one entity of the catalog.
//!
//! The exporter writes both in turn, and deleting either object deletes the
//! entity.

use std::collections::BTreeMap;

use crate::catalog::Entity;
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};

const RULE: &str = "identity-taken";

/// The findings, each with the index of the entity it is about.
pub(in crate::validate) fn check(entities: &[(Entity, Object<'_>)]) -> Vec<(usize, Finding)> {
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
        let (_, other): &(Entity, Object<'_>) = &entities[*earlier];
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
        findings.push((index, finding));
    }
    findings
}
