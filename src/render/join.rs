//! Joins what is added and the sources into one stream that Go splits as it
//! split the sources.
//!
//! Not for what is added or edited (`plan`). Invariant: a document that Go read
//! from a source it reads from the stream, with the same first line.

use std::ops::Range;

use super::crds;
use super::plan::Added;
use super::source::{Source, SourceFormat, Sources};
use crate::manifest::{Notation, compact};

/// A part of the output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Bytes of a source, as they came.
    Kept(&'a [u8]),
    /// Bytes that were not there.
    New(String),
}

impl Piece<'_> {
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Kept(bytes) => bytes,
            Self::New(text) => text.as_bytes(),
        }
    }
}

/// A replacement within a source; those of a source are in ascending order.
pub(super) type Edit = (Range<usize>, String);

/// The stream; `by_source` holds the edits of each source.
pub(super) fn pieces<'a>(
    sources: &Sources<'a>,
    added: &Added,
    by_source: &[Vec<Edit>],
) -> Vec<Piece<'a>> {
    let mut pieces = Vec::new();
    match sources.texts() {
        [source] if is_json(sources, source) => {
            pieces.extend(added_json(added));
            push_source(sources, 0, &by_source[0], &mut pieces);
        }
        [source] if source.format == SourceFormat::Stream => {
            push_stream(sources, source.text, added, &by_source[0], &mut pieces);
        }
        _ => push_all(sources, added, by_source, &mut pieces),
    }
    pieces
}

/// Whether Go reads all of a stream as JSON.
fn is_json(sources: &Sources<'_>, source: &Source<'_>) -> bool {
    source.format == SourceFormat::Stream
        && !sources.sites().is_empty()
        && sources
            .sites()
            .iter()
            .all(|site| site.notation == Notation::Json)
}

fn added_json(added: &Added) -> Vec<Piece<'static>> {
    let crds = added
        .crds
        .iter()
        .map(|(dialect, kind)| crds::crd_json(*dialect, *kind));
    let map = added.map.iter().map(|map| map.json());
    crds.chain(map)
        .map(|line| Piece::New(format!("{line}\n")))
        .collect()
}

fn added_yaml(added: &Added) -> Vec<String> {
    let crds = added
        .crds
        .iter()
        .map(|(dialect, kind)| crds::crd_yaml(*dialect, *kind).to_owned());
    let map = added.map.iter().map(|map| map.yaml());
    crds.chain(map).collect()
}

/// One stream in YAML: additions in front. A stream that begins as JSON and
/// goes on as YAML is read so only if one JSON document comes first; there the
/// additions come second.
fn push_stream<'a>(
    sources: &Sources<'a>,
    text: &'a [u8],
    added: &Added,
    edits: &[Edit],
    pieces: &mut Vec<Piece<'a>>,
) {
    let added = added_yaml(added);
    let yaml = sources
        .sites()
        .iter()
        .find(|site| site.notation == Notation::Yaml)
        .map_or(text.len(), |site| site.range.start);
    let begins_as_json = sources
        .sites()
        .first()
        .is_some_and(|site| site.notation == Notation::Json);
    if begins_as_json && !added.is_empty() {
        let new = behind_json(&text[..yaml], &text[yaml..], &added);
        let mut edits = edits.to_vec();
        let place = edits.partition_point(|(range, _)| range.end <= yaml);
        edits.insert(place, (yaml..yaml, new));
        push_range(text, 0..text.len(), &edits, pieces);
        return;
    }
    for text in &added {
        pieces.push(Piece::New(text.clone()));
        pieces.push(Piece::New("---\n".to_owned()));
    }
    if !added.is_empty() {
        push_behind_separator(text, sources, 0, edits, pieces);
    } else {
        push_source(sources, 0, edits, pieces);
    }
}

/// What is added where Go goes on in YAML behind a JSON document.
fn behind_json(before: &[u8], rest: &[u8], added: &[String]) -> String {
    let line_end = if before.ends_with(b"\n") { "" } else { "\n" };
    let separator = if begins_with_separator(rest) {
        ""
    } else {
        "---\n"
    };
    format!("{line_end}---\n{}{separator}", added.join("---\n"))
}

/// Several sources become one stream of YAML documents; what was JSON in its
/// own file is written so that YAML reads the same.
fn push_all<'a>(
    sources: &Sources<'a>,
    added: &Added,
    by_source: &[Vec<Edit>],
    pieces: &mut Vec<Piece<'a>>,
) {
    let separator = || Piece::New("---\n".to_owned());
    for text in added_yaml(added) {
        pieces.push(Piece::New(text));
        pieces.push(separator());
    }
    // Whether Go has read content since the last separator. Where it has not,
    // one more would be content itself, and no byte order mark may follow it.
    let mut open = false;
    for (index, source) in sources.texts().iter().enumerate() {
        let json = sources
            .sites()
            .iter()
            .any(|site| site.source == index && site.notation == Notation::Json);
        if source.text.is_empty() {
            continue;
        }
        let last = last_byte(pieces);
        if last.is_some_and(|last| last != b'\n') {
            pieces.push(Piece::New("\n".to_owned()));
        }
        // A first `{` would turn Go's reader to JSON.
        if open || (json && last.is_none()) {
            pieces.push(separator());
        }
        if json {
            push_documents(sources, index, &by_source[index], pieces);
        } else if pieces.last() == Some(&separator()) {
            push_behind_separator(source.text, sources, index, &by_source[index], pieces);
        } else {
            push_source(sources, index, &by_source[index], pieces);
        }
        open = !ends_with_separator(sources, index);
    }
}

