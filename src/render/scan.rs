//! Which documents are worth parsing.
//!
//! Nearly every document of a stream is none of ours and is never parsed: it is
//! enough that the API group's name does not stand in it, in any spelling.
//! Invariant: a document that Go reads as an entity, a CRD or a fragment of ours
//! is among the candidates.

use std::collections::BTreeSet;

use aho_corasick::packed::Searcher;
use memchr::memmem;

use super::source::Sources;
use crate::catalog::Dialect;

/// The largest document that is parsed; etcd takes no object above 1.5 MiB, so
/// only a list can be larger than that.
pub(super) const DOCUMENT_LIMIT: usize = 8 * 1024 * 1024;

/// Spellings of a character that could hide the group's name: escapes in a
/// double-quoted scalar or a JSON string, a line folded inside of one, and
/// base64.
const DISGUISES: [&[u8]; 7] = [
    b"\\x",
    b"\\u",
    b"\\U",
    b"\\\n",
    b"\\\r",
    b"!!binary",
    b":binary>",
];

/// The documents that may be ours, in order.
pub(super) fn candidates(sources: &Sources<'_>) -> BTreeSet<usize> {
    let groups = Dialect::ALL.map(|dialect| dialect.group().as_bytes());
    let markers: Vec<&[u8]> = groups.into_iter().chain(DISGUISES).collect();
    let mut found = BTreeSet::new();
    match Searcher::new(markers) {
        Some(finder) => {
            for (index, source) in sources.texts().iter().enumerate() {
                mark(sources, index, source.text, &finder, &mut found);
            }
        }
        // Without vector instructions all documents are looked at instead.
        None => found.extend(0..sources.sites().len()),
    }
    found
}

/// Adds every document of a source in which a marker stands. Goes on behind a
/// document once it is found.
fn mark(
    sources: &Sources<'_>,
    source: usize,
    text: &[u8],
    finder: &Searcher,
    found: &mut BTreeSet<usize>,
) {
    let mut at = 0;
    while let Some(marker) = finder.find(&text[at..]) {
        let offset = at + marker.start();
        match sources.site_at(source, offset) {
            Some(site) => {
                found.insert(site);
                at = sources.sites()[site].range.end.max(offset + 1);
            }
            None => at = offset + 1,
        }
    }
}

/// Whether an unreadable document looks like an entity of a dialect: one of its
/// lines sets `apiVersion` to the dialect's.
pub(super) fn looks_like_entity(document: &[u8], dialect: Dialect) -> bool {
    let group = dialect.api_version().as_bytes();
    memmem::find_iter(document, group).any(|at| {
        let start = document[..at]
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |newline| newline + 1);
        let before = String::from_utf8_lossy(&document[start..at]);
        let key = before.trim_start_matches([' ', '-', '{', '"', '\'', '\t', '\u{feff}']);
        key.strip_prefix("apiVersion").is_some_and(|rest| {
            rest.chars()
                .all(|found| matches!(found, '"' | '\'' | ' ' | ':'))
        })
    })
}

/// Whether Go gets an object from a document: not from one that holds nothing
/// but comments, markers and null.
pub(super) fn holds_something(document: &[u8]) -> bool {
    let text = document
        .strip_prefix("\u{feff}".as_bytes())
        .unwrap_or(document);
    text.split(|byte| *byte == b'\n')
        .map(|line| line.trim_ascii())
        .any(|line| {
            let comment = line.starts_with(b"#");
            let marker = line.strip_prefix(b"---").is_some_and(|behind| {
                let behind = behind.trim_ascii_start();
                behind.is_empty() || behind.starts_with(b"#")
            });
            let nothing = matches!(line, b"" | b"null" | b"~" | b"Null" | b"NULL" | b"...");
            !comment && !marker && !nothing
        })
}

#[cfg(test)]
mod tests {
    use super::{holds_something, looks_like_entity};
    use crate::catalog::Dialect;

    #[test]
    fn comments_markers_and_null_are_nothing() {
        for text in [
            "",
            "---\n",
            "# c\n\n",
            "--- # c\nnull # not nothing\n",
            "~\n",
            "\u{feff}# c",
        ] {
            let expected = text.contains("not nothing");
            assert_eq!(holds_something(text.as_bytes()), expected, "{text:?}");
        }
        assert!(holds_something(b"a: b\n"));
        assert!(!holds_something(b"---#x\n"));
    }

    #[test]
    fn a_broken_entity_is_known_by_its_api_version() {
        let entity = |text: &str| looks_like_entity(text.as_bytes(), Dialect::Glint);
        assert!(entity("apiVersion: glint.io/v1\nkind: Entity\n  x: ["));
        assert!(entity("- apiVersion: \"glint.io/v1\"\n"));
        assert!(entity("{\"apiVersion\": \"glint.io/v1\", \"kind"));
        assert!(!entity("data:\n  a: apiVersion is glint.io/v1\n"));
        assert!(!entity("group: glint.io/v1\n"));
    }
}
