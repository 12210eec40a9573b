//! `mapping-empty`: a config without a block, or without a mapping in any block.
//!
//! The exporter takes it for "own nothing", and deletes every entity that it made.
//! A config of the other dialect reads so, too: its blocks' key is unknown.

use crate::finding::{Finding, Severity};
use crate::manifest::FieldPath;
use crate::validate::trial::Trial;

const RULE: &str = "mapping-empty";

pub(in crate::validate) fn check(trial: &Trial<'_>) -> Vec<Finding> {
    let blocks = &trial.config.blocks;
    let (what, help) = match blocks.iter().all(|block| block.mappings.is_empty()) {
        false => return Vec::new(),
        true if blocks.is_empty() => (
            "the config has no block",
            "write at least one block below `resources`",
        ),
        true => (
            "no block of the config has a mapping",
            "write `entity.mappings` below the dialect's key; is that `port:`, add `--dialect port`",
        ),
    };
    let message = format!("{what}: the exporter deletes every entity that it made");
    vec![
        Finding::new(RULE, Severity::Error, message)
            .with_help(help)
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
    }

    #[test]
    fn a_block_of_the_other_dialect_has_no_mapping() {
        let deleted = "error mapping-empty .resources: no block of the config has a mapping: the exporter deletes every entity that it made";
        let mappings = "{entity: {mappings: [{identifier: .a, blueprint: .b}]}}";
        for (key, expected) in [("port", vec![deleted]), ("glint", vec![])] {
            let blocks = format!("[{{kind: v1/pods, selector: {{query: a}}, {key}: {mappings}}}]");
            fixture::check_blocks(super::check, &blocks, &expected);
        }
    }
}
