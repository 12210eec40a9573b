//! How much the catalog's API takes at once.
//!
//! From its documentation (Port's OpenAPI document and pages, 2026-01). The
//! lengths of identifiers are part of their types (`identifier`).

/// What an entity may measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// The bytes of a request's body, in which at least the one entity goes: 413
    /// beyond it.
    pub request_bytes: usize,
}

impl Limits {
    /// The API's own.
    pub(crate) const API: Self = Self {
        request_bytes: 1 << 20,
    };
}
