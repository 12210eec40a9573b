//! What every controller stands on: one replica that acts at a time, health and
//! metrics, Events, and an end that finishes what is under way.
//!
//! Not for any controller's work. A controller is made in three steps: [`Frame::new`],
//! then its parts and servers are joined to it, then [`Frame::run`] runs them to the
//! end.
//! Invariants: a replica that can't prove that it leads does not act; a broken policy
//! pauses and never ends a process that has started; the Lease is given back after the
//! last part has ended, never before.

mod activity;
mod address;
mod connection;
mod context;
mod events;
mod lease;
mod metrics;
mod notification;
mod policy;
mod run;
mod selector;
mod serve;
mod shard;
mod signals;

pub(crate) use activity::Activity;
pub(crate) use address::Address;
pub(crate) use context::Context;
pub(crate) use events::{EventWeight, Events, ObjectRef};
pub(crate) use metrics::{ReconcileDuration, Subject};
pub(crate) use notification::{Notification, Notifier, Severity};
pub(crate) use policy::ReadPolicy;
pub(crate) use run::{Frame, FrameOptions};
pub(crate) use selector::Selector;
pub(crate) use serve::ReadyMark;
pub(crate) use shard::Shard;
