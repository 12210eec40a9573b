//! Kubernetes manifests as text: where a document starts and ends, what Go
//! reads from it, and how to change it without reformatting it.
//!
//! Not for: what an entity is (`catalog`) or what is added to a stream
//! (`render`). Invariant: text that nobody edits keeps its bytes.

mod resource;

pub use resource::{FieldPath, Location, ResourceRef};
