//! `mapping-crashes`: a block that makes the exporter crash at the first
//! object that it is for.
//!
//! An identifier that is missing, or a relation that is null: seen with
//! port-k8s-exporter 0.7.9, which then starts and crashes again.

use crate::exporter::ProblemKind;
use crate::finding::{Finding, Severity};
use crate::validate::trial::Trial;

const RULE: &str = "mapping-crashes";
const HELP: &str = "the exporter crashes at the object, and again after each restart";

pub(in crate::validate) fn check(trial: &Trial<'_>) -> Vec<Finding> {
    trial.problems(ProblemKind::Crash, RULE, Severity::Error, HELP)
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn a_null_relation_is_a_crash() {
        let at = ".resources[0].glint.entity.mappings[0]";
        fixture::check_config(
            super::check,
            "{identifier: .metadata.name, blueprint: '\"service\"', relations: {system: null}}",
            &[&format!(
                "error mapping-crashes {at}.relations.system: `{at}.relations.system` must be there and not null: it makes the exporter crash, and for 1 more object"
            )],
        );
    }
}
