//! An entity and the blueprint that it is held against.
//!
//! Not for what is wrong with it: that is the rules'. Invariant: a member that is
//! null is left out where values are judged, since the catalog takes null for
//! "has none"; so is one that Flux puts in later, which nobody knows yet.

use serde_json::{Map, Value};

use super::{Context, Reader};
use crate::catalog::{Blueprint, PropertySchema, Relation};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};

/// An object that declares an entity of a known blueprint.
pub(super) struct Typed<'a> {
    /// The blueprint.
    pub(super) blueprint: &'a Blueprint,
    object: Object<'a>,
    reader: Reader,
}

/// What a relation leads to, as an author wrote it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Targets<'a> {
    /// An identifier.
    One(&'a str),
    /// A list, of identifiers if it is right.
    Many(&'a [Value]),
    /// A search, which the catalog carries out.
    Search,
    /// Nothing that a relation can be.
    Invalid,
}

impl<'a> Typed<'a> {
    /// The object with its blueprint, if that is known.
    pub(super) fn of(object: &Object<'a>, context: &Context<'a>) -> Option<Self> {
        let blueprint = object.text(&["spec", "blueprint"])?;
        Some(Self {
            blueprint: context.blueprints?.get(blueprint)?,
            object: *object,
            reader: context.reader,
        })
    }

    /// The names and values of the properties.
    pub(super) fn properties(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        self.members("properties")
    }

    /// The names and values of the relations.
    pub(super) fn relations(&self) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        self.members("relations")
    }

    /// The properties that the blueprint has and the entity states.
    pub(super) fn values(
        &self,
    ) -> impl Iterator<Item = (&'a str, &'a PropertySchema, &'a Value)> + use<'a> {
        let known = &self.blueprint.properties;
        let stated = self.stated("properties");
        stated.filter_map(|(name, value)| Some((name, known.get(name)?, value)))
    }

    /// The relations that the blueprint has and the entity states.
    pub(super) fn targets(
        &self,
    ) -> impl Iterator<Item = (&'a str, &'a Relation, Targets<'a>)> + use<'a> {
        let known = &self.blueprint.relations;
        let stated = self.stated("relations");
        stated.filter_map(|(name, value)| Some((name, known.get(name)?, targets(value))))
    }

    /// Whether a property or a relation has a value; `members` says which.
    pub(super) fn has(&self, members: &str, name: &str) -> bool {
        let value = self.map(members).and_then(|members| members.get(name));
        value.is_some_and(|value| !value.is_null())
    }

    /// A finding on a field below `spec`.
    pub(super) fn finding(
        &self,
        rule: &'static str,
        severity: Severity,
        field: &[&str],
        message: String,
    ) -> Finding {
        let spec = FieldPath::of(&["spec"]);
        let field = field.iter().fold(spec, |path, key| path.key(key));
        Finding::new(rule, severity, message)
            .on(self.object.reference())
            .in_field(field)
    }

    /// What can be judged of the members.
    fn stated(&self, name: &str) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let filled_later: fn(&Value) -> bool = match self.reader {
            Reader::Kustomize => holds_substitution,
            Reader::ArgoCd | Reader::Plain => |_| false,
        };
        let members = self.members(name);
        members.filter(move |(_, value)| !value.is_null() && !filled_later(value))
    }

    fn members(&self, name: &str) -> impl Iterator<Item = (&'a str, &'a Value)> + use<'a> {
        let members = self.map(name).into_iter().flatten();
        members.map(|(name, value)| (name.as_str(), value))
    }

    fn map(&self, name: &str) -> Option<&'a Map<String, Value>> {
        let value: &'a Value = self.object.value;
        value.get("spec")?.get(name)?.as_object()
    }
}

/// Whether Flux's substitution has something to fill in.
fn holds_substitution(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains("${"),
        Value::Array(items) => items.iter().any(holds_substitution),
        Value::Object(members) => members.values().any(holds_substitution),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn targets(value: &Value) -> Targets<'_> {
    match value {
        Value::String(identifier) => Targets::One(identifier),
        Value::Array(items) => Targets::Many(items),
        Value::Object(query) if query.contains_key("combinator") && query.contains_key("rules") => {
            Targets::Search
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Targets::Invalid,
    }
}
