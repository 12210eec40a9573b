//! `missing-required-relation`: a relation that the blueprint asks of every entity
//! is missing, or null.
//!
//! The catalog's API refuses the whole entity (`required_relation`).

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::Object;
use crate::validate::Context;
use crate::validate::typed::Typed;

const RULE: &str = "missing-required-relation";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let Some(typed) = Typed::of(object, context) else {
        return Vec::new();
    };
    let blueprint = typed.blueprint;
    let missing = blueprint
        .relations
        .iter()
        .filter(|(name, relation)| relation.required && !typed.has("relations", name));
    let findings = missing.map(|(name, relation)| {
        let message = format!("blueprint `{}` requires relation `{name}`", blueprint.identifier);
        let help = format!(
            "add `{name}:` below `spec.relations`, with the identifier of an entity of blueprint `{}`",
            relation.target
        );
        typed
            .finding(RULE, Severity::Error, &["relations", name], message)
            .with_help(help)
    });
    findings.collect()
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn what_is_required_must_lead_somewhere() {
        fixture::check_service(super::check, "relations: {system: shop}", &[]);
        let missing = "error missing-required-relation .spec.relations.system: blueprint `service` requires relation `system` (add `system:` below `spec.relations`, with the identifier of an entity of blueprint `system`)";
        fixture::check_service(super::check, "relations: {system: null}", &[missing]);
        fixture::check_service(super::check, "properties: {}", &[missing]);
    }
}
