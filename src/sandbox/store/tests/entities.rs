//! Entities written one at a time: what is taken, what not, and what is left.

use serde_json::{Value, json};

use super::{EXPORTER, Fixture};

const UPSERT: &str = "POST /v1/blueprints/service/entities?upsert=true&merge=true";
const GET: &str = "GET /v1/blueprints/service/entities/pay";

/// The service `pay` as it is answered, with these fields otherwise.
fn pay(with: Value) -> Value {
    let mut entity = json!({
        "identifier": "pay", "blueprint": "service", "title": null, "icon": null, "team": [],
        "properties": {}, "relations": {},
        "createdAt": "2026-11-23T03:14:29.788Z", "createdBy": "sandbox",
        "updatedAt": "2026-11-23T03:14:29.788Z", "updatedBy": "sandbox",
        "$datasource": EXPORTER,
    });
    let fields = entity.as_object_mut().unwrap();
    fields.extend(with.as_object().unwrap().clone());
    json!({"ok": true, "entity": entity})
}

#[test]
fn an_entity_is_created_and_written_into() {
    let fixture = Fixture::new();
    let body = json!({
        "identifier": "pay", "blueprint": "service", "title": "Pay", "icon": "Git",
        "team": "shop", "properties": {"tier": "gold", "url": "https://pay.example"},
        "relations": {"system": "shop", "uses": []}, "unknown": "is passed over",
    });
    let created = pay(json!({
        "title": "Pay", "icon": "Git", "team": ["shop"],
        "properties": {"tier": "gold", "url": "https://pay.example"},
        "relations": {"system": "shop", "uses": []},
    }));
    fixture.check(UPSERT, body, 201, created.clone());
    fixture.check(GET, Value::Null, 200, created);

    let later = "2026-11-23T03:14:29.789Z";
    let merged = pay(json!({
        "title": "Pay 2", "icon": "Git", "team": [], "updatedAt": later,
        "properties": {"tier": null, "url": "https://pay.example", "replicas": 2},
        "relations": {"system": null, "uses": []},
    }));
    let body = json!({
        "identifier": "pay", "title": "Pay 2", "team": [],
        "properties": {"tier": null, "replicas": 2}, "relations": {"system": null},
    });
    fixture.check(UPSERT, body, 201, merged.clone());
    fixture.check(GET, Value::Null, 200, merged);

    let over = pay(json!({
        "updatedAt": "2026-11-23T03:14:29.790Z", "properties": {"tier": "silver"},
    }));
    let line = "POST /v1/blueprints/service/entities?upsert=true";
    let body = json!({"identifier": "pay", "properties": {"tier": "silver"}});
    fixture.check(line, body, 201, over);
}

#[test]
fn a_write_that_changes_nothing_is_none() {
    let fixture = Fixture::new();
    let body = json!({"identifier": "pay", "properties": {"tier": "gold"}});
    let created = fixture.expect(UPSERT, body.clone(), 201);
    let before = fixture.store.revision();
    let mut changes = fixture.store.changes();
    fixture.check(UPSERT, body, 201, created);
    assert_eq!(fixture.store.revision(), before);
    assert!(changes.try_recv().is_err());
}

#[test]
fn without_upsert_an_identifier_is_taken_once() {
    let fixture = Fixture::new();
    let line = "POST /v1/blueprints/service/entities";
    fixture.expect(line, json!({"identifier": "pay"}), 201);
    let message = "Entity with identifier \"pay\" already exists";
    fixture.fails(
        line,
        json!({"identifier": "pay"}),
        409,
        "identifier_taken",
        message,
    );
    let merge = format!("{line}?merge=true");
    fixture.fails(
        &merge,
        json!({"identifier": "pay"}),
        409,
        "identifier_taken",
        message,
    );
    let unnamed = fixture.expect(line, json!({}), 201);
    assert_eq!(unnamed["entity"]["identifier"], "service_1");
}

#[test]
fn who_created_an_entity_owns_it_whoever_writes_to_it_then() {
    let fixture = Fixture::new();
    let ours = fixture.by("glint-gitops/0.1.0");
    fixture.expect(UPSERT, json!({"identifier": "pay"}), 201);
    ours.expect(UPSERT, json!({"identifier": "cart"}), 201);
    ours.expect(UPSERT, json!({"identifier": "pay", "title": "Pay"}), 201);
    let line = "PUT /v1/blueprints/service/entities/pay";
    ours.expect(line, json!({"title": "Pay 2"}), 200);
    fixture.expect(UPSERT, json!({"identifier": "cart", "title": "Cart"}), 201);
    fixture.store.read(|state| {
        let owners = state.entities_of("service").map(|(identity, stored)| {
            let by = (stored.datasource.as_str(), stored.updated_by.as_str());
            (identity.identifier.as_str(), by)
        });
        assert_eq!(
            owners.collect::<Vec<_>>(),
            [
                ("cart", ("glint-gitops/0.1.0", EXPORTER)),
                ("pay", (EXPORTER, "glint-gitops/0.1.0")),
            ]
        );
    });
}

