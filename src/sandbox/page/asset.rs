//! The files that a page asks for, and the policy that allows nothing else.

use std::sync::LazyLock;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest as _, Sha256};

use crate::graph;

/// The style sheet.
pub(super) static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    let style = format!("{}{}", graph::STYLE, include_str!("page.css"));
    Asset::new("/page.css", "text/css; charset=utf-8", style)
});

/// The script: live changes, search while one types, and the drawing's zoom.
pub(super) static SCRIPT: LazyLock<Asset> = LazyLock::new(|| {
    let script = include_str!("page.js").to_owned();
    Asset::new("/page.js", "text/javascript; charset=utf-8", script)
});

/// The window's icon.
pub(super) static ICON: LazyLock<Asset> = LazyLock::new(|| {
    let icon = include_str!("icon.svg").to_owned();
    Asset::new("/icon.svg", "image/svg+xml", icon)
});

/// What every answer says to the browser. Own files and own events only, no
/// frame around it, no form to elsewhere, no text ever taken for a script.
pub(super) const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
             connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
             require-trusted-types-for 'script'; trusted-types 'none'",
        ),
    ),
    (
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    ),
    (
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    ),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// A file that never changes at its address.
#[derive(Debug)]
pub(super) struct Asset {
    path: &'static str,
    kind: &'static str,
    text: String,
    version: String,
}

impl Asset {
    fn new(path: &'static str, kind: &'static str, text: String) -> Self {
        let digest = Sha256::digest(text.as_bytes());
        let version = digest.iter().take(6).map(|byte| format!("{byte:02x}"));
        Self {
            path,
            kind,
            version: version.collect(),
            text,
        }
    }

    /// Its path, with a version that differs whenever the text does: another
    /// sandbox may have served another one from the same port.
    pub(super) fn address(&self) -> String {
        format!("{}?v={}", self.path, self.version)
    }

    /// Its path alone.
    pub(super) const fn path(&self) -> &'static str {
        self.path
    }

    /// The answer.
    pub(super) fn answer(&'static self) -> Response {
        let headers = [
            (header::CONTENT_TYPE, self.kind),
            (header::CACHE_CONTROL, "max-age=31536000, immutable"),
        ];
        (headers, self.text.as_str()).into_response()
    }
}
