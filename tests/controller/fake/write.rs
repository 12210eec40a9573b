//! Create, update, patch, apply and delete.
//!
//! Not for where a request came from. Invariant: a dry run answers what the same
//! request would have answered, and changes nothing.

use std::sync::Arc;

use serde_json::Value;

use super::answer::Refusal;
use super::kind::Kind;
use super::managed::{self, Writer};
use super::object::{self, Part, metadata_of};
use super::store::{Key, Store};

/// Who writes, which part, and whether in earnest.
#[derive(Clone, Debug)]
pub(super) struct Hand {
    /// The field manager.
    pub(super) manager: String,
    pub(super) part: Part,
    pub(super) is_dry_run: bool,
}

impl Hand {
    fn writer(&self, kind: &Kind, store: &Store) -> Writer {
        Writer {
            manager: self.manager.clone(),
            is_status: self.part == Part::Status,
            api_version: kind.api_version(),
            time: store.time(),
        }
    }
}

/// A change of an object that a request holds.
#[derive(Clone, Debug)]
pub(super) enum Patch {
    /// RFC 7386.
    Merge(Value),
    /// RFC 6902: `add`, `replace`, `remove`, `test`.
    Json(Vec<Value>),
    /// Server-side.
    Apply { applied: Value, is_forced: bool },
}

impl Store {
    /// Makes an object, in a namespace or in none (empty).
    pub(super) fn create(
        &mut self,
        kind: &Kind,
        namespace: &str,
        mut new: Value,
        hand: &Hand,
    ) -> Result<Arc<Value>, Refusal> {
        let key = self.key_of(kind, namespace, &mut new)?;
        if new["metadata"]["resourceVersion"]
            .as_str()
            .is_some_and(|it| !it.is_empty())
        {
            let message = "resourceVersion should not be set on objects to be created";
            return Err(Refusal::new(500, "InternalError", message));
        }
        if self.of(kind).objects.contains_key(&key) {
            return Err(Refusal::exists(kind, &key.1));
        }
        let mut object = object::created(kind, new, &self.uid(), &self.time());
        managed::track(None, &mut object, &hand.writer(kind, self));
        Ok(self.settle(kind, &key, None, object, hand))
    }

    /// Makes an object or puts it in the place of one, whatever version that has, and its
    /// status with it: what a test does, in one change.
    pub(super) fn set(
        &mut self,
        kind: &Kind,
        mut new: Value,
        hand: &Hand,
    ) -> Result<Arc<Value>, Refusal> {
        let namespace = new["metadata"]["namespace"].as_str().unwrap_or_default();
        let namespace = namespace.to_owned();
        let key = self.key_of(kind, &namespace, &mut new)?;
        let metadata = metadata_of(&mut new);
        for field in ["uid", "resourceVersion"] {
            metadata.remove(field);
        }
        let status = new.get("status").cloned();
        let old = self.get(kind, &key);
        let mut object = match &old {
            Some(old) => object::updated(kind, old, new, hand.part)?,
            None => object::created(kind, new, &self.uid(), &self.time()),
        };
        if let Some(status) = status {
            object["status"] = status;
        }
        managed::track(old.as_deref(), &mut object, &hand.writer(kind, self));
        Ok(self.put(kind, &key, old, object))
    }

    /// Puts another object in the place of one.
    pub(super) fn update(
        &mut self,
        kind: &Kind,
        key: &Key,
        new: Value,
        hand: &Hand,
    ) -> Result<Arc<Value>, Refusal> {
        let old = self.found(kind, key)?;
        let version = new["metadata"]["resourceVersion"].as_str();
        if kind.needs_version() && version.is_none_or(str::is_empty) {
            let why = "metadata.resourceVersion: Invalid value: 0: must be specified for an update";
            return Err(Refusal::invalid(kind, &key.1, why));
        }
        self.change(kind, key, old, new, hand)
    }

