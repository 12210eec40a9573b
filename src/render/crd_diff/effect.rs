//! What a change of a CRD means for the entities in the cluster.
//!
//! Not for finding changes. Errs on one side: what is not known to be harmless
//! counts as narrower. What the API server refuses is
//! `ValidateCustomResourceDefinitionUpdate` of apiextensions v1, Kubernetes
//! 1.37.

use serde_json::Value;

use super::{Change, Path, Step};

/// What becomes of what is there, the mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// Every entity that was accepted still is, with all its fields.
    Harmless,
    /// An entity or a client that was accepted may no longer be, or a field is
    /// dropped when its entity is next written.
    Narrows,
    /// The API server does not take the CRD.
    Refused,
}

/// What a change does; `cluster` is the CRD that it changes.
pub(super) fn effect(cluster: &Value, path: &Path, change: &Change) -> Effect {
    let Path(steps) = path;
    let keys: Vec<&str> = steps.iter().map(step).collect();
    match keys.as_slice() {
        ["spec", "scope" | "group"] | ["spec", "names", "kind" | "plural"] => Effect::Refused,
        ["spec", "versions", version] => of_version(cluster, version, change),
        ["spec", "versions", _, "served"] => narrows_if(!matches!(
            change,
            Change::Changed {
                to: Value::Bool(true),
                ..
            }
        )),
        ["spec", "versions", _, "subresources", ..] => narrows_unless_added(change),
        ["spec", "versions", version, "schema", "openAPIV3Schema", ..] => {
            let all_kept = |node: &Value| node.get(PRESERVE) == Some(&Value::Bool(true));
            let schema = schema_of(cluster, version);
            match field(&keys[5..]) {
                Field::Schema(above) => {
                    let added = matches!(change, Change::Added(_));
                    let pruned_so_far = schema
                        .and_then(|schema| above.iter().try_fold(schema, |at, key| at.get(*key)))
                        .is_some_and(|node| !all_kept(node));
                    narrows_if(!(added && pruned_so_far))
                }
                Field::Keyword(keyword) => of_keyword(keyword, change),
            }
        }
        ["spec", "versions", _, "schema", ..] => Effect::Narrows,
        ["spec", "conversion" | "preserveUnknownFields", ..] => Effect::Narrows,
        _ => Effect::Harmless,
    }
}

const PRESERVE: &str = "x-kubernetes-preserve-unknown-fields";

fn step(step: &Step) -> &str {
    match step {
        Step::Key(text) | Step::Named(text) => text,
        Step::Element => "",
    }
}

fn narrows_if(narrower: bool) -> Effect {
    match narrower {
        true => Effect::Narrows,
        false => Effect::Harmless,
    }
}

fn narrows_unless_added(change: &Change) -> Effect {
    narrows_if(!matches!(change, Change::Added(_)))
}

fn narrows_unless_removed(change: &Change) -> Effect {
    narrows_if(!matches!(change, Change::Removed(_)))
}

/// A version in which entities were stored must stay.
fn of_version(cluster: &Value, version: &str, change: &Change) -> Effect {
    let stored = cluster.pointer("/status/storedVersions");
    let is_stored = stored
        .and_then(Value::as_array)
        .is_some_and(|stored| stored.iter().any(|it| it == version));
    match change {
        Change::Added(_) => Effect::Harmless,
        Change::Removed(_) if is_stored => Effect::Refused,
        Change::Removed(_) | Change::Changed { .. } => Effect::Narrows,
    }
}

fn schema_of<'c>(cluster: &'c Value, version: &str) -> Option<&'c Value> {
    let versions = cluster.pointer("/spec/versions")?.as_array()?;
    let is_it = |it: &&Value| it.get("name").and_then(Value::as_str) == Some(version);
    versions
        .iter()
        .find(is_it)?
        .pointer("/schema/openAPIV3Schema")
}

/// What a path into a schema leads to. A property may have the name of a
/// keyword, so the path has to be walked.
enum Field<'p> {
    /// A property's schema as a whole, and the schema that it is in.
    Schema(&'p [&'p str]),
    /// A keyword of a schema, or something in the keyword's value.
    Keyword(&'p str),
}

