//! Puts a stream together: what is added, then the sources as they came, with
//! the edits in place.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::configmap::FragmentMap;
use super::plan::{Added, Plan, splices};
use super::source::{Source, SourceFormat, Sources};
use super::survey::{Candidate, Member, Role};
use super::{crds, scan};
use crate::exporter::Fragment;
use crate::finding::{Finding, Severity};
use crate::manifest::{
    Annotations, Notation, Object, ObjectPath, Parsed, Splice, apply, compact, objects_of,
};

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

/// A replacement within a source; those of a source are in ascending order.
type Edit = (Range<usize>, String);

fn in_source(splice: Splice, document: usize) -> Edit {
    let Splice { range, text } = splice;
    (document + range.start..document + range.end, text)
}

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
            by_source[site.source].extend(splices.into_iter().map(|splice| in_source(splice, at)));
        }
        let replacement = replacement(candidate, &mut added, &mut findings);
        by_source[site.source].extend(replacement.map(|splice| in_source(splice, at)));
    }
    for edits in &mut by_source {
        edits.sort_by_key(|(range, _)| (range.start, range.end));
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
/// not added. One that can't be replaced safely stays as it is.
pub(super) fn replacement(
    candidate: &Candidate<'_>,
    added: &mut Added,
    findings: &mut Vec<Finding>,
) -> Option<Splice> {
    let map = added.map.as_ref()?;
    let objects = objects_of(&candidate.parsed);
    let object = objects.iter().find(|object| map.is(object))?;
    let splice = replacing(candidate, object, map);
    if splice.is_none() {
        findings.push(
            Finding::new(
                "fragment-not-replaced",
                Severity::Warning,
                "the mapping's ConfigMap of an earlier render is passed on as it is",
            )
            .with_help("remove it from the input: it is added anew")
            .on(object.reference()),
        );
    }
    added.map = None;
    splice
}

fn replacing(candidate: &Candidate<'_>, object: &Object<'_>, map: &FragmentMap) -> Option<Splice> {
    let tree = candidate.parsed.tree();
    let text = candidate.parsed.text();
    let span = tree.node(object.path.node(tree)?).span.clone();
    let content = span.start..span.start + text[span].trim_end().len();
    let line = text[..content.start].rfind('\n').map_or(0, |at| at + 1);
    let at_margin = text[line..content.start]
        .trim_start_matches('\u{feff}')
        .is_empty();
    let new = match (object.path, tree.notation()) {
        (ObjectPath::Document, Notation::Yaml) if at_margin => {
            let yaml = map.yaml();
            let yaml = yaml.trim_end();
            match text.contains("\r\n") {
                true => yaml.replace('\n', "\r\n"),
                false => yaml.to_owned(),
            }
        }
        (ObjectPath::Document | ObjectPath::Item(_), _) => map.json(),
    };
    let splice = Splice {
        range: content,
        text: new,
    };
    let mut expected = candidate.parsed.value().clone();
    *object.path.value_mut(&mut expected)? = map.value();
    let edited = apply(text, std::slice::from_ref(&splice));
    let read = Parsed::read(edited.as_bytes(), tree.notation()).ok()?;
    (*read.value() == expected).then_some(splice)
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
    for (index, source) in sources.texts().iter().enumerate() {
        let json = sources
            .sites()
            .iter()
            .any(|site| site.source == index && site.notation == Notation::Json);
        // A separator that begins a stream is content to Go; it is needed there
        // only where a first `{` would turn its reader to JSON.
        let last = last_byte(pieces);
        if last.is_some_and(|last| last != b'\n') {
            pieces.push(Piece::New("\n".to_owned()));
        }
        // One that ends a source serves the next; a second would be content.
        let ended = index > 0 && ends_with_separator(sources, index - 1);
        let separated = !ended && (index > 0 || pieces.last() == Some(&separator()));
        if !ended && pieces.last() != Some(&separator()) && (last.is_some() || json) {
            pieces.push(separator());
        }
        match (json, last.is_some() && separated) {
            (true, _) => push_documents(sources, index, &by_source[index], pieces),
            (false, true) => {
                push_behind_separator(source.text, sources, index, &by_source[index], pieces);
            }
            (false, false) => push_source(sources, index, &by_source[index], pieces),
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
            let behind = rest.trim_ascii_start();
            let comment = behind.starts_with(b"#") && behind.len() < rest.len();
            behind.is_empty() || (comment && rest.is_ascii())
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
