//! `mapping-unsupported`: an expression whose result can't be told beforehand,
//! because it is not computed here or changes from run to run.

use crate::exporter::ProblemKind;
use crate::finding::{Finding, Severity};
use crate::validate::trial::Trial;

const RULE: &str = "mapping-unsupported";
const HELP: &str = "the exporter may send it; nothing is guessed here";

pub(in crate::validate) fn check(trial: &Trial<'_>) -> Vec<Finding> {
    trial.problems(ProblemKind::Unsupported, RULE, Severity::Warning, HELP)
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn what_changes_from_run_to_run_is_told() {
        let at = ".resources[0].glint.entity.mappings[0].properties[\"*\"]";
        fixture::check_config(
            super::check,
            "{identifier: .metadata.name, blueprint: '\"service\"', properties: {tier: '1', '*': '{tier: 2}'}}",
            &[&format!(
                "warning mapping-unsupported {at}: `{at}` yields `tier`, which has an expression of its own: which of the two values is sent changes from run to run, and for 1 more object"
            )],
        );
    }
}