    /// Changes an object; an apply makes one that is not there, and then answers so.
    pub(super) fn patch(
        &mut self,
        kind: &Kind,
        key: &Key,
        patch: &Patch,
        hand: &Hand,
    ) -> Result<(Arc<Value>, bool), Refusal> {
        let live = self.get(kind, key);
        let Patch::Apply { applied, is_forced } = patch else {
            let old = live.ok_or_else(|| Refusal::not_found(kind, &key.1))?;
            let mut new = old.as_ref().clone();
            match patch {
                Patch::Json(steps) => json_patch(&mut new, steps)?,
                Patch::Merge(change) => merge_patch(&mut new, change),
                Patch::Apply { .. } => {}
            }
            return Ok((self.change(kind, key, old, new, hand)?, false));
        };
        if live.is_none() && hand.part == Part::Status {
            return Err(Refusal::not_found(kind, &key.1));
        }
        let mut applied = applied.clone();
        if applied["metadata"]["managedFields"].is_array() {
            return Err(Refusal::bad("metadata.managedFields must be nil"));
        }
        let said = self.key_of(kind, &key.0, &mut applied)?;
        is_named(&said.1, key)?;
        let writer = hand.writer(kind, self);
        let merged = managed::apply(kind, live.as_deref(), &applied, &writer, *is_forced)?;
        let entries = merged["metadata"]["managedFields"].clone();
        let mut object = match &live {
            Some(old) => object::updated(kind, old, merged, hand.part)?,
            None => object::created(kind, merged, &self.uid(), &self.time()),
        };
        object["metadata"]["managedFields"] = entries;
        let has_created = live.is_none();
        Ok((self.settle(kind, key, live, object, hand), has_created))
    }

    /// Deletes an object, or marks it where finalizers hold it. The object and whether
    /// it is gone.
    pub(super) fn delete(
        &mut self,
        kind: &Kind,
        key: &Key,
        options: &Value,
        hand: &Hand,
    ) -> Result<(Arc<Value>, bool), Refusal> {
        let old = self.found(kind, key)?;
        for field in ["uid", "resourceVersion"] {
            let wanted = &options["preconditions"][field];
            if !wanted.is_null() && *wanted != old["metadata"][field] {
                return Err(Refusal::modified(kind, &key.1));
            }
        }
        if !object::has_finalizers(&old) {
            let gone = match hand.is_dry_run {
                true => old,
                false => self.remove(kind, key, old),
            };
            return Ok((gone, true));
        }
        if !old["metadata"]["deletionTimestamp"].is_null() {
            return Ok((old, false));
        }
        let doomed = object::doomed(kind, old.as_ref().clone(), &self.time());
        Ok((self.settle(kind, key, Some(old), doomed, hand), false))
    }

    fn found(&self, kind: &Kind, key: &Key) -> Result<Arc<Value>, Refusal> {
        let found = self.get(kind, key);
        found.ok_or_else(|| Refusal::not_found(kind, &key.1))
    }

    fn change(
        &mut self,
        kind: &Kind,
        key: &Key,
        old: Arc<Value>,
        new: Value,
        hand: &Hand,
    ) -> Result<Arc<Value>, Refusal> {
        is_named(new["metadata"]["name"].as_str().unwrap_or_default(), key)?;
        let mut new = object::updated(kind, &old, new, hand.part)?;
        managed::track(Some(&old), &mut new, &hand.writer(kind, self));
        Ok(self.settle(kind, key, Some(old), new, hand))
    }

    fn settle(
        &mut self,
        kind: &Kind,
        key: &Key,
        before: Option<Arc<Value>>,
        object: Value,
        hand: &Hand,
    ) -> Arc<Value> {
        match hand.is_dry_run {
            true => Arc::new(object),
            false => self.put(kind, key, before, object),
        }
    }

