//! What jq's built-in functions compute, on plain Rust values.
//!
//! Each answer is the one of gojq v0.12.17, built with Go 1.25 or 1.26 for
//! amd64. Not here: jq's values, its paths, and which function is called when.
//! Invariant: an answer that could differ from gojq's is not given, it is
//! refused by the name of what is asked for.

pub(in crate::exporter::jq) mod formats;
pub(in crate::exporter::jq) mod json;
pub(in crate::exporter::jq) mod math;
pub(in crate::exporter::jq) mod numbers;
pub(in crate::exporter::jq) mod regex;
pub(in crate::exporter::jq) mod time;

/// Why a function gives no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::exporter::jq) enum Failure {
    /// gojq fails as well. Holds its message; where gojq puts "NAME cannot be
    /// applied to VALUE: " in front of one, what comes after that.
    Failed(String),
    /// gojq gives an answer that we can't. Holds the name of what was asked for.
    Unsupported(String),
}
