//! What is sent, as entities; and which declared entities are not.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalog::{Entity, annotation};
use crate::command::collect::{Collection, Origin};
use crate::diff::{Body, Place, Side};
use crate::exporter::Preview;
use crate::finding::{Finding, Severity};
use crate::manifest::FieldPath;
use crate::output::SentRequest;

/// How many entities are listed that are kept from the catalog.
const LISTED: usize = 20;

/// All requests as a set of entities.
pub(super) fn side(collection: &Collection, preview: &Preview) -> Side {
    let mut side = Side::default();
    for sent in &preview.sent {
        let identity = sent.request.identity();
        let place = place(&collection.origins[sent.object]);
        side.add(identity, Body::of(&sent.request), place);
    }
    side
}

/// All requests one by one.
pub(super) fn requests(collection: &Collection, preview: &Preview) -> Vec<SentRequest> {
    let sent = preview.sent.iter().map(|sent| SentRequest {
        body: sent.request.to_json(),
        place: place(&collection.origins[sent.object]),
        block: sent.block,
        item: sent.item,
        mapping: sent.mapping,
    });
    sent.collect()
}

fn place(origin: &Origin) -> Place {
    Place {
        owner: origin.owner(),
        location: origin.location.clone(),
    }
}

/// Findings on declared entities that are not sent though nothing fails, and on
/// those that several applications declare.
pub(super) fn findings(collection: &Collection, preview: &Preview) -> Vec<Finding> {
    let mut findings = unsent(collection, preview);
    findings.extend(taken(collection));
    findings
}

fn unsent(collection: &Collection, preview: &Preview) -> Vec<Finding> {
    let sent = preview.sent.iter().map(|sent| sent.object);
    let failed = preview.problems.iter().filter_map(|problem| problem.object);
    let accounted: BTreeSet<usize> = sent.chain(failed).collect();
    let entities = entities(collection);
    let unsent = entities.filter(|(index, _, _)| !accounted.contains(index));
    let (withheld, passed): (Vec<_>, Vec<_>) =
        unsent.partition(|(index, _, _)| is_withheld(&collection.objects[*index]));
    let kept = "kept from the catalog (`deliver: false`)";
    let kept = listed(&withheld, kept, "", |message| {
        Finding::new("not-delivered", Severity::Info, message)
    });
    let passed = listed(
        &passed,
        "not sent",
        ": no block of the mapping takes it",
        |message| {
            Finding::new("not-sent", Severity::Warning, message)
                .with_help("look at each block's kind and selector, and at `--dialect`")
        },
    );
    [kept, passed].concat()
}

/// A finding on each of the first entities, and one on how many more there are.
fn listed(
    entities: &[(usize, &Origin, &Entity)],
    what: &str,
    why: &str,
    finding: impl Fn(String) -> Finding,
) -> Vec<Finding> {
    let first = entities
        .iter()
        .take(LISTED)
        .map(|(_, origin, entity)| at(finding(format!("{} is {what}{why}", name(entity))), origin));
    let more = entities.len().saturating_sub(LISTED);
    let more = (more > 0).then(|| finding(format!("{more} more entities are {what}{why}")));
    first.chain(more).collect()
}

/// The declared entities, with the index of each object.
fn entities(collection: &Collection) -> impl Iterator<Item = (usize, &Origin, &Entity)> {
    let numbered = collection.origins.iter().enumerate();
    numbered.filter_map(|(index, origin)| Some((index, origin, origin.entity.as_ref()?)))
}

fn is_withheld(object: &serde_json::Value) -> bool {
    let annotations = &object["metadata"]["annotations"];
    annotations[annotation::DELIVER].as_str() == Some(annotation::NOT_DELIVERED)
}

fn name(entity: &Entity) -> String {
    format!("`{}/{}`", entity.blueprint, entity.identifier)
}

fn at(finding: Finding, origin: &Origin) -> Finding {
    let finding = finding.on(origin.resource.clone());
    match &origin.location {
        Some(location) => finding.at(location.clone()),
        None => finding,
    }
}

/// One entity that two applications declare; within one, the render says so.
fn taken(collection: &Collection) -> Vec<Finding> {
    let mut first: BTreeMap<_, &Origin> = BTreeMap::new();
    let mut findings = Vec::new();
    for (index, origin, entity) in entities(collection) {
        if is_withheld(&collection.objects[index]) {
            continue;
        }
        let identity = (&entity.blueprint, &entity.identifier);
        let Some(earlier) = first.get(&identity) else {
            first.insert(identity, origin);
            continue;
        };
        if earlier.input == origin.input {
            continue;
        }
        let place = earlier.location.as_ref();
        let place = place.map(|it| format!(" ({}:{})", it.file, it.line));
        let message = format!(
            "{} is declared twice, by {}{} too",
            name(entity),
            earlier.resource,
            place.unwrap_or_default()
        );
        let finding = Finding::new("identity-taken", Severity::Error, message)
            .with_help("keep one: deleting either object would delete the entity")
            .in_field(FieldPath::of(&["spec", "identifier"]));
        findings.push(at(finding, origin));
    }
    findings
}
