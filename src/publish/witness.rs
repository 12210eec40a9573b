//! Objects that stand for those in the cluster that nobody showed us.
//!
//! A block of ours takes an `Entity` or `ClusterEntity` by its blueprint, its
//! identifier, and two annotations: the team's, and the one that keeps it from the
//! catalog, without which the exporter would not own it. Of these an identity says
//! all but the kind and whether there is a team, so each is tried.
//!
//! Invariant: no value of the catalog but the identity is in an object.

use serde_json::{Value, json};

use crate::catalog::{Dialect, EntityKind, Identity, annotation};

/// How many objects stand for one entity.
pub(crate) const VARIANTS: usize = 4;

/// Objects for entities: those of the first entity, then of the next.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Witnesses {
    /// As many as [`VARIANTS`] for each entity.
    pub objects: Vec<Value>,
    entities: Vec<Identity>,
}

impl Witnesses {
    /// Objects for these entities.
    pub(crate) fn of<'i>(
        entities: impl IntoIterator<Item = &'i Identity>,
        dialect: Dialect,
    ) -> Self {
        let entities: Vec<Identity> = entities.into_iter().cloned().collect();
        let objects = entities
            .iter()
            .enumerate()
            .flat_map(|(index, identity)| variants(identity, index, dialect));
        Self {
            objects: objects.collect(),
            entities,
        }
    }

    /// For which entity the object at an index stands.
    pub(super) fn entity(&self, object: usize) -> Option<&Identity> {
        self.entities.get(object / VARIANTS)
    }
}

fn variants(identity: &Identity, index: usize, dialect: Dialect) -> [Value; VARIANTS] {
    let object = |kind: EntityKind, annotations: Value| {
        let mut metadata = json!({"name": format!("witness-{index}"), "annotations": annotations});
        if kind == EntityKind::Entity {
            metadata["namespace"] = json!("witness");
        }
        json!({
            "apiVersion": dialect.api_version(),
            "kind": kind.as_str(),
            "metadata": metadata,
            "spec": {
                "blueprint": identity.blueprint,
                "identifier": identity.identifier,
                "properties": {},
                "relations": {},
            },
        })
    };
    let team = || json!({annotation::TEAM: "witness"});
    [
        object(EntityKind::Entity, json!({})),
        object(EntityKind::Entity, team()),
        object(EntityKind::ClusterEntity, json!({})),
        object(EntityKind::ClusterEntity, team()),
    ]
}
