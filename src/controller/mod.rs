//! The two programs of the cluster: what watches syncs and reports them, and what
//! produces Flux's ExternalArtifacts.
//!
//! Each part is a future that works on a [`frame::Context`] until its activity ends;
//! the parts don't know each other but for the channels that they are given. What they
//! need of the shell is given to them by `command`.
//! Invariant: whoever writes has seen, just before, that this replica is active.

pub(crate) mod delivery;
pub(crate) mod frame;
pub(crate) mod gate;
pub(crate) mod keeper;
mod rbac;
pub(crate) mod render;
pub(crate) mod report;

pub use rbac::{RENDER_RIGHTS, REPORT_RIGHTS, Reach, Right};
