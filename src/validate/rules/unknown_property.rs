//! `unknown-property`: a property that the blueprint does not have, or that the
//! catalog computes.
//!
//! The catalog's API refuses the whole entity.

use crate::catalog::{Computed, EntityKind};
use crate::finding::{Finding, Severity};
use crate::manifest::Object;
use crate::validate::typed::Typed;
use crate::validate::{Context, instead};

const RULE: &str = "unknown-property";

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
        .properties()
        .filter(|(name, _)| !blueprint.properties.contains_key(*name));
    unknown.map(|(name, _)| finding(&typed, name)).collect()
}

fn finding(typed: &Typed<'_>, name: &str) -> Finding {
    let blueprint = typed.blueprint;
    let identifier = &blueprint.identifier;
    let (message, help) = match blueprint.computed.get(name) {
        Some(computed) => {
            let how = match computed {
                Computed::Mirror => "mirrors it from a related entity",
                Computed::Calculation => "calculates it",
                Computed::Aggregation => "aggregates it from related entities",
            };
            let message = format!(
                "property `{name}` of blueprint `{identifier}` can't be set: the catalog {how}"
            );
            (message, "remove it".to_owned())
        }
        None => (
            format!("blueprint `{identifier}` has no property `{name}`"),
            match blueprint.relations.contains_key(name) {
                true => format!("`{name}` is a relation: write it below `spec.relations`"),
                false => {
                    let known = blueprint.properties.keys().map(String::as_str).collect();
                    instead::of_names(name, known, "its properties")
                }
            },
        ),
    };
    typed
        .finding(RULE, Severity::Error, &["properties", name], message)
        .with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn what_the_blueprint_does_not_have_is_named_with_what_it_has() {
        fixture::check_team(
            super::check,
            "properties: {emial: a, responsibility: b, null-too: null}",
            &[
                "error unknown-property .spec.properties.emial: blueprint `team` has no property `emial` (did you mean `email`? Its properties are `email` and `responsibility`)",
                "error unknown-property .spec.properties.null-too: blueprint `team` has no property `null-too` (its properties are `email` and `responsibility`)",
            ],
        );
    }

    #[test]
    fn a_relation_is_no_property_and_a_computed_one_is_not_set() {
        fixture::check_service(
            super::check,
            "properties: {system: shop, lead: x}",
            &[
                "error unknown-property .spec.properties.lead: property `lead` of blueprint `service` can't be set: the catalog mirrors it from a related entity (remove it)",
                "error unknown-property .spec.properties.system: blueprint `service` has no property `system` (`system` is a relation: write it below `spec.relations`)",
            ],
        );
    }
}
