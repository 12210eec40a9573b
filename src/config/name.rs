//! Finding what someone meant by a name: a setting, a key, or a word close to
//! one.

use super::error::{Problem, SettingsError};
use super::setting::Source;
use super::table::{Key, SETTINGS};
use crate::catalog;

/// The keys that only a policy file has, beside its `enforce` and `defaults`.
/// `deliver` is one as well, and a setting of the same name.
pub(super) const POLICY_ONLY: [&str; 3] = ["enabled", "claims", "fragments"];

/// The setting that a source names, or why that source can't set it.
pub(super) fn key(name: &str, source: Source, place: &str) -> Result<Key, SettingsError> {
    let refused = |ways| {
        let name = name.to_owned();
        Err(SettingsError::at(place, Problem::Refused { name, ways }))
    };
    if POLICY_ONLY.contains(&name) {
        return refused(vec!["a key of its own in the policy file".to_owned()]);
    }
    match Key::from_name(name) {
        Some(key) if key.setting().accepts(source) => Ok(key),
        Some(key) => refused(key.setting().ways()),
        None => {
            let settable = SETTINGS
                .iter()
                .filter(|setting| setting.accepts(source))
                .map(|setting| setting.name);
            let problem = unknown("setting", name, settable);
            Err(SettingsError::at(place, problem))
        }
    }
}

/// The problem of a name that is none of the known ones.
pub(super) fn unknown(
    what: &'static str,
    name: &str,
    known: impl IntoIterator<Item = &'static str>,
) -> Problem {
    Problem::Unknown {
        what,
        name: name.to_owned(),
        nearest: nearest(name, known).map(str::to_owned),
    }
}

/// The known name that was probably meant; a variable's or a field's spelling of
/// it is one, too.
fn nearest(name: &str, known: impl IntoIterator<Item = &'static str>) -> Option<&'static str> {
    catalog::nearest(&name.replace('_', "-"), known)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_of_the_keys_is_understood_and_another_word_is_not() {
        const KNOWN: [&str; 3] = ["crds", "mapping-style", "timeout"];
        assert_eq!(nearest("crd", KNOWN), Some("crds"));
        assert_eq!(nearest("mappingStyle", KNOWN), Some("mapping-style"));
        assert_eq!(nearest("mapping_style", KNOWN), Some("mapping-style"));
        assert_eq!(nearest("tiemout", KNOWN), Some("timeout"));
        assert_eq!(nearest("image", KNOWN), None);
        assert_eq!(nearest("", KNOWN), None);
    }
}
