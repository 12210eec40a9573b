//! How the API says that it does not do something.
//!
//! The codes are those of Port's page on creating an entity (its documentation
//! before 2025-07, and its OpenAPI document of 2026-01). Invariant: no message
//! holds the value of a property, which could be a secret; identifiers and names
//! are said.

use serde_json::{Value, json};

use super::call::Answer;

/// A call that was not carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// The status code.
    pub(super) status: u16,
    /// The API's word for it, `error` in the body.
    pub(super) code: &'static str,
    /// What people read.
    pub(super) message: String,
}

impl Failure {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            code,
            message,
        }
    }

    /// No token, or one that is not taken any more.
    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new(401, "unauthorized", message)
    }

    /// A path that can't be read.
    pub(super) fn bad_request(message: &str) -> Self {
        Self::new(400, "bad_request", message)
    }

    /// What a path or a relation names is not there.
    pub(super) fn not_found(what: &str, identifier: &str) -> Self {
        let message = format!("{what} with identifier \"{identifier}\" was not found");
        Self::new(404, "not_found", message)
    }

    /// The API has no such path.
    pub(super) fn no_route(method: &str, path: &str) -> Self {
        Self::new(404, "not_found", format!("Route {method}:{path} not found"))
    }

    /// Creating what is there already.
    pub(super) fn taken(what: &str, identifier: &str) -> Self {
        let message = format!("{what} with identifier \"{identifier}\" already exists");
        Self::new(409, "identifier_taken", message)
    }

    /// A body of the wrong shape.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(422, "invalid_request", message)
    }

    /// An entity that its blueprint does not take.
    pub(super) fn mismatch(message: impl Into<String>) -> Self {
        Self::new(422, "blueprint_schema_mismatch", message)
    }

    /// A list for a relation to one, or one for a relation to many.
    pub(super) fn many(relation: &str, is_many: bool) -> Self {
        let message = match is_many {
            true => format!("relation \"{relation}\" takes a list of identifiers"),
            false => format!("relation \"{relation}\" takes one identifier"),
        };
        Self::new(422, "relation_many_violation", message)
    }

    /// An entity without a relation that it must have.
    pub(super) fn required_relation(relation: &str) -> Self {
        let message = format!("relation \"{relation}\" is required");
        Self::new(422, "required_relation", message)
    }

    /// A team for an entity that has that of another.
    pub(super) fn team_inherited(blueprint: &str) -> Self {
        let message = format!("the team of an entity of \"{blueprint}\" is inherited");
        Self::new(422, "team_inheritance_enabled", message)
    }

    /// Deleting what others can't be without.
    pub(super) fn has_dependents(what: &str, identifier: &str) -> Self {
        let message = format!("{what} \"{identifier}\" has dependents");
        Self::new(403, "has_dependents", message)
    }

    /// More calls than the API takes.
    pub(super) fn too_many() -> Self {
        Self::new(429, "too_many_requests", "Rate limit exceeded")
    }

    /// The answer that says so.
    pub(super) fn answer(&self) -> Answer {
        let Self {
            status,
            code,
            message,
        } = self;
        Answer::new(
            *status,
            json!({"ok": false, "error": code, "message": message}),
        )
    }

    /// The entry that says so among the `errors` of a call for many entities.
    pub(super) fn entry(&self, index: usize, identifier: &str) -> Value {
        let Self {
            status,
            code,
            message,
        } = self;
        json!({
            "identifier": identifier, "index": index,
            "statusCode": status, "error": code, "message": message,
        })
    }
}
