//! `wave-on-crd`: one of Glint's CRDs in a wave.
//!
//! A sync waits at each wave until what stands in it is healthy.

use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};

const RULE: &str = "wave-on-crd";
const WAVE: &str = "argocd.argoproj.io/sync-wave";

pub(in crate::validate) fn check(object: &Object<'_>) -> Vec<Finding> {
    if object.annotation(WAVE).is_none() {
        return Vec::new();
    }
    let message = "a wave on Glint's CRD makes syncs wait for one another";
    let field = FieldPath::of(&["metadata", "annotations", WAVE]);
    vec![
        Finding::new(RULE, Severity::Error, message)
            .with_help(format!("remove `{field}` from the CRD"))
            .on(object.reference())
            .in_field(field),
    ]
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture::check_crd;

    #[test]
    fn a_crd_needs_no_wave() {
        check_crd(super::check, "{name: entities.glint.io}", &[]);
        check_crd(
            super::check,
            "{annotations: {argocd.argoproj.io/sync-wave: '1'}}",
            &[
                "error wave-on-crd .metadata.annotations[\"argocd.argoproj.io/sync-wave\"]: a wave on Glint's CRD makes syncs wait for one another",
            ],
        );
    }
}
