//! The client: one method a request.
//!
//! The methods stand with what they are about: `integrations`, `blueprints`,
//! `entities`, `bulk`, `search`. Invariant: an identifier is encoded wherever it
//! goes, and an answer that lacks what was asked for is an error.

use std::sync::Arc;

use serde_json::Value;

use super::connection::Connection;
use super::error::ApiError;
use super::pause::{Pause, RealTime};
use super::request::Request;
use super::session::{Session, Statistics};

/// A client of one API. A clone shares its connections, token and limits.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    session: Arc<Session>,
}

impl Client {
    /// A client that has sent nothing yet.
    ///
    /// # Errors
    ///
    /// [`ApiError::Settings`] for a CA or a proxy that can't be used.
    pub(crate) fn new(connection: Connection) -> Result<Self, ApiError> {
        Self::with_clock(connection, Arc::new(RealTime))
    }

    /// The same by another clock.
    pub(super) fn with_clock(
        connection: Connection,
        clock: Arc<dyn Pause>,
    ) -> Result<Self, ApiError> {
        let session = Arc::new(Session::new(connection, clock)?);
        Ok(Self { session })
    }

    /// Leaves at least half of what the API allows to others, from now on and for all
    /// clones.
    #[cfg_attr(
        not(any(feature = "controller", feature = "fuzzing")),
        expect(dead_code, reason = "a controller asks")
    )]
    pub(crate) fn share(&self) {
        self.session.share();
    }

    /// What was sent so far.
    pub(crate) fn statistics(&self) -> Statistics {
        self.session.statistics()
    }

    /// The organisation that the credentials belong to.
    pub(crate) async fn organization(&self) -> Result<Value, ApiError> {
        let request = Request::get(&["v1", "organization"])?;
        self.field(&request, "organization").await
    }

    pub(super) fn session(&self) -> &Session {
        &self.session
    }

    /// One field of the answer.
    pub(super) async fn field(
        &self,
        request: &Request,
        name: &'static str,
    ) -> Result<Value, ApiError> {
        let mut answer = self.session.call(request).await?;
        let field = answer.get_mut(name).map(Value::take);
        field.ok_or_else(|| self.session.lacks(request, name))
    }

    /// The same, as a list.
    pub(super) async fn list(
        &self,
        request: &Request,
        name: &'static str,
    ) -> Result<Vec<Value>, ApiError> {
        match self.field(request, name).await? {
            Value::Array(items) => Ok(items),
            _ => Err(self.session.lacks(request, name)),
        }
    }
}

/// `None` for what the API has not.
pub(super) fn found<T>(result: Result<T, ApiError>) -> Result<Option<T>, ApiError> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(ApiError::Refused { answer, .. }) if answer.status == 404 => Ok(None),
        Err(error) => Err(error),
    }
}
