//! Sets of fields, as `managedFields` writes them (`FieldsV1`).
//!
//! After structured-merge-diff, with this one simplification: what a list is does not
//! come from a schema. `conditions` are keyed by `type`, owner references by `uid`,
//! finalizers are a set, and every other list is one value.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// From the root to a field, each step as `FieldsV1` writes it: `f:spec`,
/// `k:{"type":"Ready"}`, `v:"a.finalizer"`.
pub(super) type Path = Vec<String>;

/// Metadata that nobody owns.
const UNOWNED: [&str; 9] = [
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "generation",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "managedFields",
];

/// Fields that somebody owns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct FieldSet(pub(super) BTreeSet<Path>);

impl FieldSet {
    /// All fields of an object that can be owned.
    pub(super) fn of(object: &Value) -> Self {
        let mut set = Self::default();
        let fields = object.as_object().into_iter().flatten();
        for (name, value) in fields.filter(|(name, _)| !["apiVersion", "kind"].contains(&&***name))
        {
            set.walk(&[format!("f:{name}")], value);
        }
        set.0.retain(|path| match path.as_slice() {
            [metadata] => metadata != "f:metadata",
            [metadata, field, ..] => metadata != "f:metadata" || !UNOWNED.contains(&&field[2..]),
            [] => false,
        });
        set
    }

    /// Only those below `status`, or only the others.
    pub(super) fn of_part(object: &Value, is_status: bool) -> Self {
        let mut set = Self::of(object);
        set.0.retain(|path| (path[0] == "f:status") == is_status);
        set
    }

    fn walk(&mut self, path: &[String], value: &Value) {
        let below = |step: String| [path, &[step]].concat();
        match (value, Shape::of(path)) {
            (Value::Object(fields), _) if !fields.is_empty() => {
                for (name, value) in fields {
                    self.walk(&below(format!("f:{name}")), value);
                }
            }
            (Value::Array(items), Shape::Keyed(key)) => {
                for item in items {
                    let path = below(key_of(item, key));
                    self.walk(&path, item);
                    self.0.insert(path);
                }
            }
            (Value::Array(items), Shape::Set) => {
                let items = items.iter().map(|item| below(format!("v:{item}")));
                self.0.extend(items);
            }
            _ => {
                self.0.insert(path.to_vec());
            }
        }
    }

    /// Reads `FieldsV1`.
    pub(super) fn parse(fields: &Value) -> Self {
        fn walk(set: &mut BTreeSet<Path>, path: &[String], fields: &Map<String, Value>) {
            if fields.is_empty() {
                set.insert(path.to_vec());
            }
            for (step, below) in fields {
                let path = match step.as_str() {
                    "." => path.to_vec(),
                    step => [path, &[step.to_owned()]].concat(),
                };
                walk(set, &path, below.as_object().unwrap_or(&Map::new()));
            }
        }
        let mut set = BTreeSet::new();
        walk(&mut set, &[], fields.as_object().unwrap_or(&Map::new()));
        set.remove(&Vec::new());
        Self(set)
    }

    /// As `FieldsV1`.
    pub(super) fn to_fields(&self) -> Value {
        let mut root = json!({});
        for path in &self.0 {
            let mut place = &mut root;
            for step in path {
                place = &mut place[step.as_str()];
                if place.is_null() {
                    *place = json!({});
                }
            }
        }
        // An item of a list that is owned itself, beside fields of it.
        for path in &self.0 {
            let mut place = &mut root;
            for step in path {
                place = &mut place[step.as_str()];
            }
            if place.as_object().is_some_and(|below| !below.is_empty()) {
                place["."] = json!({});
            }
        }
        root
    }
}

/// What a list is.
enum Shape {
    /// One value.
    Atomic,
    /// Its items are told apart by this field.
    Keyed(&'static str),
    /// Its items are scalars, each there once.
    Set,
}

impl Shape {
    fn of(path: &[String]) -> Self {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        match path.as_slice() {
            ["f:metadata", "f:finalizers"] => Self::Set,
            ["f:metadata", "f:ownerReferences"] => Self::Keyed("uid"),
            [.., "f:conditions"] => Self::Keyed("type"),
            _ => Self::Atomic,
        }
    }
}

fn key_of(item: &Value, key: &str) -> String {
    format!("k:{}", json!({key: item[key]}))
}

/// The value at a path.
pub(super) fn at<'v>(object: &'v Value, path: &[String]) -> Option<&'v Value> {
    path.iter()
        .try_fold(object, |value, step| match step.split_at(2) {
            ("f:", name) => value.get(name),
            (kind, text) => value
                .as_array()?
                .iter()
                .find(|item| is_named(item, kind, text)),
        })
}

