//! `unknown-target`: a relation leads to an entity that nobody declares.
//!
//! An error where a list says which entities there are besides; else the catalog
//! may have it from elsewhere, and it is only told. The catalog's API answers 404,
//! unless the exporter may create what is missing.

use serde_json::Value;

use crate::catalog::{EntityKind, Known, Relation, nearest};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;
use crate::validate::typed::{Targets, Typed};

const RULE: &str = "unknown-target";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let (Some(typed), Some(declared)) = (Typed::of(object, context), context.declared) else {
        return Vec::new();
    };
    let entities = Entities {
        declared,
        known: context.known,
    };
    let mut findings = Vec::new();
    for (name, relation, targets) in typed.targets() {
        for (identifier, field) in identifiers(targets, name) {
            if !entities.contain(&relation.target, identifier) {
                let finding = finding(&typed, (name, relation), identifier, &entities);
                findings.push(finding.in_field(field));
            }
        }
    }
    findings
}

/// What is known to exist.
struct Entities<'a> {
    declared: &'a Known,
    known: Option<&'a Known>,
}

impl<'a> Entities<'a> {
    fn contain(&self, blueprint: &str, identifier: &str) -> bool {
        let is_known = |known: &Known| known.contains(blueprint, identifier);
        is_known(self.declared) || self.known.is_some_and(is_known)
    }

    fn nearest(&self, blueprint: &'a str, identifier: &str) -> Option<&'a str> {
        let known = self.known.into_iter().chain([self.declared]);
        nearest(
            identifier,
            known.flat_map(|known| known.identifiers(blueprint)),
        )
    }
}

fn identifiers<'a>(targets: Targets<'a>, relation: &str) -> Vec<(&'a str, FieldPath)> {
    let field = FieldPath::of(&["spec", "relations", relation]);
    match targets {
        Targets::One(identifier) => vec![(identifier, field)],
        Targets::Many(items) => {
            let numbered = items.iter().enumerate();
            let named = numbered.filter_map(|(index, item)| match item {
                Value::String(identifier) => Some((identifier.as_str(), field.index(index))),
                Value::Null
                | Value::Bool(_)
                | Value::Number(_)
                | Value::Array(_)
                | Value::Object(_) => None,
            });
            named.collect()
        }
        Targets::Search | Targets::Invalid => Vec::new(),
    }
}

fn finding<'a>(
    typed: &Typed<'a>,
    (name, relation): (&str, &'a Relation),
    identifier: &str,
    entities: &Entities<'a>,
) -> Finding {
    let target = &relation.target;
    if entities.known.is_none() {
        let message = format!(
            "relation `{name}` leads to `{target}/{identifier}`, which is not declared here"
        );
        return typed
            .finding(RULE, Severity::Info, &[], message)
            .with_help("`--known FILE` says which entities there are besides");
    }
    let message =
        format!("relation `{name}` leads to `{target}/{identifier}`, which nobody declares");
    let help = match entities.nearest(target, identifier) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => "declare it, or add it to the list that `--known` names".to_owned(),
    };
    typed
        .finding(RULE, Severity::Error, &[], message)
        .with_help(help)
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    const RELATIONS: &str = "relations: {system: shpo, dependsOn: [pay, elsewhere]}";

    #[test]
    fn without_a_list_it_may_be_elsewhere() {
        let help = "(`--known FILE` says which entities there are besides)";
        fixture::check_targets(
            super::check,
            None,
            RELATIONS,
            &[
                &format!(
                    "info unknown-target .spec.relations.dependsOn[1]: relation `dependsOn` leads to `service/elsewhere`, which is not declared here {help}"
                ),
                &format!(
                    "info unknown-target .spec.relations.system: relation `system` leads to `system/shpo`, which is not declared here {help}"
                ),
            ],
        );
    }

    #[test]
    fn with_a_list_it_is_nowhere() {
        fixture::check_targets(
            super::check,
            Some("service/elsewhere"),
            RELATIONS,
            &[
                "error unknown-target .spec.relations.system: relation `system` leads to `system/shpo`, which nobody declares (did you mean `shop`?)",
            ],
        );
    }

    #[test]
    fn a_render_sees_too_little_to_say_so() {
        fixture::check_service(super::check, RELATIONS, &[]);
    }
}
