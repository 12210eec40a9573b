//! `--install`.

use serde_json::json;

use crate::support::{Scene, object};

#[test]
fn blueprints_are_made_once() {
    let scene = Scene::empty();
    let said = scene.report(&["--install"], "");
    let made = "blueprint `gitopsTarget` created\nblueprint `gitopsSync` created\n";
    assert_eq!((said.status, said.stdout.as_str()), (0, made));
    let writes = scene.writes();
    let said = scene.report(&["--install"], "");
    let there = "blueprint `gitopsTarget` is there\nblueprint `gitopsSync` is there\n";
    assert_eq!((said.status, said.stdout.as_str()), (0, there));
    assert_eq!(scene.writes(), writes);
}

#[test]
fn an_extension_keeps_what_is_there() {
    let scene = Scene::empty();
    let theirs = json!({
        "identifier": "gitopsTarget",
        "title": "My targets",
        "schema": {"properties": {"cost": {"type": "number"}, "syncStatus": {"type": "string", "enum": ["Synced"]}}, "required": []},
        "relations": {},
    });
    let service = json!({"identifier": "service", "title": "Service", "schema": {"properties": {}, "required": []}});
    scene.sandbox.seed_as("test", &[theirs, service], &[]);
    let said = scene.report(&["--install", "--relate", "services=service"], "");
    assert_eq!(
        (said.status, said.stdout.as_str()),
        (
            0,
            "blueprint `gitopsTarget` extended\nblueprint `gitopsSync` created\n"
        ),
        "{}",
        said.stderr
    );
    let (_, answer) = scene
        .sandbox
        .call_as("test", "GET /v1/blueprints/gitopsTarget", None);
    let blueprint = &answer["blueprint"];
    assert_eq!(blueprint["title"], "My targets");
    assert_eq!(
        blueprint["schema"]["properties"]["cost"],
        json!({"type": "number"})
    );
    assert_eq!(
        blueprint["schema"]["properties"]["syncStatus"]["enum"],
        json!(["Synced", "OutOfSync", "Failed", "Unknown"])
    );
    assert_eq!(blueprint["relations"]["services"]["target"], "service");
    let said = scene.report_object(&object("argocd/synced.recorded.json"), &[]);
    assert_eq!(said.status, 0, "{}", said.stderr);
}

#[test]
fn what_stands_in_the_way_is_named_and_left() {
    let scene = Scene::empty();
    let theirs = json!({
        "identifier": "gitopsSync",
        "title": "Runs",
        "schema": {"properties": {"phase": {"type": "number"}}, "required": []},
    });
    scene.sandbox.seed_as("test", &[theirs], &[]);
    let said = scene.report(&["--install"], "");
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
    let why = "cannot make the blueprint `gitopsSync`: the blueprint `gitopsSync` has the property `phase` as \"number\", and reports need \"string\"; rename it, or use another organisation\n";
    assert!(said.stderr.ends_with(why), "{}", said.stderr);
}

#[test]
fn without_blueprints_it_is_said_how_to_make_them() {
    let scene = Scene::empty();
    let said = scene.report_object(&object("argocd/synced.recorded.json"), &[]);
    assert_eq!((said.status, said.stdout.as_str()), (2, ""));
    let why = "the catalog has no blueprint `gitopsSync`; run `glint-gitops report --install` once";
    assert!(said.stderr.contains(why), "{}", said.stderr);
}
