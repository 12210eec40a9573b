//! Why settings could not be read. Each of these stops the program before it
//! does anything.
//!
//! Invariant: a message is one line that says where, what, and what is accepted;
//! it repeats no value that could be a secret (a map's values, a URL's user).

use std::io;

use crate::legible::visible;

/// Settings that can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    /// A file that is named, or found, can't be read.
    #[error("{}: can't be read", visible(.place))]
    Unreadable {
        /// The file, as people know it: `policy /etc/…`, `apps/.glint.yaml`.
        place: String,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// What stands there is wrong.
    #[error("{}: {}", visible(.place), visible(&.problem.to_string()))]
    Invalid {
        /// Where: a flag, a variable, a parameter, or `file:line:column`.
        place: String,
        /// What is wrong with it.
        problem: Problem,
    },
}

impl SettingsError {
    /// Something wrong at a place.
    pub(super) fn at(place: impl Into<String>, problem: Problem) -> Self {
        Self::Invalid {
            place: place.into(),
            problem,
        }
    }
}

/// What can be wrong with a setting: each a clause that follows its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// A name that is no setting and no key.
    #[error("no {what} is called `{name}`{}", suggestion(.nearest.as_deref()))]
    Unknown {
        /// `setting` or `key`.
        what: &'static str,
        /// The name that was written.
        name: String,
        /// The known name that was probably meant.
        nearest: Option<String>,
    },
    /// A setting that this source can't set.
    #[error("`{name}` can't be set here, only by {}", listed(.ways))]
    Refused {
        /// The setting.
        name: String,
        /// The sources that can, as a person would write them.
        ways: Vec<String>,
    },
    /// A value that the setting does not take.
    #[error("`{name}` takes {takes}, not {given}")]
    Takes {
        /// The setting or key.
        name: String,
        /// What it takes.
        takes: String,
        /// What was given: a quoted value, or its form.
        given: String,
    },
    /// A glob that can't be parsed.
    #[error("`{name}`: `{pattern}` {problem}")]
    Pattern {
        /// The setting or key.
        name: String,
        /// The glob.
        pattern: String,
        /// What is wrong with it.
        problem: crate::catalog::PatternError,
    },
    /// An untrusted source turns something on that it may only turn off.
    #[error("`{name}` can only be set to false here: turning it on is the operator's")]
    OnlyFalse {
        /// The setting.
        name: &'static str,
    },
    /// An untrusted source asks for more time than the operator gives.
    #[error("`{name}` can only be shortened here: `{given}` is longer than {limit} ({origin})")]
    OnlyShorter {
        /// The setting.
        name: &'static str,
        /// What was asked for.
        given: String,
        /// The operator's value.
        limit: String,
        /// Where the operator's value comes from.
        origin: String,
    },
    /// An untrusted source asks for more than the operator allows.
    #[error("`{name}` can only be lowered here: `{given}` is more than {limit} ({origin})")]
    OnlyLower {
        /// The setting.
        name: &'static str,
        /// What was asked for.
        given: String,
        /// The operator's value.
        limit: String,
        /// Where the operator's value comes from.
        origin: String,
    },
    /// An untrusted source would hide entities from the policy's claims.
    #[error("`{name}` can't be changed here, as the policy has claims: it is `{value}` ({origin})")]
    FixedByClaims {
        /// The setting.
        name: &'static str,
        /// The operator's value.
        value: String,
        /// Where the operator's value comes from.
        origin: String,
    },
    /// An untrusted source changes a rule that protects others.
    #[error("`{rule}` stops a render, so that only the operator can change it")]
    Protected {
        /// The rule.
        rule: &'static str,
    },
    /// A setting that has no value at all, not even a built-in one.
    #[error("`{name}` has no value")]
    Unset {
        /// The setting.
        name: &'static str,
    },
    /// A name that is given twice.
    #[error("`{name}` is given twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// A policy entry that would speak of every application by accident.
    #[error("an entry of `deliver` names a project, a namespace or an application")]
    SelectsNothing,
    /// A policy entry that would believe everybody by accident.
    #[error("an entry of `fragments` names an owner, such as `Application/argocd/*`")]
    NamesNoOwner,
    /// Text that is no YAML.
    #[error("no valid YAML: {message}")]
    Yaml {
        /// What the parser says.
        message: String,
    },
    /// Text that is no JSON.
    #[error("no valid JSON: {message}")]
    Json {
        /// What the parser says.
        message: String,
    },
    /// A value of another form than expected.
    #[error("takes {takes}, not {given}")]
    Form {
        /// What is expected.
        takes: &'static str,
        /// What is there.
        given: &'static str,
    },
    /// A file that is too large to be settings.
    #[error("is larger than {limit} bytes")]
    TooLarge {
        /// The most that is read.
        limit: u64,
    },
    /// A path that is there and no file.
    #[error("is no regular file")]
    NoFile,
    /// A path that leads out of the repository.
    #[error("leads out of the repository")]
    Outside,
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean `{name}`?"))
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn listed<T: AsRef<str>>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<_> = first.iter().map(AsRef::as_ref).collect();
            format!("{} or {}", first.join(", "), last.as_ref())
        }
    }
}

/// A value in backticks that keeps to one line and to a readable length.
pub(super) fn quoted(text: &str) -> String {
    const SHOWN: usize = 60;
    if text.is_empty() {
        return "an empty text".to_owned();
    }
    let mut shown: String = text
        .chars()
        .take(SHOWN)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{}`", shown.replace("\\\"", "\"").replace("\\'", "'"))
}

#[cfg(test)]
mod tests {
    use super::{Problem, SettingsError, listed, quoted};

    #[test]
    fn a_message_is_one_line_whatever_was_written() {
        let name = "a\n::stop-commands::x\u{1b}[2J";
        let problem = Problem::Unknown {
            what: "setting",
            name: name.to_owned(),
            nearest: None,
        };
        assert_eq!(
            SettingsError::at(format!("parameter {name}"), problem).to_string(),
            "parameter a\\n::stop-commands::x\\u{1b}[2J: no setting is called \
             `a\\n::stop-commands::x\\u{1b}[2J`"
        );
    }

    #[test]
    fn words_are_listed_as_in_a_sentence() {
        assert_eq!(listed(&["a"]), "a");
        assert_eq!(listed(&["a", "b"]), "a or b");
        assert_eq!(listed(&["a", "b", "c"]), "a, b or c");
    }

    #[test]
    fn a_quoted_value_keeps_to_one_short_line() {
        assert_eq!(quoted("it's \"so\""), "`it's \"so\"`");
        assert_eq!(quoted("a\nb"), "`a\\nb`");
        assert_eq!(quoted(""), "an empty text");
        assert_eq!(quoted(&"x".repeat(61)), format!("`{}…`", "x".repeat(60)));
    }
}
