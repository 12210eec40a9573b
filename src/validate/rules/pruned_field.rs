//! `pruned-field`: a field that the CRD does not have.
//!
//! The API server drops it silently, so it never reaches the catalog.

use serde_json::Value;

use crate::catalog::{Dialect, EntityKind};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};
use crate::validate::Context;

const RULE: &str = "pruned-field";
const SPEC: [&str; 4] = ["blueprint", "identifier", "properties", "relations"];
const ROOT: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];

pub(in crate::validate) fn check(
    _: EntityKind,
    object: &Object<'_>,
    context: &Context<'_>,
) -> Vec<Finding> {
    let mut paths = unknown(object.value, &ROOT, &FieldPath::root());
    // The status is the controller's; only the CRDs of this dialect have one.
    paths.retain(|path| context.dialect != Dialect::Glint || *path != FieldPath::of(&["status"]));
    if let Some(spec) = object.value.get("spec") {
        paths.extend(unknown(spec, &SPEC, &FieldPath::of(&["spec"])));
    }
    paths
        .into_iter()
        .map(|path| {
            let message = format!("`{path}` is no field of an entity: the cluster drops it");
            Finding::new(RULE, Severity::Warning, message)
                .with_help(help(&path))
                .on(object.reference())
                .in_field(path)
        })
        .collect()
}

fn unknown(value: &Value, known: &[&str], path: &FieldPath) -> Vec<FieldPath> {
    let keys = value
        .as_object()
        .into_iter()
        .flat_map(|fields| fields.keys());
    keys.filter(|key| !known.contains(&key.as_str()))
        .map(|key| path.key(key))
        .collect()
}

/// Title, team and icon are annotations, as the CRDs have no field for them.
fn help(path: &FieldPath) -> String {
    for word in ["title", "team", "icon"] {
        if *path == FieldPath::of(&["spec", word]) {
            return format!("write it as the annotation `glint.io/{word}`");
        }
    }
    "values belong below `spec.properties` or `spec.relations`".to_owned()
}

#[cfg(test)]
mod tests {
    use crate::validate::Reader;
    use crate::validate::rules::fixture;

    #[test]
    fn fields_that_the_crd_does_not_have_are_dropped() {
        fixture::check(
            super::check,
            Reader::Plain,
            "status: {}\ndata: {}\nspec: {blueprint: a, title: b, properties: {any: {deep: 1}}}\n",
            &[
                "warning pruned-field .data: `.data` is no field of an entity: the cluster drops it",
                "warning pruned-field .spec.title: `.spec.title` is no field of an entity: the cluster drops it",
            ],
        );
    }
}
