//! `instance-label-on-crd`: one of Glint's CRDs with Argo CD's label of its
//! own objects.
//!
//! By the label Argo CD tracks the CRD as part of one application, and prunes it
//! with that.

use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};

const RULE: &str = "instance-label-on-crd";
const INSTANCE: &str = "app.kubernetes.io/instance";

pub(in crate::validate) fn check(object: &Object<'_>) -> Vec<Finding> {
    if object.label(INSTANCE).is_none() {
        return Vec::new();
    }
    let message = "with an instance label Argo CD takes Glint's CRD for a part of one application";
    let field = FieldPath::of(&["metadata", "labels", INSTANCE]);
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
    fn a_crd_belongs_to_no_application() {
        check_crd(super::check, "{name: entities.glint.io}", &[]);
        check_crd(
            super::check,
            "{labels: {app.kubernetes.io/instance: a}}",
            &[
                "error instance-label-on-crd .metadata.labels[\"app.kubernetes.io/instance\"]: with an instance label Argo CD takes Glint's CRD for a part of one application",
            ],
        );
    }
}
