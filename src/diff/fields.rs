//! What differs between two bodies, field by field.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::side::{Body, Content};
use crate::lock::canonical;
use crate::manifest::FieldPath;

/// A field of which another value is sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldChange {
    /// From the body on: `.title`, `.properties.tier`, `.relations.team`; into
    /// properties that are objects, so far as both values are.
    pub path: FieldPath,
    /// The value that was sent; `None` where none was.
    pub before: Option<Value>,
    /// The value that is sent: null clears the field. `None` within a property
    /// that is sent without it, and so is replaced by one without it.
    pub after: Option<Value>,
}

/// A field that is not sent any more, and so stays in the catalog as it was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Lingering {
    /// `.title`, `.properties.description`, `.relations.team`.
    pub path: FieldPath,
    /// The value that stays.
    pub value: Value,
    /// Whether it was sent before; else nobody here knows whose it is.
    pub left_git: bool,
}

/// All that differs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields {
    /// Sorted by path: icon, team and title, properties, relations.
    pub changes: Vec<FieldChange>,
    /// In the same order.
    pub lingering: Vec<Lingering>,
}

impl Fields {
    /// Whether nothing differs.
    pub(crate) fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.lingering.is_empty()
    }

    fn change(&mut self, path: FieldPath, before: Option<&Value>, after: Option<&Value>) {
        self.changes.push(FieldChange {
            path,
            before: before.cloned(),
            after: after.cloned(),
        });
    }

    /// A field that the catalog keeps for itself.
    fn compare(&mut self, path: FieldPath, before: Option<&Value>, after: Option<&Value>) {
        match (before, after) {
            (None | Some(Value::Null), None) => {}
            (Some(value), None) => self.lingering.push(Lingering {
                path,
                value: value.clone(),
                left_git: true,
            }),
            (None, Some(_)) => self.change(path, before, after),
            (Some(left), Some(right)) => self.compare_values(path, left, right),
        }
    }

    fn compare_values(&mut self, path: FieldPath, before: &Value, after: &Value) {
        if let (Value::Object(left), Value::Object(right)) = (before, after) {
            for key in keys(left, right) {
                let path = path.key(key);
                match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) => self.compare_values(path, left, right),
                    (left, right) => self.change(path, left, right),
                }
            }
        } else if !same(before, after) {
            self.change(path, Some(before), Some(after));
        }
    }
}

/// Whether two values are one to the catalog.
pub(super) fn same(left: &Value, right: &Value) -> bool {
    canonical(left) == canonical(right)
}

/// What differs; `None` where something does and only a lock's digest is known.
pub(super) fn of(before: &Content, after: &Content) -> Option<Fields> {
    if let (Content::Body(before), Content::Body(after)) = (before, after) {
        return Some(of_bodies(before, after));
    }
    (before.digest() == after.digest()).then(Fields::default)
}

fn of_bodies(before: &Body, after: &Body) -> Fields {
    let mut fields = Fields::default();
    let text = |text: &Option<String>| text.as_deref().map(Value::from);
    let own = [
        ("icon", text(&before.icon), text(&after.icon)),
        ("team", before.team.clone(), after.team.clone()),
        ("title", text(&before.title), text(&after.title)),
    ];
    for (name, before, after) in own {
        fields.compare(FieldPath::of(&[name]), before.as_ref(), after.as_ref());
    }
    let members = [
        ("properties", &before.properties, &after.properties),
        ("relations", &before.relations, &after.relations),
    ];
    for (map, before, after) in members {
        for name in keys(before, after) {
            let path = FieldPath::of(&[map, name]);
            fields.compare(path, before.get(name), after.get(name));
        }
    }
    fields
}

fn keys<'m>(left: &'m Map<String, Value>, right: &'m Map<String, Value>) -> BTreeSet<&'m String> {
    left.keys().chain(right.keys()).collect()
}
