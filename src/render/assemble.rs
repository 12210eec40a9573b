//! Puts a stream together: what is added, then the sources as they came, with
//! the edits in place.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::plan::{Added, Plan, splices};
use super::source::{Source, SourceFormat, Sources};
use super::survey::{Candidate, Member, Role};
use super::{crds, scan};
use crate::exporter::Fragment;
use crate::finding::Finding;
use crate::manifest::{Annotations, Notation, ObjectPath, Splice, apply, compact, objects_of};

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

/// What a render gives.
#[derive(Clone, Debug)]
pub struct Rendered<'a> {
    /// The output, in order.
    pub pieces: Vec<Piece<'a>>,
    /// All findings, in the order of the sources.
    pub findings: Vec<Finding>,
    /// The names that this stream's mapping needs.
    pub fragment: Option<Fragment>,
    /// What happened, in numbers.
    pub summary: Summary,
}

impl Rendered<'_> {
    /// The output as one text.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.pieces
            .iter()
            .flat_map(Piece::as_bytes)
            .copied()
            .collect()
    }
}

/// What a render did, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Objects of the two kinds.
    pub entities: usize,
    /// Different blueprints among them.
    pub blueprints: usize,
    /// Documents that hold something else.
    pub others: usize,
    /// CRDs that were added.
    pub crds: usize,
    /// The name of the fragment's ConfigMap, if there is one.
    pub fragment: Option<String>,
}

/// The sources as they came.
pub(super) fn untouched<'a>(sources: &Sources<'a>) -> Rendered<'a> {
    let edits = vec![Vec::new(); sources.texts().len()];
    Rendered {
        pieces: pieces(sources, &Added::default(), &edits),
        findings: Vec::new(),
        fragment: None,
        summary: Summary {
            others: others(sources, &[]),
            ..Summary::default()
        },
    }
}

fn pieces<'a>(sources: &Sources<'a>, added: &Added, by_source: &[Vec<Edit>]) -> Vec<Piece<'a>> {
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

/// A replacement within a source.
type Edit = (Range<usize>, String);

pub(super) fn assemble<'a>(
    sources: &Sources<'a>,
    candidates: &[Candidate<'_>],
    plan: Plan<'_>,
) -> Rendered<'a> {
    let Plan {
        mut added,
        edits,
        fragment,
        mut findings,
        entities,
        blueprints,
    } = plan;
    let summary = Summary {
        entities,
        blueprints,
        others: others(sources, &edits),
        crds: added.crds.len(),
        fragment: added.map.as_ref().map(|map| map.name.clone()),
    };
    let mut by_source: Vec<Vec<Edit>> = vec![Vec::new(); sources.texts().len()];
    let mut by_site: BTreeMap<usize, Vec<(Member<'_>, Annotations)>> = BTreeMap::new();
    for edit in edits {
        by_site.entry(edit.0.site).or_default().push(edit);
    }
    for candidate in candidates {
        let site = &sources.sites()[candidate.site];
        let at = site.range.start;
        if let Some(edits) = by_site.get(&candidate.site) {
            let splices = splices(sources, candidate, edits, &mut findings);
            by_source[site.source].extend(
                splices
                    .into_iter()
                    .map(|splice| (at + splice.range.start..at + splice.range.end, splice.text)),
            );
        }
        let replacement = replacement(candidate, &mut added, site.notation);
        by_source[site.source]
            .extend(replacement.map(|(range, text)| (at + range.start..at + range.end, text)));
    }
    findings.sort_by(|left, right| left.location.cmp(&right.location));
    Rendered {
        pieces: pieces(sources, &added, &by_source),
        findings,
        fragment: (!fragment.is_empty()).then_some(fragment),
        summary,
    }
}

