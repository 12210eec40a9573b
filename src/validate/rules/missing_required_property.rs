//! `missing-required-property`: a property that the blueprint asks of every entity
//! is missing, or null.
//!
//! The catalog's API refuses the whole entity.

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::Object;
use crate::validate::Context;
use crate::validate::typed::Typed;

const RULE: &str = "missing-required-property";

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
        .required
        .iter()
        .filter(|name| !typed.has("properties", name));
    let finding = |name: &String| {
        let message = format!(
            "blueprint `{}` requires property `{name}`",
            blueprint.identifier
        );
        let property = blueprint.properties.get(name);
        let takes = match property.and_then(|property| property.type_name()) {
            Some(type_name) => format!(", of type {type_name}"),
            None => String::new(),
        };
        typed
            .finding(RULE, Severity::Error, &["properties", name], message)
            .with_help(format!("add `{name}:` below `spec.properties`{takes}"))
    };
    missing.map(finding).collect()
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    const MISSING: &str = "error missing-required-property .spec.properties.responsibility: blueprint `team` requires property `responsibility` (add `responsibility:` below `spec.properties`, of type string)";

    #[test]
    fn what_is_required_must_have_a_value() {
        fixture::check_team(super::check, "properties: {responsibility: x}", &[]);
        fixture::check_team(super::check, "properties: {responsibility: }", &[MISSING]);
        fixture::check_team(super::check, "relations: {}", &[MISSING]);
    }
}
