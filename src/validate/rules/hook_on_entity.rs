//! `hook-on-entity`: an entity that Argo CD or Helm would not treat as part of
//! the application's state.
//!
//! A hook is deleted and made anew on each sync, is not compared and not
//! pruned.

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;

const RULE: &str = "hook-on-entity";
const HOOKS: [&str; 2] = ["argocd.argoproj.io/hook", "helm.sh/hook"];

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    _: &Context<'_>,
) -> Vec<Finding> {
    let message = "an entity that is a hook is deleted and made anew on each sync";
    HOOKS
        .into_iter()
        .filter(|hook| object.annotation(hook).is_some())
        .map(|hook| {
            Finding::new(RULE, Severity::Error, message)
                .with_help(format!("remove the annotation `{hook}`"))
                .on(object.reference())
                .in_field(FieldPath::of(&["metadata", "annotations", hook]))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::validate::Reader;
    use crate::validate::rules::fixture;

    #[test]
    fn a_hook_of_either_host_is_an_error() {
        fixture::check(
            super::check,
            Reader::Plain,
            "metadata: {annotations: {helm.sh/hook: test}}",
            &[
                "error hook-on-entity .metadata.annotations[\"helm.sh/hook\"]: an entity that is a hook is deleted and made anew on each sync",
            ],
        );
        fixture::check(super::check, Reader::Plain, "metadata: {name: x}", &[]);
    }
}
