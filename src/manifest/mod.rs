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
mod simple_key;
mod split;
mod tree;
mod value;
mod yaml;

pub use edit::{Annotations, Refusal, Splice, annotate, apply};
pub(crate) use edit::{Edit, annotate_each, annotate_value};
pub use json::quote;
pub(crate) use json::{compact, json_line};
pub use object::ObjectPath;
pub(crate) use object::{Object, objects_of};
pub(crate) use parsed::TextEncoding;
pub use parsed::{Parsed, objects};
pub(crate) use resource::{FieldPath, Location, ResourceRef, Segment};
pub(crate) use scalar::{is_date, is_plain_text};
pub(crate) use split::Document;
pub use split::{SplitError, split};
pub use tree::Notation;
pub(crate) use tree::{CollectionStyle, Node, NodeId, NodeKind, ScalarStyle};
pub use yaml::{ParseError, ParseErrorKind};
