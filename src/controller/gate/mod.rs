//! Whether the catalog agrees with a revision of an application: asked by gates and
//! scripts (`answer`).
//!
//! It says what the board says (`verdict`). Not for finding it out
//! (`delivery`) nor for keeping it (`report`). Invariants: a revision never counts as
//! agreed with unless it is the one that is deployed; no value of a manifest leaves,
//! only names, counts and codes; nobody can ask which applications there are.

mod answer;
mod revision;
mod verdict;

pub(crate) use answer::routes;

#[cfg(test)]
mod tests;