fn field<'p>(path: &'p [&'p str]) -> Field<'p> {
    let mut at = 0;
    loop {
        match &path[at..] {
            ["properties", _] => return Field::Schema(&path[..at]),
            ["properties", _, ..] => at += 2,
            ["items" | "additionalProperties", _, ..] => at += 1,
            [keyword, ..] => return Field::Keyword(keyword),
            [] => return Field::Keyword(""),
        }
    }
}

fn of_keyword(keyword: &str, change: &Change) -> Effect {
    match keyword {
        "description" | "title" | "example" | "externalDocs" | "default" => Effect::Harmless,
        "required" => narrows_unless_removed(change),
        // A value more is allowed, unless all were before.
        "enum" => match change {
            Change::Added(Value::Array(_)) | Change::Changed { .. } => Effect::Narrows,
            Change::Added(_) | Change::Removed(Value::Array(_)) => Effect::Harmless,
            Change::Removed(_) => Effect::Narrows,
        },
        "maximum" | "maxLength" | "maxItems" | "maxProperties" => {
            bound(change, |from, to| to < from)
        }
        "minimum" | "minLength" | "minItems" | "minProperties" => {
            bound(change, |from, to| to > from)
        }
        "type"
        | "pattern"
        | "format"
        | "multipleOf"
        | "uniqueItems"
        | "exclusiveMaximum"
        | "exclusiveMinimum"
        | "not"
        | "allOf"
        | "anyOf"
        | "oneOf"
        | "x-kubernetes-validations" => narrows_unless_removed(change),
        "nullable" | PRESERVE | "x-kubernetes-int-or-string" => narrows_unless_added(change),
        _ => Effect::Narrows,
    }
}

fn bound(change: &Change, is_narrower: fn(f64, f64) -> bool) -> Effect {
    match change {
        Change::Removed(_) => Effect::Harmless,
        Change::Added(_) => Effect::Narrows,
        Change::Changed { from, to } => match (from.as_f64(), to.as_f64()) {
            (Some(from), Some(to)) => narrows_if(is_narrower(from, to)),
            (None, _) | (_, None) => Effect::Narrows,
        },
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Effect::{self, Harmless, Narrows, Refused};
    use crate::render::crd_diff::{Difference, differences};

    /// A CRD whose one field has this schema.
    fn crd(field: &Value) -> Value {
        json!({
            "spec": {"versions": [{"name": "v1", "schema": {"openAPIV3Schema": {
                "properties": {"a": field},
            }}}]},
            "status": {"storedVersions": ["v1"]},
        })
    }

    #[track_caller]
    fn check(cluster: &Value, ours: &Value, expected: Effect) {
        match differences(cluster, ours).as_slice() {
            [Difference { effect, .. }] => assert_eq!(*effect, expected, "{cluster} {ours}"),
            others => panic!("{others:?}"),
        }
    }

    /// What a change of the one field's schema does, there and back.
    #[track_caller]
    fn there_and_back(from: Value, to: Value, there: Effect, back: Effect) {
        check(&crd(&from), &crd(&to), there);
        check(&crd(&to), &crd(&from), back);
    }

    #[test]
    fn a_wider_bound_is_harmless_and_a_closer_one_is_not() {
        let (less, more) = (json!({"maxLength": 200}), json!({"maxLength": 1000}));
        there_and_back(less, more, Harmless, Narrows);
        let (less, more) = (json!({"minimum": 0}), json!({"minimum": 1}));
        there_and_back(less, more, Narrows, Harmless);
        there_and_back(json!({}), json!({"maxItems": 9}), Narrows, Harmless);
    }

    #[test]
    fn a_rule_more_narrows_and_a_value_more_does_not() {
        let (one, two) = (json!({"required": ["x"]}), json!({"required": ["x", "y"]}));
        there_and_back(one, two, Narrows, Harmless);
        let (one, two) = (json!({"enum": ["x"]}), json!({"enum": ["x", "y"]}));
        there_and_back(one, two, Harmless, Narrows);
        there_and_back(json!({}), json!({"enum": ["x"]}), Narrows, Harmless);
        there_and_back(json!({}), json!({"pattern": "^a"}), Narrows, Harmless);
    }

    #[test]
    fn words_change_nothing() {
        let (one, other) = (json!({"description": "x"}), json!({"description": "y"}));
        there_and_back(one, other, Harmless, Harmless);
    }

    #[test]
    fn a_new_property_narrows_only_where_anything_was_kept_before() {
        let with = |kept: bool| {
            let field = json!({"properties": {"b": {"type": "string"}}});
            let mut without = json!({"properties": {}});
            let mut with = field;
            if kept {
                for node in [&mut without, &mut with] {
                    node["x-kubernetes-preserve-unknown-fields"] = true.into();
                }
            }
            (without, with)
        };
        let (without, with_property) = with(false);
        there_and_back(without, with_property, Harmless, Narrows);
        let (without, with_property) = with(true);
        there_and_back(without, with_property, Narrows, Narrows);
    }

    #[test]
    fn a_property_with_the_name_of_a_keyword_is_a_property() {
        let field = |schema: Value| json!({"properties": {"description": schema}});
        let (text, number) = (json!({"type": "string"}), json!({"type": "integer"}));
        there_and_back(field(text), field(number), Narrows, Narrows);
    }

    #[test]
    fn what_is_immutable_is_refused() {
        let spec = |scope: &str| json!({"spec": {"scope": scope}});
        check(&spec("Cluster"), &spec("Namespaced"), Refused);
    }

    #[test]
    fn a_version_goes_only_where_nothing_was_stored_in_it() {
        let versions = |names: &[&str], stored: &str| {
            let versions: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
            json!({"spec": {"versions": versions}, "status": {"storedVersions": [stored]}})
        };
        let ours = versions(&["v1"], "v1");
        check(&versions(&["v1", "v0"], "v0"), &ours, Refused);
        check(&versions(&["v1", "v0"], "v1"), &ours, Narrows);
        check(&versions(&[], "v1"), &ours, Harmless);
    }
}
