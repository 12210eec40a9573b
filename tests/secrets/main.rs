//! No secret in any output: what lies in Secret manifests, in a chart's values,
//! in what a renderer says, in URLs, in the environment and in credentials is in
//! nothing that the program prints, logs, writes or sends, at the most verbose
//! level.
//!
//! Not for what passes: manifests leave with the bytes that they came with, so
//! stdout holds a Secret that a render was given. Not for properties of
//! entities: they are what the catalog is told.

mod canary;
#[cfg(feature = "catalog")]
mod catalog;
mod local;
#[expect(dead_code, reason = "other targets use what is not used here")]
#[path = "../cli/program.rs"]
mod program;
mod scene;
#[cfg(feature = "catalog")]
mod wire;
