//! Whether the catalog agrees with a revision of an application: asked by gates and
//! scripts (`answer`), told to notification-controller (`flux_events`).
//!
//! Both say what the board says, and the same of it (`verdict`). Not for finding it out
//! (`delivery`) nor for keeping it (`report`). Invariants: a revision never counts as
//! agreed with unless it is the one that is deployed; no value of a manifest leaves,
//! only names, counts and codes; nobody can ask which applications there are.

mod answer;
mod flux_events;
mod revision;
mod verdict;

pub(crate) use answer::routes;
pub(crate) use flux_events::FluxEvents;

#[cfg(test)]
mod tests;
