//! Up to twenty entities of one blueprint in one request.
//!
//! Invariant: the results stand in the order of what was sent, one each. The API
//! names an entity by its index, as its identifier may be a query.

use serde_json::{Value, json};

use super::answer::line;
use super::backoff::is_passing;
use super::client::Client;
use super::entities::Upsert;
use super::error::ApiError;
use super::request::{BODY_LIMIT, Request};

/// The most entities that the API takes in one request.
pub(super) const BULK: usize = 20;

/// The code of an entity of which the answer says nothing.
const UNANSWERED: &str = "unanswered";

/// The API's code for a client that may not write entities.
const MISSING_PERMISSIONS: &str = "missing_permissions";

/// What became of the entities of one request, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bulk {
    /// One for each.
    pub results: Vec<Result<Upserted, EntityError>>,
}

/// An entity that was written, or with `validation_only` would have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upserted {
    /// Its identifier, as the API says it.
    pub identifier: String,
    /// Whether it did not exist before.
    pub created: bool,
}

/// Why an entity was not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{identifier}: {status} {code}: {message}")]
pub(crate) struct EntityError {
    /// Its identifier, as it was sent.
    pub identifier: String,
    /// What its status would have been in a request of its own.
    pub status: u16,
    /// The API's word for it.
    pub code: String,
    /// The API's sentence.
    pub message: String,
}

impl EntityError {
    /// Whether it may succeed later.
    pub(crate) fn is_passing(&self) -> bool {
        is_passing(self.status)
    }

    /// Whether it says something of the entity: not where the answer left it out, the
    /// client may not write, or the catalog can't tell now.
    pub(crate) fn is_verdict(&self) -> bool {
        let is_of_client = self.status == 401 || self.code == MISSING_PERMISSIONS;
        self.status != 0 && !is_of_client && !self.is_passing()
    }
}

impl Client {
    /// Writes up to 20 entities of a blueprint, of 1 MiB together. Those that
    /// fail for a reason that passes are sent again, without the others.
    ///
    /// # Errors
    ///
    /// Where the API does not take the request as a whole; an entity's own error
    /// is among the results.
    pub(crate) async fn upsert_bulk(
        &self,
        blueprint: &str,
        bodies: &[Value],
        how: Upsert,
    ) -> Result<Bulk, ApiError> {
        let bodies: Vec<&Value> = bodies.iter().collect();
        self.upsert_refs(blueprint, &bodies, &how).await
    }

    pub(super) async fn upsert_refs(
        &self,
        blueprint: &str,
        bodies: &[&Value],
        how: &Upsert,
    ) -> Result<Bulk, ApiError> {
        let (pause, retry) = (self.session().pause(), self.session().retry());
        let deadline = pause.now() + retry.budget;
        let mut results = self.upsert_once(blueprint, bodies, how).await?;
        for tried in 1..retry.attempts {
            let again = passing(&results);
            let wait = self.session().wait(tried, None);
            if again.is_empty() || pause.now() + wait >= deadline {
                break;
            }
            pause.sleep(wait).await;
            let rest: Vec<&Value> = again.iter().map(|at| bodies[*at]).collect();
            // What was written stays told: an error of a later request is no
            // reason to forget it.
            let Ok(tried_again) = self.upsert_once(blueprint, &rest, how).await else {
                break;
            };
            for (at, result) in again.into_iter().zip(tried_again) {
                results[at] = result;
            }
        }
        Ok(Bulk { results })
    }

    async fn upsert_once(
        &self,
        blueprint: &str,
        bodies: &[&Value],
        how: &Upsert,
    ) -> Result<Vec<Result<Upserted, EntityError>>, ApiError> {
        let path = ["v1", "blueprints", blueprint, "entities", "bulk"];
        let request = Request::post(&path, &json!({"entities": bodies}))?;
        let size = request.body.as_ref().map_or(0, Vec::len);
        if bodies.len() > BULK || size >= BODY_LIMIT {
            return Err(ApiError::Unsendable(format!(
                "{} entities of {size} bytes are more than one request holds",
                bodies.len()
            )));
        }
        let request = how.on(request);
        let answer = self.session().call(&request).await?;
        let lists = ["entities", "errors"].map(|name| answer.get(name).and_then(Value::as_array));
        let [Some(written), errors] = lists else {
            return Err(self.session().lacks(&request, "entities"));
        };
        let mut results: Vec<_> = bodies
            .iter()
            .map(|body| match how.validation_only {
                true => Ok(Upserted {
                    identifier: identifier(body),
                    created: false,
                }),
                false => Err(unanswered(body)),
            })
            .collect();
        for entity in written {
            if let Some(result) = slot(&mut results, entity) {
                *result = Ok(upserted(entity));
            }
        }
        for error in errors.into_iter().flatten() {
            let at = index(error).and_then(|at| bodies.get(at));
            if let (Some(body), Some(result)) = (at, slot(&mut results, error)) {
                *result = Err(self.entity_error(body, error));
            }
        }
        Ok(results)
    }

    fn entity_error(&self, body: &Value, error: &Value) -> EntityError {
        let text = |name| error.get(name).and_then(Value::as_str).unwrap_or_default();
        let status = error.get("statusCode").and_then(Value::as_u64);
        let secrets = self.session().own_secrets();
        EntityError {
            identifier: identifier(body),
            status: status.and_then(|it| u16::try_from(it).ok()).unwrap_or(0),
            code: line(text("error"), &secrets),
            message: line(text("message"), &secrets),
        }
    }
}

/// The places of the entities that may be written later.
fn passing(results: &[Result<Upserted, EntityError>]) -> Vec<usize> {
    let is_passing =
        |result: &Result<_, EntityError>| result.as_ref().is_err_and(EntityError::is_passing);
    (0..results.len())
        .filter(|at| is_passing(&results[*at]))
        .collect()
}

fn index(entry: &Value) -> Option<usize> {
    usize::try_from(entry.get("index")?.as_u64()?).ok()
}

fn slot<'a, T>(results: &'a mut [T], entry: &Value) -> Option<&'a mut T> {
    results.get_mut(index(entry)?)
}

fn upserted(entity: &Value) -> Upserted {
    let created = entity.get("created").and_then(Value::as_bool);
    Upserted {
        identifier: identifier(entity),
        created: created.unwrap_or_default(),
    }
}

fn unanswered(body: &Value) -> EntityError {
    EntityError {
        identifier: identifier(body),
        status: 0,
        code: UNANSWERED.to_owned(),
        message: "the API's answer does not say what became of it".to_owned(),
    }
}

/// An entity's identifier; the JSON text of the query where that is one.
pub(super) fn identifier(body: &Value) -> String {
    match body.get("identifier") {
        Some(Value::String(text)) => text.clone(),
        Some(query) => query.to_string(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{EntityError, UNANSWERED};

    #[test]
    fn only_what_is_said_of_the_entity_is_a_verdict() {
        for (status, code, expected) in [
            (422, "invalid_request", true),
            (404, "not_found", true),
            (413, "too_large", true),
            (403, "missing_permissions", false),
            (401, "unauthorized", false),
            (429, "rate_limited", false),
            (503, "unavailable", false),
            (0, UNANSWERED, false),
        ] {
            let error = EntityError {
                identifier: "pay".to_owned(),
                status,
                code: code.to_owned(),
                message: String::new(),
            };
            assert_eq!(error.is_verdict(), expected, "{status} {code}");
        }
    }
}
