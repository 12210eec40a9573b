//! How bad each rule's findings are where settings say otherwise.
//!
//! Invariant: only rules of the registry are in it.

use std::collections::BTreeMap;

use super::registry::Rule;
use crate::finding::Severity;

/// What settings make of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Its findings are dropped.
    Off,
    /// Its findings are of this severity.
    At(Severity),
}

impl Level {
    /// The words for it in settings.
    pub(crate) const WORDS: [&str; 4] = ["error", "warning", "info", "off"];

    /// The level that a word stands for.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "error" => Some(Self::At(Severity::Error)),
            "warning" => Some(Self::At(Severity::Warning)),
            "info" => Some(Self::At(Severity::Info)),
            "off" => Some(Self::Off),
            _ => None,
        }
    }
}

/// Who has set a rule's level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Authority {
    /// Anyone whose word an author's comment may outweigh.
    Usual,
    /// The operator's policy: no comment in a manifest outweighs it.
    Enforced,
}

/// The levels that settings give to rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Levels(BTreeMap<&'static str, (Level, Authority)>);

impl Levels {
    /// Sets a rule's level in place of what it had.
    pub(crate) fn set(&mut self, rule: &'static Rule, level: Level, authority: Authority) {
        self.0.insert(rule.id, (level, authority));
    }

    /// The level of a rule, if settings give one.
    pub(crate) fn of(&self, rule: &str) -> Option<Level> {
        self.0.get(rule).map(|(level, _)| *level)
    }

    /// Whether the operator's policy has the last word on a rule.
    pub(crate) fn is_enforced(&self, rule: &str) -> bool {
        let found = self.0.get(rule);
        found.is_some_and(|(_, authority)| *authority == Authority::Enforced)
    }
}
