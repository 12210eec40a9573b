//! Who wrote which field: `metadata.managedFields`, and server-side apply.
//!
//! After https://kubernetes.io/docs/reference/using-api/server-side-apply/: an applier
//! owns what it sent last, and what it sends no more goes unless another owns it; any
//! other write owns what it changed. Invariant: a value that another owns is only
//! changed by an apply with force.

use serde_json::{Value, json};

use super::answer::Refusal;
use super::fields::{FieldSet, at, merge, remove, shown};
use super::kind::Kind;

/// Who writes, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Writer {
    /// The field manager.
    pub(super) manager: String,
    /// Whether it is the subresource `status` that it writes.
    pub(super) is_status: bool,
    /// As the object is written in.
    pub(super) api_version: String,
    /// RFC 3339.
    pub(super) time: String,
}

/// One of `managedFields`.
struct Entry {
    manager: String,
    operation: String,
    is_status: bool,
    fields: FieldSet,
    /// As it was read, to leave its time where nothing changes.
    written: Value,
}

impl Entry {
    fn read(object: Option<&Value>) -> Vec<Self> {
        let entries = object.and_then(|object| object["metadata"]["managedFields"].as_array());
        let entries = entries.into_iter().flatten().map(|entry| Self {
            manager: entry["manager"].as_str().unwrap_or_default().to_owned(),
            operation: entry["operation"].as_str().unwrap_or_default().to_owned(),
            is_status: entry["subresource"] == "status",
            fields: FieldSet::parse(&entry["fieldsV1"]),
            written: entry.clone(),
        });
        entries.collect()
    }

    fn new(writer: &Writer, operation: &str) -> Self {
        Self {
            manager: writer.manager.clone(),
            operation: operation.to_owned(),
            is_status: writer.is_status,
            fields: FieldSet::default(),
            written: Value::Null,
        }
    }

    fn is_of(&self, writer: &Writer, operation: &str) -> bool {
        self.manager == writer.manager
            && self.operation == operation
            && self.is_status == writer.is_status
    }

    /// As the message of a conflict names it.
    fn named(&self, writer: &Writer) -> String {
        let subresource = match self.is_status {
            true => " with subresource \"status\"",
            false => "",
        };
        let version = match self.operation.as_str() {
            "Update" => format!(" using {}", writer.api_version),
            _ => String::new(),
        };
        format!("\"{}\"{subresource}{version}", self.manager)
    }

    fn write(&self, writer: &Writer) -> Value {
        let fields = self.fields.to_fields();
        if self.written["fieldsV1"] == fields {
            return self.written.clone();
        }
        let mut entry = json!({
            "manager": self.manager, "operation": self.operation,
            "apiVersion": writer.api_version, "time": writer.time,
            "fieldsType": "FieldsV1", "fieldsV1": fields,
        });
        if self.is_status {
            entry["subresource"] = "status".into();
        }
        entry
    }
}

/// Takes the entry of a writer out of the others.
fn take(entries: &mut Vec<Entry>, writer: &Writer, operation: &str) -> Entry {
    let found = entries.iter().position(|it| it.is_of(writer, operation));
    found.map_or_else(
        || Entry::new(writer, operation),
        |found| entries.remove(found),
    )
}

fn put(object: &mut Value, mut entries: Vec<Entry>, writer: &Writer) {
    entries.retain(|entry| !entry.fields.0.is_empty());
    let mut entries: Vec<Value> = entries.iter().map(|entry| entry.write(writer)).collect();
    // Appliers first, and then by age.
    let text = |entry: &Value, field: &str| entry[field].as_str().map(str::to_owned);
    entries.sort_by_cached_key(|entry| {
        ["operation", "time", "manager", "subresource"].map(|field| text(entry, field))
    });
    object["metadata"]["managedFields"] = entries.into();
}

/// Writes into `new` who wrote what, where all but an apply has made it out of `old`.
pub(super) fn track(old: Option<&Value>, new: &mut Value, writer: &Writer) {
    let mut entries = Entry::read(old);
    let all = FieldSet::of(new);
    let is_changed = |path: &&Vec<String>| at(new, path) != old.and_then(|old| at(old, path));
    let changed: Vec<Vec<String>> = all.0.iter().filter(is_changed).cloned().collect();
    for entry in &mut entries {
        let stays = |path: &Vec<String>| all.0.contains(path) && !changed.contains(path);
        entry.fields.0.retain(stays);
    }
    let mut own = take(&mut entries, writer, "Update");
    own.fields.0.extend(changed);
    entries.push(own);
    put(new, entries, writer);
}

/// What an apply makes of an object, or of none.
///
/// # Errors
/// 409 with each conflict, unless it is forced.
pub(super) fn apply(
    kind: &Kind,
    live: Option<&Value>,
    applied: &Value,
    writer: &Writer,
    is_forced: bool,
) -> Result<Value, Refusal> {
    let mut applied = applied.clone();
    drop_nulls(&mut applied);
    let mut entries = Entry::read(live);
    let mut own = take(&mut entries, writer, "Apply");
    let fields = match kind.has_status {
        true => FieldSet::of_part(&applied, writer.is_status),
        false => FieldSet::of(&applied),
    };
    let is_other = |path: &Vec<String>| live.and_then(|live| at(live, path)) != at(&applied, path);
    let mut conflicts = Vec::new();
    for entry in &mut entries {
        let disputed = fields.0.intersection(&entry.fields.0);
        let disputed: Vec<Vec<String>> = disputed
            .filter(|it| is_leaf(&applied, it))
            .cloned()
            .collect();
        for path in disputed.iter().filter(|path| is_other(path)) {
            conflicts.push((entry.named(writer), shown(path)));
            entry.fields.0.remove(path);
        }
    }
    if !conflicts.is_empty() && !is_forced {
        return Err(Refusal::disputed(&conflicts));
    }
    let mut merged = live.cloned().unwrap_or_else(|| json!({}));
    merge(&mut merged, &part(kind, applied, writer), &mut Vec::new());
    // An item of a list comes before its fields, and goes whole where it goes.
    for gone in own.fields.0.difference(&fields.0) {
        let is_owned = |entry: &Entry| entry.fields.0.iter().any(|path| path.starts_with(gone));
        if !entries.iter().any(is_owned) {
            remove(&mut merged, gone);
        }
    }
    own.fields = fields;
    entries.insert(0, own);
    put(&mut merged, entries, writer);
    Ok(merged)
}

/// Of what is applied, the part that this endpoint takes.
fn part(kind: &Kind, mut applied: Value, writer: &Writer) -> Value {
    if let Some(fields) = applied.as_object_mut()
        && kind.has_status
    {
        match writer.is_status {
            true => fields.retain(|name, _| name == "status"),
            false => drop(fields.remove("status")),
        }
    }
    applied
}

/// Whether it is a value, and no item of a keyed list, which only its fields dispute.
fn is_leaf(object: &Value, path: &[String]) -> bool {
    !path.last().is_some_and(|step| step.starts_with("k:")) && at(object, path).is_some()
}

/// A null in what is applied is a field that is not there.
fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}