#[test]
fn a_body_of_another_shape_is_invalid() {
    let fixture = Fixture::new();
    let check = |body: Value, message: &str| {
        fixture.fails(UPSERT, body, 422, "invalid_request", message);
    };
    check(json!([]), "body must be object");
    check(Value::Null, "body must be object");
    check(json!({"identifier": ""}), "body/identifier is empty");
    check(json!({"identifier": 1}), "body/identifier must be string");
    check(
        json!({"identifier": "a b"}),
        "body/identifier has the character ` `, which the catalog does not accept",
    );
    check(
        json!({"identifier": "a".repeat(1001)}),
        "body/identifier is longer than 1000 characters",
    );
    check(
        json!({"identifier": "pay", "title": null}),
        "body/title must be string",
    );
    check(
        json!({"identifier": "pay", "icon": 1}),
        "body/icon must be string",
    );
    let team = "body/team must be string, array of strings or query";
    check(json!({"identifier": "pay", "team": null}), team);
    check(json!({"identifier": "pay", "team": [1]}), team);
    check(
        json!({"identifier": "pay", "properties": []}),
        "body/properties must be object",
    );
    check(
        json!({"identifier": "pay", "relations": []}),
        "body/relations must be object",
    );
    check(
        json!({"identifier": "pay", "relations": {"system": ""}}),
        "body/relations/system is empty",
    );
    check(
        json!({"identifier": "pay", "relations": {"system": true}}),
        "body/relations/system must be string, array, null or query",
    );
    let line = "POST /v1/blueprints/nothing/entities";
    let message = "Blueprint with identifier \"nothing\" was not found";
    fixture.fails(
        line,
        json!({"identifier": "pay"}),
        404,
        "not_found",
        message,
    );
}

#[test]
fn properties_are_what_the_blueprint_declares() {
    let fixture = Fixture::new();
    let check = |properties: Value, message: &str| {
        let body = json!({"identifier": "pay", "properties": properties});
        fixture.fails(UPSERT, body, 422, "blueprint_schema_mismatch", message);
    };
    check(
        json!({"tire": 1}),
        "properties/tire is not in the schema of \"service\"",
    );
    check(
        json!({"age": 1}),
        "properties/age is computed by blueprint \"service\"",
    );
    check(json!({"tier": 1}), "properties/tier must be string");
    let one_of = "properties/tier must be equal to one of the allowed values";
    check(json!({"tier": "bronze"}), one_of);
    check(
        json!({"on-call": "nobody"}),
        "properties/on-call must match format \"email\"",
    );
    check(json!({"replicas": 0}), "properties/replicas must be >= 1");
    check(
        json!({"key": "ab"}),
        "properties/key must match pattern \"^[A-Z]+$\"",
    );
    check(
        json!({"key": "ABCDE"}),
        "properties/key must NOT have more than 4 characters",
    );
    check(json!({"tags": "a"}), "properties/tags must be array");
    check(
        json!({"tags": ["a", 1]}),
        "properties/tags/1 must be string",
    );
    fixture.fails(
        GET,
        Value::Null,
        404,
        "not_found",
        "Entity with identifier \"pay\" was not found",
    );
}

#[test]
fn what_is_required_is_there_after_the_write() {
    let fixture = Fixture::new();
    let strict = json!({
        "identifier": "strict", "title": "Strict",
        "schema": {"properties": {"tier": {"type": "string"}}, "required": ["tier"]},
        "relations": {"system": {"target": "system", "required": true, "many": false}},
    });
    fixture.expect("POST /v1/blueprints", strict, 201);
    let line = "POST /v1/blueprints/strict/entities?upsert=true&merge=true";
    let whole = json!({
        "identifier": "a", "properties": {"tier": "gold"}, "relations": {"system": "shop"},
    });
    let no_tier = "properties must have required property 'tier'";
    let code = "blueprint_schema_mismatch";
    fixture.fails(line, json!({"identifier": "a"}), 422, code, no_tier);
    let body = json!({"identifier": "a", "properties": {"tier": "gold"}});
    let no_system = "relation \"system\" is required";
    fixture.fails(line, body, 422, "required_relation", no_system);
    fixture.expect(line, whole, 201);
    fixture.expect(line, json!({"identifier": "a", "title": "A"}), 201);
    let cleared = json!({"identifier": "a", "properties": {"tier": null}});
    fixture.fails(line, cleared, 422, code, no_tier);
    let cleared = json!({"identifier": "a", "relations": {"system": null}});
    fixture.fails(line, cleared, 422, "required_relation", no_system);
    let over = "POST /v1/blueprints/strict/entities?upsert=true";
    fixture.fails(over, json!({"identifier": "a"}), 422, code, no_tier);
}

