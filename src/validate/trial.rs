//! A config of the exporter's, tried on the objects that it is for.
//!
//! What it makes of them is computed elsewhere (`exporter`); here its rules find
//! what it should not make of them. Invariant: a finding's field is the config's,
//! and it is on the first of the objects that it is about.

use std::collections::{BTreeMap, BTreeSet};

use super::rules;
use crate::exporter::{Config, Preview, Problem, ProblemKind};
use crate::finding::{Finding, Severity};
use crate::manifest::ResourceRef;

/// What was tried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Trial<'a> {
    /// The config.
    pub config: &'a Config,
    /// What it makes of the objects.
    pub preview: &'a Preview,
    /// The objects, by the indexes in the preview.
    pub objects: &'a [ResourceRef],
    /// The names of the variables that the exporter's environment has.
    pub variables: &'a BTreeSet<String>,
}

/// Every finding on a config.
pub(crate) fn config(trial: &Trial<'_>) -> Vec<Finding> {
    let checks = [
        rules::mapping_empty::check,
        rules::mapping_overlap::check,
        rules::mapping_variable::check,
        rules::mapping_unresolved::check,
        rules::mapping_crashes::check,
        rules::mapping_drops::check,
        rules::mapping_unsendable::check,
        rules::mapping_unsupported::check,
    ];
    checks.iter().flat_map(|check| check(trial)).collect()
}

impl Trial<'_> {
    /// A finding for each expression that has problems of a kind: of those that
    /// differ by the object alone the first stands for all.
    pub(super) fn problems(
        &self,
        kind: ProblemKind,
        rule: &'static str,
        severity: Severity,
        help: &str,
    ) -> Vec<Finding> {
        let mut alike: BTreeMap<_, Vec<&Problem>> = BTreeMap::new();
        let found = self.preview.problems.iter();
        for problem in found.filter(|problem| problem.kind == kind) {
            let key = (&problem.field, &problem.message);
            alike.entry(key).or_default().push(problem);
        }
        let finding = |(first, others): (&Problem, usize)| {
            let Problem { field, message, .. } = first;
            let others = match others {
                0 => String::new(),
                1 => ", and for 1 more object".to_owned(),
                more => format!(", and for {more} more objects"),
            };
            let finding = Finding::new(rule, severity, format!("`{field}` {message}{others}"))
                .with_help(help)
                .in_field(field.clone());
            match first.object.and_then(|object| self.objects.get(object)) {
                Some(resource) => finding.on(resource.clone()),
                None => finding,
            }
        };
        let groups = alike.values();
        let firsts = groups.filter_map(|group| Some((*group.first()?, group.len() - 1)));
        firsts.map(finding).collect()
    }
}
