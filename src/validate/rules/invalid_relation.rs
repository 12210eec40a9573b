//! `invalid-relation`: a relation that leads to no identifier that the catalog
//! accepts.
//!
//! A relation takes an identifier, a list of them, or a search with `combinator`
//! and `rules`.

use serde_json::Value;

use crate::catalog::{EntityId, EntityKind};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;
use crate::validate::typed::{Targets, Typed};

const RULE: &str = "invalid-relation";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let Some(typed) = Typed::of(object, context) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (name, _, targets) in typed.targets() {
        let field = FieldPath::of(&["spec", "relations", name]);
        let wrong = match targets {
            Targets::One(identifier) => vec![(field, refused(identifier))],
            Targets::Many(items) => {
                let numbered = items.iter().enumerate();
                let wrong = numbered.map(|(index, item)| (field.index(index), item_wrong(item)));
                wrong.collect()
            }
            Targets::Search => Vec::new(),
            Targets::Invalid => vec![(field, Some("is no identifier and no search".to_owned()))],
        };
        findings.extend(wrong.into_iter().filter_map(|(field, why)| {
            let message = format!("what relation `{name}` leads to {}", why?);
            let finding = typed.finding(RULE, Severity::Error, &[], message);
            Some(finding.with_help(HELP).in_field(field))
        }));
    }
    findings
}

const HELP: &str =
    "write an identifier, in quotes if it is a number, or a search with `combinator` and `rules`";

fn item_wrong(item: &Value) -> Option<String> {
    match item {
        Value::String(identifier) => refused(identifier),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            Some("is no identifier".to_owned())
        }
    }
}

fn refused(identifier: &str) -> Option<String> {
    EntityId::parse(identifier).err().map(|why| why.to_string())
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn a_relation_leads_to_identifiers_or_is_a_search() {
        fixture::check_service(
            super::check,
            "relations: {system: {combinator: and, rules: []}, dependsOn: [a, b/c]}",
            &[],
        );
        let help = "(write an identifier, in quotes if it is a number, or a search with `combinator` and `rules`)";
        fixture::check_service(
            super::check,
            "relations: {system: 7, dependsOn: [a b, 7]}",
            &[
                &format!(
                    "error invalid-relation .spec.relations.dependsOn[0]: what relation `dependsOn` leads to has the character ` `, which the catalog does not accept {help}"
                ),
                &format!(
                    "error invalid-relation .spec.relations.dependsOn[1]: what relation `dependsOn` leads to is no identifier {help}"
                ),
                &format!(
                    "error invalid-relation .spec.relations.system: what relation `system` leads to is no identifier and no search {help}"
                ),
            ],
        );
    }
}
