//! The catalog, as whoever reports sees it: what it holds of targets and of
//! entities, and what is sent to it.
//!
//! Not for what is to be sent (`report`, pure) nor for one request (`catalog_api`).
//! Invariant: what was reported is read from the catalog, never remembered here.

mod error;
mod look;
#[cfg(feature = "controller")]
mod many;
mod send;
mod verdict;

pub(crate) use error::ReporterError;
pub(crate) use look::look;
#[cfg(feature = "controller")]
pub(crate) use many::{Listed, Writing, remove_many, reported_many, targets, write_many};
pub(crate) use send::{Sent, remove, reported, send};
pub(crate) use verdict::{Rejection, rejections};