#[test]
fn relations_are_what_the_blueprint_declares() {
    let fixture = Fixture::new();
    let relating = |relations: Value| json!({"identifier": "pay", "relations": relations});
    let check = |relations: Value, code: &str, message: &str| {
        fixture.fails(UPSERT, relating(relations), 422, code, message);
    };
    let mismatch = "blueprint_schema_mismatch";
    check(
        json!({"squad": "a"}),
        mismatch,
        "relations/squad is not in \"service\"",
    );
    let many = "relation_many_violation";
    check(
        json!({"system": ["shop"]}),
        many,
        "relation \"system\" takes one identifier",
    );
    check(
        json!({"uses": "cart"}),
        many,
        "relation \"uses\" takes a list of identifiers",
    );
    let missing = "Entity with identifier \"cart\" was not found";
    let uses = relating(json!({"uses": ["cart"]}));
    fixture.fails(UPSERT, uses, 404, "not_found", missing);
    let itself = fixture.expect(UPSERT, relating(json!({"uses": ["pay"]})), 201);
    assert_eq!(itself["entity"]["relations"], json!({"uses": ["pay"]}));
}

#[test]
fn a_missing_related_entity_is_created_where_that_is_asked_for() {
    let fixture = Fixture::new();
    let line = format!("{UPSERT}&create_missing_related_entities=true");
    let relations = json!({"system": "mall", "uses": ["cart", "pay", "cart"]});
    fixture.expect(
        &line,
        json!({"identifier": "pay", "relations": relations}),
        201,
    );
    fixture.by("glint-gitops/0.1.0").expect(
        &line,
        json!({"identifier": "web", "relations": {"system": "site"}}),
        201,
    );
    fixture.store.read(|state| {
        let owners = state.entities.values().map(|stored| {
            (
                stored.record.identity.to_string(),
                stored.datasource.clone(),
            )
        });
        let auto = "port-auto-k8s-exporter/^0.3.4 (statekey/glint)";
        let expected = [
            ("service/cart", auto),
            ("service/pay", EXPORTER),
            ("service/web", "glint-gitops/0.1.0"),
            ("system/mall", auto),
            ("system/shop", EXPORTER),
            ("system/site", "port-auto-glint-gitops/0.1.0"),
        ];
        let expected = expected.map(|(entity, owner)| (entity.to_owned(), owner.to_owned()));
        assert_eq!(owners.collect::<Vec<_>>(), expected);
    });
}

#[test]
fn an_entity_that_is_refused_leaves_nothing_behind() {
    let fixture = Fixture::new();
    let line = format!("{UPSERT}&create_missing_related_entities=true");
    let body = json!({
        "identifier": "pay", "properties": {"tier": 1}, "relations": {"system": "mall"},
    });
    let message = "properties/tier must be string";
    fixture.fails(&line, body, 422, "blueprint_schema_mismatch", message);
    let line = "GET /v1/blueprints/system/entities/mall";
    let message = "Entity with identifier \"mall\" was not found";
    fixture.fails(line, Value::Null, 404, "not_found", message);
}

#[test]
fn a_team_that_is_inherited_is_not_sent() {
    let fixture = Fixture::new();
    let owned = json!({
        "identifier": "owned", "title": "Owned", "schema": {"properties": {}},
        "relations": {"system": {"target": "system"}},
        "ownership": {"type": "Inherited", "path": "system"},
    });
    fixture.expect("POST /v1/blueprints", owned, 201);
    let line = "POST /v1/blueprints/owned/entities";
    let message = "the team of an entity of \"owned\" is inherited";
    let body = json!({"identifier": "a", "team": "shop"});
    fixture.fails(line, body, 422, "team_inheritance_enabled", message);
    fixture.expect(line, json!({"identifier": "a"}), 201);
}

