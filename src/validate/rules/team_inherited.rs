//! `team-inherited`: a team on an entity whose blueprint inherits it from a related
//! one.
//!
//! The catalog's API refuses the whole entity (`team_inheritance_enabled`).

use crate::catalog::{EntityKind, annotation};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;
use crate::validate::typed::Typed;

const RULE: &str = "team-inherited";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let Some(typed) = Typed::of(object, context) else {
        return Vec::new();
    };
    // The mapping sends no empty one.
    let has_team = object
        .annotation(annotation::TEAM)
        .is_some_and(|team| !team.is_empty());
    if !typed.blueprint.team_inherited || !has_team {
        return Vec::new();
    }
    let message = format!(
        "blueprint `{}` inherits its team from a related entity: the catalog refuses another",
        typed.blueprint.identifier
    );
    let annotation = FieldPath::of(&["metadata", "annotations", annotation::TEAM]);
    vec![
        typed
            .finding(RULE, Severity::Error, &[], message)
            .with_help(format!("remove the annotation `{}`", annotation::TEAM))
            .in_field(annotation),
    ]
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[track_caller]
    fn check(blueprint: &str, team: &str, expected: &[&str]) {
        let text = format!(
            "metadata: {{annotations: {{glint.io/team: {team}}}}}\nspec: {{blueprint: {blueprint}}}"
        );
        fixture::check_text(super::check, &text, expected);
    }

    #[test]
    fn an_inherited_team_is_not_stated() {
        check("system", "a", &[]);
        check("service", "''", &[]);
        check(
            "service",
            "a",
            &[
                "error team-inherited .metadata.annotations[\"glint.io/team\"]: blueprint `service` inherits its team from a related entity: the catalog refuses another (remove the annotation `glint.io/team`)",
            ],
        );
    }
}
