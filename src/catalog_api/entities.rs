//! Entities, one at a time.

use serde_json::{Value, json};

use super::client::{Client, found};
use super::error::ApiError;
use super::request::{Method, Request};
use crate::catalog::{Identity, Record};

/// How entities are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Upsert {
    /// What is not sent stays as it is; otherwise it is emptied.
    pub merge: bool,
    /// Nothing is written: the API says what it would say.
    pub validation_only: bool,
    /// A related entity that does not exist is made, empty.
    pub create_missing_related: bool,
    /// The run of an action that the entities are tied to.
    pub run_id: Option<String>,
}

impl Upsert {
    /// The request, which can be repeated: what is there is overwritten.
    pub(super) fn on(&self, request: Request) -> Request {
        let Self {
            merge,
            validation_only,
            create_missing_related,
            run_id,
        } = self;
        let request = request
            .repeatable()
            .with_query("upsert", true)
            .with_query("merge", merge)
            .with_query("validation_only", validation_only)
            .with_query("create_missing_related_entities", create_missing_related);
        match run_id {
            Some(run_id) => request.with_query("run_id", run_id),
            None => request,
        }
    }
}

impl Client {
    /// An entity; `None` where it or its blueprint does not exist.
    pub(crate) async fn entity(&self, identity: &Identity) -> Result<Option<Record>, ApiError> {
        let request = of_entity(Method::Get, identity)?;
        found(self.record(&request).await)
    }

    /// Writes an entity, whether it exists or not.
    pub(crate) async fn upsert(
        &self,
        blueprint: &str,
        body: &Value,
        how: Upsert,
    ) -> Result<Record, ApiError> {
        let request = Request::post(&["v1", "blueprints", blueprint, "entities"], body)?;
        self.record(&how.on(request)).await
    }

    /// Changes the fields that are given.
    pub(crate) async fn patch_entity(
        &self,
        identity: &Identity,
        body: &Value,
    ) -> Result<Record, ApiError> {
        let request = of_entity(Method::Patch, identity)?.with_body(body);
        self.record(&request).await
    }

    /// Deletes an entity, and with `dependents` those that require it. Whether it
    /// was there: `false` also after a try whose answer was lost had deleted it.
    pub(crate) async fn delete_entity(
        &self,
        identity: &Identity,
        dependents: bool,
    ) -> Result<bool, ApiError> {
        let request =
            of_entity(Method::Delete, identity)?.with_query("delete_dependents", dependents);
        let deleted = self.session().call(&request).await;
        Ok(found(deleted)?.is_some())
    }

    /// Deletes up to 100 entities of a blueprint, or none where others require one
    /// of them; those that were deleted.
    pub(crate) async fn delete_bulk(
        &self,
        blueprint: &str,
        identifiers: &[String],
    ) -> Result<Vec<String>, ApiError> {
        let path = ["v1", "blueprints", blueprint, "bulk", "entities", "delete"];
        // What is gone stays gone.
        let request = Request::post(&path, &json!({"entities": identifiers}))?.repeatable();
        let deleted = self.list(&request, "deletedEntities").await?;
        let text = |it: Value| match it {
            Value::String(text) => Some(text),
            _ => None,
        };
        Ok(deleted.into_iter().filter_map(text).collect())
    }

    async fn record(&self, request: &Request) -> Result<Record, ApiError> {
        let answer = self.field(request, "entity").await?;
        let record = Record::parse(answer);
        record.ok_or_else(|| self.session().lacks(request, "entity.identifier"))
    }
}

fn of_entity(method: Method, identity: &Identity) -> Result<Request, ApiError> {
    let Identity {
        blueprint,
        identifier,
    } = identity;
    Request::new(
        method,
        &["v1", "blueprints", blueprint, "entities", identifier],
    )
}
