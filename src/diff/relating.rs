//! Which entities point to one that goes.
//!
//! A relation is sent as identifiers alone; the blueprint that it leads to is
//! known to the catalog. It is concluded here from those identifiers that only
//! one entity has: where they all are services, the relation leads to services.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::side::{Content, Declared, Side};
use crate::catalog::Identity;

/// An entity that points to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Relating {
    /// Which entity.
    pub identity: Identity,
    /// By which of its relations.
    pub relation: String,
}

/// The relations of what is there afterwards.
#[derive(Debug)]
pub(crate) struct Relations {
    /// Who points to an identifier.
    to: BTreeMap<String, BTreeSet<Relating>>,
    /// Where a blueprint's relation leads, as far as that is known.
    targets: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Relations {
    /// Concludes where relations lead from both sets.
    pub(crate) fn of(before: &Side, after: &Side) -> Self {
        let mut known: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for entity in before.entities().chain(after.entities()) {
            let Identity {
                blueprint,
                identifier,
            } = &entity.identity;
            known.entry(identifier).or_default().insert(blueprint);
        }
        let mut targets: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
        for entity in before.entities().chain(after.entities()) {
            for (relation, identifier) in pointers(entity) {
                let blueprints = known.get(identifier).map(Vec::from_iter);
                if let Some([blueprint]) = blueprints.as_deref() {
                    let leads = (entity.identity.blueprint.clone(), relation.to_owned());
                    let blueprint = (**blueprint).to_owned();
                    targets.entry(leads).or_default().insert(blueprint);
                }
            }
        }
        let mut to: BTreeMap<String, BTreeSet<Relating>> = BTreeMap::new();
        for entity in after.entities() {
            for (relation, identifier) in pointers(entity) {
                let relating = Relating {
                    identity: entity.identity.clone(),
                    relation: relation.to_owned(),
                };
                to.entry(identifier.to_owned())
                    .or_default()
                    .insert(relating);
            }
        }
        Self { to, targets }
    }

    /// Whether a relation of an entity may lead to another, which has the
    /// identifier that the relation holds.
    pub(crate) fn leads(&self, from: &Identity, relation: &str, to: &Identity) -> bool {
        let relation = (from.blueprint.clone(), relation.to_owned());
        let targets = self.targets.get(&relation);
        targets.is_none_or(|targets| targets.contains(&to.blueprint))
    }

    /// Who points to an entity, sorted.
    pub(super) fn to(&self, target: &Identity) -> Vec<Relating> {
        let leads_there = |it: &&Relating| self.leads(&it.identity, &it.relation, target);
        let relating = self.to.get(&target.identifier).into_iter().flatten();
        relating.filter(leads_there).cloned().collect()
    }
}

/// Every relation with each identifier that it holds.
pub(crate) fn pointers(entity: &Declared) -> Vec<(&str, &str)> {
    let Content::Body(body) = &entity.content else {
        return Vec::new();
    };
    let mut pointers = Vec::new();
    for (relation, value) in &body.relations {
        let identifiers = match value {
            Value::String(_) => std::slice::from_ref(value),
            Value::Array(items) => items.as_slice(),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => &[],
        };
        let texts = identifiers.iter().filter_map(Value::as_str);
        pointers.extend(texts.map(|identifier| (relation.as_str(), identifier)));
    }
    pointers
}
