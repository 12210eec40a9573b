//! A request, before it is sent: pure.
//!
//! Invariant: identifiers in it are encoded, and its path leads where it was
//! meant to.

use serde_json::Value;

use super::address::{self, ApiUrl};
use super::error::{ApiError, Call};

/// The most that the API takes as a body: 1 MiB, else it answers 413.
pub(super) const BODY_LIMIT: usize = 1 << 20;

/// What is done with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Post,
    Patch,
    Delete,
}

impl Method {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// A request.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    /// JSON.
    pub(super) body: Option<Vec<u8>>,
    /// Whether sending it twice does what sending it once does.
    pub(super) repeatable: bool,
}

impl Request {
    /// A request without a body, that can be repeated: all but `POST`, in this
    /// API, put or take away whole values.
    ///
    /// # Errors
    ///
    /// [`ApiError::Unsendable`] for a segment that a URL can't hold.
    pub(super) fn new(method: Method, segments: &[&str]) -> Result<Self, ApiError> {
        let path = address::path(segments).ok_or_else(|| {
            let unfit = segments.iter().find(|it| matches!(**it, "" | "." | ".."));
            let unfit = unfit.copied().unwrap_or_default();
            ApiError::Unsendable(format!(
                "`{unfit}` is no identifier: it can't be part of a URL"
            ))
        })?;
        Ok(Self {
            method,
            path,
            query: Vec::new(),
            body: None,
            repeatable: method != Method::Post,
        })
    }

    pub(super) fn get(segments: &[&str]) -> Result<Self, ApiError> {
        Self::new(Method::Get, segments)
    }

    pub(super) fn post(segments: &[&str], body: &Value) -> Result<Self, ApiError> {
        Ok(Self::new(Method::Post, segments)?.with_body(body))
    }

    pub(super) fn with_body(mut self, body: &Value) -> Self {
        self.body = Some(body.to_string().into_bytes());
        self
    }

    pub(super) fn with_query(mut self, name: &'static str, value: impl ToString) -> Self {
        self.query.push((name, value.to_string()));
        self
    }

    /// Says that this `POST` can be repeated.
    pub(super) fn repeatable(mut self) -> Self {
        self.repeatable = true;
        self
    }

    /// Says that this request is sent once, though it puts a whole value: between two
    /// tries somebody else may have put another.
    pub(super) fn once(mut self) -> Self {
        self.repeatable = false;
        self
    }

    /// How messages name it.
    pub(super) fn call(&self, api: &ApiUrl) -> Call {
        Call {
            method: self.method.as_str(),
            url: api.with(&self.path, &[]).to_string(),
        }
    }
}
