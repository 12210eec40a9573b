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

/// Spellings that could hide the group's name: escapes in a double-quoted
/// scalar or a JSON string, a line folded inside of one, UTF-16, and base64
/// behind a tag, whose name can have escapes of its own.
const DISGUISES: [&[u8]; 9] = [
    b"\\x",
    b"\\u",
    b"\\U",
    b"\\\n",
    b"\\\r",
    b"!!",
    b"!<",
    b"l\0i\0n\0t\0.\0i\0o",
    b"g\0e\0t\0p\0o\0r\0t\0.\0i\0o",
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

/// Whether an unreadable document looks like an entity of a dialect: it sets
/// `apiVersion` to the dialect's.
pub(super) fn looks_like_entity(document: &[u8], dialect: Dialect) -> bool {
    let utf16 = utf16_text(document);
    let document = utf16.as_deref().map_or(document, str::as_bytes);
    let version = dialect.api_version().as_bytes();
    memmem::find_iter(document, version).any(|at| {
        let before = without_suffix(&document[..at], b"\"'!stray|>+- \t\r\n");
        let Some(before) = before.strip_suffix(b":") else {
            return false;
        };
        let before = without_suffix(before, b"\"' \t\r\n");
        let Some(before) = before.strip_suffix(b"apiVersion") else {
            return false;
        };
        let start = before
            .iter()
            .rposition(|byte| matches!(byte, b'\n' | b'{' | b',' | b'['))
            .map_or(0, |at| at + 1);
        let indent = String::from_utf8_lossy(&before[start..]);
        indent
            .trim_matches([' ', '-', '?', '"', '\'', '\t', '\u{feff}'])
            .is_empty()
    })
}

/// A text without the bytes of a set at its end.
fn without_suffix<'t>(text: &'t [u8], set: &[u8]) -> &'t [u8] {
    let end = text
        .iter()
        .rposition(|byte| !set.contains(byte))
        .map_or(0, |at| at + 1);
    &text[..end]
}

/// A document in UTF-16, as some Windows tools write it; Go reads it too.
fn utf16_text(document: &[u8]) -> Option<String> {
    let (mark, bytes) = document.split_at_checked(2)?;
    let unit = match mark {
        [0xff, 0xfe] => u16::from_le_bytes,
        [0xfe, 0xff] => u16::from_be_bytes,
        _ => return None,
    };
    let (pairs, _) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
    Some(String::from_utf16_lossy(&units))
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
        assert!(entity("{\"apiVersion\":\r\n\"glint.io/v1\", \"kind"));
        assert!(entity(
            "kind: Entity\napiVersion: !!str |-\n  glint.io/v1\n"
        ));
    }

    #[test]
    fn an_entity_in_utf_16_is_known_too() {
        let text = "\u{feff}apiVersion: glint.io/v1\nkind: Entity\n";
        let bytes =
            |unit: fn(u16) -> [u8; 2]| -> Vec<u8> { text.encode_utf16().flat_map(unit).collect() };
        for bytes in [bytes(u16::to_le_bytes), bytes(u16::to_be_bytes)] {
            assert!(looks_like_entity(&bytes, Dialect::Glint));
            let marker = super::DISGUISES[7];
            assert!(memchr::memmem::find(&bytes, marker).is_some());
        }
    }
}
