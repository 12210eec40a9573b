//! Whether a mapping may be pushed: what it would create, change and delete, and
//! the way back.
//!
//! Not here: asking the catalog or changing it, and the order of the calls
//! (`command::publish`). What the exporter does with a mapping is that of
//! port-k8s-exporter v0.7.9: it takes the config from the catalog, sends what all
//! objects make under it, and, if nothing failed, deletes every entity that it owns
//! and did not send. No limit of its own, no dry run.
//!
//! # Which entities are at stake, with a cluster
//!
//! All objects of the kinds that both configs name are given, as the API server has
//! them. So what the exporter sends under the new config stays, and all else that it
//! owns goes; but for blocks of which it can't be computed what they make of some
//! object, and for the discovery of CRDs: with these it is as follows.
//!
//! # Which entities are at stake, without a cluster
//!
//! Known are both configs, the identities that the exporter owns, the objects of
//! the directories that were given, and nothing else of the cluster. So:
//!
//! 1. A *maker* is what decides about identities in a block's mapping: kind,
//!    selector, items, identifier, blueprint (and the variables that these read).
//!    A maker that both configs hold makes what it made; what else changes in its
//!    block changes fields of entities, never which there are, since an expression
//!    that fails keeps the exporter from deleting anything at all.
//! 2. An entity that only makers of both configs may have made stays. A maker may
//!    have made an entity if its blueprint is that literal, or is computed.
//! 3. A block of ours (by its marker) takes an entity by blueprint, identifier and
//!    two annotations alone, so an object can stand for the one in the cluster
//!    ([`Witnesses`]): both kinds, with a team and without. Where the old maker took
//!    such an object and the new config does not send it, the entity is at stake.
//! 4. What a given object sends under the new config stays, whatever made it.
//! 5. What no maker of the current config can have made is owned and no longer
//!    mapped: an error has kept it so far, and any resync without one deletes it.
//! 6. All else is at stake and counts as deleted, by name. A wrong guess here costs
//!    a refusal; one in the other direction costs entities.
//!
//! Invariant: nothing that may be deleted is left out of a plan, and the same facts
//! give the same plan.

mod approval;
mod backup;
mod blocks;
mod hazard;
#[cfg(feature = "controller")]
pub(crate) mod keeper;
mod makers;
mod overwriting;
mod plan;
mod restore;
mod served;
mod stake;
mod witness;

pub(crate) use backup::{Backup, Phase, Stand, Truth};
pub(crate) use blocks::{Blocks, Change};
pub(crate) use hazard::{Hazard, Weight};
pub(crate) use overwriting::overwrites;
pub(crate) use plan::{Facts, Plan, Tally, Verdict};
pub(crate) use restore::{Loss, Lost, Restoration, Returned, pointing, restoration};
pub(crate) use served::Served;
pub(crate) use stake::{Deletion, Reason};
pub(crate) use witness::Witnesses;

#[cfg(test)]
mod tests;
