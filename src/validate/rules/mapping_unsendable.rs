//! `mapping-unsendable`: a value that the exporter can't write as JSON, such as
//! infinity.

use crate::exporter::ProblemKind;
use crate::finding::{Finding, Severity};
use crate::validate::trial::Trial;

const RULE: &str = "mapping-unsendable";
const HELP: &str = "the exporter loses the whole batch, up to 20 entities";

pub(in crate::validate) fn check(trial: &Trial<'_>) -> Vec<Finding> {
    trial.problems(ProblemKind::Unsendable, RULE, Severity::Error, HELP)
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn infinity_is_no_json() {
        let at = ".resources[0].glint.entity.mappings[0].properties.x";
        fixture::check_config(
            super::check,
            "{identifier: .metadata.name, blueprint: '\"service\"', properties: {x: infinite}}",
            &[&format!(
                "error mapping-unsendable {at}: `{at}` yields a number that JSON can't hold, and for 1 more object"
            )],
        );
    }
}
