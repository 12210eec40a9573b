//! Whether a declared entity is in the catalog as it is declared.
//!
//! One look compares what the exporter sends with what the catalog answers
//! ([`compare()`]); a [`Course`] is what a series of looks says, and a [`Standing`]
//! what is told of it. Not for finding out (`reporter`, `controller`, `command`).
//! Invariants: no value leaves this folder, only the names of fields, codes of the
//! API and names of objects; what is called gone or changed by others was seen so
//! twice.

mod compare;
#[cfg(feature = "controller")]
mod condition;
#[cfg(feature = "controller")]
mod course;
#[cfg(feature = "controller")]
mod hazard;
#[cfg(feature = "controller")]
mod moment;
#[cfg(feature = "controller")]
mod standing;

pub(crate) use compare::{Knowledge, compare, differences, lingering, updated_at};
#[cfg(feature = "controller")]
pub(crate) use condition::{Condition, Gate, Wait};
#[cfg(feature = "controller")]
pub(crate) use course::{Body, Course, Refusal, fields};
#[cfg(feature = "controller")]
pub(crate) use hazard::{AWAITED, Evidence, Hazard, KindEvidence, hazards};
#[cfg(feature = "controller")]
pub(crate) use moment::{Moment, Now};
#[cfg(feature = "controller")]
pub(crate) use standing::Standing;
