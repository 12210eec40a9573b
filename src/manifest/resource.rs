//! The nouns by which people find an object again: its reference, its place in
//! a file, and a field in it.

use std::fmt;

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
    /// `Entity shop/checkout`, or `ClusterEntity checkout` without a namespace.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
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

/// A path to a field, as `kubectl explain` and KRM results write it:
/// `.spec.relations.team`, `.items[2].metadata`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldPath(String);

impl FieldPath {
    /// The path of an object itself.
    pub fn root() -> Self {
        Self::default()
    }

    /// The path of a field below this one. A key that is no plain word is
    /// quoted: `.metadata.annotations["glint.io/title"]`.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        let plain = key
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if plain && !key.is_empty() {
            Self(format!("{}.{key}", self.0))
        } else {
            Self(format!("{}[\"{}\"]", self.0, key.escape_default()))
        }
    }

    /// The path of an element of a list, counted from 0.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// The path as text; empty for the object itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "." } else { &self.0 })
    }
}

#[cfg(test)]
mod tests {
    use super::{FieldPath, ResourceRef};

    #[test]
    fn a_field_path_quotes_what_is_no_word() {
        let path = FieldPath::root()
            .key("metadata")
            .key("annotations")
            .key("glint.io/title");
        assert_eq!(path.as_str(), ".metadata.annotations[\"glint.io/title\"]");
        assert_eq!(
            FieldPath::root().key("items").index(2).as_str(),
            ".items[2]"
        );
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