/// Whether an item of a list is the one that a step says.
fn is_named(item: &Value, kind: &str, text: &str) -> bool {
    let Ok(said) = serde_json::from_str::<Value>(text) else {
        return false;
    };
    match (kind, said) {
        ("k:", Value::Object(keys)) => keys.iter().all(|(key, value)| &item[key] == value),
        (_, said) => *item == said,
    }
}

/// Takes the value at a path away, and maps and lists that are empty by that.
pub(super) fn remove(object: &mut Value, path: &[String]) {
    let Some((step, rest)) = path.split_first() else {
        return;
    };
    let (kind, text) = step.split_at(2);
    let is_empty = |value: &Value| {
        value.as_object().is_some_and(Map::is_empty) || value.as_array().is_some_and(Vec::is_empty)
    };
    match object {
        Value::Object(fields) => {
            if let Some(value) = fields.get_mut(text) {
                remove(value, rest);
                if rest.is_empty() || is_empty(value) {
                    fields.remove(text);
                }
            }
        }
        Value::Array(items) => {
            let found = items.iter().position(|item| is_named(item, kind, text));
            if let Some(found) = found {
                remove(&mut items[found], rest);
                if rest.is_empty() || is_empty(&items[found]) {
                    items.remove(found);
                }
            }
        }
        _ => {}
    }
}

/// Lays what is applied over what there is: maps and keyed lists are merged, all else
/// is replaced.
pub(super) fn merge(live: &mut Value, applied: &Value, path: &mut Path) {
    match (live, applied, Shape::of(path)) {
        (Value::Object(live), Value::Object(applied), _) => {
            for (name, applied) in applied {
                path.push(format!("f:{name}"));
                merge(live.entry(name).or_insert(Value::Null), applied, path);
                path.pop();
            }
        }
        (Value::Array(live), Value::Array(applied), Shape::Keyed(key)) => {
            for item in applied {
                match live.iter_mut().find(|it| it[key] == item[key]) {
                    Some(found) => {
                        path.push(key_of(item, key));
                        merge(found, item, path);
                        path.pop();
                    }
                    None => live.push(item.clone()),
                }
            }
        }
        (Value::Array(live), Value::Array(applied), Shape::Set) => {
            for item in applied {
                if !live.contains(item) {
                    live.push(item.clone());
                }
            }
        }
        (live, applied, _) => *live = applied.clone(),
    }
}

/// `.status.conditions[type="Ready"].status`, as messages write a path.
pub(super) fn shown(path: &[String]) -> String {
    let step = |step: &String| match step.split_at(2) {
        ("f:", name) => format!(".{name}"),
        ("k:", text) => {
            let keys = serde_json::from_str::<Map<String, Value>>(text).unwrap_or_default();
            let keys = keys.iter().map(|(key, value)| format!("{key}={value}"));
            format!("[{}]", keys.collect::<Vec<String>>().join(","))
        }
        (_, text) => format!("[={text}]"),
    };
    path.iter().map(step).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::FieldSet;

    #[test]
    fn fields_are_written_as_kubernetes_writes_them() {
        let object = json!({
            "apiVersion": "glint.io/v1", "kind": "Entity",
            "metadata": {"name": "pay", "labels": {"a.b/c": "d"}, "finalizers": ["x/y"]},
            "spec": {"teams": ["a", "b"], "properties": {"tier": 1}},
            "status": {"conditions": [{"type": "Delivered", "status": "True"}]},
        });
        let written = json!({
            "f:metadata": {"f:labels": {"f:a.b/c": {}}, "f:finalizers": {"v:\"x/y\"": {}}},
            "f:spec": {"f:teams": {}, "f:properties": {"f:tier": {}}},
            "f:status": {"f:conditions": {"k:{\"type\":\"Delivered\"}": {
                ".": {}, "f:type": {}, "f:status": {},
            }}},
        });
        let set = FieldSet::of(&object);
        assert_eq!(set.to_fields(), written);
        assert_eq!(FieldSet::parse(&written), set);
    }
}
