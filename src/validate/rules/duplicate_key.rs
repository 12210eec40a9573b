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
