//! The requests that the real exporter sent (port-k8s-exporter v0.7.9), and that they
//! are answered here in the shape in which they were answered then.
//!
//! The answers of the trace are a stand-in's, which knew less than the API: ours may
//! hold more.

use serde_json::{Value, json};

use super::super::{Call, Method};
use super::{EXPORTER, Fixture};

/// Whether all that was answered then is there now, of the same types.
fn fits(then: &Value, now: &Value) -> bool {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => then
            .iter()
            .all(|(key, value)| now.get(key).is_some_and(|now| fits(value, now))),
        (Value::Array(then), Value::Array(now)) => {
            then.len() == now.len() && then.iter().zip(now).all(|(then, now)| fits(then, now))
        }
        (then, now) => std::mem::discriminant(then) == std::mem::discriminant(now),
    }
}

/// What is compared of an answer: without the order of a data source's entities, and
/// without what a search shows beyond what it was asked for, or an integration's
/// config, which was changed then from elsewhere.
fn compared(path: &str, mut answer: Value) -> Value {
    let searches = path.ends_with("/search");
    if let Some(Value::Array(entities)) = answer.get_mut("entities") {
        if searches {
            let names = ["identifier", "blueprint"];
            let asked = |entity: &Value| names.map(|name| entity[name].clone()).into_iter();
            *entities = entities
                .iter()
                .map(|entity| asked(entity).collect())
                .collect();
        }
        if path.ends_with("/datasource-entities") {
            entities.sort_by_key(Value::to_string);
        }
    }
    if let Some(integration) = answer.get_mut("integration") {
        integration["config"] = json!({});
    }
    answer
}

fn seeded() -> Fixture {
    let fixture = Fixture::empty();
    let text = || json!({"type": "string"});
    let blueprint = |identifier: &str, relations: Value| {
        json!({
            "identifier": identifier, "title": "T", "relations": relations,
            "schema": {"properties": {"tier": text(), "url": text(), "ns": text()}},
        })
    };
    let system = json!({"system": {"target": "system"}});
    for (identifier, relations) in [
        ("system", json!({})),
        ("service", system.clone()),
        ("other", system),
    ] {
        let body = blueprint(identifier, relations);
        fixture.expect("POST /v1/blueprints", body, 201);
    }
    let line = "POST /v1/blueprints/service/entities";
    fixture.expect(line, json!({"identifier": "old-stale"}), 201);
    let integration = json!({
        "installationId": "glint", "title": "glint", "version": "0.7.9",
        "installationAppType": "K8S EXPORTER",
    });
    fixture.expect("POST /v1/integration", integration, 201);
    fixture
}

#[test]
fn what_the_exporter_sent_is_answered_as_it_was() {
    let fixture = seeded();
    let trace = include_str!("../../../../tests/traces/exporter-life.jsonl");
    let mut compared_calls = 0;
    for line in trace.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let (path, then) = (text("path"), row["response"].clone());
        if path == "/__mark" {
            if row["body"] == "manual resync request" {
                fixture.expect("PATCH /v1/integration/glint", Value::Null, 200);
            }
            continue;
        }
        let now = fixture.store.handle(&Call {
            method: Method::parse(&text("method")).unwrap(),
            query: text("query"),
            user_agent: EXPORTER.to_owned(),
            token: (!path.starts_with("/v1/auth")).then(|| fixture.token.clone()),
            body: (!row["body"].is_null()).then(|| row["body"].clone()),
            path: path.clone(),
        });
        let number = &row["n"];
        assert_eq!(row["status"], now.status, "{number} {path}: {}", now.body);
        let (then, now) = (compared(&path, then), compared(&path, now.body));
        // Who owns what, and what was created, is the same to the letter.
        match path.ends_with("/bulk") || path.ends_with("entities") {
            true => assert_eq!(then, now, "{number} {path}"),
            false => assert!(fits(&then, &now), "{number} {path}: {then} became {now}"),
        }
        compared_calls += 1;
    }
    assert!(compared_calls > 200, "{compared_calls} calls");
}
