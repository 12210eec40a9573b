//! An entity's identity in the catalog, as texts.
//!
//! Not for checking them (`identifier`): any mapping can send any text, and a
//! catalog is told of it as it was sent.

use std::fmt;

/// An entity's identity, as it is sent or answered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Identity {
    /// The blueprint's identifier.
    pub blueprint: String,
    /// The entity's; the JSON text of a search query where one is sent.
    pub identifier: String,
}

#[cfg(feature = "catalog")] // which alone meets such a one
impl Identity {
    /// Whether the entity is one that a search finds: no identifier may begin so.
    pub(crate) fn is_search(&self) -> bool {
        self.identifier.starts_with('{')
    }
}

impl fmt::Display for Identity {
    /// `service/checkout`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.blueprint, self.identifier)
    }
}
