//! What a rollback puts back into entities that the exporter has made anew, and
//! what nothing can put back.
//!
//! The exporter sends what its mapping maps; the rest (properties that people or
//! other sources set, relations of others that pointed there) is in the backup
//! alone. Not for the order of calls. Invariant: nothing that the live entity holds
//! is overwritten, and nothing that the mapping names is sent.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::catalog::{Identity, Record};
use crate::exporter::Config;

/// What is to be merged into one entity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Restoration {
    /// Which one.
    pub identity: Identity,
    /// The body of the request, which changes no other field.
    pub body: Value,
    /// How many properties, and other fields of the entity, come back.
    pub properties: usize,
    /// How many relations.
    pub relations: usize,
}

/// What does not come back, and of which entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Loss {
    /// Which entity.
    pub identity: Identity,
    /// What of it.
    pub what: Lost,
}

/// What can be lost of an entity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lost {
    /// All of it: the exporter has not made it again.
    Entity,
    /// What only the first one had: when and by whom it was made, its history, its
    /// scorecards' results.
    History,
    /// That the exporter made it: the API has, for an entity that relates to it and
    /// was sent sooner.
    Ownership,
    /// A property that its blueprint does not have any more.
    Property(String),
    /// A relation that its blueprint does not have any more.
    Relation(String),
    /// A relation to an entity that is pointed elsewhere by now.
    Pointer(String),
    /// What the catalog does not take back, in its words.
    Refused(String),
}

/// An entity that came back.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Returned<'a> {
    /// As it was.
    pub before: &'a Record,
    /// As it is.
    pub live: &'a Record,
    /// Its blueprint, as the catalog answers it.
    pub blueprint: &'a Value,
    /// The config that makes it.
    pub config: &'a Config,
}

/// What to merge into an entity that came back, and what can't be.
pub(crate) fn restoration(returned: &Returned<'_>) -> (Option<Restoration>, Vec<Loss>) {
    let Returned {
        before,
        live,
        blueprint,
        config,
    } = returned;
    let mut losses = Vec::new();
    if before.rest.get("createdAt") != live.rest.get("createdAt") {
        losses.push(Lost::History);
    }
    let mapped = Mapped::of(config, &before.identity);
    let known = &blueprint["schema"]["properties"];
    let computed = |name: &str| {
        let kinds = [
            "mirrorProperties",
            "calculationProperties",
            "aggregationProperties",
        ];
        kinds.iter().any(|kind| !blueprint[*kind][name].is_null())
    };
    let mut properties = Map::new();
    for (name, value) in missing(&before.properties, &live.properties) {
        if mapped.properties.contains(name) || computed(name) {
            continue;
        }
        if known[name].is_null() {
            losses.push(Lost::Property(name.clone()));
        } else {
            properties.insert(name.clone(), value.clone());
        }
    }
    let mut relations = Map::new();
    for (name, value) in missing(&before.relations, &live.relations) {
        if mapped.relations.contains(name) {
            continue;
        }
        if blueprint["relations"][name].is_null() {
            losses.push(Lost::Relation(name.clone()));
        } else {
            relations.insert(name.clone(), value.clone());
        }
    }
    let mut fields = Map::new();
    if let (Some(title), None) = (&before.title, &live.title) {
        fields.insert("title".to_owned(), json!(title));
    }
    if let (Some(icon), None) = (&before.icon, &live.icon) {
        fields.insert("icon".to_owned(), json!(icon));
    }
    if !before.team.is_empty() && live.team.is_empty() {
        fields.insert("team".to_owned(), json!(before.team));
    }
    let losses = losses.into_iter().map(|what| Loss {
        identity: before.identity.clone(),
        what,
    });
    let restoration = Restoration::of(&before.identity, fields, properties, relations);
    (restoration, losses.collect())
}

