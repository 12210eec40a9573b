//! `mapping-overlap`: `"*"` beside names of their own, in a config that others
//! wrote.
//!
//! The exporter goes through both in the order of a Go map: of a name that both
//! yield, now the one value is sent and now the other (port-k8s-exporter 0.7.9).

use crate::exporter::{Config, DecodedMapping};
use crate::finding::{Finding, Severity};
use crate::validate::instead;
use crate::validate::trial::Trial;

const RULE: &str = "mapping-overlap";

/// The name that stands for all fields of an object.
const ALL: &str = "*";

pub(in crate::validate) fn check(trial: &Trial<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let blocks = trial.config.blocks.iter().enumerate();
    // Of ours it is known that they never overlap.
    for (index, block) in blocks.filter(|(_, block)| !block.is_ours()) {
        for (number, mapping) in block.mappings.iter().enumerate() {
            let DecodedMapping {
                properties,
                relations,
                ..
            } = mapping;
            let properties = properties.keys().map(String::as_str).collect();
            let relations = relations.keys().map(String::as_str).collect();
            for (members, names) in [("properties", properties), ("relations", relations)] {
                findings.extend(overlap(trial.config, (index, number), members, names));
            }
        }
    }
    findings
}

fn overlap(
    config: &Config,
    (block, mapping): (usize, usize),
    members: &str,
    mut names: Vec<&str>,
) -> Option<Finding> {
    let all = names.len();
    names.retain(|name| *name != ALL);
    if names.is_empty() || names.len() == all {
        return None;
    }
    let field = config.entity_path(block).key("entity").key("mappings");
    let field = field.index(mapping).key(members).key(ALL);
    let message = format!(
        "`*` stands beside {}: where it yields one of them too, the value that is sent changes \
         from run to run",
        instead::listed(&names, "and")
    );
    Some(
        Finding::new(RULE, Severity::Warning, message)
            .with_help("take those names out of what `*` yields: `… | del(.name)`")
            .in_field(field),
    )
}

#[cfg(test)]
mod tests {
    use crate::validate::rules::fixture;

    #[test]
    fn names_beside_all_names_may_be_there_twice() {
        let at = ".resources[0].glint.entity.mappings[0]";
        let mapping = |members: &str| {
            format!("{{identifier: .metadata.name, blueprint: '\"service\"', {members}}}")
        };
        fixture::check_config(super::check, &mapping("properties: {'*': .spec}"), &[]);
        fixture::check_config(super::check, &mapping("properties: {a: .spec}"), &[]);
        fixture::check_config(
            super::check,
            &mapping("properties: {a: .a, '*': .spec, b: .b}, relations: {'*': .r, c: .c}"),
            &[
                &format!(
                    "warning mapping-overlap {at}.properties[\"*\"]: `*` stands beside `a` and `b`: where it yields one of them too, the value that is sent changes from run to run"
                ),
                &format!(
                    "warning mapping-overlap {at}.relations[\"*\"]: `*` stands beside `c`: where it yields one of them too, the value that is sent changes from run to run"
                ),
            ],
        );
    }
}