#[test]
fn what_only_validates_is_answered_alike_and_writes_nothing() {
    let fixture = Fixture::new();
    let dry = format!("{UPSERT}&validation_only=true&create_missing_related_entities=true");
    let body = json!({"identifier": "pay", "relations": {"system": "mall"}});
    let (before, mut changes) = (fixture.store.revision(), fixture.store.changes());
    let expected = pay(json!({"relations": {"system": "mall"}}));
    fixture.check(&dry, body, 201, expected);
    let wrong = json!({"identifier": "pay", "properties": {"tier": 1}});
    let message = "properties/tier must be string";
    fixture.fails(&dry, wrong, 422, "blueprint_schema_mismatch", message);
    assert_eq!(fixture.store.revision(), before);
    assert!(changes.try_recv().is_err());
    fixture
        .store
        .read(|state| assert_eq!(state.entities.len(), 1));
}

#[test]
fn an_entity_of_a_path_is_changed_in_part_or_whole() {
    let fixture = Fixture::new();
    let line = "PATCH /v1/blueprints/service/entities/pay";
    let missing = "Entity with identifier \"pay\" was not found";
    fixture.fails(line, json!({}), 404, "not_found", missing);
    let body = json!({
        "identifier": "pay", "title": "Pay", "team": ["shop"], "properties": {"tier": "gold"},
    });
    fixture.expect(UPSERT, body, 201);
    let patched = fixture.expect(line, json!({"title": null, "team": null}), 200);
    let expected = pay(json!({
        "properties": {"tier": "gold"}, "updatedAt": "2026-11-23T03:14:29.789Z",
    }));
    assert_eq!(patched, expected);
    let invalid = |body, message| fixture.fails(line, body, 422, "invalid_request", message);
    invalid(
        json!({"blueprint": "service"}),
        "body must NOT have additional properties",
    );
    invalid(
        json!({"properties": {"a.b": 1}}),
        "body/properties property name has the character `.`, which the catalog does not accept",
    );
    let line = "PUT /v1/blueprints/service/entities/pay";
    let put = fixture.expect(line, json!({"title": "Pay"}), 200);
    let expected = pay(json!({"title": "Pay", "updatedAt": "2026-11-23T03:14:29.790Z"}));
    assert_eq!(put, expected);
}

#[test]
fn an_entity_that_is_renamed_keeps_what_leads_to_it() {
    let fixture = Fixture::new();
    fixture.expect(
        UPSERT,
        json!({"identifier": "pay", "relations": {"system": "shop"}}),
        201,
    );
    fixture.expect(
        UPSERT,
        json!({"identifier": "cart", "relations": {"uses": ["pay"]}}),
        201,
    );
    let line = "PATCH /v1/blueprints/service/entities/pay";
    let taken = "Entity with identifier \"cart\" already exists";
    fixture.fails(
        line,
        json!({"identifier": "cart"}),
        409,
        "identifier_taken",
        taken,
    );
    fixture.expect(line, json!({"identifier": "payments"}), 200);
    fixture.expect(
        "PATCH /v1/blueprints/system/entities/shop",
        json!({"identifier": "mall"}),
        200,
    );
    fixture.store.read(|state| {
        let relations = state.entities_of("service").map(|(identity, stored)| {
            (
                identity.identifier.clone(),
                Value::Object(stored.record.relations.clone()),
            )
        });
        let expected = [
            ("cart".to_owned(), json!({"uses": ["payments"]})),
            ("payments".to_owned(), json!({"system": "mall"})),
        ];
        assert_eq!(relations.collect::<Vec<_>>(), expected);
    });
}

#[test]
fn an_answer_holds_what_is_asked_for() {
    let fixture = Fixture::new();
    let body = json!({"identifier": "pay", "properties": {"tier": "gold", "replicas": 1}});
    fixture.expect(UPSERT, body, 201);
    let check = |query: &str, expected: Value| {
        let expected = json!({"ok": true, "entity": expected});
        fixture.check(&format!("{GET}?{query}"), Value::Null, 200, expected);
    };
    check(
        "include=identifier&include=blueprint",
        json!({"identifier": "pay", "blueprint": "service"}),
    );
    check(
        "include=identifier&include=properties.tier",
        json!({"identifier": "pay", "properties": {"tier": "gold"}}),
    );
    check(
        "include=identifier&include=properties&exclude=properties.tier",
        json!({"identifier": "pay", "properties": {"replicas": 1}}),
    );
    let line = "GET /v1/blueprints/service/entities?include=identifier";
    fixture.check(
        line,
        Value::Null,
        200,
        json!({"ok": true, "entities": [{"identifier": "pay"}]}),
    );
    let line = "GET /v1/blueprints/service/entities-count";
    fixture.check(line, Value::Null, 200, json!({"ok": true, "count": 1}));
}
