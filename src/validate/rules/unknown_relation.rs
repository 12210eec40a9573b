//! `unknown-relation`: a relation that the blueprint does not have.
//!
//! The catalog's API refuses the whole entity.

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::Object;
use crate::validate::typed::Typed;
use crate::validate::{Context, instead};

const RULE: &str = "unknown-relation";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let Some(typed) = Typed::of(object, context) else {
        return Vec::new();
    };
    let blueprint = typed.blueprint;
    let unknown = typed
        .relations()
        .filter(|(name, _)| !blueprint.relations.contains_key(*name));
    let finding = |(name, _)| {
        let message = format!(
            "blueprint `{}` has no relation `{name}`",
            blueprint.identifier
        );
        let help = match blueprint.properties.contains_key(name) {
            true => format!("`{name}` is a property: write it below `spec.properties`"),
            false => {
                let known = blueprint.relations.keys().map(String::as_str).collect();
                instead::of_names(name, known, "its relations")
            }
        };
        typed
            .finding(RULE, Severity::Error, &["relations", name], message)
            .with_help(help)
    };
    unknown.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn what_the_blueprint_does_not_have_is_named_with_what_it_has() {
        fixture::check_service(
            super::check,
            "relations: {squad: payments, sytem: shop, tier: 1, system: shop}",
            &[
                "error unknown-relation .spec.relations.squad: blueprint `service` has no relation `squad` (its relations are `dependsOn` and `system`)",
                "error unknown-relation .spec.relations.sytem: blueprint `service` has no relation `sytem` (did you mean `system`? Its relations are `dependsOn` and `system`)",
                "error unknown-relation .spec.relations.tier: blueprint `service` has no relation `tier` (`tier` is a property: write it below `spec.properties`)",
            ],
        );
        fixture::check_team(
            super::check,
            "relations: {parent: x}",
            &[
                "error unknown-relation .spec.relations.parent: blueprint `team` has no relation `parent` (it has none at all)",
            ],
        );
    }
}
