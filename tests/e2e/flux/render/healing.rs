//! What is broken or lost on the way, and is as it should be again without a hand.

use std::fs;

use serde_json::json;

use super::World;
use super::world::ARTIFACT;
use crate::cluster::condition;

#[test]
fn a_source_with_a_wrong_digest_is_not_published_and_the_next_one_heals_it() {
    let app = World::shared().app("digest");
    app.commit_entity("main@sha1:1", "first");
    let revision = app.render(json!({})).rendered("main@sha1:1");
    app.kustomization().apply(json!({})).ready(&revision);

    let mut archive = app.commit_entity("main@sha1:2", "second");
    app.rendered("main@sha1:2");
    let good = app.artifact();
    let right = std::mem::replace(&mut archive.digest, format!("sha256:{}", "0".repeat(64)));
    app.commit_archive("main@sha1:3", &archive);
    assert_eq!(
        app.failed("FetchFailed"),
        format!(
            "the artifact of GitRepository source: `{}` is not the artifact of that digest: \
             {right} instead of {}",
            archive.url, archive.digest
        )
    );
    assert_eq!(app.artifact(), good);
    app.kustomization()
        .ready(good["revision"].as_str().expect("a revision"));
    assert_eq!(app.description(), "second");

    app.commit_entity("main@sha1:4", "fourth");
    let revision = app.rendered("main@sha1:4");
    app.kustomization().ready(&revision);
    assert_eq!(app.description(), "fourth");
}

/// Flux asks for a file that is gone from the disk, and gets it.
#[test]
fn a_file_that_is_lost_is_made_again_when_flux_asks_for_it() {
    let app = World::shared().app("lost");
    app.commit_entity("main@sha1:1", "first");
    let revision = app.render(json!({})).rendered("main@sha1:1");
    app.kustomization().apply(json!({})).ready(&revision);
    let artifact = app.artifact();
    let path = artifact["path"].as_str().expect("a path");
    fs::remove_file(World::shared().controller.stored(path)).expect("the file was there");

    let cluster = app.world.cluster();
    cluster.done(
        &["delete", "entities.glint.io", "pay", "--namespace=lost"],
        None,
    );
    app.kustomization().reconcile();
    assert_eq!(app.description(), "first");
    // The same bytes under the same name.
    assert_eq!(app.artifact(), artifact);
}

#[test]
fn a_file_that_is_damaged_is_made_again_when_flux_asks_for_it() {
    let app = World::shared().app("damaged");
    app.commit_entity("main@sha1:1", "first");
    let revision = app.render(json!({})).rendered("main@sha1:1");
    app.kustomization().apply(json!({})).ready(&revision);
    let artifact = app.artifact();
    let path = artifact["path"].as_str().expect("a path");
    let file = World::shared().controller.stored(path);
    fs::remove_file(&file).expect("the file was there");
    fs::write(&file, "damaged").expect("it is written");

    let cluster = app.world.cluster();
    cluster.done(
        &["delete", "entities.glint.io", "pay", "--namespace=damaged"],
        None,
    );
    app.kustomization().reconcile();
    assert_eq!(app.description(), "first");
    assert_eq!(app.artifact(), artifact);
}

/// Whoever may write ExternalArtifacts may break one, and not for long.
#[test]
fn an_external_artifact_that_somebody_changed_is_as_it_was() {
    let app = World::shared().app("changed");
    app.commit_entity("main@sha1:1", "first");
    let revision = app.render(json!({})).rendered("main@sha1:1");
    app.kustomization().apply(json!({})).ready(&revision);
    let good = app.artifact();
    let digest = format!("sha256:{}", "0".repeat(64));
    let patch = json!({"status": {"artifact": {"digest": digest, "revision": "x@sha256:0"}}});
    let patch = format!("--patch={patch}");
    let cluster = app.world.cluster();
    let arguments = [
        "patch",
        ARTIFACT,
        "changed",
        "--namespace=changed",
        "--subresource=status",
        "--type=merge",
        &patch,
    ];
    cluster.done(&arguments, None);
    cluster.wait_for(ARTIFACT, "changed", "changed", |object| {
        object["status"]["artifact"]["digest"] == good["digest"]
            && object["status"]["artifact"]["revision"] == good["revision"]
    });
    // An object that is gone comes back, too.
    cluster.done(
        &["delete", ARTIFACT, "changed", "--namespace=changed"],
        None,
    );
    cluster.wait_for(ARTIFACT, "changed", "changed", |object| {
        object["status"]["artifact"]["digest"] == good["digest"]
            && condition(object, "Ready").is_some_and(|it| it["status"] == "True")
    });
    app.commit_entity("main@sha1:2", "second");
    let revision = app.rendered("main@sha1:2");
    app.kustomization().ready(&revision);
}

#[test]
fn the_crds_stay_when_one_of_two_that_bring_them_goes() {
    let world = World::shared();
    let apps = ["leaves", "stays"].map(|name| world.app(name));
    for app in apps {
        app.commit_entity("main@sha1:1", "first");
        let revision = app.render(json!({})).rendered("main@sha1:1");
        app.kustomization().apply(json!({})).ready(&revision);
    }
    let [leaves, stays] = apps;
    let cluster = world.cluster();
    let uids = || {
        ["entities.glint.io", "clusterentities.glint.io"].map(|crd| {
            let crd = cluster.get("crds", "", crd).expect("the CRD is there");
            assert_eq!(crd["metadata"]["deletionTimestamp"], json!(null));
            crd["metadata"]["uid"].clone()
        })
    };
    let before = uids();
    leaves.kustomization().delete();
    assert_eq!(leaves.description(), json!(null));
    assert_eq!(uids(), before);
    assert_eq!(stays.description(), "first");

    // The GlintRender goes, and its artifact with it; nothing in the cluster does.
    cluster.done(
        &["delete", super::world::KIND, "leaves", "--namespace=leaves"],
        None,
    );
    cluster.wait_gone(ARTIFACT, "leaves", "leaves");
    assert_eq!(uids(), before);
    stays.kustomization().reconcile();
    assert_eq!(stays.description(), "first");
}
