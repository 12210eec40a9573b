//! The time as whoever looks gives it.

use crate::report::Timestamp;

/// Milliseconds since whoever looks began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Moment(u64);

/// The time, by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Now {
    /// For how long something takes.
    pub moment: Moment,
    /// For what others read.
    pub time: Timestamp,
}

impl Moment {
    /// So many milliseconds after the beginning.
    pub(crate) fn of(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since the beginning.
    pub(crate) fn milliseconds(self) -> u64 {
        self.0
    }

    /// So many milliseconds later.
    #[must_use]
    pub(crate) fn plus(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// How many milliseconds it is after another; 0 where it is before.
    pub(crate) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}
