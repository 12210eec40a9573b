//! Every scalar that an author wrote in an object, keys too.
//!
//! Not those of the annotations that this program sets: rules would judge them
//! when a stream is rendered again.

use crate::catalog::annotation;
use crate::manifest::{FieldPath, Node, NodeId, NodeKind, Object, ScalarStyle};

/// A scalar and what it is in its mapping.
pub(super) struct Scalar<'t> {
    /// Its text after unquoting and folding.
    pub(super) text: &'t str,
    /// How it is written.
    pub(super) style: ScalarStyle,
    /// Its node.
    pub(super) node: &'t Node,
    /// Key or value.
    pub(super) place: Place,
}

/// What a scalar is in its mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The path ends with it.
    Key,
    /// The path leads to it.
    Value,
}

/// Calls `visit` for each scalar, in the order of the text. What an alias
/// stands for is visited where it is written, if that is in the object.
pub(super) fn for_each<'t>(object: &Object<'t>, visit: &mut dyn FnMut(&Scalar<'t>, &FieldPath)) {
    if let Some(node) = object.path.node(object.document.tree()) {
        let mut walk = Walk {
            object,
            path: FieldPath::root(),
            visit,
        };
        walk.node(node, Place::Value);
    }
}

struct Walk<'w, 't> {
    object: &'w Object<'t>,
    path: FieldPath,
    visit: &'w mut dyn FnMut(&Scalar<'t>, &FieldPath),
}

impl Walk<'_, '_> {
    fn node(&mut self, id: NodeId, place: Place) {
        let tree = self.object.document.tree();
        let node = tree.node(id);
        match &node.kind {
            NodeKind::Scalar { text, style } => {
                let scalar = Scalar {
                    text,
                    style: *style,
                    node,
                    place,
                };
                (self.visit)(&scalar, &self.path);
            }
            NodeKind::Mapping { entries, .. } => {
                let annotations = self.path == FieldPath::of(&["metadata", "annotations"]);
                for (key, value) in entries {
                    let name = tree.text(*key).unwrap_or_default();
                    if annotations && name.starts_with(annotation::PREFIX) {
                        continue;
                    }
                    self.path.enter_key(name);
                    self.node(*key, Place::Key);
                    self.node(*value, Place::Value);
                    self.path.leave();
                }
            }
            NodeKind::Sequence { items, .. } => {
                for (index, item) in items.iter().enumerate() {
                    self.path.enter_index(index);
                    self.node(*item, Place::Value);
                    self.path.leave();
                }
            }
            NodeKind::Alias { .. } => {}
        }
    }
}
