//! Our blocks in a config that holds others' too.
//!
//! What is not ours stays as it is, in its order. A config that the exporter
//! can't decode is refused: it stops the exporter, our blocks included.
//!
//! Invariant: merging twice is merging once.

use std::collections::BTreeMap;

use serde_json::Value;

use super::decode::{ConfigError, Depth, decode};
use super::mapping::Mapping;
use super::marker::block_id;
use crate::catalog::Dialect;

/// Puts our blocks into a config and takes out those that we no longer have.
///
/// A block of ours that is there already is replaced in its place, a new one
/// stands at the end, one that `ours` lacks is removed; so `ours` has to be the
/// mapping of *all* fragments, merged. `existing` is the config's object, `{}`
/// for a new one; null is refused, since it is what a failed read looks like.
/// An empty `ours` may leave no block at all, and then the result must not be
/// pushed (see [`Mapping::resources`]).
pub(crate) fn merge_mapping(existing: Value, ours: &Mapping) -> Result<Value, ConfigError> {
    let blocks = ours.resources().iter();
    let blocks = blocks.map(|block| block.to_json(ours.dialect()));
    merge_blocks(existing, blocks.collect(), ours.dialect())
}

/// The same with blocks as they stand in a config. One that is not ours has no
/// place to find, and is left out.
pub(crate) fn merge_blocks(
    existing: Value,
    ours: Vec<Value>,
    dialect: Dialect,
) -> Result<Value, ConfigError> {
    let mut config = decode(existing, dialect, Depth::Survived)?;
    let ids: Vec<String> = ours.iter().filter_map(id).map(str::to_owned).collect();
    // Our blocks by id, each until it has found its place.
    let named = ours
        .into_iter()
        .filter_map(|block| Some((id(&block)?.to_owned(), block)));
    let mut waiting: BTreeMap<String, Value> = named.collect();
    let mut merged = Vec::new();
    for block in config.blocks {
        match id(&block) {
            None => merged.push(block),
            Some(id) => merged.extend(waiting.remove(id)),
        }
    }
    merged.extend(ids.iter().filter_map(|id| waiting.remove(id)));
    config
        .rest
        .insert("resources".to_owned(), Value::Array(merged));
    Ok(Value::Object(config.rest))
}

/// The indexes of a config's blocks that this program did not write.
#[cfg(feature = "catalog")]
pub(crate) fn foreign_blocks(config: &Value) -> Vec<usize> {
    let blocks = config["resources"].as_array().into_iter().flatten();
    let foreign = blocks.enumerate().filter(|(_, block)| id(block).is_none());
    foreign.map(|(index, _)| index).collect()
}

/// The id of a block of ours.
fn id(block: &Value) -> Option<&str> {
    query(block).and_then(block_id)
}

fn query(block: &Value) -> Option<&str> {
    block.get("selector")?.get("query")?.as_str()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::merge_mapping;
    use crate::catalog::{BlueprintId, Dialect, EntityKind};
    use crate::exporter::{Declaration, Fragment, Mapping, Style, mapping};

    fn fragment(blueprints: &[&str]) -> Fragment {
        let declaration = |id: &&str| Declaration {
            kind: EntityKind::Entity,
            blueprint: BlueprintId::parse(id).unwrap(),
            properties: [].into(),
            relations: [].into(),
        };
        Fragment::of(Dialect::Port, blueprints.iter().map(declaration))
    }

    fn explicit(blueprints: &[&str]) -> Mapping {
        mapping(Style::Explicit, &fragment(blueprints))
    }

    fn pods() -> Value {
        json!({"kind": "v1/pods", "selector": {"query": "true"}, "x-note": 1, "port": {"entity": {
            "mappings": [{"identifier": ".metadata.name", "blueprint": "\"pod\""}]}}})
    }

    /// The blocks of a config: an id of ours, else the kind.
    fn order(config: &Value) -> Vec<&str> {
        let blocks = config["resources"].as_array().unwrap();
        blocks
            .iter()
            .map(|block| {
                let ours = super::query(block).and_then(super::block_id);
                ours.unwrap_or_else(|| block["kind"].as_str().unwrap())
            })
            .collect()
    }

    #[test]
    fn our_blocks_keep_their_place_and_others_stay_as_they_are() {
        let old = explicit(&["service", "team"]).to_json();
        let mut config =
            json!({"deleteDependents": true, "stranger": {"a": null}, "resources": []});
        let blocks = [
            pods(),
            old["resources"][2].clone(),
            pods(),
            old["resources"][0].clone(),
        ];
        config["resources"] = blocks.to_vec().into();
        let merged = merge_mapping(config, &explicit(&["api", "team"])).unwrap();
        assert_eq!(
            order(&merged),
            [
                "v1/pods",
                "explicit entities team",
                "v1/pods",
                "explicit entities api",
                "explicit entities api with team",
                "explicit entities team with team",
            ]
        );
        assert_eq!(merged["resources"][0], pods());
        assert_eq!(merged["stranger"], json!({"a": null}));
        assert_eq!(merged["deleteDependents"], json!(true));
    }

    #[test]
    fn an_older_text_of_a_block_is_replaced_and_its_copy_removed() {
        let ours = mapping(Style::Generic, &fragment(&[]));
        let mut config = ours.to_json();
        let mut old = config["resources"][0].clone();
        old["selector"]["query"] = json!("false # glint-gitops: generic entities");
        config["resources"].as_array_mut().unwrap().insert(0, old);
        assert_eq!(merge_mapping(config, &ours).unwrap(), ours.to_json());
    }

    #[test]
    fn a_change_of_style_leaves_no_block_of_the_other() {
        let generic = mapping(Style::Generic, &fragment(&[]));
        let merged = merge_mapping(explicit(&["team"]).to_json(), &generic).unwrap();
        assert_eq!(merged, generic.to_json());
    }

    #[test]
    fn merging_twice_is_merging_once() {
        let ours = explicit(&["service", "team"]);
        for config in [
            json!({}),
            json!({"resources": null}),
            json!({"resources": [pods()]}),
        ] {
            let once = merge_mapping(config, &ours).unwrap();
            assert_eq!(merge_mapping(once.clone(), &ours).unwrap(), once);
        }
    }

    #[test]
    fn a_config_that_the_exporter_cannot_decode_is_refused() {
        let error = merge_mapping(Value::Null, &explicit(&["team"])).unwrap_err();
        assert_eq!(error.to_string(), "the exporter's config must be a map");
    }
}
