//! `hook-on-crd`: one of Glint's CRDs that is a hook.
//!
//! Argo CD deletes a hook before it makes it again, and with the CRD go all
//! entities of the cluster (seen with 3.5): this one stops a render.

use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};

const RULE: &str = "hook-on-crd";

const HELM_HOOK: &str = "helm.sh/hook";
const HOOKS: [&str; 2] = ["argocd.argoproj.io/hook", HELM_HOOK];

pub(in crate::validate) fn check(object: &Object<'_>) -> Vec<Finding> {
    let message = "a CRD that is a hook is deleted on each sync, and all entities with it";
    let is_hook = |hook: &&str| {
        // Helm 2's word for a CRD that comes first; nobody takes it for a hook.
        let counts = |value| *hook != HELM_HOOK || value != "crd-install";
        object.annotation(hook).is_some_and(counts)
    };
    HOOKS
        .into_iter()
        .filter(is_hook)
        .map(|hook| {
            let field = FieldPath::of(&["metadata", "annotations", hook]);
            Finding::new(RULE, Severity::Error, message)
                .with_help(format!("remove `{field}` from the CRD"))
                .on(object.reference())
                .in_field(field)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture::check_crd;

    #[test]
    fn helm_s_old_word_is_no_hook_but_argo_cd_knows_no_such_exception() {
        check_crd(super::check, "{name: entities.glint.io}", &[]);
        check_crd(
            super::check,
            "{annotations: {helm.sh/hook: crd-install}}",
            &[],
        );
        for (key, value) in [
            ("helm.sh/hook", "pre-install"),
            ("argocd.argoproj.io/hook", "crd-install"),
        ] {
            let line = format!(
                "error hook-on-crd .metadata.annotations[\"{key}\"]: a CRD that is a hook is deleted on each sync, and all entities with it"
            );
            let metadata = format!("{{annotations: {{{key}: {value}}}}}");
            check_crd(super::check, &metadata, &[&line]);
        }
    }
}
