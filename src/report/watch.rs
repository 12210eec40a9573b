//! What is known of runs besides what the catalog and the object tell: by whoever
//! watched meanwhile.

use super::Timestamp;

/// What whoever watches an application knows of its runs. Nothing of it is known to
/// whoever looks once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Watch {
    /// Since when applications are watched. Of one that nobody reported before, the
    /// runs since then are news, and not the newest alone.
    pub since: Option<Timestamp>,
    /// Runs without a number that were seen, that nobody reported, and that the host
    /// tells of no more.
    pub lost: u64,
    /// The host's number of the first run that was seen of an application that nobody
    /// reported before.
    pub first: Option<u64>,
}
