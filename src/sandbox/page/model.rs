//! What the page shows, as plain values that are borrowed for one answer.
//!
//! Nothing of where they come from (`look`) and how they look (the views).
//! Invariants: entities are sorted by identity, each is there once, and a
//! target's index is that of an entity.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalog::{Delivery, Identity, Record};
use crate::finding::Finding;
use crate::manifest::{Location, ResourceRef};

/// The blueprint of deployments; see `report`.
pub(super) const TARGET: &str = "gitopsTarget";
/// The blueprint of their runs.
pub(super) const RUN: &str = "gitopsSync";

/// All that there is to show.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalog<'a> {
    /// What is followed, as the user named it; none where nothing is.
    pub subject: Option<&'a str>,
    /// Why it could not be read; what is shown then is what was there before.
    pub error: Option<&'a str>,
    /// What was found in it.
    pub findings: &'a [Finding],
    /// By identifier.
    pub blueprints: BTreeMap<&'a str, Blueprint<'a>>,
    /// Those in the catalog, and those that are declared and are not there.
    pub entities: Vec<Entity<'a>>,
    /// Those that have a mapping or had one.
    pub integrations: Vec<Integration<'a>>,
    /// What was asked of the API, the newest first.
    pub calls: Vec<Call<'a>>,
}

/// A blueprint.
#[derive(Clone, Debug)]
pub(super) struct Blueprint<'a> {
    /// As the API gives it.
    pub value: &'a Value,
}

/// An entity.
#[derive(Clone, Debug)]
pub(super) struct Entity<'a> {
    /// Which one.
    pub identity: &'a Identity,
    /// What the catalog has of it; none where it never arrived.
    pub record: Option<&'a Record>,
    /// Counts the changes of the whole catalog; 0 for what never arrived.
    pub revision: u64,
    /// Who sent it last.
    pub datasource: &'a str,
    /// Where it is declared, if what is followed declares it.
    pub declaration: Option<Declaration<'a>>,
}

/// Where an entity is declared, and what became of that.
#[derive(Clone, Debug)]
pub(super) struct Declaration<'a> {
    /// The application that it belongs to.
    pub application: Option<&'a str>,
    /// The object.
    pub resource: &'a ResourceRef,
    /// Where the object begins.
    pub location: Option<&'a Location>,
    /// Where each value is written: `properties.tier`, `title`.
    pub fields: &'a BTreeMap<String, Location>,
    /// What became of it.
    pub delivery: Delivery,
    /// Why.
    pub reason: Option<&'a str>,
}

/// What sends entities by a mapping.
#[derive(Clone, Debug)]
pub(super) struct Integration<'a> {
    /// Its installation id.
    pub id: &'a str,
    /// The mapping, if it has one.
    pub config: Option<&'a Value>,
}

/// A request that the API answered.
#[derive(Clone, Debug)]
pub(super) struct Call<'a> {
    /// When, as `2026-11-27T12:45:38.000Z`.
    pub at: String,
    /// Such as `POST`.
    pub method: &'a str,
    /// As it was sent.
    pub path: &'a str,
    /// Who says to have sent it.
    pub user_agent: &'a str,
    /// What it was answered with.
    pub status: u16,
}

/// What a relation names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target<'a> {
    /// The relation.
    pub relation: &'a str,
    /// The target, as it is written.
    pub identifier: &'a str,
    /// The entity, if the catalog has it.
    pub index: Option<usize>,
}

impl Catalog<'_> {
    /// The index of an entity.
    pub(super) fn find(&self, identity: &Identity) -> Option<usize> {
        let found = self
            .entities
            .binary_search_by_key(&identity, |entity| entity.identity);
        found.ok()
    }

    /// What an entity's relations name, sorted by relation.
    pub(super) fn targets(&self, entity: usize) -> Vec<Target<'_>> {
        let Some(record) = self.entities[entity].record else {
            return Vec::new();
        };
        let blueprint = self.blueprints.get(record.identity.blueprint.as_str());
        let relations = record.relations.iter();
        let targets = relations.flat_map(|(relation, value)| {
            let target = blueprint.and_then(|it| it.target(relation));
            let named = names(value).into_iter();
            named.map(move |identifier| Target {
                relation,
                identifier,
                index: target.and_then(|target| self.find(&identity(target, identifier))),
            })
        });
        targets.collect()
    }

    /// Who names an entity, and by which relation; sorted.
    pub(super) fn sources(&self, entity: usize) -> Vec<(usize, &str)> {
        let sources = (0..self.entities.len()).flat_map(|source| {
            let targets = self.targets(source).into_iter();
            targets
                .filter(|it| it.index == Some(entity))
                .map(move |it| (source, it.relation))
        });
        sources.collect()
    }

    /// The entities of a blueprint.
    pub(super) fn of(&self, blueprint: &str) -> impl Iterator<Item = &Entity<'_>> {
        let entities = self.entities.iter();
        entities.filter(move |entity| entity.identity.blueprint == blueprint)
    }
}

impl Blueprint<'_> {
    /// What people call it.
    pub(super) fn title(&self) -> Option<&str> {
        self.value["title"]
            .as_str()
            .filter(|it| !it.trim().is_empty())
    }

    /// The blueprint that a relation leads to.
    fn target(&self, relation: &str) -> Option<&str> {
        self.value["relations"][relation]["target"].as_str()
    }
}

impl<'a> Entity<'a> {
    /// The title, where it is another than the identifier.
    pub(super) fn title(&self) -> Option<&'a str> {
        let title = self.record.and_then(|record| record.title.as_deref());
        title.filter(|title| *title != self.identity.identifier && !title.trim().is_empty())
    }

    /// What a person calls it.
    pub(super) fn name(&self) -> &'a str {
        self.title().unwrap_or(&self.identity.identifier)
    }

    /// When it was written last, as the API says it.
    pub(super) fn changed(&self) -> Option<&'a str> {
        self.record?.rest.get("updatedAt")?.as_str()
    }

    /// What became of its declaration, in a word.
    pub(super) fn standing(&self) -> &'static str {
        match &self.declaration {
            Some(declaration) => declaration.delivery.as_str(),
            None => "not in Git",
        }
    }

    /// Whether it tells of deployments and not of what the catalog is for.
    pub(super) fn is_of_gitops(&self) -> bool {
        matches!(self.identity.blueprint.as_str(), TARGET | RUN)
    }

    /// A property, if it has a text there.
    pub(super) fn text(&self, property: &str) -> Option<&'a str> {
        self.record?.properties.get(property)?.as_str()
    }
}

fn identity(blueprint: &str, identifier: &str) -> Identity {
    Identity {
        blueprint: blueprint.to_owned(),
        identifier: identifier.to_owned(),
    }
}

/// The identifiers that a relation's value names; a search names none.
fn names(relation: &Value) -> Vec<&str> {
    match relation {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Vec::new(),
    }
}
