//! Time as the keeper is told it, and the rest before it acts.

/// Milliseconds on a clock that never goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub u64);

impl Moment {
    /// So many milliseconds later.
    pub(crate) fn plus(self, milliseconds: u64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// How many milliseconds there are from another moment to this one; none where that
    /// one is later.
    pub(crate) fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A run of changes that is not over before nothing has changed for a while, or it has
/// lasted long enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unrest {
    first: Moment,
    last: Moment,
}

impl Unrest {
    /// Quiet for so long: one commit changes several ConfigMaps.
    const QUIET: u64 = 5_000;

    /// No longer than this, whatever goes on changing.
    const LONGEST: u64 = 60_000;

    /// With one more change.
    pub(super) fn with(earlier: Option<Self>, now: Moment) -> Self {
        Self {
            first: earlier.map_or(now, |it| it.first),
            last: now,
        }
    }

    /// When it is over, if nothing more comes.
    pub(super) fn over(self) -> Moment {
        self.last.plus(Self::QUIET).min(self.longest())
    }

    /// When it is over, whatever comes.
    pub(super) fn longest(self) -> Moment {
        self.first.plus(Self::LONGEST)
    }
}
