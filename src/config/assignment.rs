//! One source's value for one setting: the unit that all sources come down to.
//!
//! Invariant: an assignment exists only where its source may set its setting,
//! and its value has the setting's form.

use super::error::{Problem, SettingsError};
use super::name;
use super::setting::{Origin, Setting, Source};
use super::table::Key;
use super::value::{self, Given, Mismatch, Raw};
use super::yaml::Entry;

/// A setting, its value, and where that came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Assignment {
    pub(super) key: Key,
    pub(super) raw: Raw,
    pub(super) origin: Origin,
}

impl Problem {
    /// A value that the setting does not take.
    pub(super) fn takes(setting: &Setting, Mismatch(given): Mismatch) -> Self {
        Self::Takes {
            name: setting.name.to_owned(),
            takes: setting.kind.takes(),
            given,
        }
    }
}

impl Assignment {
    /// Checks a value at the door.
    pub(super) fn new(key: Key, given: &Given, origin: Origin) -> Result<Self, SettingsError> {
        let setting = key.setting();
        // A source that names its settings by itself (a flag, a variable) says
        // so here as well.
        name::key(setting.name, origin.source, &origin.place)?;
        match value::raw(setting.kind, given) {
            Ok(raw) => Ok(Self { key, raw, origin }),
            Err(mismatch) => {
                let problem = Problem::takes(setting, mismatch);
                Err(SettingsError::at(origin.place, problem))
            }
        }
    }

    /// Checks a name and its value at the door.
    pub(super) fn named(name: &str, given: &Given, origin: Origin) -> Result<Self, SettingsError> {
        let key = name::key(name, origin.source, &origin.place)?;
        Self::new(key, given, origin)
    }

    /// A member of a settings file: a bad name is reported where the name
    /// stands, a bad value where the value does.
    pub(super) fn of_entry(entry: &Entry, source: Source) -> Result<Self, SettingsError> {
        let key = name::key(&entry.name, source, &entry.place)?;
        let origin = Origin::new(source, &entry.value.place);
        Self::new(key, &entry.value.given(), origin)
    }
}
