//! What is to be done next with targets, and what became of it.

use crate::controller::frame::ObjectRef;
use crate::controller::report::unreported::Debt;
use crate::report::{Seen, SyncResult};

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::controller::report) enum Batch {
    /// These are to be reported.
    Report(Vec<Item>),
    /// These are gone: they and their runs are to be removed.
    Remove(Vec<String>),
}

/// A target that is to be reported.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::controller::report) struct Item {
    pub target: String,
    pub subject: ObjectRef,
    /// What the object tells.
    pub news: News,
    /// What became of its entities, where that is news.
    pub seen: Option<Seen>,
    pub debt: Debt,
    /// The number of the first run that was seen.
    pub first: Option<u64>,
    /// Whether the catalog is known not to hold it.
    pub is_new: bool,
}

/// What the object of a target tells.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::controller::report) enum News {
    /// This.
    Told(Box<SyncResult>),
    /// Something: it is to be read again.
    Reread,
    /// Nothing.
    None,
}

/// An item after its batch.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::controller::report) struct Sent {
    pub target: String,
    pub seen: Option<Seen>,
    pub debt: Debt,
    pub outcome: Outcome,
}

/// What became of an item.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::controller::report) enum Outcome {
    /// The catalog holds what the object told, where it told anything.
    Reported(Option<Box<SyncResult>>),
    /// The same, of what it told when it was read again.
    Reread(Box<SyncResult>),
    /// The catalog does not take it as it is.
    Refused,
    /// It could not be asked.
    Failed,
    /// There is no such object any more.
    Gone,
}