/// Our own ConfigMap of an earlier render is replaced in its place; then it is
/// not added.
pub(super) fn replacement(
    candidate: &Candidate<'_>,
    added: &mut Added,
    notation: Notation,
) -> Option<Edit> {
    let map = added.map.as_ref()?;
    let objects = objects_of(&candidate.parsed);
    let object = objects.iter().find(|object| map.is(object))?;
    let tree = candidate.parsed.tree();
    let node = tree.node(object.path.node(tree)?);
    let text = candidate.parsed.text();
    let edit = match (object.path, notation) {
        (ObjectPath::Document, Notation::Yaml) => {
            let content = node.span.start..text.len();
            (content, map.yaml())
        }
        (ObjectPath::Document, Notation::Json) | (ObjectPath::Item(_), _) => {
            let end = node.span.start + text[node.span.clone()].trim_end().len();
            (node.span.start..end, map.json())
        }
    };
    added.map = None;
    Some(edit)
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
    if let [first, second, ..] = sources.sites()
        && first.notation == Notation::Json
        && !added.is_empty()
    {
        // Go drops the white space in between, and so may we.
        let between = first.range.end..second.range.start;
        let close = match begins_with_separator(&text[between.end..]) {
            true => "",
            false => "---\n",
        };
        let mut edits = edits.to_vec();
        edits.push((between, format!("\n---\n{}{close}", added.join("---\n"))));
        push_source(sources, 0, &edits, pieces);
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
    for (index, source) in sources.texts().iter().enumerate() {
        let json = sources
            .sites()
            .iter()
            .any(|site| site.source == index && site.notation == Notation::Json);
        if index > 0 {
            if !ends_with_newline(pieces) {
                pieces.push(Piece::New("\n".to_owned()));
            }
            pieces.push(separator());
        } else if json && pieces.is_empty() {
            // A first `{` would turn Go's reader to JSON.
            pieces.push(separator());
        }
        if json {
            push_documents(sources, index, &by_source[index], pieces);
        } else if index > 0 || pieces.last() == Some(&separator()) {
            push_behind_separator(source.text, sources, index, &by_source[index], pieces);
        } else {
            push_source(sources, index, &by_source[index], pieces);
        }
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

/// Every document of a source on its own, JSON ones on one line.
fn push_documents<'a>(
    sources: &Sources<'a>,
    index: usize,
    edits: &[Edit],
    pieces: &mut Vec<Piece<'a>>,
) {
    let text = sources.texts()[index].text;
    let sites = sources.sites().iter().filter(|site| site.source == index);
    for (count, site) in sites.enumerate() {
        let splices: Vec<Splice> = edits
            .iter()
            .filter(|(range, _)| site.range.start <= range.start && range.end <= site.range.end)
            .map(|(range, text)| Splice {
                range: range.start - site.range.start..range.end - site.range.start,
                text: text.clone(),
            })
            .collect();
        let document = String::from_utf8_lossy(&text[site.range.clone()]);
        let edited = apply(&document, &splices);
        let line = match site.notation {
            Notation::Json => compact(&edited),
            Notation::Yaml => None,
        };
        let separator = if count > 0 { "---\n" } else { "" };
        let text = line.map_or(edited, |line| format!("{line}\n"));
        pieces.push(Piece::New(format!("{separator}{text}")));
    }
}

/// Whether a source begins with a separator that may as well end what stands
/// before it.
///
/// At the start of a stream Go leaves the separator in the document that
/// follows, where it makes a difference to what is not plain content: a byte
/// order mark, a directive or `...` behind it is read otherwise.
fn begins_with_separator(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n');
    let separates = lines
        .next()
        .unwrap_or_default()
        .strip_prefix(b"---")
        .is_some_and(|rest| {
            let behind = rest.trim_ascii_start();
            behind.is_empty() || (behind.starts_with(b"#") && behind.len() < rest.len())
        });
    let content = lines
        .map(<[u8]>::trim_ascii)
        .find(|line| !line.is_empty() && !line.starts_with(b"#"));
    separates && content.is_some_and(|line| line[0].is_ascii_alphabetic() || line[0] == b'"')
}

fn ends_with_newline(pieces: &[Piece<'_>]) -> bool {
    let last = pieces
        .iter()
        .rev()
        .find(|piece| !piece.as_bytes().is_empty());
    last.is_none_or(|piece| piece.as_bytes().ends_with(b"\n"))
}

/// A source with its edits applied.
fn push_source<'a>(
    sources: &Sources<'a>,
    index: usize,
    edits: &[Edit],
    pieces: &mut Vec<Piece<'a>>,
) {
    let source = sources.texts()[index];
    let mut edits = edits.to_vec();
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut at = 0;
    for (range, text) in edits {
        pieces.push(Piece::Kept(&source.text[at..range.start]));
        pieces.push(Piece::New(text));
        at = range.end;
    }
    pieces.push(Piece::Kept(&source.text[at..]));
}

/// How many documents hold something that is none of ours.
fn others(sources: &Sources<'_>, edits: &[(Member<'_>, Annotations)]) -> usize {
    let ours: BTreeSet<usize> = edits
        .iter()
        .filter(|(member, _)| matches!(member.role, Role::Entity(_)))
        .map(|(member, _)| member.site)
        .collect();
    (0..sources.sites().len())
        .filter(|site| !ours.contains(site) && scan::holds_something(sources.document(*site)))
        .count()
}
