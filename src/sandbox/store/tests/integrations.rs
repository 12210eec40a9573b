//! Integrations: what the exporter asks for, and what moves its clock.

use serde_json::{Value, json};

use super::Fixture;

fn config() -> Value {
    json!({"resources": [{
        "kind": "glint.io/v1/entities",
        "selector": {"query": "true"},
        "port": {"entity": {"mappings": [
            {"identifier": ".metadata.name", "blueprint": ".spec.blueprint"},
        ]}},
    }]})
}

fn created() -> Fixture {
    let fixture = Fixture::empty();
    let body = json!({
        "title": "glint", "installationAppType": "K8S EXPORTER", "installationId": "glint",
        "version": "0.7.9", "config": config(),
    });
    let line = "POST /v1/integration?integration_modes=create_resources";
    fixture.expect(line, body, 201);
    fixture
}

fn answer(config: Value, version: &str, updated_at: &str) -> Value {
    json!({"ok": true, "integration": {
        "identifier": "glint", "installationId": "glint", "title": "glint",
        "version": version, "installationAppType": "K8S EXPORTER", "config": config,
        "createdAt": "2026-11-23T03:14:29.785Z", "updatedAt": updated_at,
        "logAttributes": {
            "ingestUrl": "http://127.0.0.1/logs/integration/glint", "ingestId": "glint",
        },
        "resyncState": {},
    }})
}

#[test]
fn any_write_moves_the_time_of_an_integration() {
    let fixture = created();
    let first = "2026-11-23T03:14:29.785Z";
    let line = "GET /v1/integration/glint?isPolling=true";
    fixture.check(line, Value::Null, 200, answer(config(), "0.7.9", first));
    fixture.check(
        "PATCH /v1/integration/glint",
        json!({"version": "unknown"}),
        200,
        answer(config(), "unknown", "2026-11-23T03:14:29.786Z"),
    );
    let resync = "GET /v1/integration/glint/resync-request";
    fixture.check(
        resync,
        Value::Null,
        200,
        json!({"ok": true, "request": null}),
    );
    fixture.check(
        "PATCH /v1/integration/glint",
        Value::Null,
        200,
        answer(config(), "unknown", "2026-11-23T03:14:29.787Z"),
    );
    let request = json!({"updatedAt": "2026-11-23T03:14:29.787Z"});
    fixture.check(
        resync,
        Value::Null,
        200,
        json!({"ok": true, "request": request}),
    );
}

#[test]
fn a_config_is_replaced_whole() {
    let fixture = created();
    let line = "PATCH /v1/integration/glint/config";
    let other = json!({"deleteDependents": true});
    fixture.check(
        line,
        json!({"config": other}),
        200,
        answer(other, "0.7.9", "2026-11-23T03:14:29.786Z"),
    );
    fixture.check(
        line,
        json!({"config": null}),
        200,
        answer(Value::Null, "0.7.9", "2026-11-23T03:14:29.787Z"),
    );
    let invalid = |body, message| fixture.fails(line, body, 422, "invalid_request", message);
    invalid(
        json!({"config": {}, "x": 1}),
        "body must NOT have additional properties",
    );
    invalid(json!({"config": []}), "body/config must be object");
    invalid(
        json!({"config": {"resources": {}}}),
        "body/config/resources must be array",
    );
    invalid(
        json!({"config": {"resources": [{"kind": "v1/pods", "selector": {}}]}}),
        "body/config/resources/0 must have required property 'port'",
    );
    invalid(
        json!({"config": {"resources": [{
            "kind": "v1/pods", "selector": {},
            "port": {"entity": {"mappings": {"identifier": ".x"}}},
        }]}}),
        "body/config/resources/0/port/entity/mappings must have required property 'blueprint'",
    );
}

#[test]
fn an_integration_is_created_once() {
    let fixture = created();
    let line = "POST /v1/integration";
    fixture.fails(
        line,
        json!({"installationId": "glint"}),
        409,
        "identifier_taken",
        "Integration with identifier \"glint\" already exists",
    );
    let message = "body must have required property 'installationId'";
    fixture.fails(line, json!({}), 422, "invalid_request", message);
    for line in [
        "GET /v1/integration/other",
        "PATCH /v1/integration/other",
        "GET /v1/integration/other/resync-request",
    ] {
        let message = "Integration with identifier \"other\" was not found";
        fixture.fails(line, Value::Null, 404, "not_found", message);
    }
}

#[test]
fn examples_are_kept_by_kind() {
    let fixture = created();
    let objects: Vec<Value> = (0..7).map(|number| json!({"number": number})).collect();
    let line = "POST /v1/integration/glint/kinds/glint.io%2Fv1%2Fentities/examples";
    let unmoved = answer(config(), "0.7.9", "2026-11-23T03:14:29.785Z");
    fixture.check(line, json!({"examples": objects}), 200, unmoved);
    let ids = "000000000000000000000000";
    let examples: Vec<Value> = (0..5)
        .map(|number| json!({"_id": format!("{}{number}", &ids[1..]), "data": {"number": number}}))
        .collect();
    let data = json!({"glint.io/v1/entities": {"examples": examples}});
    let line = "GET /v1/integration/glint/kinds";
    fixture.check(line, Value::Null, 200, json!({"ok": true, "data": data}));
}

#[test]
fn logs_are_taken_and_given_by_level() {
    let fixture = created();
    let log = |level, at| json!({"level": level, "timestamp": at, "message": "m"});
    let logs = json!({"logs": [log("INFO", "1"), log("ERROR", "2"), log("ERROR", "3")]});
    fixture.check(
        "POST /logs/integration/glint",
        logs,
        200,
        json!({"ok": true}),
    );
    let check = |query: &str, logs: &[Value]| {
        let line = format!("GET /v1/integration/glint/logs?{query}");
        fixture.check(
            &line,
            Value::Null,
            200,
            json!({"ok": true, "auditLogs": logs}),
        );
    };
    check(
        "",
        &[log("ERROR", "3"), log("ERROR", "2"), log("INFO", "1")],
    );
    check("level=ERROR&limit=1", &[log("ERROR", "3")]);
    check("timestamp=2", &[log("INFO", "1")]);
    check("timestamp=2&direction=up", &[log("ERROR", "3")]);
    let line = "GET /v1/integration/glint/logs?limit=301";
    let message = "querystring/limit must be <= 300";
    fixture.fails(line, Value::Null, 422, "invalid_request", message);
}
