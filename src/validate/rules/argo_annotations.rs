//! `hook-on-entity`, `wave-on-entity`: an entity that Argo CD or Helm would not
//! treat as part of the application's state.
//!
//! A hook is deleted and made anew on each sync, is not compared and not
//! pruned. A wave makes the sync wait for everything before it to be healthy;
//! with several applications at once it was seen to stall for minutes.

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;

const HOOKS: [&str; 2] = ["argocd.argoproj.io/hook", "helm.sh/hook"];
const WAVE: &str = "argocd.argoproj.io/sync-wave";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    _: &Context<'_>,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for hook in HOOKS
        .into_iter()
        .filter(|hook| object.annotation(hook).is_some())
    {
        let message = "an entity that is a hook is deleted and made anew on each sync";
        findings.push(
            Finding::new("hook-on-entity", Severity::Error, message)
                .with_help(format!("remove the annotation `{hook}`"))
                .on(object.reference())
                .in_field(FieldPath::of(&["metadata", "annotations", hook])),
        );
    }
    if object.annotation(WAVE).is_some() {
        let message = "an entity in a wave waits until all before it is healthy";
        findings.push(
            Finding::new("wave-on-entity", Severity::Warning, message)
                .with_help(format!(
                    "remove the annotation `{WAVE}`: entities need no order"
                ))
                .on(object.reference())
                .in_field(FieldPath::of(&["metadata", "annotations", WAVE])),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use crate::validate::Reader;
    use crate::validate::rules::fixture;

    #[test]
    fn a_hook_is_an_error_and_a_wave_a_warning() {
        fixture::check(
            super::check,
            Reader::Plain,
            "metadata: {annotations: {helm.sh/hook: test, argocd.argoproj.io/sync-wave: '1'}}",
            &[
                "error hook-on-entity .metadata.annotations[\"helm.sh/hook\"]: an entity that is a hook is deleted and made anew on each sync",
                "warning wave-on-entity .metadata.annotations[\"argocd.argoproj.io/sync-wave\"]: an entity in a wave waits until all before it is healthy",
            ],
        );
        fixture::check(super::check, Reader::Plain, "metadata: {name: x}", &[]);
    }
}