/// What to merge into an entity that pointed to some that were gone, and what
/// can't be.
pub(crate) fn pointing(
    before: &Record,
    live: &Record,
    blueprint: &Value,
    gone: &BTreeSet<Identity>,
) -> (Option<Restoration>, Vec<Loss>) {
    let mut losses = Vec::new();
    let mut relations = Map::new();
    for (name, value) in &before.relations {
        let target = blueprint["relations"][name]["target"].as_str();
        let leads = |identifier: &str| {
            gone.iter().any(|it| {
                it.identifier == identifier && target.is_none_or(|target| target == it.blueprint)
            })
        };
        let pointers: Vec<&str> = identifiers(value).filter(|it| leads(it)).collect();
        let now = live.relations.get(name).unwrap_or(&Value::Null);
        let present: Vec<&str> = identifiers(now).collect();
        let absent: Vec<&str> = pointers
            .into_iter()
            .filter(|it| !present.contains(it))
            .collect();
        let Some(first) = absent.first() else {
            continue;
        };
        if target.is_none() {
            losses.push(Lost::Relation(name.clone()));
        } else if value.is_array() {
            let all: Vec<&str> = present.iter().chain(&absent).copied().collect();
            relations.insert(name.clone(), json!(all));
        } else if now.is_null() {
            relations.insert(name.clone(), json!(first));
        } else {
            losses.push(Lost::Pointer(name.clone()));
        }
    }
    let losses = losses.into_iter().map(|what| Loss {
        identity: before.identity.clone(),
        what,
    });
    let restoration = Restoration::of(&before.identity, Map::new(), Map::new(), relations);
    (restoration, losses.collect())
}

impl Restoration {
    fn of(
        identity: &Identity,
        fields: Map<String, Value>,
        properties: Map<String, Value>,
        relations: Map<String, Value>,
    ) -> Option<Self> {
        let counts = (fields.len() + properties.len(), relations.len());
        if counts == (0, 0) {
            return None;
        }
        let mut body = fields;
        for (key, members) in [("properties", properties), ("relations", relations)] {
            if !members.is_empty() {
                body.insert(key.to_owned(), Value::Object(members));
            }
        }
        Some(Self {
            identity: identity.clone(),
            body: Value::Object(body),
            properties: counts.0,
            relations: counts.1,
        })
    }

    /// Both for one entity, where both are.
    #[must_use]
    pub(crate) fn merge(self, other: Self) -> Self {
        let mut body = self.body;
        if let (Some(body), Value::Object(more)) = (body.as_object_mut(), other.body) {
            for (key, value) in more {
                match (body.get_mut(&key).and_then(Value::as_object_mut), value) {
                    (Some(members), Value::Object(more)) => members.extend(more),
                    (_, value) => {
                        body.insert(key, value);
                    }
                }
            }
        }
        let members = |key: &str| body[key].as_object().map_or(0, Map::len);
        Self {
            properties: self.properties + other.properties,
            relations: members("relations"),
            identity: self.identity,
            body,
        }
    }
}

/// Members that have a value before and none now.
fn missing<'a>(
    before: &'a Map<String, Value>,
    live: &'a Map<String, Value>,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let is_empty = |value: &Value| match value {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => false,
    };
    let missing = move |(name, value): &(&String, &Value)| {
        !is_empty(value) && live.get(*name).is_none_or(is_empty)
    };
    before.iter().filter(missing)
}

fn identifiers(value: &Value) -> impl Iterator<Item = &str> {
    let one = value.as_str().into_iter();
    one.chain(
        value
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str),
    )
}

/// The names that a mapping sends for an entity whether they have a value or not.
#[derive(Debug, Default)]
struct Mapped {
    properties: BTreeSet<String>,
    relations: BTreeSet<String>,
}

