//! Integrations: what the exporter keeps its mapping in.

use serde_json::{Map, Value, json};

use super::client::{Client, found};
use super::error::ApiError;
use super::request::{Method, Request};

/// An integration, as the API answers it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Integration {
    /// The exporter's state key.
    pub installation_id: String,
    /// What people call it.
    pub title: Option<String>,
    /// The version that the exporter says of itself.
    pub version: Option<String>,
    /// What kind of exporter it is: `K8S EXPORTER`.
    pub installation_app_type: Option<String>,
    /// The mapping; `None` where it is null.
    pub config: Option<Value>,
    /// When anything of it changed last. Empty where the API does not say.
    pub updated_at: String,
    /// All else.
    pub rest: Map<String, Value>,
}

impl Integration {
    /// `None` for what has no installation id.
    fn parse(answer: Value) -> Option<Self> {
        let Value::Object(mut fields) = answer else {
            return None;
        };
        let mut text = |name| match fields.remove(name) {
            Some(Value::String(text)) => Some(text),
            Some(_) | None => None,
        };
        Some(Self {
            installation_id: text("installationId")?,
            title: text("title"),
            version: text("version"),
            installation_app_type: text("installationAppType"),
            updated_at: text("updatedAt").unwrap_or_default(),
            config: fields.remove("config").filter(|config| !config.is_null()),
            rest: fields,
        })
    }
}

/// Which lines of an integration's log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LogQuery {
    /// Of this level: `ERROR`.
    pub level: Option<String>,
    /// How many, 300 at most.
    pub limit: Option<u16>,
    /// From this moment on, as RFC 3339.
    pub timestamp: Option<String>,
    /// Which way from there.
    pub direction: Option<String>,
}

impl Client {
    /// An integration by its installation id; `None` where there is none.
    pub(crate) async fn integration(&self, id: &str) -> Result<Option<Integration>, ApiError> {
        let request = Request::get(&["v1", "integration", id])?;
        found(self.integration_of(&request).await)
    }

    /// Makes one. It is sent once.
    pub(crate) async fn create_integration(&self, body: &Value) -> Result<Integration, ApiError> {
        self.integration_of(&Request::post(&["v1", "integration"], body)?)
            .await
    }

    /// Changes any of its fields. Any change makes the exporter send everything
    /// again.
    pub(crate) async fn patch_integration(
        &self,
        id: &str,
        body: &Value,
    ) -> Result<Integration, ApiError> {
        let request = Request::new(Method::Patch, &["v1", "integration", id])?.with_body(body);
        self.integration_of(&request).await
    }

    /// Deletes one; what its exporter made stays. Whether it was there.
    pub(crate) async fn delete_integration(&self, id: &str) -> Result<bool, ApiError> {
        let request = Request::new(Method::Delete, &["v1", "integration", id])?;
        Ok(found(self.session().call(&request).await)?.is_some())
    }

    /// Replaces its mapping. Sent once: who tries again looks first at what is there.
    pub(crate) async fn patch_config(
        &self,
        id: &str,
        config: &Value,
    ) -> Result<Integration, ApiError> {
        let request = Request::new(Method::Patch, &["v1", "integration", id, "config"])?
            .with_body(&json!({"config": config}))
            .once();
        self.integration_of(&request).await
    }

    /// When someone asked last for everything to be sent again.
    pub(crate) async fn resync_request(&self, id: &str) -> Result<Option<String>, ApiError> {
        let request = Request::get(&["v1", "integration", id, "resync-request"])?;
        let asked = self.field(&request, "request").await?;
        Ok(asked
            .get("updatedAt")
            .and_then(Value::as_str)
            .map(str::to_owned))
    }

    /// Lines of its log, as the API gives them.
    pub(crate) async fn integration_logs(
        &self,
        id: &str,
        query: &LogQuery,
    ) -> Result<Vec<Value>, ApiError> {
        let LogQuery {
            level,
            limit,
            timestamp,
            direction,
        } = query;
        let given = [
            ("level", level.clone()),
            ("limit", limit.map(|limit| limit.to_string())),
            ("timestamp", timestamp.clone()),
            ("direction", direction.clone()),
        ];
        let mut request = Request::get(&["v1", "integration", id, "logs"])?;
        for (name, value) in given {
            if let Some(value) = value {
                request = request.with_query(name, value);
            }
        }
        let mut answer = self.session().call(&request).await?;
        // No document shows the answer (`beliefs`: logs-shape).
        let lines = ["data", "logs", "auditLogs"].map(|name| answer.get_mut(name).map(Value::take));
        match lines.into_iter().flatten().next() {
            Some(Value::Array(lines)) => Ok(lines),
            Some(_) | None => Err(self.session().lacks(&request, "data")),
        }
    }

    /// Up to five objects of each kind that the exporter has seen, with their
    /// secrets masked: `{kind: {examples: [{_id, data}]}}`.
    pub(crate) async fn kind_examples(&self, id: &str) -> Result<Value, ApiError> {
        let request = Request::get(&["v1", "integration", id, "kinds"])?;
        self.field(&request, "data").await
    }

    async fn integration_of(&self, request: &Request) -> Result<Integration, ApiError> {
        let answer = self.field(request, "integration").await?;
        let read = Integration::parse(answer);
        read.ok_or_else(|| self.session().lacks(request, "integration.installationId"))
    }
}
