//! What an API server says when it does not do what it was asked for: its `Status`.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::kind::Kind;

/// A request that is refused.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refusal {
    /// Of HTTP.
    pub(crate) code: u16,
    /// `NotFound`, `AlreadyExists`, `Conflict`, …
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    /// Which object it is about, and what the conflicts of an apply are.
    details: Value,
}

impl Refusal {
    pub(super) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: Value::Null,
        }
    }

    fn about(kind: &Kind, name: &str, code: u16, reason: &'static str, message: String) -> Self {
        Self {
            details: json!({"name": name, "group": kind.group, "kind": kind.plural}),
            ..Self::new(code, reason, message)
        }
    }

    /// There is no such kind, which is no answer of the API: it has no `Status`.
    pub(super) fn unserved() -> Self {
        Self::new(404, "", "404 page not found")
    }

    pub(super) fn not_found(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", kind.qualified());
        Self::about(kind, name, 404, "NotFound", message)
    }

    pub(super) fn exists(kind: &Kind, name: &str) -> Self {
        let message = format!("{} \"{name}\" already exists", kind.qualified());
        Self::about(kind, name, 409, "AlreadyExists", message)
    }

    /// Someone else wrote it since.
    pub(super) fn modified(kind: &Kind, name: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} \"{name}\": the object has been modified; \
             please apply your changes to the latest version and try again",
            kind.qualified()
        );
        Self::about(kind, name, 409, "Conflict", message)
    }

    pub(super) fn invalid(kind: &Kind, name: &str, why: &str) -> Self {
        let Kind {
            group, kind: its, ..
        } = kind;
        let message = match *group {
            "" => format!("{its} \"{name}\" is invalid: {why}"),
            group => format!("{its}.{group} \"{name}\" is invalid: {why}"),
        };
        Self::about(kind, name, 422, "Invalid", message)
    }

    /// Others own what is applied: manager and field of each.
    pub(super) fn disputed(conflicts: &[(String, String)]) -> Self {
        let causes = conflicts.iter().map(|(manager, field)| {
            json!({
                "reason": "FieldManagerConflict", "field": field,
                "message": format!("conflict with {manager}"),
            })
        });
        let message = match conflicts {
            [(manager, field)] => {
                format!("Apply failed with 1 conflict: conflict with {manager}: {field}")
            }
            conflicts => {
                let mut message = format!("Apply failed with {} conflicts:", conflicts.len());
                let managers = conflicts.chunk_by(|one, next| one.0 == next.0);
                for (at, of_one) in managers.enumerate() {
                    let start = if at == 0 { " " } else { "\n" };
                    message += &format!("{start}conflicts with {}:", of_one[0].0);
                    message.extend(of_one.iter().map(|(_, field)| format!("\n- {field}")));
                }
                message
            }
        };
        Self {
            details: json!({"causes": causes.collect::<Vec<Value>>()}),
            ..Self::new(409, "Conflict", message)
        }
    }

    pub(super) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    /// What is asked for is older than what is remembered.
    pub(super) fn expired(wanted: u64, oldest: u64) -> Self {
        let message = format!("too old resource version: {wanted} ({oldest})");
        Self::new(410, "Expired", message)
    }

    /// What a test asked for by `fail`.
    pub(super) fn injected(code: u16) -> Self {
        let reason = match code {
            401 => "Unauthorized",
            403 => "Forbidden",
            404 => "NotFound",
            409 => "Conflict",
            410 => "Expired",
            429 => "TooManyRequests",
            500 => "InternalError",
            503 => "ServiceUnavailable",
            504 => "Timeout",
            _ => "Unknown",
        };
        Self::new(code, reason, "the fake was told to fail")
    }

    pub(super) fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code).expect("a status of HTTP")
    }

    /// As `meta/v1` `Status`.
    pub(super) fn status(&self) -> Value {
        let mut status = json!({
            "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": self.message, "reason": self.reason, "code": self.code,
        });
        if !self.details.is_null() {
            status["details"] = self.details.clone();
        }
        status
    }

    /// Content type and body of an answer.
    pub(super) fn body(&self) -> (&'static str, String) {
        match self.reason {
            "" => ("text/plain; charset=utf-8", format!("{}\n", self.message)),
            _ => ("application/json", self.status().to_string()),
        }
    }
}