impl Mapped {
    fn of(config: &Config, identity: &Identity) -> Self {
        let mut mapped = Self::default();
        let makers = super::makers::makers(config, "");
        for (index, block) in config.blocks.iter().enumerate() {
            let may_make = makers
                .iter()
                .any(|it| it.block == Some(index) && it.may_make(&identity.blueprint));
            let is_of = block.blueprint().is_none_or(|it| it == identity.blueprint);
            if may_make && is_of {
                for mapping in &block.mappings {
                    mapped.properties.extend(mapping.properties.keys().cloned());
                    mapped.relations.extend(mapping.relations.keys().cloned());
                }
            }
        }
        mapped
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::{Lost, Returned, pointing, restoration};
    use crate::catalog::{Dialect, Identity, Record};
    use crate::exporter::Config;

    fn blueprint() -> Value {
        json!({
            "schema": {"properties": {"tier": {}, "owner": {}, "note": {}}},
            "relations": {"team": {"target": "team"}, "uses": {"target": "service", "many": true}},
            "calculationProperties": {"score": {}},
        })
    }

    /// What maps `tier` and `team` by name.
    fn config() -> Config {
        let config = json!({"resources": [{"kind": "v1/pods", "selector": {"query": "true"},
            "port": {"entity": {"mappings": [{
                "identifier": ".metadata.name", "blueprint": "\"service\"",
                "properties": {"tier": ".spec.tier"}, "relations": {"team": ".spec.team"}}]}}}]});
        Config::decode(config, Dialect::Port).unwrap()
    }

    fn record(fields: Value) -> Record {
        let mut record = json!({"blueprint": "service", "identifier": "pay", "createdAt": "1"});
        let all = record.as_object_mut().unwrap();
        all.extend(fields.as_object().unwrap().clone());
        Record::parse(record).unwrap()
    }

    #[track_caller]
    fn check(before: Value, live: Value, body: Option<Value>, losses: &[Lost]) {
        let (before, live) = (record(before), record(live));
        let (restoration, lost) = restoration(&Returned {
            before: &before,
            live: &live,
            blueprint: &blueprint(),
            config: &config(),
        });
        assert_eq!(restoration.map(|it| it.body), body);
        let lost: Vec<Lost> = lost.into_iter().map(|it| it.what).collect();
        assert_eq!(lost, losses);
    }

    #[test]
    fn what_others_set_comes_back_and_what_is_mapped_does_not() {
        check(
            json!({"title": "Pay", "team": ["a"],
                "properties": {"tier": 1, "owner": "ann", "note": null, "score": 5},
                "relations": {"team": "a", "uses": ["x", "y"]}}),
            json!({"title": "Pay", "properties": {"tier": null}, "relations": {"uses": []}}),
            Some(json!({"team": ["a"], "properties": {"owner": "ann"},
                "relations": {"uses": ["x", "y"]}})),
            &[],
        );
    }

    #[test]
    fn what_the_live_entity_holds_stays() {
        check(
            json!({"title": "Old", "properties": {"owner": "ann"}, "relations": {"uses": ["x"]}}),
            json!({"title": "New", "properties": {"owner": "bob"}, "relations": {"uses": ["y"]}}),
            None,
            &[],
        );
    }

    #[test]
    fn what_can_not_come_back_is_named() {
        check(
            json!({"properties": {"dropped": 1}, "relations": {"old": "x"}}),
            json!({"createdAt": "2"}),
            None,
            &[
                Lost::History,
                Lost::Property("dropped".to_owned()),
                Lost::Relation("old".to_owned()),
            ],
        );
    }

    #[track_caller]
    fn check_pointing(before: Value, live: Value, body: Option<Value>, losses: &[Lost]) {
        let gone: BTreeSet<Identity> = [("service", "x"), ("service", "y"), ("team", "t")]
            .map(|(blueprint, identifier)| Identity {
                blueprint: blueprint.to_owned(),
                identifier: identifier.to_owned(),
            })
            .into();
        let (before, live) = (record(before), record(live));
        let (restoration, lost) = pointing(&before, &live, &blueprint(), &gone);
        assert_eq!(restoration.map(|it| it.body), body);
        let lost: Vec<Lost> = lost.into_iter().map(|it| it.what).collect();
        assert_eq!(lost, losses);
    }

    #[test]
    fn relations_that_pointed_there_point_there_again() {
        let relations = |relations: Value| json!({"relations": relations});
        check_pointing(
            relations(json!({"uses": ["x", "z", "y"], "team": "t"})),
            relations(json!({"uses": ["z"], "team": null})),
            Some(relations(json!({"uses": ["z", "x", "y"], "team": "t"}))),
            &[],
        );
        check_pointing(
            relations(json!({"uses": ["x"]})),
            relations(json!({"uses": ["x", "new"]})),
            None,
            &[],
        );
        // A team of the same name as a service is another entity.
        check_pointing(
            relations(json!({"team": "x"})),
            relations(json!({})),
            None,
            &[],
        );
        check_pointing(
            relations(json!({"team": "t"})),
            relations(json!({"team": "other"})),
            None,
            &[Lost::Pointer("team".to_owned())],
        );
    }
}
