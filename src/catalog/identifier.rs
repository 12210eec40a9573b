//! Identifiers that the catalog's API accepts, parsed so that a wrong one
//! cannot exist.
//!
//! The patterns are those of the reference API's validation (Port's OpenAPI
//! document, 2026-01): identifier `^(?!\.{1,2}$)[\p{L}0-9@_.+:\\/=-]+$` of at
//! most 1000 characters, blueprint the same without `=` and of at most 100,
//! property and relation names `^[A-Za-z0-9@_=\\-]+$` of at most 100.

use std::fmt;
use std::sync::OnceLock;

use regex::Regex;

use crate::legible::visible;

/// Why a text is no identifier: a clause that fits after "the identifier".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentifierError {
    /// No character at all.
    #[error("is empty")]
    Empty,
    /// More characters than the API takes.
    #[error("is longer than {limit} characters")]
    TooLong {
        /// The API's limit.
        limit: usize,
    },
    /// `.` and `..` would be path segments in a URL.
    #[error("is `.` or `..`")]
    Dots,
    /// A character outside the API's pattern.
    #[error("has the character `{}`, which the catalog does not accept", visible(.character.encode_utf8(&mut [0; 4])))]
    Character {
        /// The first such character.
        character: char,
    },
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $limit:expr, $extra:expr, $letters:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Parses the text, or says what the API would not take.
            pub fn parse(text: &str) -> Result<Self, IdentifierError> {
                check(text, $limit, $extra, $letters)?;
                Ok(Self(text.to_owned()))
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// A blueprint's identifier.
    BlueprintId,
    100,
    "@_.+:\\/-",
    Letters::Any
);
identifier!(
    /// An entity's identifier.
    EntityId,
    1000,
    "@_.+:\\/=-",
    Letters::Any
);
identifier!(
    /// The name of a property or a relation.
    MemberName,
    100,
    "@_=\\-",
    Letters::Ascii
);

#[derive(Clone, Copy)]
enum Letters {
    Ascii,
    Any,
}

fn check(text: &str, limit: usize, extra: &str, letters: Letters) -> Result<(), IdentifierError> {
    if text.is_empty() {
        return Err(IdentifierError::Empty);
    }
    if text.chars().count() > limit {
        return Err(IdentifierError::TooLong { limit });
    }
    if matches!(letters, Letters::Any) && matches!(text, "." | "..") {
        return Err(IdentifierError::Dots);
    }
    let accepted = |character: char| {
        character.is_ascii_alphanumeric()
            || extra.contains(character)
            || (matches!(letters, Letters::Any) && !character.is_ascii() && is_letter(character))
    };
    match text.chars().find(|character| !accepted(*character)) {
        Some(character) => Err(IdentifierError::Character { character }),
        None => Ok(()),
    }
}

/// Whether the character is in `\p{L}`, which is narrower than
/// `char::is_alphabetic` (letter numbers and combining vowels are outside).
fn is_letter(character: char) -> bool {
    static LETTER: OnceLock<Option<Regex>> = OnceLock::new();
    let letter = LETTER.get_or_init(|| Regex::new(r"^\p{L}$").ok());
    let mut buffer = [0; 4];
    letter
        .as_ref()
        .is_some_and(|letter| letter.is_match(character.encode_utf8(&mut buffer)))
}

#[cfg(test)]
mod tests {
    use super::{BlueprintId, EntityId, IdentifierError, MemberName};

    #[track_caller]
    fn entity(text: &str, expected: Result<(), &str>) {
        let actual = EntityId::parse(text)
            .map(|_| ())
            .map_err(|error| error.to_string());
        assert_eq!(actual, expected.map_err(str::to_owned), "{text:?}");
    }

    #[test]
    fn entity_identifiers_follow_the_api() {
        entity("checkout", Ok(()));
        entity("apps/v1:checkout=a+b@c\\d_e.f-g", Ok(()));
        entity("grün", Ok(()));
        entity("...", Ok(()));
        entity("", Err("is empty"));
        entity(".", Err("is `.` or `..`"));
        entity("..", Err("is `.` or `..`"));
        entity(
            "a b",
            Err("has the character ` `, which the catalog does not accept"),
        );
        entity(
            "a\n::x::",
            Err("has the character `\\n`, which the catalog does not accept"),
        );
        entity(
            "a☃",
            Err("has the character `☃`, which the catalog does not accept"),
        );
        entity(
            "Ⅷ",
            Err("has the character `Ⅷ`, which the catalog does not accept"),
        );
        entity(&"a".repeat(1000), Ok(()));
        entity(&"ä".repeat(1001), Err("is longer than 1000 characters"));
    }

    #[test]
    fn a_blueprint_takes_no_equals_sign() {
        assert!(BlueprintId::parse("micro.service").is_ok());
        assert_eq!(
            BlueprintId::parse("a=b"),
            Err(IdentifierError::Character { character: '=' })
        );
    }

    #[test]
    fn member_names_are_ascii() {
        assert!(MemberName::parse("on-call_team@1=").is_ok());
        assert_eq!(
            MemberName::parse("größe"),
            Err(IdentifierError::Character { character: 'ö' })
        );
        assert_eq!(
            MemberName::parse("a.b"),
            Err(IdentifierError::Character { character: '.' })
        );
    }
}
