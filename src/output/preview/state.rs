//! What a change does to an entity, in the words of every output.

use crate::graph::Mark;

/// What a change does to an entity; the words that every output uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// Leaves the catalog.
    Deleted,
    /// New in the catalog.
    Created,
    /// Other values than before.
    Changed,
    /// The same entity under another name or in another place.
    Moved,
    /// A value left Git and stays in the catalog.
    Lingering,
    /// As it was.
    Unchanged,
}

impl State {
    /// The word for it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Deleted => "deleted",
            Self::Created => "created",
            Self::Changed => "changed",
            Self::Moved => "moved",
            Self::Lingering => "lingering",
            Self::Unchanged => "unchanged",
        }
    }

    /// The sign for it, as the terminal has it; none where nothing happens.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Deleted => "−",
            Self::Created => "+",
            Self::Changed | Self::Lingering => "~",
            Self::Moved => "↔",
            Self::Unchanged => "",
        }
    }

    /// Whether a card says its state: what is as it was needs no word.
    pub(super) const fn is_said(self) -> bool {
        match self {
            Self::Unchanged => false,
            Self::Deleted | Self::Created | Self::Changed | Self::Moved | Self::Lingering => true,
        }
    }

    /// How a drawing says it.
    pub(super) const fn mark(self) -> Mark {
        Mark {
            word: self.word(),
            sign: self.sign(),
            is_said: self.is_said(),
        }
    }
}
