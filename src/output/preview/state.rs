//! What a change does to an entity, in the words of every output.

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
    /// Named by a relation, and not part of what was previewed.
    Elsewhere,
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
            Self::Elsewhere => "elsewhere",
        }
    }

    /// The sign for it, as the terminal has it; none where nothing happens.
    pub(super) const fn sign(self) -> &'static str {
        match self {
            Self::Deleted => "−",
            Self::Created => "+",
            Self::Changed | Self::Lingering => "~",
            Self::Moved => "↔",
            Self::Unchanged | Self::Elsewhere => "",
        }
    }

    /// Whether a card says its state: what is as it was needs no word, and what is
    /// elsewhere has its own lane.
    pub(super) const fn is_said(self) -> bool {
        match self {
            Self::Unchanged | Self::Elsewhere => false,
            Self::Deleted | Self::Created | Self::Changed | Self::Moved | Self::Lingering => true,
        }
    }
}
