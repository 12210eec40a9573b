//! `mapping-drops`: the exporter sends nothing of an object, because an
//! expression of its config fails for it or yields what can't be used.
//!
//! Null for a title, nothing at all, text where an object is asked for. While it
//! lasts the exporter deletes nothing that has left the cluster.

use crate::exporter::ProblemKind;
use crate::finding::{Finding, Severity};
use crate::validate::trial::Trial;

const RULE: &str = "mapping-drops";
const HELP: &str =
    "the exporter sends nothing for the object, and deletes nothing anywhere while that lasts";

pub(in crate::validate) fn check(trial: &Trial<'_>) -> Vec<Finding> {
    trial.problems(ProblemKind::Dropped, RULE, Severity::Error, HELP)
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn what_can_not_be_used_is_told_with_its_expression() {
        let at = ".resources[0].glint.entity.mappings[0]";
        fixture::check_config(
            super::check,
            "{identifier: .metadata.name, blueprint: '\"service\"', title: .spec.title}",
            &[&format!(
                "error mapping-drops {at}.title: `{at}.title` must yield a string, and yields null, and for 1 more object"
            )],
        );
    }
}
