//! Kubernetes manifests as text: where a document starts and ends, what Go
//! reads from it, and how to change it without reformatting it.
//!
//! Not for: what an entity is (`catalog`) or what is added to a stream
//! (`render`). Invariant: text that nobody edits keeps its bytes.

mod edit;
mod json;
mod object;
mod parsed;
mod resource;
mod scalar;
mod split;
mod tree;
mod value;
mod yaml;

pub use edit::{Annotations, Refusal, Splice, annotate, apply};
pub use json::{compact, json_line, quote};
pub use object::{Object, ObjectPath, objects_of};
pub use parsed::{Parsed, TextEncoding, objects};
pub use resource::{FieldPath, Location, ResourceRef, Segment};
pub use split::{Document, SplitError, split};
pub use tree::{CollectionStyle, Node, NodeId, NodeKind, Notation, ScalarStyle, Tree};
pub use yaml::{ParseError, ParseErrorKind};
