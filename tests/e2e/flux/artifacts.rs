//! Artifacts that Flux refuses or does not see, with what it says of them. The
//! objects of the last good one stay in all cases.

use serde_json::json;

use super::fixture::Archive;
use super::{Flux, Kustomization};
use crate::process::port;
use crate::streams::post_render;

/// A stream with one entity.
fn stream(namespace: &str, name: &str) -> String {
    let entity = format!(
        "apiVersion: glint.io/v1
kind: Entity
metadata: {{name: {name}, namespace: {namespace}}}
spec: {{blueprint: service, identifier: {name}}}
"
    );
    post_render("flux", &entity, &["--application", "app"])
}

/// A Kustomization that has applied the entity `old`.
fn applied(namespace: &'static str) -> Kustomization<'static> {
    let app = Flux::shared().kustomization(namespace);
    let revision = app.publish_stream(&stream(namespace, "old"));
    app.apply(json!({})).ready(&revision);
    app
}

#[test]
fn a_digest_that_is_not_the_archives_is_refused() {
    check_broken(
        "digest",
        |archive| archive.digest = format!("sha256:{}", "0".repeat(64)),
        "failed to verify archive: computed digest doesn't match provided 'sha256:DIGEST' \
         (check whether file size exceeds max download size)",
    );
}

#[test]
fn an_archive_that_is_not_there_is_asked_for_again() {
    check_broken(
        "missing",
        |archive| archive.url = Flux::shared().url("missing.tar.gz"),
        "Source is not ready, artifact not found, retrying in 5s",
    );
}

#[test]
fn a_server_that_does_not_answer_is_asked_again() {
    check_broken(
        "silent",
        |archive| archive.url = format!("http://127.0.0.1:{}/x.tar.gz", port()),
        "failed to download archive: GET http://127.0.0.1:PORT/x.tar.gz giving up after 2 \
         attempt(s): Get \"http://127.0.0.1:PORT/x.tar.gz\": dial tcp 127.0.0.1:PORT: connect: \
         connection refused",
    );
}

/// Publishes an archive that Flux can't fetch: the old entity stays, and the
/// next good archive heals it.
#[track_caller]
fn check_broken(namespace: &'static str, breaks: impl Fn(&mut Archive), message: &str) {
    let flux = Flux::shared();
    let app = applied(namespace);
    let text = stream(namespace, "new");
    let mut archive = flux.archive(&[("manifests.yaml", &text)]);
    breaks(&mut archive);
    app.publish_as("main@broken", &archive);
    assert_eq!(app.failed("ArtifactFailed"), message);
    assert_eq!(entities(namespace), ["old"]);
    let revision = app.publish_stream(&text);
    app.ready(&revision);
    assert_eq!(entities(namespace), ["new"]);
}

#[test]
fn a_file_that_is_no_kubernetes_object_fails_the_build() {
    check_loose(
        "loose",
        ("values.yaml", "replicas: 2\n"),
        "failed to decode Kubernetes YAML from /TMP/values.yaml: missing Resource metadata",
    );
}

/// Flux reads hidden files, too.
#[test]
fn our_settings_file_beside_the_manifests_fails_the_build() {
    check_loose(
        "settings",
        (".glint.yaml", "deliver: false\n"),
        "failed to decode Kubernetes YAML from /TMP/.glint.yaml: missing Resource metadata",
    );
}

/// Publishes a file that is no manifest beside one: the old entity stays, and a
/// `kustomization.yaml` that names the manifests heals it.
#[track_caller]
fn check_loose(namespace: &'static str, loose: (&str, &str), message: &str) {
    let app = applied(namespace);
    let text = stream(namespace, "new");
    let mut files = vec![("manifests.yaml", text.as_str()), loose];
    app.publish(&files);
    assert_eq!(app.failed("BuildFailed"), message);
    assert_eq!(entities(namespace), ["old"]);
    files.push(("kustomization.yaml", "resources: [manifests.yaml]\n"));
    let revision = app.publish(&files);
    app.ready(&revision);
    assert_eq!(entities(namespace), ["new"]);
}

#[test]
fn new_content_under_an_old_revision_is_not_seen() {
    let app = applied("same");
    let old = app.get()["status"]["lastAppliedRevision"].clone();
    let archive = Flux::shared().archive(&[("manifests.yaml", &stream("same", "new"))]);
    app.publish_as(old.as_str().expect("a revision"), &archive);
    // What is published later has been seen and applied.
    applied("later");
    assert_eq!(entities("same"), ["old"]);
    // The interval brings it, or whoever asks for it.
    app.reconcile();
    assert_eq!(entities("same"), ["new"]);
}

fn entities(namespace: &str) -> Vec<String> {
    Flux::shared()
        .cluster()
        .names("entities.glint.io", namespace)
}
