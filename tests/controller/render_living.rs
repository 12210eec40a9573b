//! The life of a GlintRender: asked for, suspended, taken over by another replica,
//! deleted.

use serde_json::json;

use crate::fake::kind::{EXTERNAL_ARTIFACT, GLINT_RENDER, LEASE};
use crate::render_world::{ENTITY, World, deploy, fetch};

const REQUESTED: &str = "reconcile.fluxcd.io/requestedAt";

#[test]
fn a_request_is_answered_with_its_own_value() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let _controller = world.launch().start();
    world.wait_for("Ready=True");
    let ask = |kind, value: &str| {
        world.cluster.change(kind, "shop", "checkout", |object| {
            object["metadata"]["annotations"] = json!({REQUESTED: value});
        });
    };
    ask(GLINT_RENDER, "2026-11-23T10:00:00Z");
    world.cluster.wait_until("the answer", |_| {
        world.object()["status"]["lastHandledReconcileAt"] == json!("2026-11-23T10:00:00Z")
    });
    ask(EXTERNAL_ARTIFACT, "by a receiver");
    world.cluster.wait_until("the answer", |_| {
        world.object()["status"]["lastHandledArtifactReconcileAt"] == json!("by a receiver")
    });
}

#[test]
fn a_suspended_object_is_not_rendered_and_still_served() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let controller = world.launch().start();
    world.wait_for("Ready=True");
    let digest = world.digest();
    world.render(&json!({"suspend": true}));
    world.git(
        "main@sha1:2",
        &deploy(&ENTITY.replace("hunter2", "hunter3")),
    );
    world.render(&json!({"suspend": false}));
    world.wait_for_other(&digest);
    assert!(!world.served(&controller).is_empty());
}

#[test]
fn a_deleted_object_takes_its_artifact_and_its_files_along() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let controller = world.launch().start();
    world.wait_for("Ready=True");
    let artifact = world.artifact().expect("an ExternalArtifact");
    let path = artifact["status"]["artifact"]["path"]
        .as_str()
        .expect("a path");
    world.cluster.delete(GLINT_RENDER, "shop", "checkout");
    world.cluster.wait_until("it is gone", |cluster| {
        cluster.get(GLINT_RENDER, "shop", "checkout").is_none()
    });
    assert_eq!(world.artifact(), None);
    world.cluster.wait_until("its file is gone", |_| {
        world.status_of(&controller, path) == 404
    });
}

#[test]
fn what_belongs_to_another_producer_survives_the_object() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let _controller = world.launch().start();
    world.wait_for("Ready=True");
    world
        .cluster
        .change(EXTERNAL_ARTIFACT, "shop", "checkout", |object| {
            object["spec"]["sourceRef"]["kind"] = json!("ArtifactGenerator");
        });
    world.wait_for("Ready=False AccessDenied");
    world.cluster.delete(GLINT_RENDER, "shop", "checkout");
    world.cluster.wait_until("it is gone", |cluster| {
        cluster.get(GLINT_RENDER, "shop", "checkout").is_none()
    });
    assert!(world.artifact().is_some());
}

#[test]
fn every_replica_serves_and_one_writes() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let first = world.launch().variable("POD_NAME", "first").start();
    world.wait_for("Ready=True");
    let second = world.launch().variable("POD_NAME", "second").start();
    world.cluster.wait_until("the second is ready", |_| {
        second.get("health", "/readyz").0 == 200
    });
    assert_eq!(world.served(&first), world.served(&second));

    let digest = world.digest();
    world.git(
        "main@sha1:2",
        &deploy(&ENTITY.replace("hunter2", "hunter3")),
    );
    world.wait_for_other(&digest);
    // At once: who is asked too early waits a moment instead of refusing.
    assert_eq!(world.served(&second), world.served(&first));
    let holder = world.cluster.list(LEASE).pop().expect("a Lease");
    let holder = holder["spec"]["holderIdentity"].as_str().expect("a holder");
    assert!(holder.starts_with("first_"), "{holder}");
    assert!(!second.log().contains("rendering"), "{}", second.log());
}

#[test]
fn a_new_replica_takes_from_the_others_what_it_can_not_make() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let mut first = world.launch_at(&world.server.address).start();
    world.wait_for("Ready=True");
    let artifact = world.artifact().expect("an ExternalArtifact");
    let path = artifact["status"]["artifact"]["path"]
        .as_str()
        .expect("a path");
    // What the Service answers, behind which the others are.
    let bytes = fetch(&first.address("artifacts"), path);
    world.server.put(&format!("/{path}"), &bytes);
    let broken = [("deploy/kustomization.yaml", "resources: [gone.yaml]\n")];
    world.git("main@sha1:2", &broken);
    world.wait_for("Ready=False BuildFailed");
    first.stop();

    let second = world.launch_at(&world.server.address).start();
    world.cluster.wait_until("the second is ready", |_| {
        second.get("health", "/readyz").0 == 200
    });
    assert_eq!(fetch(&second.address("artifacts"), path), bytes);
}

#[test]
fn what_is_not_there_is_not_found_and_nothing_is_listed() {
    let world = World::new();
    let controller = world.launch().start();
    let segment = "0".repeat(32);
    let digest = "0".repeat(64);
    for path in [
        "",
        "externalartifact",
        "externalartifact/shop/checkout/",
        &format!("externalartifact/shop/checkout/{segment}/{digest}.tar.gz"),
        "externalartifact/../../etc/passwd",
    ] {
        assert_eq!(world.status_of(&controller, path), 404, "{path}");
    }
}
