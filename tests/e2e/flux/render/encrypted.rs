//! Files that SOPS has encrypted: Flux alone has the key.
//!
//! `sops/secret.yaml` is a Secret as `sops --encrypt` leaves it, for the key beside
//! it, which protects nothing else.

use serde_json::json;

use super::{App, World};

const SECRET: &str = include_str!("sops/secret.yaml");
const KEY: &str = include_str!("sops/key.agekey");

/// A source with the entity `pay` and the encrypted Secret.
#[track_caller]
fn committed(name: &str) -> App<'_> {
    let app = World::shared().app(name);
    let kustomization = format!("namespace: {name}\nresources: [entity.yaml, secret.yaml]\n");
    let files = [
        ("deploy/kustomization.yaml", kustomization.as_str()),
        ("deploy/entity.yaml", &app.entity("sealed")),
        ("deploy/secret.yaml", SECRET),
    ];
    app.commit("main@sha1:1", &files);
    app
}

#[test]
fn build_refuses_an_encrypted_file_by_name_and_says_the_way_out() {
    let app = committed("sops-build");
    app.render(json!({}));
    assert_eq!(
        app.failed("BuildFailed"),
        "`deploy/secret.yaml` is encrypted with SOPS: only Flux itself can build this; set `mode: \
         augment`, which leaves the build to it"
    );
    assert_eq!(app.artifact(), json!(null));
    // The way out is one.
    app.render(json!({"mode": "augment"}))
        .rendered("main@sha1:1");
}

#[test]
fn augment_leaves_an_encrypted_file_to_flux() {
    let app = committed("sops");
    let revision = app
        .render(json!({"mode": "augment"}))
        .rendered("main@sha1:1");
    let files = app.fetched();
    assert_eq!(
        files.keys().collect::<Vec<_>>(),
        [
            "glint/clusterentities.yaml",
            "glint/entities.yaml",
            "glint/kustomization.yaml",
            "glint/mapping.yaml",
            "kustomization.yaml",
            "source/deploy/entity.yaml",
            "source/deploy/kustomization.yaml",
            "source/deploy/secret.yaml",
        ]
    );
    assert_eq!(files["source/deploy/secret.yaml"], SECRET.as_bytes());

    // Flux has the key.
    let key = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "key", "namespace": "sops"},
        "stringData": {"key.agekey": KEY},
    });
    app.world.cluster().apply(&key.to_string());
    let decryption = json!({"decryption": {"provider": "sops", "secretRef": {"name": "key"}}});
    app.kustomization().apply(decryption).ready(&revision);
    let secret = app.world.cluster().get("secrets", "sops", "password");
    let secret = secret.expect("the Secret is there");
    // "correct horse battery staple"
    assert_eq!(
        secret["data"]["password"],
        "Y29ycmVjdCBob3JzZSBiYXR0ZXJ5IHN0YXBsZQ=="
    );
    assert_eq!(app.description(), "sealed");
}
