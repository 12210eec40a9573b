//! What tests of writing entities share.

use serde_json::{Value, json};

use super::server::{Seen, Step, answer};
use crate::catalog_api::{EntityError, Upsert, Upserted};

pub(super) fn written(identifier: &str, created: bool) -> Result<Upserted, EntityError> {
    Ok(Upserted {
        identifier: identifier.to_owned(),
        created,
    })
}

pub(super) fn failed(
    identifier: &str,
    status: u16,
    code: &str,
    message: &str,
) -> Result<Upserted, EntityError> {
    Err(EntityError {
        identifier: identifier.to_owned(),
        status,
        code: code.to_owned(),
        message: message.to_owned(),
    })
}

pub(super) fn bodies(identifiers: &[&str]) -> Vec<Value> {
    let body = |identifier: &&str| json!({"identifier": identifier});
    identifiers.iter().map(body).collect()
}

pub(super) fn merged() -> Upsert {
    Upsert {
        merge: true,
        ..Upsert::default()
    }
}

/// An answer to a bulk request: a `status` above 0 fails an entity.
pub(super) fn bulk(statuses: &[(&str, u16)]) -> Step {
    let (mut entities, mut errors) = (Vec::new(), Vec::new());
    for (index, (identifier, status)) in statuses.iter().enumerate() {
        match status {
            0 => entities.push(json!({"identifier": identifier, "index": index, "created": true})),
            status => errors.push(json!({
                "identifier": "unknown", "index": index, "statusCode": status,
                "error": "code", "message": "because"
            })),
        }
    }
    let status = if errors.is_empty() { 200 } else { 207 };
    answer(
        status,
        json!({"ok": true, "entities": entities, "errors": errors}),
    )
}

/// Takes every entity, and says so.
pub(super) fn taking(seen: &Seen) -> Step {
    let identifiers = seen.identifiers();
    let all: Vec<_> = identifiers.iter().map(|it| (it.as_str(), 0)).collect();
    bulk(&all)
}

pub(super) fn requests(blueprint: &str, bodies: Vec<Value>) -> Vec<(String, Value)> {
    let request = |body| (blueprint.to_owned(), body);
    bodies.into_iter().map(request).collect()
}
