//! The nouns by which people find an object again: its reference, its place in
//! a file, and a field in it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An object's identity, with the field names of a KRM result's `resourceRef`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceRef {
    /// `group/version`, or `version` for the core group.
    pub api_version: String,
    /// The kind, as written.
    pub kind: String,
    /// `metadata.namespace`, where one is stated.
    pub namespace: Option<String>,
    /// `metadata.name`; empty where none is stated.
    pub name: String,
}

impl fmt::Display for ResourceRef {
    /// `Entity shop/checkout`, `ClusterEntity checkout` without a namespace, or
    /// `List` without a name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None if self.name.is_empty() => f.write_str(&self.kind),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

/// A place in a text that a person can open in an editor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    /// The file as the user named it, or `<stdin>`.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    /// The template that rendered the text, from Helm's `# Source:` line.
    pub origin: Option<String>,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// A path to a field, written as `kubectl explain` and KRM results write it:
/// `.spec.relations.team`, `.items[2].metadata`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FieldPath(Vec<Segment>);

/// One step of a [`FieldPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Segment {
    /// Into a mapping.
    Key(String),
    /// Into a list, counted from 0.
    Index(usize),
}

impl FieldPath {
    /// The path of an object itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of these keys, from the object on.
    pub fn of(keys: &[&str]) -> Self {
        keys.iter().fold(Self::root(), |path, key| path.key(key))
    }

    /// The path of a field below this one.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment::Key(key.to_owned()));
        Self(segments)
    }

    /// The path of an element of a list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        let mut segments = self.0.clone();
        segments.push(Segment::Index(index));
        Self(segments)
    }

    /// The path one step further.
    #[must_use]
    pub(crate) fn join(&self, segment: &Segment) -> Self {
        match segment {
            Segment::Key(key) => self.key(key),
            Segment::Index(index) => self.index(*index),
        }
    }

    /// Goes into a mapping, while a tree is walked.
    pub(crate) fn enter_key(&mut self, key: &str) {
        self.0.push(Segment::Key(key.to_owned()));
    }

    /// Goes into a list.
    pub(crate) fn enter_index(&mut self, index: usize) {
        self.0.push(Segment::Index(index));
    }

    /// Goes back to what this field is in.
    pub(crate) fn leave(&mut self) {
        self.0.pop();
    }

    /// The steps from the object to the field.
    pub fn segments(&self) -> &[Segment] {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    /// A key that is no plain word is quoted:
    /// `.metadata.annotations["glint.io/title"]`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str(".");
        }
        self.0.iter().try_for_each(|segment| match segment {
            Segment::Index(index) => write!(f, "[{index}]"),
            Segment::Key(key) if is_word(key) => write!(f, ".{key}"),
            Segment::Key(key) => write!(f, "[\"{}\"]", key.escape_default()),
        })
    }
}

fn is_word(key: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !key.is_empty() && key.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::{FieldPath, ResourceRef};

    #[test]
    fn a_field_path_quotes_what_is_no_word() {
        let path = FieldPath::of(&["metadata", "annotations", "glint.io/title"]);
        assert_eq!(
            path.to_string(),
            ".metadata.annotations[\"glint.io/title\"]"
        );
        let item = FieldPath::of(&["items"]).index(2).key("metadata");
        assert_eq!(item.to_string(), ".items[2].metadata");
        assert_eq!(FieldPath::root().to_string(), ".");
    }

    #[test]
    fn a_resource_is_named_with_its_namespace_where_it_has_one() {
        let mut resource = ResourceRef {
            api_version: "glint.io/v1".to_owned(),
            kind: "Entity".to_owned(),
            namespace: Some("shop".to_owned()),
            name: "checkout".to_owned(),
        };
        assert_eq!(resource.to_string(), "Entity shop/checkout");
        resource.namespace = None;
        assert_eq!(resource.to_string(), "Entity checkout");
    }
}
