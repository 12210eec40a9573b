//! `namespaced-cluster-entity`: a ClusterEntity that states a namespace.
//!
//! The API server drops it, but tools that key by namespace and name then
//! speak of an object that does not exist.

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;

const RULE: &str = "namespaced-cluster-entity";

pub(in crate::validate) fn check(
    kind: EntityKind,
    object: &Object<'_>,
    _: &Context<'_>,
) -> Vec<Finding> {
    match kind {
        EntityKind::Entity => Vec::new(),
        EntityKind::ClusterEntity => object
            .namespace()
            .map(|_| {
                Finding::new(RULE, Severity::Warning, "a ClusterEntity has no namespace")
                    .with_help("remove `metadata.namespace`, or make it an Entity")
                    .on(object.reference())
                    .in_field(FieldPath::of(&["metadata", "namespace"]))
            })
            .into_iter()
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::Reader;
    use crate::validate::rules::fixture;

    #[test]
    fn only_a_cluster_entity_has_no_namespace() {
        let check = |kind: &str, expected: &[&str]| {
            let text =
                format!("apiVersion: glint.io/v1\nkind: {kind}\nmetadata: {{namespace: shop}}\n");
            fixture::check(super::check, Reader::Plain, &text, expected);
        };
        check("Entity", &[]);
        check(
            "ClusterEntity",
            &[
                "warning namespaced-cluster-entity .metadata.namespace: a ClusterEntity has no namespace",
            ],
        );
    }
}
