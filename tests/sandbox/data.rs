//! A catalog that outlives its process.

use std::fs;
use std::path::Path;

use glint_gitops::{LocalOptions, LocalSandbox};
use serde_json::{Value, json};

use crate::client::Client;

fn started(path: &Path) -> LocalSandbox {
    LocalSandbox::start_with(LocalOptions {
        data: Some(path.to_owned()),
        ..LocalOptions::default()
    })
}

const READS: [&str; 4] = [
    "GET /v1/blueprints",
    "GET /v1/blueprints/service/entities",
    "GET /v1/integration/glint",
    "GET /v1/integration/glint/kinds",
];

fn seed(client: &Client<'_>) {
    let service = json!({
        "identifier": "service", "title": "S",
        "schema": {"properties": {"tier": {"type": "string"}}},
        "relations": {"uses": {"target": "service", "many": true}},
    });
    let pay = json!({
        "identifier": "pay", "title": "Pay", "team": ["shop"],
        "properties": {"tier": "gold"}, "relations": {"uses": []},
    });
    let integration = json!({"installationId": "glint", "config": {"resources": []}});
    let examples = json!({"examples": [{"a": 1}]});
    for (line, body, status) in [
        ("POST /v1/blueprints", service, 201),
        ("POST /v1/blueprints/service/entities", pay, 201),
        ("POST /v1/integration", integration, 201),
        (
            "POST /v1/integration/glint/kinds/v1%2Fpods/examples",
            examples,
            200,
        ),
    ] {
        assert_eq!(client.call(line, Some(&body)).status, status, "{line}");
    }
}

/// What is read, but for the address that logs go to.
fn read(sandbox: &LocalSandbox) -> Vec<Value> {
    let client = Client::new(sandbox);
    let answers = READS.iter().map(|line| {
        let mut answer = client.call(line, None).json();
        if let Some(integration) = answer.get_mut("integration") {
            integration["logAttributes"] = Value::Null;
        }
        answer
    });
    answers.collect()
}

#[test]
fn a_catalog_is_the_same_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.json");
    let first = started(&path);
    seed(&Client::new(&first));
    let before = read(&first);
    drop(first);
    let second = started(&path);
    assert_eq!(read(&second), before);
    let entity = json!({"title": "Pay 2"});
    let line = "PATCH /v1/blueprints/service/entities/pay";
    let came = Client::new(&second).call(line, Some(&entity));
    assert_eq!(
        came.json()["entity"]["createdAt"],
        before[1]["entities"][0]["createdAt"]
    );
}

/// By construction: the file is whole at every moment, and an answer to a write
/// comes after the file holds it. So what is in the file right after an answer is
/// what a process that was killed then would leave.
#[test]
fn what_was_answered_is_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.json");
    let sandbox = started(&path);
    let client = Client::new(&sandbox);
    seed(&client);
    for number in 0..20 {
        let entity = json!({"identifier": format!("e{number}")});
        let line = "POST /v1/blueprints/service/entities";
        assert_eq!(client.call(line, Some(&entity)).status, 201);
        let copy = folder.path().join(format!("killed-{number}.json"));
        fs::copy(&path, &copy).unwrap();
        let after = started(&copy);
        assert_eq!(read(&after), read(&sandbox));
    }
}

#[test]
#[should_panic(expected = "is no data of a sandbox, and is left as it is")]
fn a_file_of_something_else_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.json");
    fs::write(&path, "{\"mine\": true}").unwrap();
    let outcome = std::panic::catch_unwind(|| started(&path));
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"mine\": true}");
    if let Err(panic) = outcome {
        std::panic::resume_unwind(panic);
    }
}

#[test]
#[should_panic(expected = "another sandbox keeps its data in")]
fn two_sandboxes_keep_no_file_together() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("catalog.json");
    let _first = started(&path);
    let _second = started(&path);
}
