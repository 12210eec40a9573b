//! Blueprints that fit what is declared, where nobody gave them.
//!
//! Not for a real catalog, whose blueprints people make. Invariant: a blueprint that is
//! inferred only gains properties and relations, so what was delivered stays valid.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::exporter::Request;

/// What is known of blueprints from the entities that are sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Inferred {
    by_identifier: BTreeMap<String, Shape>,
}

/// One blueprint.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shape {
    /// Each property's type.
    properties: BTreeMap<String, &'static str>,
    relations: BTreeMap<String, Target>,
}

/// Where a relation leads.
#[derive(Clone, Debug, PartialEq)]
struct Target {
    blueprint: String,
    is_many: bool,
}

impl Inferred {
    /// Learns from more entities.
    pub(super) fn learn<'r>(&mut self, requests: impl Iterator<Item = &'r Request> + Clone) {
        let mut homes: BTreeMap<&str, &str> = BTreeMap::new();
        for request in requests.clone() {
            if let Some(identifier) = request.identifier.as_str() {
                homes.entry(identifier).or_insert(&request.blueprint);
            }
        }
        for request in requests {
            let shape = self.by_identifier.entry(request.blueprint.clone());
            let shape = shape.or_default();
            for (name, value) in &request.properties {
                if let Some(type_) = type_of(value) {
                    shape.properties.entry(name.clone()).or_insert(type_);
                }
            }
            for (name, value) in &request.relations {
                let leads = identifiers(value);
                let home = leads.iter().find_map(|it| homes.get(it.as_str()));
                let target = shape.relations.entry(name.clone()).or_insert(Target {
                    // What nobody declares has to be somewhere, too.
                    blueprint: home.map_or_else(|| name.clone(), |home| (*home).to_owned()),
                    is_many: false,
                });
                target.is_many |= value.is_array();
            }
        }
        let targets = self.by_identifier.values();
        let targets = targets.flat_map(|shape| shape.relations.values());
        let targets: BTreeSet<String> = targets.map(|it| it.blueprint.clone()).collect();
        for target in targets {
            self.by_identifier.entry(target).or_default();
        }
    }

    /// All of them without their relations, in the order of their identifiers, as the
    /// API takes them: a relation needs its target to be there.
    pub(super) fn bare(&self) -> impl Iterator<Item = (&str, Value)> {
        let shapes = self.by_identifier.iter();
        shapes.map(|(identifier, shape)| (identifier.as_str(), body(identifier, shape)))
    }

    /// What a blueprint gains by what was learnt; `None` where it lacks nothing.
    pub(super) fn gain(&self, identifier: &str, blueprint: &Value) -> Option<Value> {
        let shape = self.by_identifier.get(identifier)?;
        let mut schema = blueprint["schema"].clone();
        let mut relations = blueprint["relations"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let before = (schema.clone(), relations.clone());
        for (name, type_) in &shape.properties {
            if schema["properties"].get(name).is_none() {
                schema["properties"][name] = property(name, type_);
            }
        }
        for (name, target) in &shape.relations {
            let leads = json!({
                "title": name, "target": target.blueprint,
                "required": false, "many": target.is_many,
            });
            let is_narrower = |held: &Value| held["many"] == false && target.is_many;
            if relations.get(name).is_none_or(is_narrower) {
                relations.insert(name.clone(), leads);
            }
        }
        let is_new = before != (schema.clone(), relations.clone());
        is_new.then(|| json!({"schema": schema, "relations": relations}))
    }
}

fn body(identifier: &str, shape: &Shape) -> Value {
    let properties = shape.properties.iter();
    let properties: Map<String, Value> = properties
        .map(|(name, type_)| (name.clone(), property(name, type_)))
        .collect();
    json!({
        "identifier": identifier, "title": identifier,
        "description": "inferred by the sandbox from what is declared",
        "schema": {"properties": properties, "required": []},
    })
}

fn property(name: &str, type_: &str) -> Value {
    json!({"type": type_, "title": name})
}

/// The type that the catalog has for a value; none for null.
fn type_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::Null => None,
        Value::Bool(_) => Some("boolean"),
        Value::Number(_) => Some("number"),
        Value::String(_) => Some("string"),
        Value::Array(_) => Some("array"),
        Value::Object(_) => Some("object"),
    }
}

fn identifiers(value: &Value) -> Vec<String> {
    let listed = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let texts = listed.iter().filter_map(Value::as_str);
    texts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Inferred;
    use crate::exporter::Request;

    fn request(blueprint: &str, identifier: &str, properties: Value, relations: Value) -> Request {
        Request {
            identifier: json!(identifier),
            title: None,
            blueprint: blueprint.to_owned(),
            icon: None,
            team: None,
            properties: properties.as_object().unwrap().clone(),
            relations: relations.as_object().unwrap().clone(),
        }
    }

    #[test]
    fn a_blueprint_has_the_types_and_targets_of_its_entities() {
        let mut inferred = Inferred::default();
        let requests = [
            request(
                "service",
                "pay",
                json!({"tier": 1, "note": null}),
                json!({"system": "shop", "uses": ["web"], "owner": "ada"}),
            ),
            request("service", "web", json!({"live": true}), json!({})),
            request("system", "shop", json!({}), json!({})),
        ];
        inferred.learn(requests.iter());
        let bare: Vec<String> = inferred.bare().map(|(name, _)| name.to_owned()).collect();
        assert_eq!(bare, ["owner", "service", "system"]);
        let (_, service) = inferred.bare().nth(1).unwrap();
        let gain = inferred.gain("service", &service).unwrap();
        let leads = |name: &str, target: &str, many: bool| json!({"title": name, "target": target, "required": false, "many": many});
        let expected = json!({
            "schema": {
                "properties": {
                    "live": {"type": "boolean", "title": "live"},
                    "tier": {"type": "number", "title": "tier"},
                },
                "required": [],
            },
            "relations": {
                "owner": leads("owner", "owner", false),
                "system": leads("system", "system", false),
                "uses": leads("uses", "service", true),
            },
        });
        assert_eq!(gain, expected);
        let mut whole = service;
        whole
            .as_object_mut()
            .unwrap()
            .extend(gain.as_object().unwrap().clone());
        assert_eq!(inferred.gain("service", &whole), None);
    }
}
