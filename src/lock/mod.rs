//! `glint.lock`: the entities that an application declares, as a baseline in
//! Git for previews and for the guard of a render, without a network.
//!
//! One entity a line, sorted, so that two branches seldom touch the same line
//! and a conflict can be read:
//!
//! ```text
//! # glint.lock v1: blueprint, identifier, digest, owner; written by `glint-gitops lock`
//! service checkout 0c4f6fd2a91e4b7a Entity/shop/checkout@shop
//! ```
//!
//! What is kept from the catalog (`deliver: false`) is in no lock. Not here: how
//! a lock differs from what is rendered (`diff`), reading and writing files.
//! Invariant: what is written reads as the same lock, and the same lock is
//! written as the same bytes.

mod digest;
mod loss;
mod owner;
mod text;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;
use std::fmt;

use crate::catalog::{BlueprintId, EntityId, Identity};

pub(crate) use digest::{Digest, canonical};
#[cfg(feature = "catalog")]
pub(crate) use loss::{Application, Breach, Held};
pub(crate) use loss::{Limits, Loss};
pub(crate) use owner::Owner;

/// The file's name in an application's directory.
pub(crate) const FILE: &str = "glint.lock";

/// An entity's identity in the catalog.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    /// Its type.
    pub blueprint: BlueprintId,
    /// Its name among those of its type.
    pub identifier: EntityId,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.blueprint, self.identifier)
    }
}

impl From<&Key> for Identity {
    fn from(key: &Key) -> Self {
        Self {
            blueprint: key.blueprint.to_string(),
            identifier: key.identifier.to_string(),
        }
    }
}

/// What a lock knows of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Of what the exporter sends under the generated mapping, without the
    /// identity: a renamed entity has the digest that it had before.
    pub digest: Digest,
    /// The object that declares it.
    pub owner: Owner,
}

/// Two objects declare one entity; a lock has one line for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{key}` is declared twice, by {first} and by {second}; keep one")]
pub(crate) struct Taken {
    key: Key,
    first: Owner,
    second: Owner,
}

/// The declared entities by identity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Lock {
    entries: BTreeMap<Key, Entry>,
}

impl Lock {
    /// Adds an entity.
    ///
    /// # Errors
    /// [`Taken`] where the lock has its identity already.
    pub(crate) fn insert(&mut self, key: Key, entry: Entry) -> Result<(), Box<Taken>> {
        match self.entries.entry(key) {
            Place::Vacant(place) => {
                place.insert(entry);
                Ok(())
            }
            Place::Occupied(place) => Err(Box::new(Taken {
                key: place.key().clone(),
                first: place.get().owner.clone(),
                second: entry.owner,
            })),
        }
    }

    /// The entities, sorted by identity.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&Key, &Entry)> {
        self.entries.iter()
    }

    /// How many entities it holds.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

#[cfg(test)]
mod tests;
