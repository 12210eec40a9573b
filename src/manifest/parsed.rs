//! One document, parsed: its text, its tree, and its value.
//!
//! The door between bytes and everything that looks at them: whoever holds a
//! [`Parsed`] knows that Go reads the document, and as what.

use std::borrow::Cow;

use serde_json::Value;

use super::tree::{NodeKind, Notation, Tree};
use super::yaml::{self, ParseError};
use super::{json, value};

/// A document that Go reads as well.
#[derive(Clone, Debug)]
pub struct Parsed<'t> {
    text: Cow<'t, str>,
    tree: Tree,
    value: Value,
    encoding: TextEncoding,
}

/// Whether the document's bytes are UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextEncoding {
    /// All of them.
    Utf8,
    /// Some bytes in comments are not. kubectl 1.32 reads such a document,
    /// newer readers refuse it; it is never edited.
    BrokenComment,
}

impl<'t> Parsed<'t> {
    /// Parses a document's bytes.
    ///
    /// # Errors
    /// Where Go refuses the document or this program can't tell what Go reads.
    pub fn read(bytes: &'t [u8], notation: Notation) -> Result<Self, ParseError> {
        match notation {
            Notation::Json => Self::read_json(bytes),
            Notation::Yaml => Self::read_yaml(bytes),
        }
    }

    fn read_json(bytes: &'t [u8]) -> Result<Self, ParseError> {
        let (tree, end) = json::parse(bytes, 0)
            .map_err(|error| ParseError::rejected(error.offset, error.message))?;
        if !bytes[end..].trim_ascii().is_empty() {
            return Err(ParseError::rejected(end, "text behind the value"));
        }
        let text = std::str::from_utf8(bytes)
            .map_err(|error| ParseError::unsupported(error.valid_up_to(), "broken UTF-8"))?;
        Self::new(Cow::Borrowed(text), tree, TextEncoding::Utf8)
    }

    fn read_yaml(bytes: &'t [u8]) -> Result<Self, ParseError> {
        if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            return Err(ParseError::unsupported(0, "UTF-16"));
        }
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::new(Cow::Borrowed(text), yaml::parse(text)?, TextEncoding::Utf8),
            Err(error) => Self::read_broken(bytes, error.valid_up_to()),
        }
    }

    /// Reads around bytes that are no UTF-8, if they stand in comments alone.
    fn read_broken(bytes: &[u8], offset: usize) -> Result<Self, ParseError> {
        let mut masked = String::with_capacity(bytes.len());
        let mut broken = Vec::new();
        for chunk in bytes.utf8_chunks() {
            masked.push_str(chunk.valid());
            for _ in chunk.invalid() {
                broken.push(masked.len());
                masked.push('?');
            }
        }
        let tree = yaml::parse(&masked)?;
        let in_content = tree.nodes.iter().any(|node| {
            let content = matches!(node.kind, NodeKind::Scalar { .. } | NodeKind::Alias { .. });
            content && broken.iter().any(|at| node.span.contains(at))
        });
        if in_content {
            return Err(ParseError::rejected(offset, "broken UTF-8"));
        }
        Self::new(Cow::Owned(masked), tree, TextEncoding::BrokenComment)
    }

    fn new(text: Cow<'t, str>, tree: Tree, encoding: TextEncoding) -> Result<Self, ParseError> {
        let value = match tree.root() {
            Some(root) => value::value(&tree, root)?,
            None => Value::Null,
        };
        Ok(Self {
            text,
            tree,
            value,
            encoding,
        })
    }

    /// The document's text; bytes that are no UTF-8 stand as `?`.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The document's nodes.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }

    /// What Go reads: null for an empty document.
    pub fn value(&self) -> &Value {
        &self.value
    }

    /// Whether the bytes are UTF-8.
    pub fn encoding(&self) -> TextEncoding {
        self.encoding
    }
}

/// The documents of a stream as `kubectl` reads them: lists flattened one
/// level, empty documents left out.
///
/// # Errors
/// As for [`Parsed::read`]; a document that is no object, or has no kind, is
/// refused as apimachinery's `unstructured` does.
pub fn objects(document: &Parsed<'_>) -> Result<Vec<Value>, ParseError> {
    let object = match document.value() {
        Value::Null => return Ok(Vec::new()),
        Value::Object(object) => object,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(ParseError::rejected(0, "a document that is no object"));
        }
    };
    let has_kind = |value: &Value| {
        value
            .get("kind")
            .and_then(Value::as_str)
            .is_some_and(|kind| !kind.is_empty())
    };
    if !has_kind(document.value()) {
        return Err(ParseError::rejected(0, "an object without `kind`"));
    }
    match object.get("items") {
        Some(Value::Array(items)) => Ok(items.clone()),
        Some(_) | None => Ok(vec![document.value().clone()]),
    }
}
