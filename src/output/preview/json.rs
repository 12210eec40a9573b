//! A preview as one JSON document, for machines.
//!
//! Versioned; fields are added, never renamed. A value that is not sent has no
//! key, so that it is told from one that is sent as null.

use serde_json::{Map, Value, json};

use super::PreviewPage;
use crate::diff::{
    Changed, Content, Counts, Declared, Deleted, Diff, FieldChange, Fields, Lingering, Moved,
    Place, Relating,
};
use crate::lock::Owner;
use crate::output::json;

/// One request, as it is sent.
#[derive(Clone, Debug)]
pub(crate) struct SentRequest {
    /// The body.
    pub body: Value,
    /// The object that it is made of.
    pub place: Place,
    /// The index of the mapping's block.
    pub block: usize,
    /// The index among the block's items, where it has `itemsToParse`.
    pub item: Option<usize>,
    /// The index among the block's mappings.
    pub mapping: usize,
}

/// `{"version": 1, "subject", "against", "requests", "summary", "changes",
/// "findings"}`, ended by a newline; `against`, `summary` and `changes` are null
/// where nothing was compared.
pub(crate) fn preview_json(page: &PreviewPage<'_>, sent: &[SentRequest]) -> String {
    let findings: Vec<Value> = page.findings.iter().map(json::row).collect();
    let document = json!({
        "version": 1,
        "subject": page.subject,
        "against": page.against,
        "requests": sent.iter().map(request).collect::<Vec<_>>(),
        "summary": page.diff.map(summary),
        "changes": page.diff.map(changes),
        "findings": findings,
    });
    format!("{document:#}\n")
}

fn request(sent: &SentRequest) -> Value {
    let SentRequest {
        body,
        place: from,
        block,
        item,
        mapping,
    } = sent;
    json!({
        "body": body,
        "from": place(from),
        "block": block,
        "item": item,
        "mapping": mapping,
    })
}

fn place(place: &Place) -> Value {
    let Place { owner, location } = place;
    let Owner {
        kind,
        namespace,
        name,
        application,
    } = owner;
    json!({
        "application": application,
        "kind": kind,
        "namespace": namespace,
        "name": name,
        "file": location.as_ref().map(|location| &location.file),
        "line": location.as_ref().map(|location| location.line),
        "column": location.as_ref().map(|location| location.column),
        "origin": location.as_ref().and_then(|location| location.origin.as_ref()),
    })
}

fn summary(diff: &Diff) -> Value {
    let Counts {
        created,
        changed,
        moved,
        deleted,
        unchanged,
        lingering,
    } = diff.counts();
    json!({
        "created": created,
        "changed": changed,
        "moved": moved,
        "deleted": deleted,
        "unchanged": unchanged,
        "lingering": lingering,
    })
}

fn changes(diff: &Diff) -> Value {
    let Diff {
        created,
        changed,
        moved,
        deleted,
        unchanged: _,
    } = diff;
    json!({
        "created": created.iter().map(declared).collect::<Vec<_>>(),
        "changed": changed.iter().map(of_changed).collect::<Vec<_>>(),
        "moved": moved.iter().map(of_moved).collect::<Vec<_>>(),
        "deleted": deleted.iter().map(of_deleted).collect::<Vec<_>>(),
    })
}

fn declared(declared: &Declared) -> Value {
    let Declared {
        identity,
        content,
        places,
    } = declared;
    let places: Vec<Value> = places.iter().map(place).collect();
    let mut entity = json!({
        "blueprint": identity.blueprint,
        "identifier": identity.identifier,
        "digest": content.digest().to_string(),
        "from": places,
    });
    if let Content::Body(body) = content {
        entity["body"] = body.to_json();
    }
    entity
}

fn of_changed(changed: &Changed) -> Value {
    let Changed {
        before,
        after,
        fields: differing,
    } = changed;
    json!({
        "before": declared(before),
        "after": declared(after),
        "fields": differing.as_ref().map(fields),
    })
}

fn of_moved(moved: &Moved) -> Value {
    let Moved {
        before,
        after,
        cost,
        fields: differing,
        relating,
    } = moved;
    json!({
        "before": declared(before),
        "after": declared(after),
        "cost": cost.as_str(),
        "fields": differing.as_ref().map(fields),
        "relating": relating.iter().map(of_relating).collect::<Vec<_>>(),
    })
}

fn of_deleted(deleted: &Deleted) -> Value {
    let Deleted { before, relating } = deleted;
    json!({
        "before": declared(before),
        "relating": relating.iter().map(of_relating).collect::<Vec<_>>(),
    })
}

fn of_relating(relating: &Relating) -> Value {
    let Relating { identity, relation } = relating;
    json!({
        "blueprint": identity.blueprint,
        "identifier": identity.identifier,
        "relation": relation,
    })
}

fn fields(fields: &Fields) -> Value {
    let Fields { changes, lingering } = fields;
    let changes = changes.iter().map(|change| {
        let FieldChange {
            path,
            before,
            after,
        } = change;
        let mut row = Map::from_iter([("field".to_owned(), path.to_string().into())]);
        for (key, value) in [("before", before), ("after", after)] {
            row.extend(value.iter().map(|value| (key.to_owned(), value.clone())));
        }
        Value::Object(row)
    });
    let lingering = lingering.iter().map(|lingering| {
        let Lingering {
            path,
            value,
            left_git,
        } = lingering;
        json!({"field": path.to_string(), "value": value, "leftGit": left_git})
    });
    json!({
        "changes": changes.collect::<Vec<_>>(),
        "lingering": lingering.collect::<Vec<_>>(),
    })
}
