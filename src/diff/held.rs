//! The earlier side as a live catalog holds it.
//!
//! Only what is declared is compared: an entity that nothing here declares or
//! declared is somebody else's, and so is a value that the catalog computes. Of a
//! value that is not sent nobody knows whose it is, unless what was declared
//! before says that it left Git. Two forms of one value are one: a catalog may
//! answer a list of one where one identifier was sent, and says nothing of what
//! was cleared. Not here: how
//! records are read (`catalog_api`). Invariant: what can't be compared is said to
//! be as it was, and is named in [`Held::unknown`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::fields::same;
use super::side::{Body, Content, Declared, Side};
use crate::catalog::{Blueprint, Blueprints, Identity, Record};
use crate::manifest::FieldPath;

/// What a catalog holds of the entities that are or were declared.
#[derive(Debug)]
pub(crate) struct Catalog {
    /// Those of them that are there.
    pub records: BTreeMap<Identity, Record>,
    /// The blueprints of them that are there.
    pub blueprints: Blueprints,
    /// Of the entities that are not declared any more, those that the exporter's
    /// integration owns, and so deletes; `None` where that is not known.
    pub owned: Option<BTreeSet<Identity>>,
}

impl Catalog {
    /// The blueprint of an entity, where it is there.
    pub(crate) fn blueprint(&self, identity: &Identity) -> Option<&Blueprint> {
        self.blueprints.get(&identity.blueprint)
    }
}

/// The earlier side, and what it does not say.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Held {
    /// What is compared.
    pub side: Side,
    /// Fields that are sent as a search, an identifier among them: what it finds is
    /// the catalog's to know.
    pub unknown: Vec<(Identity, FieldPath)>,
    /// Entities that are not declared any more and that the integration does not
    /// own: they stay. All such entities, where the owner is not known.
    pub left: Vec<Identity>,
}

/// The catalog's side of a comparison with what is sent. `declared` is what was
/// declared before, if that is known: it tells what is not declared any more, and
/// where each entity was declared. Of an entity that a lock declares, fields that
/// are not sent are not compared: it does not tell which those were.
pub(crate) fn held(catalog: &Catalog, declared: Option<&Side>, sent: &Side) -> Held {
    let mut held = Held::default();
    for entity in sent.entities() {
        if entity.identity.is_search() {
            let field = FieldPath::of(&["identifier"]);
            held.unknown.push((entity.identity.clone(), field));
            held.side.insert(entity.clone());
        }
        let Some(record) = catalog.records.get(&entity.identity) else {
            continue;
        };
        let Content::Body(body) = &entity.content else {
            continue;
        };
        let mut reading = Reading {
            blueprint: catalog.blueprint(&entity.identity),
            left: left(declared, &entity.identity),
            unknown: Vec::new(),
        };
        let before = Declared {
            identity: entity.identity.clone(),
            content: Content::Body(reading.body(record, body)),
            places: places(declared, &entity.identity),
        };
        let unknown = reading.unknown.into_iter();
        held.unknown
            .extend(unknown.map(|path| (entity.identity.clone(), path)));
        held.side.insert(before);
    }
    held.take_gone(catalog, declared, sent);
    held
}

fn places(declared: Option<&Side>, identity: &Identity) -> Vec<super::Place> {
    let earlier = declared.and_then(|declared| declared.get(identity));
    earlier.map_or_else(Vec::new, |earlier| earlier.places.clone())
}

/// Which of the fields that are not sent may be compared.
#[derive(Clone, Copy)]
enum Left<'a> {
    /// All: what was declared before is not known.
    Unknown,
    /// Those that were declared before.
    Known(&'a Body),
    /// None: nothing of it was declared, or nobody knows what.
    Nothing,
}

impl Left<'_> {
    fn has(self, field: impl Fn(&Body) -> bool) -> bool {
        match self {
            Self::Unknown => true,
            Self::Known(body) => field(body),
            Self::Nothing => false,
        }
    }
}

fn left<'a>(declared: Option<&'a Side>, identity: &Identity) -> Left<'a> {
    let Some(declared) = declared else {
        return Left::Unknown;
    };
    match declared.get(identity).map(|earlier| &earlier.content) {
        Some(Content::Body(body)) => Left::Known(body),
        Some(Content::Digest(_)) | None => Left::Nothing,
    }
}

