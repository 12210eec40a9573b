//! What a catalog is, in the catalog's own words.
//!
//! A *blueprint* is a type, an *entity* an instance of one; an entity has
//! *properties* (values) and *relations* (the identifiers of other entities).
//! Teams declare entities as `Entity` and `ClusterEntity` custom resources.
//! Two *dialects* of that model exist, told apart by their API group.
//!
//! Invariant: a value of [`BlueprintId`], [`EntityId`] or [`MemberName`] is one
//! that the catalog's API accepts.

pub mod annotation;
mod blueprint;
mod breach;
mod claims;
#[cfg(feature = "catalog")]
mod delivery;
mod dialect;
mod entity;
mod identifier;
mod identity;
mod known;
mod limits;
mod nearest;
mod property;
#[cfg(feature = "catalog")]
mod record;

#[cfg(feature = "catalog")]
pub(crate) use blueprint::blueprint_values;
pub(crate) use blueprint::{Blueprint, Blueprints, Computed, Relation};
pub(crate) use breach::{Bound, Breach, BreachKind, Unit};
pub use claims::Claimant;
pub(crate) use claims::{
    Claim, ClaimSelector, Claims, Deliver, FragmentSource, FragmentSources, Pattern, PatternError,
};
#[cfg(feature = "catalog")]
pub(crate) use delivery::Delivery;
pub use dialect::{Dialect, EntityKind};
pub(crate) use entity::{Entity, parse as parse_entity};
pub(crate) use identifier::EntityId;
pub use identifier::{BlueprintId, IdentifierError, MemberName};
pub(crate) use identity::Identity;
pub(crate) use known::Known;
pub(crate) use limits::Limits;
pub(crate) use nearest::nearest;
pub(crate) use property::PropertySchema;
#[cfg(feature = "catalog")]
pub(crate) use record::Record;
