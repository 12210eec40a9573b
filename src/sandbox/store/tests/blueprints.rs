//! Blueprints: what is taken, and what stands in the way of removing one.

use serde_json::{Value, json};

use super::Fixture;

fn minimal(identifier: &str) -> Value {
    json!({"identifier": identifier, "title": "T", "schema": {"properties": {}}})
}

#[test]
fn a_blueprint_is_answered_with_what_it_has_by_default() {
    let fixture = Fixture::empty();
    let created = json!({
        "identifier": "system", "title": "T", "schema": {"properties": {}},
        "relations": {}, "mirrorProperties": {}, "calculationProperties": {},
        "aggregationProperties": {},
        "createdAt": "2026-11-23T03:14:29.785Z", "createdBy": "sandbox",
        "updatedAt": "2026-11-23T03:14:29.785Z", "updatedBy": "sandbox",
    });
    let line = "POST /v1/blueprints?create_catalog_page=false";
    fixture.check(
        line,
        minimal("system"),
        201,
        json!({"ok": true, "blueprint": created}),
    );
    let line = "GET /v1/blueprints/system";
    fixture.check(
        line,
        Value::Null,
        200,
        json!({"ok": true, "blueprint": created}),
    );
    let line = "GET /v1/blueprints";
    fixture.check(
        line,
        Value::Null,
        200,
        json!({"ok": true, "blueprints": [created]}),
    );

    let mut changed = created;
    changed["title"] = json!("System");
    changed["updatedAt"] = json!("2026-11-23T03:14:29.786Z");
    let line = "PATCH /v1/blueprints/system";
    let expected = json!({"ok": true, "blueprint": changed});
    fixture.check(line, json!({"title": "System"}), 200, expected);

    changed["title"] = json!("T");
    changed["updatedAt"] = json!("2026-11-23T03:14:29.787Z");
    let line = "PUT /v1/blueprints/system";
    fixture.check(
        line,
        minimal("system"),
        200,
        json!({"ok": true, "blueprint": changed}),
    );
}

#[test]
fn what_is_no_blueprint_is_refused() {
    let fixture = Fixture::empty();
    let check = |with: Value, message: &str| {
        let mut body = minimal("service");
        body.as_object_mut()
            .unwrap()
            .extend(with.as_object().unwrap().clone());
        fixture.fails("POST /v1/blueprints", body, 422, "invalid_request", message);
    };
    check(
        json!({"identifier": "a b"}),
        "body/identifier has the character ` `, which the catalog does not accept",
    );
    check(
        json!({"title": ""}),
        "body/title must be string of 1 to 100 characters",
    );
    check(
        json!({"schema": {}}),
        "body/schema must have required property 'properties'",
    );
    check(
        json!({"schema": {"properties": {"tier": {}}}}),
        "body/schema/properties/tier must have required property 'type'",
    );
    check(
        json!({"schema": {"properties": {"tier": {"type": "integer"}}}}),
        "body/schema/properties/tier/type must be equal to one of the allowed values",
    );
    check(
        json!({"schema": {"properties": {"größe": {"type": "string"}}}}),
        "body/schema/properties property name has the character `ö`, which the catalog does not accept",
    );
    check(
        json!({"relations": {"team": {"required": true, "many": true, "target": "service"}}}),
        "body/relations/team must not be required and many",
    );
    fixture.fails(
        "POST /v1/blueprints",
        json!({"title": "T"}),
        422,
        "invalid_request",
        "body must have required property 'identifier'",
    );
}

#[test]
fn a_relation_leads_to_a_blueprint_that_is_there() {
    let fixture = Fixture::empty();
    let mut service = minimal("service");
    service["relations"] = json!({"system": {"target": "system"}, "uses": {"target": "service"}});
    let line = "POST /v1/blueprints";
    let message = "Blueprint with identifier \"system\" was not found";
    fixture.fails(line, service.clone(), 404, "not_found", message);
    fixture.expect(line, minimal("system"), 201);
    let created = fixture.expect(line, service.clone(), 201);
    assert_eq!(
        created["blueprint"]["relations"]["system"],
        json!({"target": "system", "required": false, "many": false})
    );
    let message = "Blueprint with identifier \"service\" already exists";
    fixture.fails(line, service, 409, "identifier_taken", message);
}

#[test]
fn a_blueprint_goes_after_its_entities_and_what_leads_to_it() {
    let fixture = Fixture::new();
    let service = json!({"identifier": "pay"});
    fixture.expect("POST /v1/blueprints/service/entities", service, 201);
    let refused = |blueprint: &str| {
        let line = format!("DELETE /v1/blueprints/{blueprint}");
        let message = format!("Blueprint \"{blueprint}\" has dependents");
        fixture.fails(&line, Value::Null, 403, "has_dependents", &message);
    };
    let deleted = |line: &str| fixture.check(line, Value::Null, 200, json!({"ok": true}));
    refused("service");
    refused("system");
    deleted("DELETE /v1/blueprints/service/entities/pay");
    refused("system");
    deleted("DELETE /v1/blueprints/service");
    refused("system");
    deleted("DELETE /v1/blueprints/system/all-entities?delete_blueprint=true");
    let line = "GET /v1/blueprints";
    fixture.check(
        line,
        Value::Null,
        200,
        json!({"ok": true, "blueprints": []}),
    );
}