impl Held {
    /// Takes in what was declared, is not declared any more, and is there.
    fn take_gone(&mut self, catalog: &Catalog, declared: Option<&Side>, sent: &Side) {
        let earlier = declared.into_iter().flat_map(Side::entities);
        for entity in earlier.filter(|it| sent.get(&it.identity).is_none()) {
            let Some(record) = catalog.records.get(&entity.identity) else {
                continue;
            };
            let owned = catalog.owned.as_ref();
            if !owned.is_some_and(|owned| owned.contains(&entity.identity)) {
                self.left.push(entity.identity.clone());
                continue;
            }
            let mut reading = Reading {
                blueprint: catalog.blueprint(&entity.identity),
                left: Left::Unknown,
                unknown: Vec::new(),
            };
            self.side.insert(Declared {
                identity: entity.identity.clone(),
                content: Content::Body(reading.body(record, &Body::default())),
                places: entity.places.clone(),
            });
        }
    }
}

/// One record on its way into the form in which it would be sent.
struct Reading<'a> {
    blueprint: Option<&'a Blueprint>,
    left: Left<'a>,
    unknown: Vec<FieldPath>,
}

impl Reading<'_> {
    fn body(&mut self, record: &Record, sent: &Body) -> Body {
        // A catalog calls an entity by its identifier where nobody titled it.
        let is_titled = record.title.as_ref() != Some(&record.identity.identifier);
        let title = sent.title.is_some() || (is_titled && self.left.has(|it| it.title.is_some()));
        let icon = sent.icon.is_some() || self.left.has(|it| it.icon.is_some());
        Body {
            title: record.title.clone().filter(|_| title),
            icon: record.icon.clone().filter(|_| icon),
            team: self.team(record, sent.team.as_ref()),
            properties: self.properties(record, &sent.properties),
            relations: self.relations(record, &sent.relations),
        }
    }

    fn team(&mut self, record: &Record, sent: Option<&Value>) -> Option<Value> {
        let held = Value::from(record.team.clone());
        let Some(sent) = sent else {
            let inherited = self.blueprint.is_some_and(|it| it.team_inherited);
            let left = !inherited && self.left.has(|it| it.team.is_some());
            return Some(held).filter(|held| left && !is_nothing(held));
        };
        let held = self.like(sent, Some(&held), FieldPath::of(&["team"]));
        Some(held).filter(|held| !held.is_null() || is_nothing(sent))
    }

    fn properties(&self, record: &Record, sent: &Map<String, Value>) -> Map<String, Value> {
        let held = record.properties.iter();
        let held = held.filter(|(name, value)| {
            let left = || self.left.has(|it| it.properties.contains_key(*name));
            sent.contains_key(*name) || (!value.is_null() && !self.is_made(name, value) && left())
        });
        let mut properties: Map<String, Value> = held
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        for (name, _) in sent.iter().filter(|(_, value)| value.is_null()) {
            properties.entry(name.clone()).or_insert(Value::Null);
        }
        properties
    }

    /// Whether the catalog made a property's value itself.
    fn is_made(&self, name: &str, value: &Value) -> bool {
        let Some(blueprint) = self.blueprint else {
            return false;
        };
        let schema = blueprint.properties.get(name);
        let default = schema.and_then(|schema| schema.to_draft_07().get("default").cloned());
        blueprint.computed.contains_key(name) || default.is_some_and(|it| same(&it, value))
    }

    fn relations(&mut self, record: &Record, sent: &Map<String, Value>) -> Map<String, Value> {
        let mut relations = Map::new();
        for (name, value) in sent {
            let path = FieldPath::of(&["relations", name]);
            let held = self.like(value, record.relations.get(name), path);
            // What is new is told from what is cleared by its key.
            if !held.is_null() || is_nothing(value) {
                relations.insert(name.clone(), held);
            }
        }
        for (name, value) in &record.relations {
            let left = self.left.has(|it| it.relations.contains_key(name));
            if left && !sent.contains_key(name) && !is_nothing(value) {
                relations.insert(name.clone(), value.clone());
            }
        }
        relations
    }

    /// What is held, in the form of what is sent.
    fn like(&mut self, sent: &Value, held: Option<&Value>, path: FieldPath) -> Value {
        let held = held.unwrap_or(&Value::Null);
        match (sent, held) {
            (Value::Object(_), _) => {
                self.unknown.push(path);
                sent.clone()
            }
            (sent, held) if is_nothing(sent) && is_nothing(held) => sent.clone(),
            (Value::String(_), Value::Array(items)) => match items.as_slice() {
                [] => Value::Null,
                [one] => one.clone(),
                [_, _, ..] => held.clone(),
            },
            (Value::Array(_), Value::String(_)) => Value::Array(vec![held.clone()]),
            (Value::Array(_), Value::Array(items)) if items.is_empty() => Value::Null,
            // A catalog gives a list in any order.
            (Value::Array(wanted), Value::Array(items)) if is_same_set(wanted, items) => {
                sent.clone()
            }
            _ => held.clone(),
        }
    }
}

