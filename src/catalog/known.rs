//! Which entities exist, as far as anyone has said.
//!
//! From a list that a user gives: a `glint.lock`, or lines of
//! `blueprint/identifier`. Not for what they hold. Invariant: an entity is
//! written as `blueprint/identifier`, and both may hold a `/`, so nothing here
//! takes one apart.

use std::collections::BTreeSet;

/// A list of entities.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known(BTreeSet<String>);

/// A line that names no entity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}: an entity is `blueprint/identifier`, or `blueprint identifier` as in a `glint.lock`"
)]
pub(crate) struct KnownError {
    /// Counted from 1.
    line: usize,
}

impl Known {
    /// Reads one entity a line: `blueprint/identifier`, or the first two words
    /// of a line of `glint.lock`. Blank lines and `#` comments are passed over.
    ///
    /// # Errors
    /// A line that is neither.
    pub(crate) fn parse(text: &str) -> Result<Self, KnownError> {
        let mut known = Self::default();
        for (index, line) in text.lines().enumerate() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next()) {
                (None, _) => {}
                (Some(first), _) if first.starts_with('#') => {}
                (Some(blueprint), Some(identifier)) => known.insert(blueprint, identifier),
                (Some(entity), None) if entity.trim_matches('/').contains('/') => {
                    known.0.insert(entity.to_owned());
                }
                (Some(_), None) => return Err(KnownError { line: index + 1 }),
            }
        }
        Ok(known)
    }

    /// Adds an entity.
    pub(crate) fn insert(&mut self, blueprint: &str, identifier: &str) {
        self.0.insert(format!("{blueprint}/{identifier}"));
    }

    /// Adds those of another list.
    pub(crate) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether an entity is in the list.
    pub(crate) fn contains(&self, blueprint: &str, identifier: &str) -> bool {
        self.0.contains(&format!("{blueprint}/{identifier}"))
    }

    /// The identifiers of a blueprint's entities, in order.
    pub(crate) fn identifiers<'k>(&'k self, blueprint: &str) -> impl Iterator<Item = &'k str> {
        let start = format!("{blueprint}/");
        let from = start.clone();
        self.0
            .range(from..)
            .map_while(move |entity| entity.strip_prefix(&start))
    }
}

#[cfg(test)]
mod tests {
    use super::Known;

    #[test]
    fn a_list_and_a_lock_name_entities() {
        let known = Known::parse("# a list\nteam/a\n\nservice b 12ab34 Entity/shop/b\n").unwrap();
        assert!(known.contains("team", "a") && known.contains("service", "b"));
        assert!(!known.contains("service", "a"));
        assert_eq!(known.identifiers("service").collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn a_line_that_names_no_entity_is_counted() {
        let error = Known::parse("team/a\nteam\n").unwrap_err().to_string();
        assert!(error.starts_with("line 2: "), "{error}");
    }
}
