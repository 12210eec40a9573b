//! How two configs differ, block by block: for people, who see what a merge does.
//!
//! Not for what that costs (`stake`). A block is as it was if the other config
//! holds the same, wherever it stands.

use serde_json::Value;

use crate::exporter::foreign_blocks;
use crate::lock::canonical;

/// Blocks of ours and of others, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Blocks {
    /// With our marker.
    pub ours: Change,
    /// All others.
    pub others: Change,
}

/// What becomes of blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    /// In both configs.
    pub kept: usize,
    /// In the new one only.
    pub new: usize,
    /// In the current one only.
    pub gone: usize,
}

impl Blocks {
    /// From the current config to the new one.
    pub(crate) fn between(current: Option<&Value>, new: &Value) -> Self {
        let [old_ours, old_others] = current.map(parts).unwrap_or_default();
        let [new_ours, new_others] = parts(new);
        Self {
            ours: Change::between(old_ours, new_ours),
            others: Change::between(old_others, new_others),
        }
    }
}

impl Change {
    fn between(mut old: Vec<String>, new: Vec<String>) -> Self {
        let mut change = Self::default();
        for block in new {
            match old.iter().position(|it| *it == block) {
                Some(at) => {
                    old.swap_remove(at);
                    change.kept += 1;
                }
                None => change.new += 1,
            }
        }
        Self {
            gone: old.len(),
            ..change
        }
    }
}

/// The blocks of ours and of others.
fn parts(config: &Value) -> [Vec<String>; 2] {
    let foreign = foreign_blocks(config);
    let blocks = config["resources"].as_array().into_iter().flatten();
    let mut parts: [Vec<String>; 2] = Default::default();
    for (index, block) in blocks.enumerate() {
        parts[usize::from(foreign.contains(&index))].push(canonical(block));
    }
    parts
}

/// The keys beside `resources` whose values differ, sorted.
pub(crate) fn changed_settings(current: Option<&Value>, new: &Value) -> Vec<String> {
    let fields = |config: Option<&Value>| {
        let fields = config.and_then(Value::as_object).cloned();
        fields.unwrap_or_default()
    };
    let (current, new) = (fields(current), fields(Some(new)));
    let mut keys: Vec<&String> = current.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    let differs =
        |key: &&&String| key.as_str() != "resources" && current.get(**key) != new.get(**key);
    keys.iter()
        .filter(differs)
        .map(|key| (**key).clone())
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Blocks, Change, changed_settings};

    #[test]
    fn blocks_are_counted_by_whose_they_are_and_what_becomes_of_them() {
        let ours = |text: &str| {
            json!({"kind": "glint.io/v1/entities",
                "selector": {"query": format!("{text} # glint-gitops: generic entities")}})
        };
        let pods = json!({"kind": "v1/pods", "selector": {"query": "true"}});
        let nodes = json!({"kind": "v1/nodes", "selector": {"query": "true"}});
        let current = json!({"resources": [pods, ours("a"), pods], "deleteDependents": true});
        let new = json!({"resources": [ours("b"), nodes, pods], "x": 1});
        let blocks = Blocks::between(Some(&current), &new);
        assert_eq!(
            blocks.ours,
            Change {
                kept: 0,
                new: 1,
                gone: 1
            }
        );
        assert_eq!(
            blocks.others,
            Change {
                kept: 1,
                new: 1,
                gone: 1
            }
        );
        assert_eq!(
            changed_settings(Some(&current), &new),
            ["deleteDependents", "x"]
        );
    }
}