/// Whether a relation or team leads nowhere.
fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    }
}

fn is_same_set(left: &[Value], right: &[Value]) -> bool {
    let set =
        |items: &[Value]| -> BTreeSet<String> { items.iter().map(ToString::to_string).collect() };
    set(left) == set(right)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use serde_json::{Value, json};

    use super::{Catalog, held};
    use crate::catalog::{Blueprints, Record};
    use crate::diff::diff;
    use crate::diff::tests::{lines, side};

    const WEB: &str = "service/web Entity/shop/web@shop web.yaml";
    const OLD: &str = "service/old Entity/shop/old@shop old.yaml";

    const BLUEPRINT: &str = "
identifier: service
schema: {properties: {tier: {type: number}, live: {type: boolean, default: true}}}
mirrorProperties: {lead: {path: team.lead}}
";

    fn catalog(records: &[Value], owned: Option<&[&str]>) -> Catalog {
        let records = records.iter().map(|record| {
            let record = Record::parse(record.clone()).unwrap();
            (record.identity.clone(), record)
        });
        let records: BTreeMap<_, _> = records.collect();
        let owned = owned.map(|owned| {
            let owned = records
                .keys()
                .filter(|it| owned.contains(&it.identifier.as_str()));
            owned.cloned().collect::<BTreeSet<_>>()
        });
        Catalog {
            records,
            blueprints: Blueprints::parse(BLUEPRINT.as_bytes()).unwrap(),
            owned,
        }
    }

    fn record(fields: Value) -> Value {
        let mut record = json!({"blueprint": "service", "identifier": "web"});
        record
            .as_object_mut()
            .unwrap()
            .extend(fields.as_object().unwrap().clone());
        record
    }

    /// Checks what changes in a catalog that holds one entity.
    #[track_caller]
    fn check(fields: Value, sent: Value, expected: &[&str]) {
        let sent = side(&[(WEB, sent)]);
        let held = held(&catalog(&[record(fields)], None), None, &sent);
        assert_eq!(lines(&diff(&held.side, &sent)), expected);
    }

    #[test]
    fn what_the_catalog_holds_as_it_is_sent_is_unchanged() {
        check(
            json!({"title": "Web", "team": ["a"], "icon": null, "properties": {"tier": 1.0, "gone": null},
                "relations": {"team": "a", "uses": ["b"], "none": null}}),
            json!({"title": "Web", "team": "a", "p": {"tier": 1, "gone": null, "never": null},
                "r": {"team": ["a"], "uses": "b", "none": [], "void": null}}),
            &["= 1"],
        );
        check(json!({"team": []}), json!({"team": ""}), &["= 1"]);
        check(
            json!({"team": ["b", "a"]}),
            json!({"team": ["b", "a"]}),
            &["= 1"],
        );
    }

    #[test]
    fn what_the_catalog_holds_otherwise_is_changed() {
        check(
            json!({"title": "Web", "team": ["a", "b"], "properties": {"tier": 2},
                "relations": {"team": null, "uses": ["b", "c"], "was": "x"}}),
            json!({"title": "Shop", "team": "a", "p": {"tier": 1, "url": "u"},
                "r": {"team": "a", "uses": ["b"], "was": null}}),
            &[
                "~ service/web .team [\"a\",\"b\"]>\"a\" .title \"Web\">\"Shop\" .properties.tier 2>1 \
                 .properties.url ->\"u\" .relations.team ->\"a\" .relations.uses [\"b\",\"c\"]>[\"b\"] \
                 .relations.was \"x\">null",
                "= 0",
            ],
        );
    }

    #[test]
    fn what_nobody_here_declares_lingers_unless_the_catalog_made_it() {
        check(
            json!({"title": "web", "properties": {"live": true, "lead": "ann", "tier": 1, "void": null},
                "relations": {"team": "a", "uses": []}}),
            json!({}),
            &[
                "~ service/web .properties.tier 1 lingers .relations.team \"a\" lingers",
                "= 0",
            ],
        );
    }

    #[test]
    fn what_a_search_finds_is_not_compared() {
        let query = json!({"combinator": "and", "rules": []});
        let sent = side(&[(WEB, json!({"team": query, "r": {"uses": query}}))]);
        let fields = json!({"team": ["a"], "relations": {"uses": ["b"]}});
        let held = held(&catalog(&[record(fields)], None), None, &sent);
        assert_eq!(lines(&diff(&held.side, &sent)), ["= 1"]);
        let unknown: Vec<String> = held.unknown.iter().map(|it| it.1.to_string()).collect();
        assert_eq!(unknown, [".team", ".relations.uses"]);
    }

    #[test]
    fn only_what_the_integration_owns_and_git_declared_is_deleted() {
        let old = json!({"blueprint": "service", "identifier": "old", "properties": {"tier": 1}});
        let other = json!({"blueprint": "service", "identifier": "other"});
        let records = [record(json!({})), old, other];
        let sent = side(&[(WEB, json!({}))]);
        let declared = side(&[(WEB, json!({})), (OLD, json!({"p": {"tier": 1}}))]);
        #[track_caller]
        fn check(held: &super::Held, sent: &crate::diff::Side, expected: &[&str], left: &[&str]) {
            assert_eq!(lines(&diff(&held.side, sent)), expected);
            let names: Vec<String> = held.left.iter().map(ToString::to_string).collect();
            assert_eq!(names, left);
        }
        let owned = catalog(&records, Some(&["old", "other"]));
        check(
            &held(&owned, Some(&declared), &sent),
            &sent,
            &["- service/old", "= 1"],
            &[],
        );
        check(&held(&owned, None, &sent), &sent, &["= 1"], &[]);
        for owned in [None, Some(&["other"] as &[&str])] {
            let catalog = catalog(&records, owned);
            check(
                &held(&catalog, Some(&declared), &sent),
                &sent,
                &["= 1"],
                &["service/old"],
            );
        }
    }

    #[test]
    fn of_what_is_not_sent_only_that_lingers_which_left_git() {
        let fields = json!({"title": "T", "icon": "I", "team": ["a"],
            "properties": {"tier": 1, "manual": 2}, "relations": {"uses": ["b"], "own": "c"}});
        let catalog = catalog(&[record(fields)], None);
        let sent = side(&[(WEB, json!({}))]);
        #[track_caller]
        fn check(held: &super::Held, sent: &crate::diff::Side, expected: &[&str]) {
            assert_eq!(lines(&diff(&held.side, sent)), expected);
        }
        let before = side(&[(
            WEB,
            json!({"icon": "I", "p": {"tier": 3}, "r": {"uses": "b"}}),
        )]);
        check(
            &held(&catalog, Some(&before), &sent),
            &sent,
            &[
                "~ service/web .icon \"I\" lingers .properties.tier 1 lingers .relations.uses [\"b\"] lingers",
                "= 0",
            ],
        );
        check(&held(&catalog, Some(&side(&[])), &sent), &sent, &["= 1"]);
    }

    #[test]
    fn an_entity_that_git_moved_is_moved() {
        let moved = "service/web Entity/shop/web@shop front.yaml";
        let (declared, sent) = (side(&[(WEB, json!({}))]), side(&[(moved, json!({}))]));
        let held = held(&catalog(&[record(json!({}))], None), Some(&declared), &sent);
        assert_eq!(
            lines(&diff(&held.side, &sent)),
            ["service/web > service/web", "= 0"]
        );
    }
}
