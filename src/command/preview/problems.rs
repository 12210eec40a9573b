//! Why something is not sent, as findings.
//!
//! What jq said stays out of them: it may quote values of the object.

use std::collections::BTreeMap;

use crate::command::collect::Collection;
use crate::exporter::{Preview, Problem, ProblemKind};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Location};

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

/// A finding for each kind of problem: of those that differ by the object alone
/// the first one stands for all.
/// `locate` says where a field of the mapping stands, for what is wrong with a
/// whole block.
pub(in crate::command) fn findings(
    collection: &Collection,
    preview: &Preview,
    locate: impl Fn(&FieldPath) -> Option<Location>,
) -> Vec<Finding> {
    let mut alike: BTreeMap<_, usize> = BTreeMap::new();
    let mut firsts = Vec::new();
    for problem in &preview.problems {
        let key = (
            problem.block,
            &problem.field,
            problem.kind,
            &problem.message,
        );
        let count = alike.entry(key).or_default();
        *count += 1;
        if *count == 1 {
            firsts.push((key, problem));
        }
    }
    let findings = firsts.into_iter().map(|(key, problem)| {
        let others = alike.get(&key).copied().unwrap_or_default() - 1;
        let origin = problem.object.and_then(|it| collection.origins.get(it));
        let finding = finding(problem, others);
        let (finding, location) = match origin {
            Some(origin) => (finding.on(origin.resource.clone()), origin.location.clone()),
            None => (finding, locate(&problem.field)),
        };
        match location {
            Some(location) => finding.at(location),
            None => finding,
        }
    });
    findings.collect()
}

fn finding(problem: &Problem, others: usize) -> Finding {
    let Problem {
        object: _,
        block: _,
        field,
        kind,
        message,
        detail: _,
    } = problem;
    let (rule, severity, help) = words(*kind);
    let others = match others {
        0 => String::new(),
        1 => ", and for 1 more object".to_owned(),
        more => format!(", and for {more} more objects"),
    };
    let finding = Finding::new(rule, severity, format!("`{field}` {message}{others}"));
    match help {
        Some(help) => finding.with_help(help),
        None => finding,
    }
}

/// The rule, how bad it is, and what it means.
fn words(kind: ProblemKind) -> (&'static str, Severity, Option<&'static str>) {
    match kind {
        ProblemKind::Dropped => (
            "mapping-drops",
            Severity::Error,
            Some(
                "the exporter sends nothing for the object, and deletes nothing anywhere while that lasts",
            ),
        ),
        ProblemKind::Crash => (
            "mapping-crashes",
            Severity::Error,
            Some("the exporter crashes at the object, and again after each restart"),
        ),
        ProblemKind::Unsendable => (
            "mapping-unsendable",
            Severity::Error,
            Some("the exporter loses the whole batch, up to 20 entities"),
        ),
        ProblemKind::Unsupported => (
            "mapping-unsupported",
            Severity::Warning,
            Some("the exporter may send it; the preview does not guess"),
        ),
        ProblemKind::Unresolved => ("mapping-unresolved", Severity::Warning, None),
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
