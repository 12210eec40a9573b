//! One document as a tree of nodes, each with the bytes it stands in.
//!
//! The tree is what both parsers (`yaml`, `json`) produce and what reading and
//! editing work on. It holds text, not values: what a plain `yes` means is
//! `read`'s business. Invariant: every span lies inside the document's text,
//! and an alias points to a node of the same tree.

use std::ops::Range;

/// The index of a node in its [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub(super) usize);

/// A parsed document.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) nodes: Vec<Node>,
    pub(super) root: Option<NodeId>,
    pub(super) notation: Notation,
}

/// Which grammar the document was read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// YAML; a JSON text among YAML documents is YAML too.
    Yaml,
    /// JSON, in a stream that Go reads in JSON mode.
    Json,
}

/// A node: what it is, and where.
#[derive(Clone, Debug)]
pub struct Node {
    /// What the node holds.
    pub kind: NodeKind,
    /// Its bytes, without tag and anchor. A block mapping's span starts at its
    /// first key (or the `?` before it); a block scalar's at its first
    /// character of content.
    pub span: Range<usize>,
    /// The tag in its long form, `!` for the non-specific tag.
    pub tag: Option<String>,
    /// The bytes of the tag.
    pub tag_span: Option<Range<usize>>,
    /// The bytes of the anchor (`&name`).
    pub anchor: Option<Range<usize>>,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub enum NodeKind {
    /// A scalar's text after unquoting and folding.
    Scalar {
        /// The text.
        text: String,
        /// How it is written.
        style: ScalarStyle,
    },
    /// Keys and values in the order in which they stand.
    Mapping {
        /// The pairs.
        entries: Vec<(NodeId, NodeId)>,
        /// Indented or in braces.
        style: CollectionStyle,
    },
    /// The elements in order.
    Sequence {
        /// The elements.
        items: Vec<NodeId>,
        /// Indented or in brackets.
        style: CollectionStyle,
    },
    /// Another node of this document.
    Alias {
        /// The anchored node.
        target: NodeId,
    },
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarStyle {
    /// Without quotes: the only style whose text may mean something else.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// After `|` or `>`.
    Block,
    /// A JSON literal or number.
    Literal,
}

/// How a mapping or a sequence is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CollectionStyle {
    /// By indentation.
    Block,
    /// In braces or brackets.
    Flow,
}

impl Tree {
    /// The document's root, `None` where it is empty.
    pub fn root(&self) -> Option<NodeId> {
        self.root
    }

    /// The grammar it was read by.
    pub fn notation(&self) -> Notation {
        self.notation
    }

    /// A node by its index.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// All nodes, in the order in which they were met.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Whether any node is an alias.
    pub fn has_aliases(&self) -> bool {
        self.nodes
            .iter()
            .any(|node| matches!(node.kind, NodeKind::Alias { .. }))
    }

    /// The node that an alias stands for; other nodes stand for themselves.
    pub fn resolve(&self, id: NodeId) -> NodeId {
        match self.node(id).kind {
            NodeKind::Alias { target } => target,
            NodeKind::Scalar { .. } | NodeKind::Mapping { .. } | NodeKind::Sequence { .. } => id,
        }
    }

    /// The pairs of a mapping (through an alias), `None` for other nodes.
    pub fn entries(&self, id: NodeId) -> Option<&[(NodeId, NodeId)]> {
        match &self.node(self.resolve(id)).kind {
            NodeKind::Mapping { entries, .. } => Some(entries),
            NodeKind::Scalar { .. } | NodeKind::Sequence { .. } | NodeKind::Alias { .. } => None,
        }
    }

    /// The elements of a sequence (through an alias), `None` for other nodes.
    pub fn items(&self, id: NodeId) -> Option<&[NodeId]> {
        match &self.node(self.resolve(id)).kind {
            NodeKind::Sequence { items, .. } => Some(items),
            NodeKind::Scalar { .. } | NodeKind::Mapping { .. } | NodeKind::Alias { .. } => None,
        }
    }

    /// A scalar's text (through an alias), `None` for other nodes.
    pub fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(self.resolve(id)).kind {
            NodeKind::Scalar { text, .. } => Some(text),
            NodeKind::Mapping { .. } | NodeKind::Sequence { .. } | NodeKind::Alias { .. } => None,
        }
    }

    /// The value that a key of a mapping has as Go's reader sees it: of equal
    /// keys the last wins. Merge keys are not followed.
    pub fn get(&self, mapping: NodeId, key: &str) -> Option<NodeId> {
        self.entry(mapping, key).map(|(_, value)| value)
    }

    /// The last entry with this key text.
    pub fn entry(&self, mapping: NodeId, key: &str) -> Option<(NodeId, NodeId)> {
        self.entries(mapping)?
            .iter()
            .rev()
            .find(|(name, _)| self.text(*name) == Some(key))
            .copied()
    }

    /// How many entries of a mapping have this key text.
    pub fn count(&self, mapping: NodeId, key: &str) -> usize {
        self.entries(mapping).map_or(0, |entries| {
            entries
                .iter()
                .filter(|(name, _)| self.text(*name) == Some(key))
                .count()
        })
    }

    /// The node at a path of keys.
    pub fn at(&self, mut node: NodeId, path: &[&str]) -> Option<NodeId> {
        for key in path {
            node = self.get(node, key)?;
        }
        Some(node)
    }

    /// Whether a key is YAML 1.1's merge key: a plain `<<`.
    pub fn is_merge_key(&self, key: NodeId) -> bool {
        let node = self.node(key);
        let NodeKind::Scalar { text, style } = &node.kind else {
            return false;
        };
        text == "<<"
            && match node.tag.as_deref() {
                None => *style == ScalarStyle::Plain,
                Some(tag) => tag == "tag:yaml.org,2002:merge",
            }
    }

    /// Whether a mapping holds a merge key.
    pub fn has_merge_key(&self, mapping: NodeId) -> bool {
        self.entries(mapping)
            .is_some_and(|entries| entries.iter().any(|(key, _)| self.is_merge_key(*key)))
    }

    pub(super) fn push(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() - 1)
    }
}
