//! What jq's built-in functions compute, on plain Rust values.

pub(in crate::exporter::jq) mod numbers;
