//! `mapping-unresolved`: a block for a kind that the cluster may not have.
//!
//! The exporter skips such a block, and then deletes every entity that it made by
//! it: a slip in a kind empties a part of the catalog.

use crate::exporter::ProblemKind;
use crate::finding::{Finding, Severity};
use crate::validate::trial::Trial;

const RULE: &str = "mapping-unresolved";
const HELP: &str = "name it as the cluster serves it: `glint.io/v1/entities`";

pub(in crate::validate) fn check(trial: &Trial<'_>) -> Vec<Finding> {
    trial.problems(ProblemKind::Unresolved, RULE, Severity::Warning, HELP)
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn a_kind_that_nobody_knows_is_told() {
        fixture::check_blocks(
            super::check,
            "[{kind: glint.io/v1/entity-list, selector: {query: 'true'}}]",
            &[
                "warning mapping-unresolved .resources[0].kind: `.resources[0].kind` is neither built into Kubernetes nor in the stream; where the cluster lacks it too, the exporter skips the block and deletes its entities",
            ],
        );
    }
}
