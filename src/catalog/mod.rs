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
mod dialect;
mod identifier;

pub use dialect::{Dialect, EntityKind};
pub use identifier::{BlueprintId, EntityId, IdentifierError, MemberName};
