//! `many-relation`: one identifier where the blueprint's relation takes a list.
//!
//! The catalog's API refuses the whole entity (`relation_many_violation`).

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::Object;
use crate::validate::Context;
use crate::validate::typed::{Targets, Typed};

const RULE: &str = "many-relation";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let Some(typed) = Typed::of(object, context) else {
        return Vec::new();
    };
    let single = typed
        .targets()
        .filter(|(_, relation, targets)| match targets {
            Targets::One(_) => relation.many,
            Targets::Many(_) | Targets::Search | Targets::Invalid => false,
        });
    let findings = single.map(|(name, ..)| {
        let message = format!("relation `{name}` must be a list: it leads to several entities");
        typed
            .finding(RULE, Severity::Error, &["relations", name], message)
            .with_help("put the identifier in brackets: `[…]`")
    });
    findings.collect()
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn what_flux_puts_in_later_is_not_judged() {
        fixture::check_under_flux(super::check, "relations: {dependsOn: '${APIS}'}", &[]);
    }

    #[test]
    fn many_entities_are_a_list() {
        fixture::check_service(super::check, "relations: {dependsOn: [a], system: a}", &[]);
        fixture::check_service(
            super::check,
            "relations: {dependsOn: a}",
            &[
                "error many-relation .spec.relations.dependsOn: relation `dependsOn` must be a list: it leads to several entities (put the identifier in brackets: `[…]`)",
            ],
        );
    }
}
