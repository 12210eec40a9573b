//! `duplicate-key`: a mapping of an entity has a key twice.
//!
//! Go's reader lets the last one win without a word; kustomize refuses the
//! file (kyaml, measured), so under Flux it is an error.

use std::collections::BTreeSet;

use crate::catalog::EntityKind;
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, NodeId, NodeKind, Object};
use crate::validate::{Context, Reader};

const RULE: &str = "duplicate-key";

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let mut paths = Vec::new();
    if let Some(node) = object.path.node(object.document.tree()) {
        duplicates(object, node, &mut FieldPath::root(), &mut paths);
    }
    let (severity, reading) = match context.reader {
        Reader::Kustomize => (Severity::Error, "kustomize refuses the file"),
        Reader::ArgoCd | Reader::Plain => (Severity::Warning, "the last one wins"),
    };
    paths
        .into_iter()
        .map(|(key, path)| {
            Finding::new(
                RULE,
                severity,
                format!("the key `{key}` is there twice: {reading}"),
            )
            .with_help("keep one of them")
            .on(object.reference())
            .in_field(path)
        })
        .collect()
}

fn duplicates(
    object: &Object<'_>,
    node: NodeId,
    path: &mut FieldPath,
    found: &mut Vec<(String, FieldPath)>,
) {
    let tree = object.document.tree();
    match &tree.node(node).kind {
        NodeKind::Mapping { entries, .. } => {
            let mut seen = BTreeSet::new();
            for (key, value) in entries {
                let name = tree.text(*key).unwrap_or_default();
                path.enter_key(name);
                if !seen.insert(name) && !tree.is_merge_key(*key) {
                    found.push((name.to_owned(), path.clone()));
                }
                duplicates(object, *value, path, found);
                path.leave();
            }
        }
        NodeKind::Sequence { items, .. } => {
            for (index, item) in items.iter().enumerate() {
                path.enter_index(index);
                duplicates(object, *item, path, found);
                path.leave();
            }
        }
        NodeKind::Scalar { .. } | NodeKind::Alias { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use crate::validate::Reader;
    use crate::validate::rules::fixture;

    #[test]
    fn the_last_of_equal_keys_wins_and_kustomize_refuses_them() {
        let text = "spec: {a: 1, 'a': 2, b: [{c: 1, c: 2}], <<: {d: 1}, <<: {e: 1}}\n";
        fixture::check(
            super::check,
            Reader::Plain,
            text,
            &[
                "warning duplicate-key .spec.a: the key `a` is there twice: the last one wins",
                "warning duplicate-key .spec.b[0].c: the key `c` is there twice: the last one wins",
            ],
        );
        fixture::check(
            super::check,
            Reader::Kustomize,
            "a: 1\na: 2\n",
            &["error duplicate-key .a: the key `a` is there twice: kustomize refuses the file"],
        );
    }
}
