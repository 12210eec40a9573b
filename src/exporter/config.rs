//! Any config of the exporter, as it decodes it.
//!
//! For configs that others wrote and for ours; `mapping` is the narrow form that
//! we write. Whether a config can be decoded is decided in `decode` alone, and
//! what is read here is what that let pass: so a value of another type than
//! expected reads as the exporter's zero value. After `IntegrationAppConfig` in
//! pkg/port/models.go of port-k8s-exporter v0.7.9, as the catalog's API gives
//! it (JSON; the exporter's `config.yaml` is only copied there).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::decode::{ConfigError, Depth, decode};
use super::mapping::Mapping;
#[cfg(feature = "catalog")]
use super::marker::block_blueprint;
use super::marker::block_id;
use crate::catalog::Dialect;
use crate::manifest::FieldPath;

/// A config, as far as it decides what is sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Config {
    /// The key of a block's entity part.
    pub dialect: Dialect,
    /// `resources`, in their order.
    pub blocks: Vec<Block>,
    /// Which variables jq may read.
    pub variables: Variables,
}

/// `allowAllEnvironmentVariablesInJQ` and `allowedEnvironmentVariablesInJQ`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Variables {
    /// All.
    All,
    /// Those whose name one of these regular expressions matches somewhere.
    Matching(Vec<String>),
}

/// One element of `resources`. Each text is an expression; an empty one is the
/// same as none where the exporter takes it so.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    /// `group/version/resource`, or `version/resource`.
    pub kind: String,
    /// `selector.query`; empty for every object.
    pub selector: String,
    /// Yields the items that stand for an object; empty for the object itself.
    pub items_to_parse: String,
    /// The field of the object that becomes the item; empty for `item`.
    pub items_to_parse_name: String,
    /// One entity for each, in this order.
    pub mappings: Vec<DecodedMapping>,
}

/// One element of `mappings`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct DecodedMapping {
    /// A text or a search query; anything else can't work.
    pub identifier: Query,
    /// Empty for none.
    pub title: String,
    /// Always evaluated.
    pub blueprint: String,
    /// Empty for none.
    pub icon: String,
    /// [`Query::Absent`] for none.
    pub team: Query,
    /// By name.
    pub properties: BTreeMap<String, String>,
    /// By name.
    pub relations: BTreeMap<String, Query>,
}

/// What may stand where the exporter decodes any value: an expression, or a
/// search query, whose leaves are expressions.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Query {
    /// Nothing or null.
    Absent,
    /// An expression.
    Text(String),
    /// Each element is one.
    List(Vec<Self>),
    /// Each field is one.
    Map(BTreeMap<String, Self>),
    /// A number or a boolean, which is no expression.
    Other,
}

impl Config {
    /// Decodes a config. What would only crash the exporter is no error here.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] where the exporter stops, or where it may read the config
    /// otherwise.
    pub(crate) fn decode(config: Value, dialect: Dialect) -> Result<Self, ConfigError> {
        let parts = decode(config, dialect, Depth::Decoded)?;
        let blocks = parts.blocks.iter();
        Ok(Self {
            dialect,
            blocks: blocks.map(|block| Block::of(block, dialect)).collect(),
            variables: Variables::of(&parts.rest),
        })
    }

    /// Why the exporter could not work with a config, its first object included.
    #[cfg(feature = "catalog")]
    pub(crate) fn problem(config: &Value, dialect: Dialect) -> Option<ConfigError> {
        decode(config.clone(), dialect, Depth::Survived).err()
    }

    /// The config that holds our mapping alone.
    ///
    /// # Errors
    ///
    /// None for a mapping of ours: the exporter decodes each that we write.
    pub(crate) fn of(mapping: &Mapping) -> Result<Self, ConfigError> {
        Self::decode(mapping.to_json(), mapping.dialect())
    }

    /// Where a block stands in the config: `.resources[2]`.
    pub(crate) fn block_path(index: usize) -> FieldPath {
        FieldPath::of(&["resources"]).index(index)
    }

    /// Where the entity part of a block stands: `.resources[2].port`.
    pub(crate) fn entity_path(&self, index: usize) -> FieldPath {
        Self::block_path(index).key(self.dialect.mapping_key())
    }
}

impl Variables {
    fn of(config: &Map<String, Value>) -> Self {
        let all = config.get("allowAllEnvironmentVariablesInJQ");
        if all.and_then(Value::as_bool) == Some(true) {
            return Self::All;
        }
        // An absent flag is false to Go, and false switches off what the
        // exporter itself was started with (pkg/handlers/controllers.go,
        // RunResync); an absent list leaves the exporter's own
        // (pkg/config/config.go).
        match config.get("allowedEnvironmentVariablesInJQ") {
            Some(Value::Array(patterns)) => Self::Matching(patterns.iter().map(text_of).collect()),
            Some(_) | None => Self::Matching(vec!["^PORT_".to_owned(), "CLUSTER_NAME".to_owned()]),
        }
    }
}

