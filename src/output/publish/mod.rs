//! What a push does to the catalog, before and after it: for people and machines.
//!
//! Not for deciding anything (`publish`). Invariant: the names of all entities that
//! may go are there, whole, above the digest that approves them.

mod beliefs;
mod json;
mod outcome;
mod text;

use std::collections::BTreeSet;

use crate::catalog::Identity;
use crate::publish::{Loss, Plan, Verdict};

pub(crate) use beliefs::{Proof, Proved, beliefs_json, beliefs_text};
pub(crate) use json::publish_json;
pub(crate) use outcome::{outcome as publish_outcome, restored as publish_restored};
pub(crate) use text::publish_text;

/// What there is to say of a push.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Publication<'a> {
    /// The exporter's state key.
    pub installation: &'a str,
    /// When its integration changed last.
    pub updated_at: &'a str,
    /// What it would do.
    pub plan: &'a Plan,
    /// Whether it may.
    pub verdict: Verdict,
    /// Whether it was only asked for.
    pub is_dry_run: bool,
    /// Whether it takes an earlier one back.
    pub is_rollback: bool,
}

/// What came of a push that went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Whether anybody waited for the exporter.
    pub waited: bool,
    /// Whether anything is to come or go.
    pub expects: bool,
    /// Planned entities that are there.
    pub arrived: usize,
    /// Planned entities that are not.
    pub missing: Vec<Identity>,
    /// Entities that were at stake and are gone.
    pub gone: usize,
    /// Entities that were to go and are there.
    pub stayed: Vec<Identity>,
    /// Entities of which it could not be known, and that are there.
    pub kept: Vec<Identity>,
    /// Entities that are gone though nobody planned it.
    pub surprises: BTreeSet<Identity>,
}

impl Outcome {
    /// Whether it came as planned, and was seen to come.
    pub(crate) fn is_as_planned(&self) -> bool {
        self.is_seen()
            && self.missing.is_empty()
            && self.stayed.is_empty()
            && self.surprises.is_empty()
    }

    /// Whether anything shows that the exporter took the config: what might have gone
    /// and is there shows nothing.
    pub(crate) fn is_seen(&self) -> bool {
        self.kept.is_empty() || self.arrived + self.gone > 0 || !self.surprises.is_empty()
    }
}

/// What a rollback put back beside the config.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Restored {
    /// How many entities were at stake.
    pub at_stake: usize,
    /// How many of them are there, by the exporter.
    pub returned: usize,
    /// How many properties and other fields were merged.
    pub properties: usize,
    /// How many relations were.
    pub relations: usize,
    /// What did not come back.
    pub losses: Vec<Loss>,
    /// Those at stake that were not deleted, so far.
    pub untouched: Vec<Identity>,
}
