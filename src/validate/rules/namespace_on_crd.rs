//! `namespace-on-crd`: one of Glint's CRDs that states a namespace.
//!
//! The API server drops it; Argo CD tracks the object with it, and prunes the CRD
//! once it finds no such object.

use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};

const RULE: &str = "namespace-on-crd";

pub(in crate::validate) fn check(object: &Object<'_>) -> Vec<Finding> {
    if object.namespace().is_none() {
        return Vec::new();
    }
    let message = "with a namespace Argo CD takes Glint's CRD for a part of one application";
    let field = FieldPath::of(&["metadata", "namespace"]);
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
    fn a_crd_has_no_namespace() {
        check_crd(super::check, "{name: entities.glint.io}", &[]);
        check_crd(
            super::check,
            "{namespace: a}",
            &[
                "error namespace-on-crd .metadata.namespace: with a namespace Argo CD takes Glint's CRD for a part of one application",
            ],
        );
    }
}
