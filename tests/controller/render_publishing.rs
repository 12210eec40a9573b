//! A GlintRender becomes an ExternalArtifact that Flux applies, and says so.

use serde_json::{Value, json};

use crate::fake::kind::GLINT_RENDER;
use crate::render_world::{ENTITY, World, conditions, deploy};

/// What differs from run to run, as a word.
fn settled(mut value: Value, artifact: &Value) -> Value {
    let text = value.to_string();
    let status = &artifact["status"]["artifact"];
    let mut text = text.replace(status["path"].as_str().unwrap_or("-"), "PATH");
    for (field, word) in [("digest", "DIGEST"), ("lastUpdateTime", "TIME")] {
        text = text.replace(status[field].as_str().unwrap_or("-"), word);
    }
    value = serde_json::from_str(&text).expect("JSON");
    let revision = status["revision"].as_str().unwrap_or_default();
    let content = revision.rsplit(':').next().unwrap_or("-");
    let text = value.to_string().replace(content, "CONTENT");
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_render_is_an_external_artifact_of_its_name_and_every_file_is_served() {
    let world = World::new();
    world.git("main@sha1:0b1c", &deploy(ENTITY));
    world.render(&json!({"crds": "never", "mapping": "none"}));
    let controller = world.launch().start();
    let said = world.wait_for("Ready=True");
    assert_eq!(
        said,
        ["Ready=True Succeeded: stored artifact of GitRepository shop at main@sha1:0b1c: 1 entity"]
    );

    let artifact = world.artifact().expect("an ExternalArtifact");
    let uid = world.object()["metadata"]["uid"].clone();
    assert_eq!(
        artifact["spec"],
        json!({"sourceRef": {
            "apiVersion": "gitops.glint.io/v1alpha1", "kind": "GlintRender",
            "namespace": "shop", "name": "checkout",
        }})
    );
    assert_eq!(
        artifact["metadata"]["ownerReferences"],
        json!([{
            "apiVersion": "gitops.glint.io/v1alpha1", "kind": "GlintRender",
            "name": "checkout", "uid": uid, "controller": true,
        }])
    );
    let status = settled(artifact["status"].clone(), &artifact);
    assert_eq!(
        status["artifact"],
        json!({
            "url": "http://glint-render.flux-system/PATH",
            "path": "PATH",
            "digest": "DIGEST",
            "revision": "main@sha256:CONTENT",
            "lastUpdateTime": "TIME",
            "size": status["artifact"]["size"],
            "metadata": {"org.opencontainers.image.revision": "main@sha1:0b1c"},
        })
    );
    let said = conditions(&artifact);
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("Ready=True Succeeded: stored artifact for revision 'main@sha256:"),
        "{said:?}"
    );

    let files = world.served(&controller);
    let annotated = ENTITY.replace(
        "metadata:\n",
        "metadata:\n  annotations:\n    \"gitops.glint.io/application\": \"checkout\"\n    \"gitops.glint.io/renderer\": \"kustomize\"\n    \"gitops.glint.io/source-path\": \"deploy\"\n    \"gitops.glint.io/source-repo\": \"https://git.example.com/shop\"\n",
    );
    let text: String = files
        .iter()
        .map(|(path, text)| format!("# {path}\n{text}"))
        .collect();
    assert_eq!(
        text,
        format!(
            "# kustomization.yaml\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- \"manifests.yaml\"\n# manifests.yaml\n{annotated}"
        )
    );
}

#[test]
fn the_object_the_event_and_fluxs_event_say_the_same() {
    let world = World::new();
    world.git("main@sha1:0b1c", &deploy(ENTITY));
    world.render(&json!({}));
    let _controller = world.launch().start();
    world.wait_for("Ready=True");
    let object = world.object();
    assert_eq!(
        object["metadata"]["finalizers"],
        json!(["gitops.glint.io/finalizer"])
    );
    assert_eq!(object["status"]["observedGeneration"], json!(1));
    assert_eq!(object["status"]["originRevision"], json!("main@sha1:0b1c"));
    assert_eq!(object["status"]["entities"], json!(1));

    let message = "stored artifact of GitRepository shop at main@sha1:0b1c: 1 entity";
    let event = world
        .cluster
        .wait_for("an Event", |cluster| cluster.events().pop());
    assert_eq!(
        (
            event.about.as_str(),
            event.weight.as_str(),
            event.reason.as_str(),
            event.message.as_str()
        ),
        ("GlintRender shop/checkout", "Normal", "Succeeded", message)
    );
    let posted = world
        .cluster
        .wait_for("Flux's event", |_| world.notifications().pop());
    let revision = object["status"]["artifact"]["revision"].clone();
    assert_eq!(posted["message"], json!(message));
    assert_eq!(posted["involvedObject"]["kind"], json!("ExternalArtifact"));
    assert_eq!(posted["severity"], json!("info"));
    assert_eq!(
        posted["metadata"],
        json!({
            "source.toolkit.fluxcd.io/revision": revision,
            "source.toolkit.fluxcd.io/originRevision": "main@sha1:0b1c",
        })
    );
}