/// A source that begins with a separator brings its own.
fn push_behind_separator<'a>(
    text: &[u8],
    sources: &Sources<'a>,
    index: usize,
    edits: &[Edit],
    pieces: &mut Vec<Piece<'a>>,
) {
    if begins_with_separator(text) {
        pieces.pop();
    }
    push_source(sources, index, edits, pieces);
}

/// A source that begins as JSON: its JSON documents each on a line of their
/// own, what follows in YAML as it came.
fn push_documents<'a>(
    sources: &Sources<'a>,
    index: usize,
    edits: &[Edit],
    pieces: &mut Vec<Piece<'a>>,
) {
    let text = sources.texts()[index].text;
    let sites = sources.sites().iter().filter(|site| site.source == index);
    for (count, site) in sites.enumerate() {
        let separator = if count > 0 { "---\n" } else { "" };
        if site.notation == Notation::Yaml {
            let rest = site.range.start..text.len();
            if !begins_with_separator(&text[rest.clone()]) {
                pieces.push(Piece::New(separator.to_owned()));
            }
            push_range(text, rest, edits, pieces);
            return;
        }
        let mut document = Vec::new();
        push_range(text, site.range.clone(), edits, &mut document);
        let edited = document.iter().flat_map(Piece::as_bytes).copied();
        let edited = String::from_utf8_lossy(&edited.collect::<Vec<u8>>()).into_owned();
        let line = compact(&edited).unwrap_or(edited);
        pieces.push(Piece::New(format!("{separator}{line}\n")));
    }
}

/// Whether the separator that a text begins with can end what is put in front:
/// it is one in every reading, and plain content follows. To Go a separator
/// that begins a stream is content and one behind content is not, which shows
/// in what may stand on the next line.
fn begins_with_separator(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n');
    let separates = lines.next().is_some_and(|line| {
        line.strip_prefix(b"---").is_some_and(|rest| {
            let rest = rest.strip_suffix(b"\r").unwrap_or(rest);
            let behind = rest.trim_ascii_start();
            let comment = behind.starts_with(b"#") && behind.len() < rest.len();
            // Any other character may be a line end to somebody.
            let blank = rest.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
            (behind.is_empty() || comment) && blank
        })
    });
    let mut content =
        lines.skip_while(|line| line.starts_with(b"#") || line.trim_ascii().is_empty());
    let is_plain = |line: &[u8]| {
        let first = line.trim_ascii_start().first();
        first
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'"' | b'\'' | b'{'))
    };
    separates && content.next().is_some_and(is_plain)
}

/// Whether a source's last line is a separator that ends its last document.
fn ends_with_separator(sources: &Sources<'_>, index: usize) -> bool {
    let mut sites = sources.sites().iter().rev();
    let last = sites.find(|site| site.source == index);
    last.is_some_and(|site| {
        site.notation == Notation::Yaml && site.range.end < sources.texts()[index].text.len()
    })
}

fn last_byte(pieces: &[Piece<'_>]) -> Option<u8> {
    let mut last = pieces.iter().rev();
    last.find_map(|piece| piece.as_bytes().last().copied())
}

/// A source with its edits applied.
fn push_source<'a>(
    sources: &Sources<'a>,
    index: usize,
    edits: &[Edit],
    pieces: &mut Vec<Piece<'a>>,
) {
    let text = sources.texts()[index].text;
    push_range(text, 0..text.len(), edits, pieces);
}

/// A part of a source with the edits in it applied.
fn push_range<'a>(text: &'a [u8], part: Range<usize>, edits: &[Edit], pieces: &mut Vec<Piece<'a>>) {
    let first = edits.partition_point(|(range, _)| range.start < part.start);
    let mut at = part.start;
    for (range, new) in &edits[first..] {
        if range.end > part.end {
            break;
        }
        pieces.push(Piece::Kept(&text[at..range.start]));
        pieces.push(Piece::New(new.clone()));
        at = range.end;
    }
    pieces.push(Piece::Kept(&text[at..part.end]));
}

#[cfg(test)]
mod tests {
    use super::begins_with_separator;

    #[test]
    fn a_separator_serves_both_sides_only_before_plain_content() {
        let cases = [
            ("---\na: 1\n", true),
            ("--- # c\r\n\r\n# Source: x\r\n\"a\": 1\r\n", true),
            ("a: 1\n---\n", false),
            ("---#c\na: 1\n", false),
            ("---\r# c\na: 1\n", false),
            ("--- # \u{85}\na: 1\n", false),
            ("---\n---#c\na: 1\n", false),
            ("---\n...\na: 1\n", false),
            ("---\n\u{feff}a: 1\n", false),
            ("---\n%YAML 1.1\n", false),
            ("---\n# c\n", false),
            ("---", false),
        ];
        for (text, expected) in cases {
            assert_eq!(begins_with_separator(text.as_bytes()), expected, "{text:?}");
        }
    }
}
