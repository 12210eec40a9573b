//! What people are shown who look with kubectl, and what they are told who ask for
//! what can't be.

use std::thread;
use std::time::{Duration, Instant};

use regex::Regex;
use serde_json::{Value, json};

use super::World;
use super::world::KIND;
use crate::cluster::condition;
use crate::process::PATIENCE;

/// A text without digests and ages.
fn same_each_time(text: &str) -> String {
    let varies = [
        (r"\d{4}-\d\d-\d\dT[\d:]+Z", "TIME"),
        (r"\b(\d+[hms])+\b", "AGE"),
        (r"AGE \(x\d+ over AGE\)", "AGE"),
        (r" {2,}", "  "),
        (r"-{2,}", "--"),
        (r" +\n", "\n"),
    ];
    varies
        .iter()
        .fold(text.to_owned(), |text, (pattern, stands)| {
            let pattern = Regex::new(pattern).expect("a pattern");
            pattern.replace_all(&text, *stands).into_owned()
        })
}

#[test]
fn a_list_tells_which_are_well_and_what_is_wrong_with_the_others() {
    let world = World::shared();
    let cluster = world.cluster();
    let well = world.app("list");
    well.commit_entity(
        "main@sha1:0b1c2d3e4f5061728394a5b6c7d8e9f00112233a",
        "first",
    );
    well.render(json!({}));
    for (name, spec) in [
        ("no-path", json!({"path": "./deplyo"})),
        (
            "no-source",
            json!({"sourceRef": {"kind": "GitRepository", "name": "sauce"}}),
        ),
    ] {
        let mut object = well.object(spec);
        object["metadata"]["name"] = json!(name);
        cluster.apply(&object.to_string());
        cluster.wait_for(KIND, "list", name, |object| {
            condition(object, "Ready").is_some_and(|it| it["status"] == "False")
        });
    }
    well.rendered("main@sha1:0b1c2d3e4f5061728394a5b6c7d8e9f00112233a");
    let list = cluster.done(&["get", "glintrenders", "--namespace=list"], None);
    insta::assert_snapshot!(same_each_time(&list), @r"
    NAME  READY  STATUS  REVISION  AGE
    list  True  stored artifact of GitRepository source at main@sha1:0b1c2d3e4f5061728394a5b6c7d8e9f00112233a: 1 entity and 1 other document  main@sha1:0b1c2d3e4f5061728394a5b6c7d8e9f00112233a  AGE
    no-path  False  `spec.path`: no such directory: `deplyo`; name a directory that holds manifests, a chart or a kustomization  AGE
    no-source  False  GitRepository sauce is not there; a source is looked for in this namespace only  AGE
    ");
}

#[test]
fn a_description_tells_a_stranger_what_failed_and_what_to_do() {
    let app = World::shared().app("described");
    let kustomization = "resources: [entity.yaml, missing.yaml]\n";
    app.commit(
        "main@sha1:1",
        &[
            ("deploy/kustomization.yaml", kustomization),
            ("deploy/entity.yaml", &app.entity("hunter2")),
        ],
    );
    app.render(json!({})).failed("BuildFailed");
    let describe = || {
        let arguments = [
            "describe",
            "glintrender",
            "described",
            "--namespace=described",
        ];
        app.world.cluster().done(&arguments, None)
    };
    // The Event comes after the condition, and may come by itself.
    let end = Instant::now() + PATIENCE;
    while !describe().contains("Warning  BuildFailed") && Instant::now() < end {
        thread::sleep(Duration::from_millis(200)); // between two looks
    }
    let described = describe();
    assert!(!described.contains("hunter2"), "{described}");
    let status = described.find("Status:").expect("a status");
    insta::assert_snapshot!(same_each_time(&described[status..]), @r"
    Status:
      Conditions:
      Last Transition Time:  TIME
      Message:  `kustomize build deploy` failed: the source lacks `deploy/missing.yaml`, which `deploy/kustomization.yaml` names; add it there, or take its name out
      Observed Generation:  1
      Reason:  BuildFailed
      Status:  False
      Type:  Ready
      Last Transition Time:  TIME
      Message:  `kustomize build deploy` failed: the source lacks `deploy/missing.yaml`, which `deploy/kustomization.yaml` names; add it there, or take its name out
      Observed Generation:  1
      Reason:  BuildFailed
      Status:  True
      Type:  Stalled
      Observed Generation:  1
    Events:
      Type  Reason  Age  From  Message
      --  --  --  --  --
      Warning  BuildFailed  AGE  glint-render  `kustomize build deploy` failed: the source lacks `deploy/missing.yaml`, which `deploy/kustomization.yaml` names; add it there, or take its name out
    ");
}

#[test]
fn what_can_be_asked_for_is_checked_when_it_is_applied() {
    let app = World::shared().app("asked");
    let refused = |spec: Value| {
        let object = app.object(spec);
        let apply = ["apply", "--server-side", "--validate=strict", "-f", "-"];
        let output = app
            .world
            .cluster()
            .kubectl(&apply, Some(&object.to_string()));
        assert!(!output.status.success(), "{object}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let mut said = String::new();
    let source = |field: &str, value: &str| {
        let mut source = json!({"kind": "GitRepository", "name": "source"});
        source[field] = json!(value);
        json!({"sourceRef": source})
    };
    for spec in [
        json!({"interval": "5s"}),
        json!({"interval": "soon"}),
        json!({"path": "/etc"}),
        json!({"path": "./deploy/../../x"}),
        json!({"mode": "both"}),
        source("kind", "ExternalArtifact"),
        source("apiVersion", "example.com/v1"),
        source("name", ""),
    ] {
        said += &refused(spec);
    }
    insta::assert_snapshot!(said, @r#"
    The GlintRender "asked" is invalid: spec.interval: Invalid value: "5s": interval is at least 10s
    The GlintRender "asked" is invalid: 
    * spec.interval: Invalid value: "soon": spec.interval in body should match '^([0-9]+(\.[0-9]+)?(ms|s|m|h))+$'
    * spec.interval: Invalid value: "string": type conversion error from 'string' to 'google.protobuf.Duration' evaluating rule: interval is at least 10s
    The GlintRender "asked" is invalid: spec.path: Invalid value: "/etc": path stays below the source: it is relative and has no '..'
    The GlintRender "asked" is invalid: spec.path: Invalid value: "./deploy/../../x": path stays below the source: it is relative and has no '..'
    The GlintRender "asked" is invalid: 
    * spec.mode: Unsupported value: "both": supported values: "build", "augment"
    * <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation
    The GlintRender "asked" is invalid: 
    * spec.sourceRef.kind: Unsupported value: "ExternalArtifact": supported values: "GitRepository", "OCIRepository", "Bucket"
    * <nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation
    The GlintRender "asked" is invalid: spec.sourceRef.apiVersion: Invalid value: "example.com/v1": a source is of the group source.toolkit.fluxcd.io
    The GlintRender "asked" is invalid: spec.sourceRef.name: Invalid value: "": spec.sourceRef.name in body should be at least 1 chars long
    "#);
    // With what is left out as the CRD fills it in.
    app.render(json!({"interval": "10s", "path": "deploy/..data"}));
}