impl Block {
    fn of(block: &Value, dialect: Dialect) -> Self {
        let part = &block[dialect.mapping_key()];
        let mappings = part["entity"]["mappings"].as_array();
        Self {
            kind: text_of(&block["kind"]),
            selector: text_of(&block["selector"]["query"]),
            items_to_parse: text_of(&part["itemsToParse"]),
            items_to_parse_name: text_of(&part["itemsToParseName"]),
            mappings: mappings
                .into_iter()
                .flatten()
                .map(DecodedMapping::of)
                .collect(),
        }
    }

    /// Whether this program wrote it.
    pub(crate) fn is_ours(&self) -> bool {
        block_id(&self.selector).is_some()
    }

    /// The only blueprint that it is for, as its marker says; none where that names
    /// no one.
    #[cfg(feature = "catalog")]
    pub(crate) fn blueprint(&self) -> Option<&str> {
        block_blueprint(&self.selector)
    }

    /// The field of the object that becomes the item.
    pub(crate) fn item_name(&self) -> &str {
        match self.items_to_parse_name.as_str() {
            "" => "item",
            name => name,
        }
    }
}

impl DecodedMapping {
    fn of(mapping: &Value) -> Self {
        let properties = mapping["properties"].as_object().into_iter().flatten();
        let relations = mapping["relations"].as_object().into_iter().flatten();
        Self {
            identifier: Query::of(&mapping["identifier"]),
            title: text_of(&mapping["title"]),
            blueprint: text_of(&mapping["blueprint"]),
            icon: text_of(&mapping["icon"]),
            team: Query::of(&mapping["team"]),
            properties: properties
                .map(|(name, query)| (name.clone(), text_of(query)))
                .collect(),
            relations: relations
                .map(|(name, query)| (name.clone(), Query::of(query)))
                .collect(),
        }
    }
}

impl Query {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Absent,
            Value::Bool(_) | Value::Number(_) => Self::Other,
            Value::String(text) => Self::Text(text.clone()),
            Value::Array(elements) => Self::List(elements.iter().map(Self::of).collect()),
            Value::Object(fields) => Self::Map(
                fields
                    .iter()
                    .map(|(key, value)| (key.clone(), Self::of(value)))
                    .collect(),
            ),
        }
    }
}

/// A text; Go's zero value for anything else that was let pass, which is null.
fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Block, Config, DecodedMapping, Query, Variables};
    use crate::catalog::Dialect;

    #[track_caller]
    fn check_variables(config: Value, expected: &Variables) {
        let config = Config::decode(config, Dialect::Port).unwrap();
        assert_eq!(&config.variables, expected);
    }

    #[test]
    fn variables_are_closed_unless_the_config_opens_them() {
        let default = Variables::Matching(vec!["^PORT_".into(), "CLUSTER_NAME".into()]);
        check_variables(json!({}), &default);
        check_variables(
            json!({"allowedEnvironmentVariablesInJQ": null, "allowAllEnvironmentVariablesInJQ": null}),
            &default,
        );
        check_variables(
            json!({"allowAllEnvironmentVariablesInJQ": true, "allowedEnvironmentVariablesInJQ": []}),
            &Variables::All,
        );
        check_variables(
            json!({"allowedEnvironmentVariablesInJQ": []}),
            &Variables::Matching(Vec::new()),
        );
        check_variables(
            json!({"allowedEnvironmentVariablesInJQ": ["^A", null]}),
            &Variables::Matching(vec!["^A".into(), String::new()]),
        );
    }

    #[test]
    fn a_block_is_read_under_the_dialects_key() {
        let part = json!({
            "itemsToParse": ".spec.list",
            "entity": {"mappings": [{
                "identifier": {"rules": [{"value": 5}]},
                "blueprint": "\"b\"",
                "relations": {"r": [".a", null]},
            }, null]},
        });
        let config = json!({"resources": [
            {"kind": "v1/pods", "selector": {"query": "true"}, "glint": part, "port": {}},
            null,
        ]});
        let mapping = DecodedMapping {
            identifier: Query::Map(
                [(
                    "rules".to_owned(),
                    Query::List(vec![Query::Map(
                        [("value".to_owned(), Query::Other)].into(),
                    )]),
                )]
                .into(),
            ),
            title: String::new(),
            blueprint: "\"b\"".to_owned(),
            icon: String::new(),
            team: Query::Absent,
            properties: [].into(),
            relations: [(
                "r".to_owned(),
                Query::List(vec![Query::Text(".a".to_owned()), Query::Absent]),
            )]
            .into(),
        };
        let empty = DecodedMapping {
            identifier: Query::Absent,
            blueprint: String::new(),
            relations: [].into(),
            ..mapping.clone()
        };
        let block = Block {
            kind: "v1/pods".to_owned(),
            selector: "true".to_owned(),
            items_to_parse: ".spec.list".to_owned(),
            items_to_parse_name: String::new(),
            mappings: vec![mapping, empty],
        };
        let config = Config::decode(config, Dialect::Glint).unwrap();
        assert_eq!(config.blocks, [block, Block::default()]);
    }
}
