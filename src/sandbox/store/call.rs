//! A request to the API and its answer, as data.
//!
//! Not for a connection (`rest`): whoever is in the same process calls the store
//! with one of these. Invariant: nothing here knows what a path means.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use serde_json::Value;

/// What a call does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Method {
    /// `GET`
    Get,
    /// `POST`
    Post,
    /// `PUT`
    Put,
    /// `PATCH`
    Patch,
    /// `DELETE`
    Delete,
}

impl Method {
    /// The method of that name; `None` for one that the API has no use for.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        let all = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];
        all.into_iter().find(|method| method.as_str() == name)
    }

    /// The name on the wire.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One request.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    /// What it does.
    pub method: Method,
    /// As on the wire, still encoded, without the query.
    pub path: String,
    /// As on the wire, without the question mark.
    pub query: String,
    /// The `User-Agent`, which becomes the `$datasource` of what it creates.
    pub user_agent: String,
    /// The token of `Authorization`, without `Bearer`.
    pub token: Option<String>,
    /// The body; `None` where there is none.
    pub body: Option<Value>,
}

impl Call {
    /// The parts of the path, decoded; `None` where one is not UTF-8.
    pub(super) fn segments(&self) -> Option<Vec<String>> {
        let path = self.path.strip_prefix('/').unwrap_or(&self.path);
        let parts = path.split('/');
        parts
            .map(|part| Some(decoded(part)?.into_owned()))
            .collect()
    }

    /// The values of a parameter, in the order of the query.
    pub(super) fn parameters<'c>(&'c self, name: &'c str) -> impl Iterator<Item = String> + 'c {
        let pairs = self.query.split('&');
        pairs.filter_map(move |pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            let is_wanted = decoded(key)? == name;
            let value = is_wanted.then(|| value.replace('+', " "))?;
            decoded(&value).map(Cow::into_owned)
        })
    }

    /// A parameter's value; the first of several.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        self.parameters(name).next()
    }

    /// Whether a parameter is `true`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.parameter(name).as_deref() == Some("true")
    }
}

fn decoded(text: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().ok()
}

/// What a request is answered with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// The status code.
    pub status: u16,
    /// Its headers, by their names in small letters.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Value,
}

impl Answer {
    /// An answer without headers of its own.
    pub(super) fn new(status: u16, body: Value) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }

    /// The value of a header.
    #[cfg(test)]
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        let (_, value) = headers.find(|(header, _)| *header == name)?;
        Some(value)
    }
}
