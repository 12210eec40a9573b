//! Where the catalog's API is.
//!
//! Invariants: no user or password is in it, so that it can be shown; plain HTTP
//! leads to this machine only, so that no secret crosses a network in the clear.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;

/// All but what RFC 3986 calls unreserved.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The address of an API, such as `https://api.port.io`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApiUrl(Url);

/// Why a text is no address of an API: what follows `takes …, not `.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ApiUrlError {
    /// It can't be read, or has no host.
    #[error("is no URL such as `https://api.port.io`")]
    NoUrl,
    /// Neither `https` nor `http`.
    #[error("begins neither with `https://` nor with `http://`")]
    Scheme,
    /// A user or a password stands in it.
    #[error("holds a user or a password; set `client-id` and `client-secret` instead")]
    Userinfo,
    /// Plain HTTP across a network.
    #[error("would send the client secret unencrypted; `http://` is for this machine only")]
    Unencrypted,
    /// More than an address.
    #[error("has a query or a fragment, which an API's address has not")]
    Query,
}

impl ApiUrl {
    /// Reads an address; a path at its end is kept, and stands before each
    /// request's.
    ///
    /// # Errors
    ///
    /// See [`ApiUrlError`]; none shows the text, which may hold a password.
    pub(crate) fn parse(text: &str) -> Result<Self, ApiUrlError> {
        let mut url = Url::parse(text).map_err(|_| ApiUrlError::NoUrl)?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(ApiUrlError::Scheme);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ApiUrlError::Userinfo);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ApiUrlError::Query);
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(ApiUrlError::Unencrypted);
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Whether it leads to this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }

    /// Whether it is reached by HTTPS.
    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// The URL of a request. `path` is encoded already.
    pub(super) fn with(&self, path: &str, query: &[(&str, String)]) -> Url {
        let mut url = self.0.clone();
        let path = format!("{}{path}", self.0.path().trim_end_matches('/'));
        url.set_path(&path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }
}

impl fmt::Display for ApiUrl {
    /// Without a slash at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

/// The path of a request from its segments, each encoded, so that an identifier
/// such as `a/b` stays one. `None` for one that a URL can't hold as a segment:
/// an empty one and the two that mean directories.
pub(super) fn path(segments: &[&str]) -> Option<String> {
    let mut path = String::new();
    for segment in segments {
        if matches!(*segment, "" | "." | "..") {
            return None;
        }
        path.push('/');
        path.extend(utf8_percent_encode(segment, SEGMENT));
    }
    Some(path)
}

/// `localhost`, `127.0.0.0/8` and `[::1]`.
fn is_loopback(url: &Url) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let of_loopback = |address: IpAddr| address.is_loopback();
    host == "localhost" || address.parse().is_ok_and(of_loopback)
}

#[cfg(test)]
mod tests {
    use super::{ApiUrl, ApiUrlError, path};

    #[test]
    fn an_address_is_shown_as_it_is_meant() {
        let shown = |text| ApiUrl::parse(text).map(|url| url.to_string());
        assert_eq!(
            shown("https://api.port.io/"),
            Ok("https://api.port.io".to_owned())
        );
        assert_eq!(
            shown("https://h:8443/port/"),
            Ok("https://h:8443/port".to_owned())
        );
        assert_eq!(
            shown("http://127.0.0.1:8808"),
            Ok("http://127.0.0.1:8808".to_owned())
        );
        assert_eq!(shown("http://[::1]:1"), Ok("http://[::1]:1".to_owned()));
        assert_eq!(
            shown("http://localhost:1"),
            Ok("http://localhost:1".to_owned())
        );
    }

    #[test]
    fn what_would_leak_or_mislead_is_no_address() {
        let error = |text| ApiUrl::parse(text).unwrap_err();
        assert_eq!(error("api.port.io"), ApiUrlError::NoUrl);
        assert_eq!(error("https://"), ApiUrlError::NoUrl);
        assert_eq!(error("ftp://api.port.io"), ApiUrlError::Scheme);
        assert_eq!(error("https://u:p@api.port.io"), ApiUrlError::Userinfo);
        assert_eq!(error("https://u@api.port.io"), ApiUrlError::Userinfo);
        assert_eq!(error("http://api.port.io"), ApiUrlError::Unencrypted);
        assert_eq!(error("http://127.0.0.1.evil.com"), ApiUrlError::Unencrypted);
        assert_eq!(error("http://localhost.evil.com"), ApiUrlError::Unencrypted);
        assert_eq!(error("https://api.port.io?a=b"), ApiUrlError::Query);
    }

    #[test]
    fn an_identifier_stays_one_segment() {
        let url = ApiUrl::parse("https://h/base").unwrap();
        let path = path(&["v1", "blueprints", "a/b", "entities", "é x:%2F?#"]).unwrap();
        let query = [("run_id", "r&1".to_owned())];
        assert_eq!(
            url.with(&path, &query).as_str(),
            "https://h/base/v1/blueprints/a%2Fb/entities/%C3%A9%20x%3A%252F%3F%23?run_id=r%261"
        );
    }

    #[test]
    fn what_a_url_reads_as_a_directory_is_not_sent() {
        for segment in ["", ".", ".."] {
            assert_eq!(path(&["v1", segment]), None, "{segment:?}");
        }
        assert_eq!(path(&["..."]), Some("/...".to_owned()));
    }
}
