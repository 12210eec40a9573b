//! What an API server itself writes into an object, and what it lets nobody change.
//!
//! Pure: an object and what is made of it in, the object as it will be stored out.

use serde_json::{Map, Value, json};

use super::answer::Refusal;
use super::kind::Kind;

/// Which part of an object a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// The subresource.
    Status,
}

/// Metadata that is the API server's own.
const OURS: [&str; 6] = [
    "uid",
    "creationTimestamp",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
    "generation",
    "resourceVersion",
];

/// A new object.
pub(super) fn created(kind: &Kind, mut object: Value, uid: &str, now: &str) -> Value {
    set_types(kind, &mut object);
    let metadata = metadata_of(&mut object);
    metadata.retain(|name, _| !OURS.contains(&name.as_str()));
    metadata.insert("uid".to_owned(), uid.into());
    metadata.insert("creationTimestamp".to_owned(), now.into());
    if kind.has_generation() {
        metadata.insert("generation".to_owned(), 1.into());
    }
    if let Some(fields) = object.as_object_mut()
        && kind.has_status
    {
        fields.remove("status");
    }
    object
}

/// An object that someone changes.
///
/// # Errors
/// What no one may change: 409 where it is another object or version, 422 for a
/// finalizer that is added while the object is being deleted.
pub(super) fn updated(
    kind: &Kind,
    old: &Value,
    mut new: Value,
    part: Part,
) -> Result<Value, Refusal> {
    let name = old["metadata"]["name"].as_str().unwrap_or_default();
    let said = |field: &str| Some(&new["metadata"][field]).filter(|it| !it.is_null());
    if said("uid").is_some_and(|uid| *uid != old["metadata"]["uid"]) {
        return Err(Refusal::modified(kind, name));
    }
    let version = said("resourceVersion").filter(|version| **version != "");
    if version.is_some_and(|version| *version != old["metadata"]["resourceVersion"]) {
        return Err(Refusal::modified(kind, name));
    }
    if part == Part::Status {
        let mut status = old.clone();
        let fields = status.as_object_mut().expect("an object is a map");
        match new["status"].take() {
            Value::Null => drop(fields.remove("status")),
            value => drop(fields.insert("status".to_owned(), value)),
        }
        return Ok(status);
    }
    set_types(kind, &mut new);
    keep(&mut new, old, kind);
    let is_deleted = !old["metadata"]["deletionTimestamp"].is_null();
    if is_deleted && has_new_finalizer(old, &new) {
        let why = "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted";
        return Err(Refusal::invalid(kind, name, why));
    }
    if kind.has_generation() && spec_of(kind, old) != spec_of(kind, &new) {
        let generation = old["metadata"]["generation"].as_u64().unwrap_or_default();
        new["metadata"]["generation"] = (generation + 1).into();
    }
    Ok(new)
}

/// An object that is deleted and has finalizers.
pub(super) fn doomed(kind: &Kind, mut object: Value, now: &str) -> Value {
    let metadata = metadata_of(&mut object);
    metadata.insert("deletionTimestamp".to_owned(), now.into());
    metadata.insert("deletionGracePeriodSeconds".to_owned(), 0.into());
    if kind.has_generation() {
        let generation = metadata.get("generation").and_then(Value::as_u64);
        let generation = generation.unwrap_or_default() + 1;
        metadata.insert("generation".to_owned(), generation.into());
    }
    object
}

/// Whether it goes once it is deleted.
pub(super) fn has_finalizers(object: &Value) -> bool {
    let finalizers = object["metadata"]["finalizers"].as_array();
    finalizers.is_some_and(|finalizers| !finalizers.is_empty())
}

/// Whether only what the API server writes itself tells them apart.
pub(super) fn is_same(old: &Value, new: &Value) -> bool {
    let bare = |object: &Value| {
        let mut object = object.clone();
        let metadata = metadata_of(&mut object);
        metadata.remove("resourceVersion");
        let entries = metadata
            .get_mut("managedFields")
            .and_then(Value::as_array_mut);
        for entry in entries.into_iter().flatten() {
            entry["time"].take();
        }
        object
    };
    bare(old) == bare(new)
}

/// `PartialObjectMetadata` of an object.
pub(super) fn partial(object: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
        "metadata": object["metadata"],
    })
}

/// The metadata, made where there is none.
pub(super) fn metadata_of(object: &mut Value) -> &mut Map<String, Value> {
    let metadata = &mut object["metadata"];
    if !metadata.is_object() {
        *metadata = json!({});
    }
    metadata.as_object_mut().expect("it is a map")
}

/// What a client may leave out.
fn set_types(kind: &Kind, object: &mut Value) {
    object["apiVersion"] = kind.api_version().into();
    object["kind"] = kind.kind.into();
}

/// Puts back what an update does not change.
fn keep(new: &mut Value, old: &Value, kind: &Kind) {
    for field in OURS.into_iter().chain(["namespace"]) {
        match old["metadata"].get(field) {
            Some(value) => metadata_of(new).insert(field.to_owned(), value.clone()),
            None => metadata_of(new).remove(field),
        };
    }
    let fields = new.as_object_mut().expect("an object is a map");
    if kind.has_status {
        match old.get("status") {
            Some(status) => fields.insert("status".to_owned(), status.clone()),
            None => fields.remove("status"),
        };
    }
}

fn has_new_finalizer(old: &Value, new: &Value) -> bool {
    let finalizers = |object: &Value| object["metadata"]["finalizers"].as_array().cloned();
    let old = finalizers(old).unwrap_or_default();
    let new = finalizers(new).unwrap_or_default();
    new.iter().any(|finalizer| !old.contains(finalizer))
}

/// What `generation` counts.
fn spec_of(kind: &Kind, object: &Value) -> Value {
    let mut object = object.clone();
    let fields = object.as_object_mut().expect("an object is a map");
    fields.remove("metadata");
    if kind.has_status {
        fields.remove("status");
    }
    object
}
