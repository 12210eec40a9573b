//! A text that no output may hold.
//!
//! Invariant: none of its forms for people or machines shows the text; only this
//! module's siblings can take it out, to send it.

use std::fmt;

use serde::{Serialize, Serializer};

/// What stands in its place everywhere.
const HIDDEN: &str = "hidden";

/// A client secret or a token.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

impl Secret {
    /// Hides a text from now on.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, to be sent to the catalog and to nobody else.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(HIDDEN)
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn no_form_of_a_secret_shows_it() {
        let secret = Secret::new("canary");
        assert_eq!(
            format!("{secret} {secret:?} {secret:#?}"),
            "hidden hidden hidden"
        );
        assert_eq!(serde_json::to_string(&secret).unwrap(), "\"hidden\"");
    }
}
