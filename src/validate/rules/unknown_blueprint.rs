//! `unknown-blueprint`: an entity of a blueprint that the catalog does not have.
//!
//! The catalog's API answers 404, and the exporter then deletes nothing stale
//! until every entity can be written.

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::{Context, instead};

const RULE: &str = "unknown-blueprint";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let (Some(blueprints), Some(name)) = (context.blueprints, object.text(&["spec", "blueprint"]))
    else {
        return Vec::new();
    };
    if blueprints.get(name).is_some() {
        return Vec::new();
    }
    let known = blueprints.iter().map(|known| known.identifier.as_str());
    let known: Vec<&str> = known.collect();
    let message = format!("the catalog has no blueprint `{name}`");
    vec![
        Finding::new(RULE, Severity::Error, message)
            .with_help(instead::of_names(name, known, "its blueprints"))
            .on(object.reference())
            .in_field(FieldPath::of(&["spec", "blueprint"])),
    ]
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn the_nearest_blueprint_is_suggested() {
        fixture::check_spec(super::check, "{blueprint: service}", &[]);
        fixture::check_spec(super::check, "{identifier: x}", &[]);
        fixture::check_spec(
            super::check,
            "{blueprint: servcie}",
            &[
                "error unknown-blueprint .spec.blueprint: the catalog has no blueprint `servcie` (did you mean `service`? Its blueprints are `service`, `system` and `team`)",
            ],
        );
    }
}
