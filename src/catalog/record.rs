//! An entity as the catalog answers it.
//!
//! Not for what is sent (`exporter::Request`). After the entity of Port's OpenAPI
//! document (2026-01). Invariant: what an answer held is kept, also what is not
//! known here, so that a backup is whole.

use serde_json::{Map, Value};

use super::identity::Identity;

/// An entity in the catalog.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    /// Which one it is.
    pub identity: Identity,
    /// What people call it.
    pub title: Option<String>,
    /// Its icon's name.
    pub icon: Option<String>,
    /// The identifiers of its teams.
    pub team: Vec<String>,
    /// By name, those that the catalog computes among them.
    pub properties: Map<String, Value>,
    /// By name: an identifier, a list of them, or null.
    pub relations: Map<String, Value>,
    /// All else: `createdAt`, `updatedAt`, `createdBy`, `$datasource`, …
    pub rest: Map<String, Value>,
}

impl Record {
    /// Reads an entity of an answer; `None` where it has no identity.
    pub(crate) fn parse(answer: Value) -> Option<Self> {
        let Value::Object(mut fields) = answer else {
            return None;
        };
        let identity = Identity {
            blueprint: text(fields.remove("blueprint"))?,
            identifier: text(fields.remove("identifier"))?,
        };
        Some(Self {
            identity,
            title: text(fields.remove("title")),
            icon: text(fields.remove("icon")),
            team: teams(fields.remove("team")),
            properties: members(fields.remove("properties")),
            relations: members(fields.remove("relations")),
            rest: fields,
        })
    }

    /// The entity as an answer holds it.
    pub(crate) fn to_json(&self) -> Value {
        let Self {
            identity:
                Identity {
                    blueprint,
                    identifier,
                },
            title,
            icon,
            team,
            properties,
            relations,
            rest,
        } = self;
        let mut fields = rest.clone();
        let known = [
            ("identifier", Value::from(identifier.as_str())),
            ("blueprint", Value::from(blueprint.as_str())),
            ("title", Value::from(title.clone())),
            ("icon", Value::from(icon.clone())),
            ("team", Value::from(team.clone())),
            ("properties", Value::Object(properties.clone())),
            ("relations", Value::Object(relations.clone())),
        ];
        fields.extend(known.map(|(key, value)| (key.to_owned(), value)));
        Value::Object(fields)
    }
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) => Some(text),
        Some(_) | None => None,
    }
}

fn teams(value: Option<Value>) -> Vec<String> {
    match value {
        Some(Value::String(team)) => vec![team],
        Some(Value::Array(teams)) => teams.into_iter().filter_map(|it| text(Some(it))).collect(),
        Some(_) | None => Vec::new(),
    }
}

fn members(value: Option<Value>) -> Map<String, Value> {
    match value {
        Some(Value::Object(members)) => members,
        Some(_) | None => Map::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Record;

    #[test]
    fn what_an_answer_held_is_kept() {
        let answer = json!({
            "identifier": "pay", "blueprint": "service", "title": "Pay", "icon": null,
            "team": ["payments"], "properties": {"tier": 1}, "relations": {"system": "shop"},
            "createdAt": "2026-11-20T10:14:02Z", "$datasource": "port-k8s-exporter/1 (statekey/k)"
        });
        let record = Record::parse(answer.clone()).expect("it has an identity");
        assert_eq!(record.identity.to_string(), "service/pay");
        assert_eq!(record.to_json(), answer);
    }

    #[test]
    fn without_an_identity_it_is_no_entity() {
        assert_eq!(Record::parse(json!({"identifier": "pay"})), None);
        assert_eq!(Record::parse(json!("pay")), None);
    }
}
