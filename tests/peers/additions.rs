//! What this program adds to a stream, taken out again from what Go read.
//!
//! It is taken out of both the reading before and the one after, so that a value
//! of ours that stood in the input already does not count as a change.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The CRDs that may be added.
const CRDS: [&str; 2] = ["entities.glint.io", "clusterentities.glint.io"];

/// The names, below `gitops.glint.io/`, that this program sets; others of that
/// prefix are somebody else's and must survive.
const ANNOTATIONS: [&str; 7] = [
    "application",
    "project",
    "source-repo",
    "source-path",
    "renderer",
    "deliver",
    "crd-version",
];

/// Set on a Glint CRD wherever it comes from, against loss.
const PROTECTION: [&str; 4] = [
    "helm.sh/resource-policy",
    "kustomize.toolkit.fluxcd.io/prune",
    "kustomize.toolkit.fluxcd.io/ssa",
    "kustomize.toolkit.fluxcd.io/substitute",
];

/// Argo CD's options that protect a CRD, or would undo that.
const PROTECTING_OPTIONS: [&str; 5] = ["ServerSideApply", "Prune", "Delete", "Replace", "Force"];

const SYNC_OPTIONS: &str = "argocd.argoproj.io/sync-options";

/// Says where two readings differ by more than what we add; a CRD of Glint's
/// that was there before must still be there, once.
pub(crate) fn difference(before: Vec<Value>, after: Vec<Value>) -> Option<String> {
    let brought = glint_crds(&before);
    let before = removed(before, &brought);
    let after = removed(after, &brought);
    if before == after {
        return None;
    }
    let at = before
        .iter()
        .zip(&after)
        .position(|(before, after)| before != after)
        .unwrap_or(before.len().min(after.len()));
    let show = |documents: &[Value]| {
        documents
            .get(at)
            .map_or("nothing".to_owned(), ToString::to_string)
    };
    Some(format!(
        "document {} of {} before and {} after\n  before {}\n  after  {}",
        at + 1,
        before.len(),
        after.len(),
        show(&before),
        show(&after)
    ))
}

/// The Glint CRDs that are in the stream, inside of lists too.
fn glint_crds(documents: &[Value]) -> BTreeSet<String> {
    let objects = documents
        .iter()
        .flat_map(|document| std::iter::once(document).chain(items(document)));
    objects
        .filter_map(glint_crd)
        .map(ToOwned::to_owned)
        .collect()
}

/// The documents without what is ours: CRDs other than those in `brought`, the
/// fragment, and our annotations.
fn removed(documents: Vec<Value>, brought: &BTreeSet<String>) -> Vec<Value> {
    documents
        .into_iter()
        .filter(|document| glint_crd(document).is_none_or(|name| brought.contains(name)))
        .filter(|document| !is_fragment(document))
        .map(|mut document| {
            remove_annotations(&mut document);
            if let Some(items) = document.get_mut("items").and_then(Value::as_array_mut) {
                items.retain(|item| !is_fragment(item));
                items.iter_mut().for_each(remove_annotations);
            }
            document
        })
        .collect()
}

fn items(document: &Value) -> impl Iterator<Item = &Value> {
    document
        .get("items")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn glint_crd(document: &Value) -> Option<&str> {
    let name = document.pointer("/metadata/name")?.as_str()?;
    let group = document.get("apiVersion")?.as_str()?.split('/').next()?;
    (group == "apiextensions.k8s.io"
        && document["kind"] == "CustomResourceDefinition"
        && CRDS.contains(&name))
    .then_some(name)
}

fn is_entity(document: &Value) -> bool {
    document["apiVersion"] == "glint.io/v1"
        && (document["kind"] == "Entity" || document["kind"] == "ClusterEntity")
}

fn is_fragment(document: &Value) -> bool {
    document["kind"] == "ConfigMap"
        && document
            .pointer("/metadata/labels")
            .is_some_and(|labels| labels["gitops.glint.io/fragment"] == "true")
}

fn remove_annotations(document: &mut Value) {
    let (is_entity, is_crd) = (is_entity(document), glint_crd(document).is_some());
    if !is_entity && !is_crd {
        return;
    }
    let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    if let Some(annotations) = metadata
        .get_mut("annotations")
        .and_then(Value::as_object_mut)
    {
        for name in ANNOTATIONS {
            annotations.remove(&format!("gitops.glint.io/{name}"));
        }
        if is_entity {
            annotations.remove("kustomize.toolkit.fluxcd.io/substitute");
            remove_sync_options(annotations, |option| {
                option == "SkipDryRunOnMissingResource=true"
            });
        }
        if is_crd {
            PROTECTION.iter().for_each(|name| {
                annotations.remove(*name);
            });
            // Protection wins over what says otherwise; the rest stays.
            remove_sync_options(annotations, |option| {
                let name = option.split('=').next().unwrap_or(option);
                PROTECTING_OPTIONS.contains(&name)
            });
        }
    }
    if is_empty(metadata.get("annotations")) {
        metadata.remove("annotations");
    }
}

/// Takes members out of Argo CD's list, which is separated by commas; a list
/// that has no others is gone.
fn remove_sync_options(annotations: &mut Map<String, Value>, is_ours: impl Fn(&str) -> bool) {
    let Some(options) = annotations.get(SYNC_OPTIONS).and_then(Value::as_str) else {
        return;
    };
    let others: Vec<_> = options
        .split(',')
        .map(str::trim)
        .filter(|option| !option.is_empty() && !is_ours(option))
        .collect();
    if others.is_empty() {
        annotations.remove(SYNC_OPTIONS);
    } else {
        let others = Value::from(others.join(","));
        annotations.insert(SYNC_OPTIONS.to_owned(), others);
    }
}

fn is_empty(annotations: Option<&Value>) -> bool {
    match annotations {
        Some(Value::Null) => true,
        Some(Value::Object(members)) => members.is_empty(),
        Some(_) | None => false,
    }
}
