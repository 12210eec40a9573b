//! Reports while things go wrong: each run is there once all the same.

use serde_json::json;

use crate::support::{Scene, object};

#[test]
fn what_goes_wrong_in_between_changes_no_report() {
    let scene = Scene::with_faults("429=0.15,500=0.1,cut=0.05", 7);
    let said = scene.report(&["--install"], "");
    assert_eq!(said.status, 0, "{}", said.stderr);
    let mut object = object("argocd/synced.recorded.json");
    object["status"]["history"] = json!([]);
    for minute in 0..4 {
        let started = format!("2026-11-23T10:{minute:02}:00Z");
        object["status"]["operationState"]["startedAt"] = json!(started);
        for _ in 0..2 {
            let said = scene.report_object(&object, &[]);
            assert_eq!(said.status, 0, "{}", said.stderr);
        }
    }
    let runs = scene.entities("gitopsSync");
    let started = runs
        .iter()
        .map(|run| run["properties"]["startedAt"].as_str());
    let started: Vec<Option<&str>> = started.collect();
    let expected = [0, 1, 2, 3].map(|minute| format!("2026-11-23T10:{minute:02}:00Z"));
    let expected = expected.each_ref().map(|started| Some(started.as_str()));
    assert_eq!(started, expected);
    let calls = scene.sandbox.calls();
    assert!(
        calls
            .iter()
            .any(|call| call.status == 429 || call.status == 500)
    );
}

#[test]
fn credentials_that_are_not_taken_are_said_once() {
    let scene = Scene::installed();
    let said = scene.report(&["--install", "--client-id", ""], "");
    assert_eq!(
        (said.status, said.stdout.as_str()),
        (2, ""),
        "{}",
        said.stderr
    );
    assert!(!said.stderr.contains("sandbox-secret"), "{}", said.stderr);
}
