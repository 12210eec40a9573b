//! Why something is not sent, as findings.
//!
//! What jq said stays out of them: it may quote values of the object.

use std::collections::BTreeMap;

use super::config::Mapping;
use crate::command::collect::{Collection, Origin};
use crate::exporter::{Preview, Problem, ProblemKind};
use crate::finding::{Finding, Severity};
use crate::manifest::ResourceRef;
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

/// What the mapping does that it should not: at the object where it is about one,
/// else in the mapping.
pub(super) fn findings(
    collection: &Collection,
    mapping: &Mapping,
    preview: &Preview,
    variables: &BTreeMap<String, String>,
) -> Vec<Finding> {
    let origins = collection.origins.iter();
    let objects: Vec<ResourceRef> = origins.map(|origin| origin.resource.clone()).collect();
    let trial = Trial {
        config: &mapping.config,
        preview,
        objects: &objects,
        variables: &variables.keys().cloned().collect(),
    };
    let findings = validate::config(&trial).into_iter();
    findings
        .map(|finding| placed(collection, mapping, finding))
        .collect()
}

fn placed(collection: &Collection, mapping: &Mapping, mut finding: Finding) -> Finding {
    let field = finding.field.take().unwrap_or_default();
    let is_about = |origin: &&Origin| finding.resource.as_ref() == Some(&origin.resource);
    let location = match collection.origins.iter().find(is_about) {
        Some(origin) => origin.location.clone(),
        None => mapping.location(&field),
    };
    match location {
        Some(location) => finding.at(location),
        None => finding,
    }
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
