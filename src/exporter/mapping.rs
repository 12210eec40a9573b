//! The exporter's config, field for field, as far as we write it.
//!
//! After `Resource`, `Selector`, `EntityMapping` in pkg/port/models.go of
//! port-k8s-exporter v0.7.9. The block's entity part stands under the dialect's
//! key (`glint`, or `port` for the public exporter). Every field that holds an
//! expression holds the jq text as it is, unquoted.

use std::collections::BTreeMap;

use serde_json::Value;

use super::yaml::Node;
use crate::catalog::Dialect;

/// A whole config: what stands in the exporter's `config.yaml` or is sent to
/// the catalog's API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub(super) dialect: Dialect,
    /// Every selector ends with the marker that makes the block ours.
    pub(super) resources: Vec<ResourceMapping>,
}

/// One block: objects of one kind that a selector picks, and what becomes of
/// each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceMapping {
    /// Group, version and lower-case plural: `glint.io/v1/entities`. The
    /// exporter aggregates blocks by this text.
    pub kind: String,
    /// Which objects.
    pub selector: Selector,
    /// One entity for each, in this order.
    pub mappings: Vec<EntityMapping>,
}

/// Which objects of a kind a block is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selector {
    /// Yields true or false for every object.
    pub query: String,
}

/// How an entity is made of an object. From all but properties and relations
/// the exporter trims double quotes at either end, which nothing here prevents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityMapping {
    /// Yields a string; null drops the entity.
    pub identifier: String,
    /// Yields a string; an empty one is not sent, null drops the entity.
    pub title: String,
    /// Yields a string; null drops the entity.
    pub blueprint: String,
    /// Yields a string; an empty one is not sent, null drops the entity.
    pub icon: String,
    /// Yields a string; an empty one is sent, null drops the entity.
    pub team: Option<String>,
    /// By name; null is sent and clears. Under `*` an object, whose fields are
    /// sent as properties.
    pub properties: BTreeMap<String, String>,
    /// As properties.
    pub relations: BTreeMap<String, String>,
}

impl Mapping {
    /// Whose exporter it is for.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// The blocks. A config with none at all makes the exporter delete
    /// everything that it owns: that must never be pushed.
    pub fn resources(&self) -> &[ResourceMapping] {
        &self.resources
    }

    /// The config as JSON: what the catalog's API takes as `config`.
    pub fn to_json(&self) -> Value {
        self.node().into_value()
    }

    /// The config as block YAML that ends with a line end: what stands in
    /// `config.yaml`. Reads as [`Self::to_json`]; the same mapping gives the
    /// same bytes.
    pub fn to_yaml(&self) -> String {
        self.node().to_yaml()
    }

    fn node(&self) -> Node {
        let Self { dialect, resources } = self;
        let resources = resources.iter().map(|block| block.node(*dialect));
        Node::map(vec![field("resources", Node::list(resources.collect()))])
    }
}

impl ResourceMapping {
    /// The block alone, as it stands in the list of a config.
    pub(super) fn to_json(&self, dialect: Dialect) -> Value {
        self.node(dialect).into_value()
    }

    fn node(&self, dialect: Dialect) -> Node {
        let Self {
            kind,
            selector: Selector { query },
            mappings,
        } = self;
        let mappings = Node::list(mappings.iter().map(EntityMapping::node).collect());
        let entity = Node::map(vec![field("mappings", mappings)]);
        Node::map(vec![
            field("kind", text(kind)),
            field("selector", Node::map(vec![field("query", text(query))])),
            field(
                dialect.mapping_key(),
                Node::map(vec![field("entity", entity)]),
            ),
        ])
    }
}

impl EntityMapping {
    fn node(&self) -> Node {
        let Self {
            identifier,
            title,
            blueprint,
            icon,
            team,
            properties,
            relations,
        } = self;
        let mut fields = vec![
            field("identifier", text(identifier)),
            field("title", text(title)),
            field("blueprint", text(blueprint)),
            field("icon", text(icon)),
        ];
        fields.extend(team.iter().map(|team| field("team", text(team))));
        for (key, members) in [("properties", properties), ("relations", relations)] {
            // The exporter leaves an empty map out of what it sends, so it says
            // nothing here either.
            if !members.is_empty() {
                let members = members.iter().map(|(name, query)| field(name, text(query)));
                fields.push(field(key, Node::map(members.collect())));
            }
        }
        Node::map(fields)
    }
}

fn field(key: &str, node: Node) -> (String, Node) {
    (key.to_owned(), node)
}

fn text(text: &str) -> Node {
    Node::Scalar(text.into())
}