    /// Where an object belongs, which is written into it where it does not say so.
    fn key_of(&mut self, kind: &Kind, namespace: &str, object: &mut Value) -> Result<Key, Refusal> {
        let types = (&object["apiVersion"], &object["kind"]);
        let are_its = |value: &Value, its: &str| value.is_null() || *value == its;
        if !are_its(types.0, &kind.api_version()) || !are_its(types.1, kind.kind) {
            let why = format!(
                "apiVersion, kind: must be {}, {}",
                kind.api_version(),
                kind.kind
            );
            return Err(Refusal::invalid(kind, "", &why));
        }
        self.count += 1;
        let count = self.count;
        let metadata = metadata_of(object);
        let text = |field: &str| {
            metadata
                .get(field)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        let said = text("namespace").unwrap_or_else(|| namespace.to_owned());
        if said != namespace {
            let message = "the namespace of the provided object does not match the namespace sent on the request";
            return Err(Refusal::bad(message));
        }
        let made = text("generateName").map(|start| format!("{start}{count:05x}"));
        let Some(name) = text("name").or(made) else {
            let why = "metadata.name: Required value: name or generateName is required";
            return Err(Refusal::invalid(kind, "", why));
        };
        metadata.insert("name".to_owned(), name.clone().into());
        if kind.is_namespaced {
            metadata.insert("namespace".to_owned(), namespace.into());
        }
        Ok((namespace.to_owned(), name))
    }
}

/// # Errors
/// 400 where an object calls itself otherwise than the path.
fn is_named(said: &str, key: &Key) -> Result<(), Refusal> {
    let wanted = &key.1;
    match said == wanted {
        true => Ok(()),
        false => Err(Refusal::bad(format!(
            "the name of the object ({said}) does not match the name on the URL ({wanted})"
        ))),
    }
}

/// After RFC 7386.
fn merge_patch(target: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let fields = target.as_object_mut().expect("it is a map");
    for (name, change) in changes {
        match change {
            Value::Null => drop(fields.remove(name)),
            change => merge_patch(fields.entry(name).or_insert(Value::Null), change),
        }
    }
}

/// The steps of RFC 6902 that clients of ours may use.
fn json_patch(target: &mut Value, steps: &[Value]) -> Result<(), Refusal> {
    for step in steps {
        let refused = || {
            Refusal::new(
                422,
                "Invalid",
                format!("the patch can't be applied: {step}"),
            )
        };
        let text = |field: &str| step[field].as_str().ok_or_else(refused);
        let (operation, path) = (text("op")?, text("path")?);
        let (parent, last) = path.rsplit_once('/').ok_or_else(refused)?;
        let last = last.replace("~1", "/").replace("~0", "~");
        let value = step["value"].clone();
        let is_there = target.pointer(path).is_some();
        let is_same = target.pointer(path) == Some(&value);
        match (operation, target.pointer_mut(parent).ok_or_else(refused)?) {
            ("test", _) if is_same => {}
            ("add", Value::Object(fields)) => drop(fields.insert(last, value)),
            ("replace", Value::Object(fields)) if is_there => drop(fields.insert(last, value)),
            ("remove", Value::Object(fields)) if is_there => drop(fields.remove(&last)),
            ("add", Value::Array(items)) if last == "-" => items.push(value),
            (operation, Value::Array(items)) => {
                let index: usize = last.parse().map_err(|_| refused())?;
                match operation {
                    "add" if index <= items.len() => items.insert(index, value),
                    "replace" if is_there => items[index] = value,
                    "remove" if is_there => drop(items.remove(index)),
                    _ => return Err(refused()),
                }
            }
            _ => return Err(refused()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{json_patch, merge_patch};

    #[test]
    fn a_merge_patch_is_that_of_its_rfc() {
        let mut target = json!({"a": {"b": 1, "c": [1, 2]}, "d": 1});
        merge_patch(
            &mut target,
            &json!({"a": {"b": null, "c": [3]}, "e": {"f": null}}),
        );
        assert_eq!(target, json!({"a": {"c": [3]}, "d": 1, "e": {}}));
    }

    #[test]
    fn a_json_patch_is_done_step_by_step_or_refused() {
        let mut target = json!({"a": {"b/c": 1}, "l": [1, 3]});
        let steps = json!([
            {"op": "test", "path": "/a/b~1c", "value": 1},
            {"op": "remove", "path": "/a/b~1c"},
            {"op": "add", "path": "/l/1", "value": 2},
            {"op": "add", "path": "/l/-", "value": 4},
        ]);
        json_patch(&mut target, steps.as_array().unwrap()).unwrap();
        assert_eq!(target, json!({"a": {}, "l": [1, 2, 3, 4]}));
        let refused = json_patch(&mut target, &[json!({"op": "remove", "path": "/x"})]);
        assert_eq!(refused.unwrap_err().code, 422);
    }
}
