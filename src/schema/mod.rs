//! What others check before this program does: an admission policy for the API
//! server, and JSON Schemas for editors.
//!
//! Texts for other programs, in their language. Not for what this program says
//! of an entity (`validate`). Invariant: what is refused there, this program
//! refuses or reports as well.

mod admission;
mod cel;
mod entity;

pub(crate) use admission::{Admission, admission};
pub(crate) use entity::{blueprint_schema, entity_schema};
