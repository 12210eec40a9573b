//! Entities written and deleted many at a time, and what leads to them.

use serde_json::{Value, json};

use super::Fixture;

const BULK: &str = "POST /v1/blueprints/service/entities/bulk?upsert=true&merge=true&run_id=";
const DELETE: &str = "POST /v1/blueprints/system/bulk/entities/delete";

#[test]
fn each_entity_of_a_call_for_many_is_on_its_own() {
    let fixture = Fixture::new();
    let entities = json!({"entities": [
        {"identifier": "pay", "properties": {"tier": "gold"}},
        {"identifier": "cart", "properties": {"tier": "tin"}},
        {"identifier": "web", "relations": {"uses": ["pay", "api"]}},
        {"identifier": {"combinator": "and", "rules": []}, "title": 1},
        {"identifier": "api", "relations": {"uses": ["pay"]}},
        {"identifier": "pay", "title": "Pay"},
    ]});
    let error = |identifier: &str, index: u32, status: u16, error: &str, message: &str| {
        json!({
            "identifier": identifier, "index": index,
            "statusCode": status, "error": error, "message": message,
        })
    };
    let expected = json!({
        "ok": true,
        "entities": [
            {"identifier": "pay", "index": 0, "created": true},
            {"identifier": "api", "index": 4, "created": true},
            {"identifier": "pay", "index": 5, "created": false},
        ],
        "errors": [
            error(
                "cart", 1, 422, "blueprint_schema_mismatch",
                "properties/tier must be equal to one of the allowed values",
            ),
            error("web", 2, 404, "not_found", "Entity with identifier \"api\" was not found"),
            error("unknown", 3, 422, "invalid_request", "body/title must be string"),
        ],
    });
    let dry = format!("{BULK}&validation_only=true");
    fixture.check(&dry, entities.clone(), 207, expected.clone());
    fixture
        .store
        .read(|state| assert_eq!(state.entities.len(), 1));
    fixture.check(BULK, entities, 207, expected);
    let right = json!({"entities": [{"identifier": "pay"}]});
    let entry = json!({"identifier": "pay", "index": 0, "created": false});
    fixture.check(
        BULK,
        right,
        200,
        json!({"ok": true, "entities": [entry], "errors": []}),
    );
}

#[test]
fn a_call_takes_twenty_entities() {
    let fixture = Fixture::new();
    let entities = |count: usize| {
        let entities = (0..count).map(|number| json!({"identifier": format!("e{number}")}));
        json!({"entities": entities.collect::<Vec<Value>>()})
    };
    fixture.expect(BULK, entities(20), 200);
    let check = |body: Value, message: &str| {
        fixture.fails(BULK, body, 422, "invalid_request", message);
    };
    check(
        entities(21),
        "body/entities must NOT have more than 20 items",
    );
    check(
        entities(0),
        "body/entities must NOT have fewer than 1 items",
    );
    check(json!({"entities": {}}), "body/entities must be array");
    check(json!({}), "body must have required property 'entities'");
    let line = "POST /v1/blueprints/nothing/entities/bulk";
    let message = "Blueprint with identifier \"nothing\" was not found";
    fixture.fails(line, entities(1), 404, "not_found", message);
}

/// The systems `shop` and `mall`; `pay` must have its system, `web` may.
fn related() -> Fixture {
    let fixture = Fixture::new();
    fixture.expect(
        "POST /v1/blueprints/system/entities",
        json!({"identifier": "mall"}),
        201,
    );
    let relation = json!({"system": {"target": "system", "required": true, "many": false}});
    let bound = json!({
        "identifier": "bound", "title": "Bound", "schema": {"properties": {}},
        "relations": relation,
    });
    fixture.expect("POST /v1/blueprints", bound, 201);
    for (blueprint, entity) in [
        (
            "bound",
            json!({"identifier": "pay", "relations": {"system": "shop"}}),
        ),
        (
            "service",
            json!({"identifier": "web", "relations": {"system": "shop"}}),
        ),
        (
            "service",
            json!({"identifier": "api", "relations": {"uses": ["web"]}}),
        ),
    ] {
        let line = format!("POST /v1/blueprints/{blueprint}/entities");
        fixture.expect(&line, entity, 201);
    }
    fixture
}

/// Every entity with its relations.
fn entities(fixture: &Fixture) -> Vec<(String, String)> {
    fixture.store.read(|state| {
        let entities = state.entities.values().map(|stored| {
            let relations = Value::Object(stored.record.relations.clone());
            (stored.record.identity.to_string(), relations.to_string())
        });
        entities.collect()
    })
}

#[track_caller]
fn check(fixture: &Fixture, expected: &[(&str, &str)]) {
    let expected = expected.iter();
    let expected: Vec<_> = expected
        .map(|(id, it)| ((*id).to_owned(), (*it).to_owned()))
        .collect();
    assert_eq!(entities(fixture), expected);
}

#[test]
fn what_others_must_have_is_not_deleted_without_them() {
    let fixture = related();
    let before = entities(&fixture);
    let line = "DELETE /v1/blueprints/system/entities/shop?delete_dependents=false";
    let message = "Entity \"shop\" has dependents";
    fixture.fails(line, Value::Null, 403, "has_dependents", message);
    let both = json!({"entities": ["mall", "shop"]});
    fixture.fails(DELETE, both, 403, "has_dependents", message);
    let all = "DELETE /v1/blueprints/system/all-entities";
    fixture.fails(all, Value::Null, 403, "has_dependents", message);
    assert_eq!(entities(&fixture), before);

    let line = "DELETE /v1/blueprints/system/entities/shop?delete_dependents=true";
    fixture.check(line, Value::Null, 200, json!({"ok": true}));
    let left = [
        ("service/api", r#"{"uses":["web"]}"#),
        ("service/web", r#"{"system":null}"#),
        ("system/mall", "{}"),
    ];
    check(&fixture, &left);
}

#[test]
fn what_others_may_have_is_deleted_and_nothing_leads_there_any_more() {
    let fixture = related();
    let line = "DELETE /v1/blueprints/service/entities/web";
    fixture.check(line, Value::Null, 200, json!({"ok": true}));
    let message = "Entity with identifier \"web\" was not found";
    fixture.fails(line, Value::Null, 404, "not_found", message);
    let left = [
        ("bound/pay", r#"{"system":"shop"}"#),
        ("service/api", r#"{"uses":[]}"#),
        ("system/mall", "{}"),
        ("system/shop", "{}"),
    ];
    check(&fixture, &left);
}

#[test]
fn a_call_deletes_a_hundred_entities_that_are_there() {
    let fixture = related();
    let some = json!({"entities": ["mall", "nothing", "mall"]});
    let expected = json!({"ok": true, "deletedEntities": ["mall"]});
    fixture.check(DELETE, some, 200, expected);
    let ids = |count: usize| vec!["x"; count];
    fixture.expect(DELETE, json!({"entities": ids(100)}), 200);
    let check = |body: Value, message: &str| {
        fixture.fails(DELETE, body, 422, "invalid_request", message);
    };
    check(
        json!({"entities": ids(101)}),
        "body/entities must NOT have more than 100 items",
    );
    check(
        json!({"entities": []}),
        "body/entities must NOT have fewer than 1 items",
    );
    check(json!({"entities": [1]}), "body/entities must hold strings");
}