#[test]
fn a_new_commit_with_other_content_is_another_revision_and_without_it_is_not() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let _controller = world.launch().start();
    world.wait_for("Ready=True");
    let first = world.artifact().expect("an ExternalArtifact");

    // The same manifests, and another file that no build reads.
    let mut files = deploy(ENTITY).to_vec();
    files.push(("README.md", "# Shop\n"));
    world.git("main@sha1:2", &files);
    world.wait_for("Ready=True Succeeded: stored artifact of GitRepository shop at main@sha1:2");
    let second = world.artifact().expect("an ExternalArtifact");
    let of = |artifact: &Value, field: &str| artifact["status"]["artifact"][field].clone();
    for field in ["revision", "digest", "url"] {
        assert_eq!(of(&second, field), of(&first, field), "{field}");
    }
    assert_eq!(
        of(&second, "metadata"),
        json!({"org.opencontainers.image.revision": "main@sha1:2"})
    );

    let digest = world.digest();
    world.git(
        "main@sha1:3",
        &deploy(&ENTITY.replace("hunter2", "hunter3")),
    );
    let third = world.wait_for_other(&digest);
    assert_ne!(of(&third, "revision"), of(&first, "revision"));
}

#[test]
fn a_restart_with_nothing_new_writes_nothing() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let mut controller = world.launch().start();
    world.wait_for("Ready=True");
    let digest = world.digest();
    controller.stop();
    world.cluster.forget_requests();
    controller.restart();
    world.cluster.wait_until("it is ready", |_| {
        controller.get("health", "/readyz").0 == 200
    });
    let written = world.cluster.requests();
    let written: Vec<_> = written
        .iter()
        .filter(|it| it.resource == "glintrenders" || it.resource == "externalartifacts")
        .filter(|it| !["get", "list", "watch"].contains(&it.verb))
        .collect();
    assert!(written.is_empty(), "{written:?}");
    assert_eq!(world.digest(), digest);
}

#[test]
fn a_lost_file_is_made_again_with_the_same_bytes() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let mut controller = world.launch().start();
    world.wait_for("Ready=True");
    let files = world.served(&controller);
    controller.stop();
    let storage = controller.folder().join("storage/externalartifact");
    std::fs::remove_dir_all(&storage).expect("it is there");
    controller.restart();
    world.cluster.wait_until("it is ready", |_| {
        controller.get("health", "/readyz").0 == 200
    });
    assert_eq!(world.served(&controller), files);
}

#[test]
fn a_source_that_flux_builds_is_left_as_it_is_with_a_component_beside_it() {
    let world = World::new();
    let secret = "kind: Secret\ndata: {x: 'ENC[AES256_GCM,data:Zm8=]'}\n";
    world.git(
        "main@sha1:1",
        &[
            ("deploy/pay.yaml", ENTITY),
            ("deploy/secret.yaml", secret),
            ("README.md", "# Shop\n"),
        ],
    );
    world.render(&json!({"mode": "augment", "crds": "never"}));
    let controller = world.launch().start();
    let said = world.wait_for("Ready=True");
    assert_eq!(
        said,
        [
            "Ready=True Succeeded: stored artifact of GitRepository shop at main@sha1:1: 1 entity in sight, for Flux to build"
        ]
    );
    let files = world.served(&controller);
    let paths: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(
        paths,
        [
            "glint/kustomization.yaml",
            "glint/mapping.yaml",
            "kustomization.yaml",
            "source/README.md",
            "source/deploy/kustomization.yaml",
            "source/deploy/pay.yaml",
            "source/deploy/secret.yaml",
        ]
    );
    assert_eq!(files["source/deploy/pay.yaml"], ENTITY);
    assert_eq!(files["source/deploy/secret.yaml"], secret);
}

#[test]
fn nothing_of_another_namespace_is_read_for_an_object() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({"sourceRef": {
        "kind": "GitRepository", "name": "shop", "namespace": "flux-system",
    }}));
    let _controller = world.launch().start();
    world.wait_for("Ready=True");
    let requests = world.cluster.requests();
    let read: Vec<&str> = requests
        .iter()
        .filter(|it| it.verb == "get" && it.resource == "gitrepositories")
        .map(|it| it.namespace.as_str())
        .collect();
    assert!(
        !read.is_empty() && read.iter().all(|it| *it == "shop"),
        "{read:?}"
    );
    assert!(
        world
            .cluster
            .get(GLINT_RENDER, "shop", "checkout")
            .is_some()
    );
}

#[test]
fn a_first_render_says_that_it_is_under_way() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let held = world.server.hold();
    let _controller = world.launch().start();
    assert_eq!(
        world.wait_for("Ready=Unknown"),
        [
            "Ready=Unknown Progressing: rendering GitRepository shop at main@sha1:1",
            "Reconciling=True Progressing: rendering GitRepository shop at main@sha1:1",
        ]
    );
    drop(held);
    assert_eq!(world.wait_for("Ready=True Succeeded").len(), 1);
}
