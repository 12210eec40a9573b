//! `hook-on-crd`, `wave-on-crd`, `instance-label-on-crd`, `namespace-on-crd`:
//! metadata on one of Glint's CRDs that endangers it.
//!
//! Argo CD deletes a hook before it makes it again, and with the CRD go all
//! entities of the cluster (seen with 3.5): that one stops a render. A
//! namespace or an instance label makes it track the CRD, and prune it.

use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};

/// The rule whose finding stops a render.
pub(crate) const HOOK_RULE: &str = "hook-on-crd";

const HELM_HOOK: &str = "helm.sh/hook";
const HOOKS: [&str; 2] = ["argocd.argoproj.io/hook", HELM_HOOK];
const WAVE: &str = "argocd.argoproj.io/sync-wave";
const INSTANCE: &str = "app.kubernetes.io/instance";

pub(in crate::validate) fn check(object: &Object<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut say = |rule, message: &str, field: FieldPath| {
        findings.push(
            Finding::new(rule, Severity::Error, message)
                .with_help(format!("remove `{field}` from the CRD"))
                .on(object.reference())
                .in_field(field),
        );
    };
    for hook in HOOKS {
        // Helm 2's word for a CRD that comes first; nobody takes it for a hook.
        let is_hook = |value| hook != HELM_HOOK || value != "crd-install";
        if object.annotation(hook).is_some_and(is_hook) {
            let message = "a CRD that is a hook is deleted on each sync, and all entities with it";
            say(
                HOOK_RULE,
                message,
                FieldPath::of(&["metadata", "annotations", hook]),
            );
        }
    }
    if object.annotation(WAVE).is_some() {
        let message = "a wave on Glint's CRD makes syncs wait for one another";
        say(
            "wave-on-crd",
            message,
            FieldPath::of(&["metadata", "annotations", WAVE]),
        );
    }
    if object.label(INSTANCE).is_some() {
        let message =
            "with an instance label Argo CD takes Glint's CRD for a part of one application";
        say(
            "instance-label-on-crd",
            message,
            FieldPath::of(&["metadata", "labels", INSTANCE]),
        );
    }
    if object.namespace().is_some() {
        let message = "with a namespace Argo CD takes Glint's CRD for a part of one application";
        say(
            "namespace-on-crd",
            message,
            FieldPath::of(&["metadata", "namespace"]),
        );
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::check;
    use crate::manifest::objects_of;
    use crate::validate::rules::fixture;

    #[track_caller]
    fn check_lines(metadata: &str, expected: &[&str]) {
        let text = format!("metadata: {metadata}\n");
        let document = fixture::read(&text);
        assert_eq!(fixture::lines(&check(&objects_of(&document)[0])), expected);
    }

    #[test]
    fn what_endangers_a_crd_is_an_error() {
        check_lines("{name: entities.glint.io}", &[]);
        check_lines(
            "{namespace: a, labels: {app.kubernetes.io/instance: a}, annotations: {argocd.argoproj.io/sync-wave: '1'}}",
            &[
                "error wave-on-crd .metadata.annotations[\"argocd.argoproj.io/sync-wave\"]: a wave on Glint's CRD makes syncs wait for one another",
                "error instance-label-on-crd .metadata.labels[\"app.kubernetes.io/instance\"]: with an instance label Argo CD takes Glint's CRD for a part of one application",
                "error namespace-on-crd .metadata.namespace: with a namespace Argo CD takes Glint's CRD for a part of one application",
            ],
        );
    }

    #[test]
    fn helm_s_old_word_is_no_hook_but_argo_cd_knows_no_such_exception() {
        check_lines("{annotations: {helm.sh/hook: crd-install}}", &[]);
        for (key, value) in [
            ("helm.sh/hook", "pre-install"),
            ("argocd.argoproj.io/hook", "crd-install"),
        ] {
            let line = format!(
                "error hook-on-crd .metadata.annotations[\"{key}\"]: a CRD that is a hook is deleted on each sync, and all entities with it"
            );
            check_lines(&format!("{{annotations: {{{key}: {value}}}}}"), &[&line]);
        }
    }
}
