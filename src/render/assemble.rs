//! Puts a stream together: what is added, then the sources as they came, with
//! the edits in place.

use std::collections::{BTreeMap, BTreeSet};

use super::configmap::FragmentMap;
use super::join::{Edit, pieces};
use super::plan::{Added, Plan, splices};
use super::source::Sources;
use super::survey::{Candidate, Member, Role};
use super::{Piece, scan};
use crate::exporter::Fragment;
use crate::finding::{Finding, Severity};
use crate::lock::Key;
use crate::manifest::{
    Annotations, Notation, Object, ObjectPath, Parsed, Splice, apply, objects_of,
};

/// What a render gives.
#[derive(Clone, Debug)]
pub struct Rendered<'a> {
    /// The output, in order.
    pub pieces: Vec<Piece<'a>>,
    /// All findings, in the order of the sources.
    pub findings: Vec<Finding>,
    /// The names that this stream's mapping needs.
    pub fragment: Option<Fragment>,
    /// The entities that reach the catalog.
    pub(crate) delivered: BTreeSet<Key>,
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
        delivered: BTreeSet::new(),
        summary: Summary {
            others: others(sources, &[]),
            ..Summary::default()
        },
    }
}

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
        delivered,
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
        delivered,
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
