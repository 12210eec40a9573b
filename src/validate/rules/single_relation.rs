//! `single-relation`: a list where the blueprint's relation takes one identifier.
//!
//! The catalog's API refuses the whole entity (`relation_many_violation`).

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::Object;
use crate::validate::Context;
use crate::validate::typed::{Targets, Typed};

const RULE: &str = "single-relation";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let Some(typed) = Typed::of(object, context) else {
        return Vec::new();
    };
    let many = typed
        .targets()
        .filter(|(_, relation, targets)| match targets {
            Targets::Many(_) => !relation.many,
            Targets::One(_) | Targets::Search | Targets::Invalid => false,
        });
    let findings = many.map(|(name, ..)| {
        let message = format!("relation `{name}` takes one identifier, not a list");
        typed
            .finding(RULE, Severity::Error, &["relations", name], message)
            .with_help("keep one, without brackets")
    });
    findings.collect()
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn one_entity_is_no_list() {
        fixture::check_service(super::check, "relations: {dependsOn: [a], system: a}", &[]);
        fixture::check_service(
            super::check,
            "relations: {system: [a]}",
            &[
                "error single-relation .spec.relations.system: relation `system` takes one identifier, not a list (keep one, without brackets)",
            ],
        );
    }
}
