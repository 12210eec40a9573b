//! Targets and runs, once each.

use serde_json::{Value, json};

use crate::support::{Scene, object};

const SYNCED: &str = "argocd/synced.recorded.json";

#[test]
fn the_same_object_twice_writes_nothing() {
    let scene = Scene::installed();
    let said = scene.report_object(&object(SYNCED), &[]);
    let first = "ca1  synced c31210a by Argo CD in 4.0 s\n  gitopsTarget/prod-argocd-ca1-39b82d52  2 writes\n";
    assert_eq!(
        (said.status, said.stdout.as_str()),
        (0, first),
        "{}",
        said.stderr
    );
    let entities = |scene: &Scene| [scene.entities("gitopsTarget"), scene.entities("gitopsSync")];
    let (held, writes) = (entities(&scene), scene.writes());
    let said = scene.report_object(&object(SYNCED), &[]);
    let second = "ca1  synced c31210a by Argo CD in 4.0 s\n  gitopsTarget/prod-argocd-ca1-39b82d52  nothing new\n";
    assert_eq!((said.status, said.stdout.as_str()), (0, second));
    assert_eq!((entities(&scene), scene.writes()), (held, writes));
}

#[test]
fn every_recorded_object_is_taken() {
    let scene = Scene::installed();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/objects");
    for host in ["argocd", "flux"] {
        for file in std::fs::read_dir(format!("{folder}/{host}")).expect("a folder") {
            let file = file.expect("an entry").file_name();
            let path = format!("{host}/{}", file.to_string_lossy());
            let said = scene.report_object(&object(&path), &[]);
            assert_eq!(said.status, 0, "{path}: {}", said.stderr);
            let writes = scene.writes();
            let said = scene.report_object(&object(&path), &[]);
            assert_eq!((said.status, scene.writes()), (0, writes), "{path} again");
        }
    }
    let all = [scene.entities("gitopsTarget"), scene.entities("gitopsSync")];
    assert!(!Value::from(all.concat()).to_string().contains("CANARY"));
}

/// The synced application, with a sync in this minute.
fn application(minute: u32) -> Value {
    let mut object = object(SYNCED);
    let operation = &mut object["status"]["operationState"];
    operation["startedAt"] = json!(format!("2026-11-23T10:{minute:02}:00Z"));
    operation["finishedAt"] = json!(format!("2026-11-23T10:{minute:02}:02Z"));
    object["status"]["history"] = json!([]);
    object
}

#[test]
fn runs_beyond_the_last_are_removed() {
    let scene = Scene::installed();
    for minute in 0..5 {
        let said = scene.report_object(&application(minute), &["--keep-runs", "3"]);
        assert_eq!(said.status, 0, "{}", said.stderr);
    }
    let started: Vec<Value> = scene
        .entities("gitopsSync")
        .iter()
        .map(|run| run["properties"]["startedAt"].clone())
        .collect();
    let expected = [
        "2026-11-23T10:02:00Z",
        "2026-11-23T10:03:00Z",
        "2026-11-23T10:04:00Z",
    ];
    assert_eq!(started, expected);
    let said = scene.report_object(&application(4), &["--keep-runs", "1"]);
    let removed = "  gitopsTarget/prod-argocd-ca1-39b82d52  2 removed\n";
    assert!(said.stdout.ends_with(removed), "{}", said.stdout);
}

#[test]
fn a_deleted_application_takes_its_runs_along() {
    let scene = Scene::installed();
    scene.report_object(&application(0), &[]);
    scene.report_object(&application(1), &[]);
    scene.report_object(&object("flux/kustomization.recorded.json"), &[]);
    let said = scene.report_object(&application(1), &["--deleted"]);
    let removed = "ca1  deleted\n  gitopsTarget/prod-argocd-ca1-39b82d52  3 removed\n";
    assert_eq!(
        (said.status, said.stdout.as_str()),
        (0, removed),
        "{}",
        said.stderr
    );
    assert_eq!(scene.entities("gitopsTarget").len(), 1);
    assert_eq!(scene.entities("gitopsSync").len(), 1);
    let said = scene.report_object(&application(1), &["--deleted"]);
    assert!(said.stdout.ends_with("nothing new\n"), "{}", said.stdout);
}

#[test]
fn an_application_on_its_way_out_is_still_there() {
    let scene = Scene::installed();
    let said = scene.report_object(&object("argocd/deleting.edited.json"), &[]);
    let shown = "ca1  synced c31210a by Argo CD in 4.0 s: what was said stands in the object's status, and is not repeated as it may quote values\n";
    assert!(said.stdout.starts_with(shown), "{}", said.stdout);
    assert_eq!(
        scene.entities("gitopsTarget")[0]["properties"]["reason"],
        "DeletionError"
    );
}

#[test]
fn what_others_wrote_to_a_target_stays() {
    let scene = Scene::installed();
    scene.report_object(&application(0), &[]);
    let line = "PATCH /v1/blueprints/gitopsTarget";
    let (_, answer) = scene
        .sandbox
        .call_as("test", "GET /v1/blueprints/gitopsTarget", None);
    let mut schema = answer["blueprint"]["schema"].clone();
    schema["properties"]["owner"] = json!({"type": "string"});
    scene
        .sandbox
        .call_as("test", line, Some(json!({"schema": schema})));
    let line = "PATCH /v1/blueprints/gitopsTarget/entities/prod-argocd-ca1-39b82d52";
    scene
        .sandbox
        .call_as("test", line, Some(json!({"properties": {"owner": "pay"}})));
    scene.report_object(&application(1), &[]);
    assert_eq!(
        scene.entities("gitopsTarget")[0]["properties"]["owner"],
        "pay"
    );
}

#[test]
fn machines_get_json() {
    let scene = Scene::installed();
    let said = scene.report_object(
        &object("argocd/not-permitted.recorded.json"),
        &["--format", "json"],
    );
    let document: Value = serde_json::from_str(&said.stdout).expect("JSON");
    assert_eq!(
        document,
        json!({
            "target": {
                "blueprint": "gitopsTarget",
                "identifier": "prod-argocd-e-6c58ce61",
                "kind": "Application",
                "namespace": "argocd",
                "name": "e",
                "syncStatus": "Failed",
                "healthStatus": "Missing",
                "reason": "Failed",
                "message": "CustomResourceDefinition is not permitted in project tight; one or more resources can't be synced; tried 5 times more",
            },
            "run": {
                "blueprint": "gitopsSync",
                "phase": "Failed",
                "reason": "Failed",
                "revision": "c31210a360b97e4d57c73866d8c077b79d0db61e",
                "seconds": 310.0,
            },
            "deleted": false,
            "installed": [],
            "written": 2,
            "removed": 0,
            "entities": [],
            "waitedSeconds": null,
        })
    );
}
