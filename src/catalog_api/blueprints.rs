//! Blueprints, as the API gives them.

use serde_json::Value;

use super::client::{Client, found};
use super::error::ApiError;
use super::request::{Method, Request};

impl Client {
    /// All of them.
    pub(crate) async fn blueprints(&self) -> Result<Vec<Value>, ApiError> {
        self.list(&Request::get(&["v1", "blueprints"])?, "blueprints")
            .await
    }

    /// One; `None` where there is none.
    pub(crate) async fn blueprint(&self, id: &str) -> Result<Option<Value>, ApiError> {
        let request = Request::get(&["v1", "blueprints", id])?;
        found(self.field(&request, "blueprint").await)
    }

    /// Makes one. It is sent once.
    pub(crate) async fn create_blueprint(&self, body: &Value) -> Result<Value, ApiError> {
        let request = Request::post(&["v1", "blueprints"], body)?;
        self.field(&request, "blueprint").await
    }

    /// Deletes one that has no entity left. Whether it was there.
    pub(crate) async fn delete_blueprint(&self, id: &str) -> Result<bool, ApiError> {
        let request = Request::new(Method::Delete, &["v1", "blueprints", id])?;
        Ok(found(self.session().call(&request).await)?.is_some())
    }

    /// Changes the fields that are given.
    pub(crate) async fn patch_blueprint(&self, id: &str, body: &Value) -> Result<Value, ApiError> {
        let request = Request::new(Method::Patch, &["v1", "blueprints", id])?.with_body(body);
        self.field(&request, "blueprint").await
    }
}
