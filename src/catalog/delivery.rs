//! What became of a declared entity in the catalog.

use std::fmt;

/// Whether a declared entity is in the catalog as it is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Delivery {
    /// It is.
    Delivered,
    /// Not yet, and nothing says that it won't be.
    Pending,
    /// The API does not take it.
    Rejected,
    /// Someone else changed it since.
    Overwritten,
    /// It was there, is declared, and is gone.
    Vanished,
    /// Something left Git and stays in the catalog.
    Lingering,
    /// Two live objects claim its identity.
    Conflict,
    /// It is deployed to another cluster, whose own controller reports it.
    NotObserved,
}

impl Delivery {
    /// All of them, the best first.
    pub(crate) const ALL: [Self; 8] = [
        Self::Delivered,
        Self::Pending,
        Self::Lingering,
        Self::Overwritten,
        Self::Vanished,
        Self::Rejected,
        Self::Conflict,
        Self::NotObserved,
    ];

    /// The word in every output.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Pending => "pending",
            Self::Rejected => "rejected",
            Self::Overwritten => "overwritten",
            Self::Vanished => "vanished",
            Self::Lingering => "lingering",
            Self::Conflict => "conflict",
            Self::NotObserved => "not-observed",
        }
    }
}

impl fmt::Display for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
