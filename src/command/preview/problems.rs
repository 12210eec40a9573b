//! Why something is not sent, as findings.
//!
//! What jq said stays out of them: it may quote values of the object.

use std::collections::BTreeSet;

use crate::command::collect::Collection;
use crate::exporter::{Config, Preview, Problem, ProblemKind};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Location, ResourceRef};
use crate::validate::{self, Trial};

/// Whether the preview says less than everything, or something is not sent that
/// the mapping is there for.
pub(super) fn is_incomplete(preview: &Preview) -> bool {
    let decides = |problem: &Problem| match problem.kind {
        ProblemKind::Dropped
        | ProblemKind::Crash
        | ProblemKind::Unsendable
        | ProblemKind::Unsupported => true,
        // The cluster may well have a kind that no object here is of.
        ProblemKind::Unresolved => false,
    };
    preview.problems.iter().any(decides)
}

/// Whether a manifest looks like an entity that can't be read here, so that what
/// becomes of it is not in the preview. The cluster may well read it.
pub(in crate::command) fn is_unread(findings: &[Finding]) -> bool {
    let unread = ["unsupported-entity", "broken-entity"];
    findings
        .iter()
        .any(|finding| unread.contains(&finding.rule))
}

/// What the rules find in a config and in what becomes of the objects under it.
/// `locate` says where a field of the config stands, for what is about no object.
pub(in crate::command) fn findings(
    collection: &Collection,
    config: &Config,
    preview: &Preview,
    variables: &BTreeSet<String>,
    locate: impl Fn(&FieldPath) -> Option<Location>,
) -> Vec<Finding> {
    let origins = collection.origins.iter();
    let objects: Vec<ResourceRef> = origins.map(|origin| origin.resource.clone()).collect();
    let found = validate::config(&Trial {
        config,
        preview,
        objects: &objects,
        variables,
    });
    let place = |finding: Finding| {
        let of = |resource: &ResourceRef| objects.iter().position(|object| object == resource);
        let location = match &finding.resource {
            Some(resource) => {
                of(resource).and_then(|object| collection.origins[object].location.clone())
            }
            None => finding.field.as_ref().and_then(&locate),
        };
        match location {
            Some(location) => finding.at(location),
            None => finding,
        }
    };
    found.into_iter().map(place).collect()
}

/// What the earlier side of a comparison lacks.
pub(super) fn of_earlier(preview: &Preview) -> Vec<Finding> {
    let unknown = preview
        .problems
        .iter()
        .filter(|problem| match problem.kind {
            ProblemKind::Unsupported => true,
            // The exporter did not send these either, so they were not there.
            ProblemKind::Dropped
            | ProblemKind::Crash
            | ProblemKind::Unsendable
            | ProblemKind::Unresolved => false,
        });
    let finding = match unknown.count() {
        0 => return Vec::new(),
        count => Finding::new(
            "mapping-unsupported",
            Severity::Warning,
            format!(
                "of what it is compared with, {count} objects can't be computed: what changes there is not said"
            ),
        ),
    };
    vec![finding]
}
