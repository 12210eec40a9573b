//! Where the comments `# glint: allow(RULE) reason` stand, and what each is about.
//!
//! One stands behind a field or an object's first line, or alone in the lines
//! above. What is only text in a scalar is no comment, and JSON has none. Not for
//! what a comment does (`allow`).

use std::ops::Range;

use memchr::memmem;

use super::Stream;
use super::raised::Spot;
use crate::manifest::{NodeKind, Notation, Parsed};

/// What a comment begins with, behind its `#` and blanks.
const OPENING: &str = "glint: allow(";

/// A comment and what it covers.
pub(super) struct Allow<'t> {
    /// The application and text that it stands in.
    pub(super) application: usize,
    pub(super) spot: Spot,
    /// The rules that it names.
    pub(super) rules: Vec<&'t str>,
    /// Whether it gives a reason.
    pub(super) reasoned: bool,
    /// The line that it is about.
    pub(super) line: usize,
    /// Whether it took something away.
    pub(super) used: bool,
}

/// The comments of an application, in the order of its texts.
pub(super) fn comments<'s>(application: usize, stream: &'s Stream<'_>) -> Vec<Allow<'s>> {
    let mut allows = Vec::new();
    let yaml = |parsed: &Parsed<'_>| parsed.tree().notation() == Notation::Yaml;
    for candidate in stream.candidates.iter().filter(|it| yaml(&it.parsed)) {
        let text = candidate.parsed.text();
        for opening in memmem::find_iter(text.as_bytes(), OPENING) {
            let Some(comment) = comment(&candidate.parsed, opening) else {
                continue;
            };
            let Some((names, reason)) = text[opening + OPENING.len()..comment.end].split_once(')')
            else {
                continue;
            };
            let about = about(text, comment.start);
            let spot = Spot::of_site(&stream.sources, candidate.site, comment);
            let about = Spot::of_site(&stream.sources, candidate.site, about..about);
            allows.push(Allow {
                application,
                spot,
                rules: names.split(',').map(str::trim).collect(),
                reasoned: !reason.trim().is_empty(),
                line: stream.sources.line(about.source, about.range.start),
                used: false,
            });
        }
    }
    allows
}

/// The bytes of the comment whose text begins at `opening`, if it is one.
fn comment(parsed: &Parsed<'_>, opening: usize) -> Option<Range<usize>> {
    let text = parsed.text();
    let start = text[..opening].trim_end_matches([' ', '\t']).len();
    let start = start
        .checked_sub(1)
        .filter(|at| text[*at..].starts_with('#'))?;
    // A `#` within a word is none either.
    if !text[..start].is_empty() && !text[..start].ends_with([' ', '\t', '\n', '\r']) {
        return None;
    }
    let in_scalar = parsed
        .tree()
        .nodes()
        .iter()
        .any(|node| matches!(node.kind, NodeKind::Scalar { .. }) && node.span.contains(&start));
    let end = text[start..].find('\n').map_or(text.len(), |it| start + it);
    (!in_scalar).then(|| start..start + text[start..end].trim_end().len())
}

/// The byte that a comment is about: what stands before it in its line, or the
/// first line below that is no comment.
fn about(text: &str, start: usize) -> usize {
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    if !text[line..start].trim().is_empty() {
        return line;
    }
    let mut at = start;
    while let Some(end) = text[at..].find('\n') {
        at += end + 1;
        if !text[at..].trim_start_matches([' ', '\t']).starts_with('#') {
            break;
        }
    }
    at
}
