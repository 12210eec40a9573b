//! The Kubernetes objects in a document: itself, or the items of its list.
//!
//! Lists are flattened one level, whatever their kind, as Argo CD's repo-server
//! does it (`reposerver/repository`, 3.6): an object whose `items` is a list.

use std::ops::Range;

use serde_json::Value;

use super::parsed::Parsed;
use super::resource::{FieldPath, ResourceRef, Segment};
use super::tree::{NodeId, Tree};

/// Where an object stands in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ObjectPath {
    /// The document is the object.
    Document,
    /// It is an element of the document's `items`.
    Item(usize),
}

impl ObjectPath {
    /// The object's node; an aliased one is none of its own.
    pub fn node(self, tree: &Tree) -> Option<NodeId> {
        let root = tree.root()?;
        match self {
            Self::Document => Some(root),
            Self::Item(index) => {
                let (_, items) = tree.entry(root, "items")?;
                let unique = tree.count(root, "items") == 1 && tree.resolve(items) == items;
                let item = *tree.items(items).filter(|_| unique)?.get(index)?;
                (tree.resolve(item) == item).then_some(item)
            }
        }
    }

    /// The object's value in the document's.
    pub(crate) fn value_mut(self, document: &mut Value) -> Option<&mut Value> {
        match self {
            Self::Document => Some(document),
            Self::Item(index) => document.get_mut("items")?.get_mut(index),
        }
    }
}

/// An object and where it stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Object<'d> {
    /// The document.
    pub document: &'d Parsed<'d>,
    /// Where in the document.
    pub path: ObjectPath,
    /// What Go reads.
    pub value: &'d Value,
}

/// The objects of a document; none where it is empty or no mapping.
pub(crate) fn objects_of<'d>(document: &'d Parsed<'d>) -> Vec<Object<'d>> {
    let object = |path, value| Object {
        document,
        path,
        value,
    };
    match document.value().get("items") {
        Some(Value::Array(items)) => {
            let numbered = items.iter().enumerate();
            numbered
                .map(|(index, item)| object(ObjectPath::Item(index), item))
                .collect()
        }
        Some(_) | None if document.value().is_object() => {
            vec![object(ObjectPath::Document, document.value())]
        }
        Some(_) | None => Vec::new(),
    }
}

impl<'d> Object<'d> {
    /// A string at a path of keys.
    pub(crate) fn text(&self, path: &[&str]) -> Option<&'d str> {
        let mut value = self.value;
        for key in path {
            value = value.get(key)?;
        }
        value.as_str()
    }

    /// `apiVersion`, empty where it is missing.
    pub(crate) fn api_version(&self) -> &'d str {
        self.text(&["apiVersion"]).unwrap_or_default()
    }

    /// `kind`, empty where it is missing.
    pub(crate) fn kind(&self) -> &'d str {
        self.text(&["kind"]).unwrap_or_default()
    }

    /// `metadata.name`, empty where it is missing.
    pub(crate) fn name(&self) -> &'d str {
        self.text(&["metadata", "name"]).unwrap_or_default()
    }

    /// `metadata.namespace`, where one is stated.
    pub(crate) fn namespace(&self) -> Option<&'d str> {
        let namespace = self.text(&["metadata", "namespace"]);
        namespace.filter(|namespace| !namespace.is_empty())
    }

    /// The value of an annotation.
    pub(crate) fn annotation(&self, key: &str) -> Option<&'d str> {
        self.text(&["metadata", "annotations", key])
    }

    /// Whether an annotation is absent or a text; of anything else nobody can
    /// say what its author meant.
    pub(crate) fn annotation_is_text(&self, key: &str) -> bool {
        let annotations = self
            .value
            .get("metadata")
            .and_then(|it| it.get("annotations"));
        let value = annotations.and_then(|annotations| annotations.get(key));
        value.is_none_or(Value::is_string)
    }

    /// The value of a label.
    pub(crate) fn label(&self, key: &str) -> Option<&'d str> {
        self.text(&["metadata", "labels", key])
    }

    /// The object's identity.
    pub(crate) fn reference(&self) -> ResourceRef {
        ResourceRef {
            api_version: self.api_version().to_owned(),
            kind: self.kind().to_owned(),
            namespace: self.namespace().map(str::to_owned),
            name: self.name().to_owned(),
        }
    }

    /// The byte of the document at which a field stands: its key's, or that of
    /// the nearest field above it that is there.
    pub(crate) fn offset(&self, field: &FieldPath) -> usize {
        self.span(field).start
    }

    /// The bytes of the document to point at for a field, from [`Self::offset`]
    /// on: key and value where they stand in one line, else the key, or the
    /// first line of what has none.
    pub(crate) fn span(&self, field: &FieldPath) -> Range<usize> {
        let tree = self.document.tree();
        let Some(mut node) = self.path.node(tree) else {
            return 0..0;
        };
        let mut key_span = tree.node(node).span.clone();
        let mut end = key_span.end;
        for segment in field.segments() {
            let next = match segment {
                Segment::Key(key) => tree.entry(node, key),
                Segment::Index(index) => {
                    let item = tree.items(node).and_then(|items| items.get(*index));
                    item.map(|item| (*item, *item))
                }
            };
            let Some((key, value)) = next else {
                end = key_span.end;
                break;
            };
            key_span = tree.node(key).span.clone();
            end = tree.node(value).span.end;
            node = value;
        }
        self.in_one_line(key_span, end)
    }

    /// All bytes of the object in the document.
    pub(crate) fn bytes(&self) -> Range<usize> {
        let tree = self.document.tree();
        let node = self.path.node(tree);
        node.map_or(0..0, |node| tree.node(node).span.clone())
    }

    /// From the start of `key` to `end` if no line ends between them, else `key`
    /// up to its first line's end.
    fn in_one_line(&self, key: Range<usize>, end: usize) -> Range<usize> {
        let text = self.document.text();
        let ends = |end: usize| {
            text.get(key.start..end)
                .is_some_and(|it| !it.contains('\n'))
        };
        if ends(end) {
            return key.start..end;
        }
        let line = text.get(key.clone()).unwrap_or_default().lines().next();
        key.start..key.start + line.map_or(0, |line| line.trim_end().len())
    }
}
