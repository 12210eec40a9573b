//! `mapping-empty`: a config without a block.
//!
//! The exporter takes it for "own nothing", and deletes every entity that it made.

use crate::finding::{Finding, Severity};
use crate::manifest::FieldPath;
use crate::validate::trial::Trial;

const RULE: &str = "mapping-empty";

pub(in crate::validate) fn check(trial: &Trial<'_>) -> Vec<Finding> {
    if !trial.config.blocks.is_empty() {
        return Vec::new();
    }
    let message = "the config has no block: the exporter deletes every entity that it made";
    vec![
        Finding::new(RULE, Severity::Error, message)
            .with_help("write at least one block below `resources`")
            .in_field(FieldPath::of(&["resources"])),
    ]
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn nothing_mapped_is_everything_deleted() {
        let deleted = "error mapping-empty .resources: the config has no block: the exporter deletes every entity that it made";
        fixture::check_blocks(super::check, "[]", &[deleted]);
        fixture::check_blocks(super::check, "null", &[deleted]);
        fixture::check_blocks(
            super::check,
            "[{kind: v1/pods, selector: {query: 'true'}}]",
            &[],
        );
    }
}
