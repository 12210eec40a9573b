//! What one tenant can't have of another one.

use serde_json::{Value, json};

use super::World;
use crate::cluster::condition;

#[test]
fn a_source_of_another_namespace_is_not_there() {
    let world = World::shared();
    let theirs = world.app("tenant-a");
    theirs.commit_entity("main@sha1:1", "secret");
    let ours = world.app("tenant-b");
    ours.render(json!({}));
    assert_eq!(
        ours.failed("DependencyNotReady"),
        "GitRepository source is not there; a source is looked for in this namespace only"
    );
    assert_eq!(ours.artifact(), Value::Null);

    // There is no field that would name another one, and a name is no path.
    let mut object = ours.object(json!({}));
    let refused = |object: &Value| {
        let apply = ["apply", "--server-side", "--validate=strict", "-f", "-"];
        let output = world.cluster().kubectl(&apply, Some(&object.to_string()));
        assert!(!output.status.success(), "{object}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    object["spec"]["sourceRef"]["namespace"] = json!("tenant-a");
    let said = refused(&object);
    let unknown = ".spec.sourceRef.namespace: field not declared in schema";
    assert!(said.contains(unknown), "{said}");
    let source = object["spec"]["sourceRef"].as_object_mut();
    source.expect("a map").remove("namespace");
    for name in [
        "tenant-a/source",
        "../../tenant-a/gitrepositories/source",
        "%2e%2e/%2e%2e/tenant-a/gitrepositories/source",
        "..",
    ] {
        object["spec"]["sourceRef"]["name"] = json!(name);
        let said = refused(&object);
        let invalid = format!("spec.sourceRef.name: Invalid value: \"{name}\"");
        assert!(said.contains(&invalid), "{said}");
    }
    assert_eq!(ours.artifact(), Value::Null);
    let log = world.controller.log();
    assert!(!log.contains("forbidden"), "{log}");
}

/// Paths of the disk, and what another render has there, are no resources.
#[test]
fn a_kustomization_reaches_nothing_outside_of_its_source() {
    let app = World::shared().app("outside");
    let cases = [
        (
            "../../x",
            "`../../x`, named by `deploy/kustomization.yaml`, leads to `../x`, outside of the \
             source's artifact; keep what is rendered inside the repository",
        ),
        (
            "/etc/passwd",
            "`/etc/passwd`, named by `deploy/kustomization.yaml`, leads to `/etc/passwd`, outside \
             of the source's artifact; keep what is rendered inside the repository",
        ),
        (
            "https://example.com/x.yaml",
            "`deploy/kustomization.yaml` needs `https://example.com/x.yaml`: only Flux itself can \
             build this; set `mode: augment`, which leaves the build to it",
        ),
    ];
    for (turn, (resource, message)) in cases.into_iter().enumerate() {
        let kustomization = format!("resources: ['{resource}']\n");
        let revision = format!("main@sha1:{turn}");
        app.commit(&revision, &[("deploy/kustomization.yaml", &kustomization)]);
        app.render(json!({}));
        app.wait(|object| condition(object, "Ready").is_some_and(|it| it["message"] == message));
        assert_eq!(app.artifact(), Value::Null);
    }
}
