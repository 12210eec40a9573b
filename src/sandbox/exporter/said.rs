//! What the played exporter has to say: for people, and for whoever asks what became
//! of an entity.

use std::collections::BTreeMap;

use super::Key;
use crate::catalog::Identity;

/// What the exporter was told of an entity last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The API took it.
    Taken,
    /// The API refused it, by these words.
    Refused(String),
}

/// All of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// Short lines, the oldest first.
    notes: Vec<String>,
    /// By entity, the last.
    pub(super) verdicts: BTreeMap<Identity, Verdict>,
    /// Objects that could not be mapped, and why.
    pub(super) unmapped: BTreeMap<Key, String>,
}

impl Said {
    /// The lines since they were taken last.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    /// The API's last word on an entity.
    pub(crate) fn verdict(&self, identity: &Identity) -> Option<&Verdict> {
        self.verdicts.get(identity)
    }

    /// Why an object could not be mapped.
    pub(crate) fn unmapped(&self, key: &Key) -> Option<&str> {
        self.unmapped.get(key).map(String::as_str)
    }

    pub(super) fn note(&mut self, line: impl Into<String>) {
        self.notes.push(line.into());
    }

    pub(super) fn failed(&mut self, key: &Key, why: &str) {
        let Key { kind, name, .. } = key;
        self.note(format!("{kind} `{name}` is not sent: {why}"));
        self.unmapped.insert(key.clone(), why.to_owned());
    }

    pub(super) fn sent(
        &mut self,
        taken: impl IntoIterator<Item = Identity>,
        refused: impl IntoIterator<Item = (Identity, String)>,
    ) {
        for (identity, reason) in refused {
            self.note(format!("{identity} rejected {reason}"));
            self.verdicts.insert(identity, Verdict::Refused(reason));
        }
        let taken = taken.into_iter();
        self.verdicts
            .extend(taken.map(|identity| (identity, Verdict::Taken)));
    }

    pub(super) fn deleted(&mut self, identity: &Identity) {
        self.note(format!("{identity} deleted"));
        self.verdicts.remove(identity);
    }
}
