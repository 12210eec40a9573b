//! The body of a request, as the exporter sends it.

use serde_json::{Map, Value};

/// An entity to be created or changed (`EntityRequest` in pkg/port/models.go of
/// port-k8s-exporter v0.7.9).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    /// A text, which may be empty, or a search query.
    pub identifier: Value,
    /// Not empty.
    pub title: Option<String>,
    /// May be empty.
    pub blueprint: String,
    /// Not empty.
    pub icon: Option<String>,
    /// A text, a list of texts, or a search query.
    pub team: Option<Value>,
    /// By name; null is sent, and clears.
    pub properties: Map<String, Value>,
    /// By name; null is sent, and clears.
    pub relations: Map<String, Value>,
}

impl Request {
    /// What is sent, as JSON: nothing that is left out, no empty map.
    pub(crate) fn to_json(&self) -> Value {
        let Self {
            identifier,
            title,
            blueprint,
            icon,
            team,
            properties,
            relations,
        } = self;
        let mut body = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            body.extend(value.map(|value| (key.to_owned(), value)));
        };
        let members = |members: &Map<String, Value>| {
            (!members.is_empty()).then(|| Value::Object(members.clone()))
        };
        put("identifier", Some(identifier.clone()));
        put("title", title.clone().map(Value::from));
        put("blueprint", Some(Value::from(blueprint.as_str())));
        put("icon", icon.clone().map(Value::from));
        put("team", team.clone());
        put("properties", members(properties));
        put("relations", members(relations));
        Value::Object(body)
    }
}
