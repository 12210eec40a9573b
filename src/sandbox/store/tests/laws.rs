//! What holds for any entity: a write made twice is made once, and what only
//! validates says what the write says.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::Fixture;

const MERGE: &str = "POST /v1/blueprints/service/entities\
                     ?upsert=true&merge=true&create_missing_related_entities=true";

fn value(name: &'static str) -> BoxedStrategy<Value> {
    match name {
        "tier" => prop_oneof![
            Just(json!("gold")),
            Just(json!("silver")),
            Just(Value::Null)
        ]
        .boxed(),
        "replicas" => (-1..4_i32).prop_map(|number| json!(number)).boxed(),
        _ => prop::collection::vec("[a-c]", 0..3)
            .prop_map(|tags| json!(tags))
            .boxed(),
    }
}

fn members(names: &'static [&'static str]) -> impl Strategy<Value = Map<String, Value>> {
    let some = prop::sample::subsequence(names, 0..=names.len());
    some.prop_flat_map(|names| {
        let values: Vec<_> = names.iter().map(|name| value(name)).collect();
        values.prop_map(move |values| {
            let names = names.iter().map(|name| (*name).to_owned());
            names.zip(values).collect()
        })
    })
}

prop_compose! {
    fn entity()(
        identifier in "[ab]",
        title in prop::option::of("[xy]"),
        properties in members(&["tier", "replicas", "tags"]),
        uses in prop::option::of(prop::collection::vec("[a-d]", 0..3)),
    ) -> Value {
        let mut entity = json!({"identifier": identifier, "properties": properties});
        if let Some(title) = title {
            entity["title"] = json!(title);
        }
        if let Some(uses) = uses {
            entity["relations"] = json!({"uses": uses});
        }
        entity
    }
}

/// All that the catalog holds of its entities.
fn held(fixture: &Fixture) -> Vec<(String, u64, Value)> {
    fixture.store.read(|state| {
        let entities = state.entities.values().map(|stored| {
            let record = stored.record.to_json();
            (stored.datasource.clone(), stored.revision, record)
        });
        entities.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_merge_made_twice_is_made_once(entities in prop::collection::vec(entity(), 1..8)) {
        let fixture = Fixture::new();
        for entity in entities {
            let first = fixture.call(MERGE, entity.clone());
            let after_first = held(&fixture);
            let second = fixture.call(MERGE, entity);
            prop_assert_eq!((first.status, first.body), (second.status, second.body));
            prop_assert_eq!(held(&fixture), after_first);
        }
    }

    #[test]
    fn what_only_validates_says_what_the_write_says(
        entities in prop::collection::vec(entity(), 1..8),
    ) {
        let fixture = Fixture::new();
        let bulk = "POST /v1/blueprints/service/entities/bulk?upsert=true&merge=true";
        let body = json!({"entities": entities});
        let before = held(&fixture);
        let dry = fixture.call(&format!("{bulk}&validation_only=true"), body.clone());
        prop_assert_eq!(held(&fixture), before);
        let wet = fixture.call(bulk, body);
        prop_assert_eq!((dry.status, dry.body), (wet.status, wet.body));
    }
}
