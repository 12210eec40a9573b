//! The shipped recipe for CI, `flux/ci/` and `flux/crds/`: one Kustomization owns
//! the CRDs, and an application's comes after it.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use super::fixture::Gate;
use super::kustomization::inventory;
use super::{Flux, Kustomization};
use crate::cluster::Cluster;
use crate::peers;

/// Flux's own program, which CI has: it keeps what it is told to push.
const FLUX: &str = "#!/bin/sh
printf '%s\\n' \"$@\" >\"$PUSHED/arguments\"
cp \"$5\"/* \"$PUSHED\"
";

fn shipped(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("flux")
        .join(path)
}

/// The folder that owns the CRDs, edited.
fn crds(edit: impl Fn(String) -> String) -> Vec<(String, String)> {
    let files = fs::read_dir(shipped("crds")).expect("the CRDs");
    let paths = files.map(|file| file.expect("a file").path());
    paths
        .map(|path| {
            let name = path
                .file_name()
                .expect("a name")
                .to_string_lossy()
                .into_owned();
            let text = fs::read_to_string(&path).expect("a file of the CRDs");
            (format!("flux/crds/{name}"), edit(text))
        })
        .collect()
}

/// A checkout of an application, and what `publish.sh` pushes of it.
fn publish() -> (String, String) {
    let folder = tempfile::tempdir().expect("a folder for the checkout");
    let [checkout, tools, pushed] = ["checkout", "tools", "pushed"].map(|name| {
        let folder = folder.path().join(name);
        fs::create_dir(&folder).expect("a folder");
        folder
    });
    symlink(crate::GLINT, tools.join("glint-gitops")).expect("a link");
    symlink(peers::program("kustomize"), tools.join("kustomize")).expect("a link");
    fs::write(tools.join("flux"), FLUX).expect("a program");
    fs::set_permissions(tools.join("flux"), fs::Permissions::from_mode(0o755)).expect("a program");
    let app = checkout.join("deploy/shop");
    fs::create_dir_all(&app).expect("a folder");
    fs::write(app.join("kustomization.yaml"), "resources: [entity.yaml]\n").expect("a file");
    let entity = "apiVersion: glint.io/v1
kind: Entity
metadata: {name: pay, namespace: default}
spec: {blueprint: service, identifier: pay}
";
    fs::write(app.join("entity.yaml"), entity).expect("a file");
    let run = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&checkout).env_clear();
        command.env("HOME", folder.path()).env("PUSHED", &pushed);
        command.env(
            "PATH",
            format!("{}:/usr/local/bin:/usr/bin:/bin", tools.display()),
        );
        let output = command.output().expect("it runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
    };
    let git = Path::new("git");
    run(git, &["init", "--quiet", "--initial-branch=main"]);
    run(
        git,
        &[
            "remote",
            "add",
            "origin",
            "https://git.example.com/shop.git",
        ],
    );
    run(git, &["add", "."]);
    let author = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    run(
        git,
        &[&author[..], &["commit", "--quiet", "--message=a"]].concat(),
    );
    let artifact = "oci://registry.example.com/manifests/shop:latest";
    run(
        &shipped("ci/publish.sh"),
        &["deploy/shop", "shop", artifact],
    );
    let read = |name: &str| fs::read_to_string(pushed.join(name)).expect("it was pushed");
    (read("manifests.yaml"), read("arguments"))
}

#[test]
fn the_recipe_for_ci_installs_the_crds_and_then_the_application() {
    let cluster = Cluster::start();
    let flux = Flux::on(&cluster, Gate::Open);
    // What a Flux that was bootstrapped has.
    let repository = json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "GitRepository",
        "metadata": {"name": "flux-system", "namespace": "flux-system"},
        "spec": {"interval": "1m", "url": "https://git.example.com/fleet.git"},
    });
    cluster.apply(&repository.to_string());
    let folder = shipped("ci").display().to_string();
    let strict = [
        "apply",
        "--server-side",
        "--validate=strict",
        "--warnings-as-errors",
    ];
    cluster.done(&[&strict[..], &["--kustomize", &folder]].concat(), None);

    let (manifests, arguments) = publish();
    let arguments: Vec<_> = arguments.lines().collect();
    assert_eq!(
        arguments[..3],
        [
            "push",
            "artifact",
            "oci://registry.example.com/manifests/shop:latest"
        ]
    );
    let archive = flux.archive(&[("manifests.yaml", &manifests)]);
    flux.publish(
        ("OCIRepository", "flux-system", "shop"),
        "latest@sha256:1",
        &archive,
    );
    let shop = Kustomization::new(&flux, "flux-system", "shop");
    assert_eq!(
        shop.failed("DependencyNotReady"),
        "dependency 'flux-system/glint-crds' is not ready"
    );

    let own = |revision: &str, edit: fn(String) -> String| {
        let files = crds(edit);
        let files: Vec<_> = files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
            .collect();
        let archive = flux.archive(&files);
        flux.publish(
            ("GitRepository", "flux-system", "flux-system"),
            revision,
            &archive,
        );
        let owner = Kustomization::new(&flux, "flux-system", "glint-crds");
        owner.ready(revision);
        owner
    };
    own("main@sha1:1", |text| text);
    let state = shop.ready("latest@sha256:1");
    assert_eq!(
        inventory(&state),
        [
            "default_glint-shop-1e5f9f3a__ConfigMap",
            "default_pay_glint.io_Entity"
        ]
    );
    let entity = cluster
        .get("entities.glint.io", "default", "pay")
        .expect("the entity is there");
    assert_eq!(
        entity["metadata"]["annotations"],
        json!({
            "gitops.glint.io/application": "shop",
            "gitops.glint.io/source-path": "deploy/shop",
            "gitops.glint.io/source-repo": "https://git.example.com/shop.git",
        })
    );

    // The owner upgrades the CRDs, and leaves them behind when it goes.
    let owner = own("main@sha1:2", |text| {
        text.replace("crd-version: \"1\"", "crd-version: \"2\"")
    });
    let versions = || {
        ["entities.glint.io", "clusterentities.glint.io"].map(|name| {
            let crd = cluster.get("crds", "", name).expect("the CRD is there");
            crd["metadata"]["annotations"]["gitops.glint.io/crd-version"].clone()
        })
    };
    assert_eq!(versions(), ["2", "2"]);
    owner.delete();
    assert_eq!(versions(), ["2", "2"]);
    assert_eq!(cluster.names("entities.glint.io", "default"), ["pay"]);
}
