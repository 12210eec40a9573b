//! The shipped folders, built by the real kustomize, Helm and the script for CI.
//!
//! What they do to a cluster is for the end-to-end tests.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::peers::{Mode, Reader};
use crate::{GLINT, check_touched, home, path, peers, stdout_of};

/// The objects of a stream as kubectl sees them.
#[track_caller]
fn objects(stream: &[u8]) -> Vec<Value> {
    match Reader::start().read(Mode::Kubectl, stream) {
        Ok(objects) => objects,
        Err(error) => panic!("{error}\n{}", String::from_utf8_lossy(stream)),
    }
}

#[track_caller]
fn built(folder: &Path) -> Vec<Value> {
    let home = home();
    let kustomize = peers::program("kustomize");
    let stream = stdout_of(
        &kustomize,
        home.path(),
        &["build".as_ref(), folder.as_os_str()],
    );
    objects(&stream)
}

/// What `install` prints.
fn printed(arguments: &[&str]) -> Vec<Value> {
    let home = home();
    let arguments = [&["install"], arguments].concat();
    let arguments: Vec<&OsStr> = arguments.iter().map(OsStr::new).collect();
    objects(&stdout_of(GLINT, home.path(), &arguments))
}

/// Objects in an order of their own, as kustomize has one.
fn sorted(mut objects: Vec<Value>) -> Vec<Value> {
    objects.sort_by_key(|object| format!("{} {}", object["kind"], object["metadata"]["name"]));
    objects
}

#[test]
fn install_prints_what_kustomize_builds_from_the_shipped_folder() {
    #[track_caller]
    fn check(package: &str, part: &str, count: usize) {
        let built = sorted(built(&path(package).join(part)));
        assert_eq!(built.len(), count);
        assert_eq!(sorted(printed(&[package, part])), built);
    }
    check("argocd", "policy", 1);
    check("argocd", "crds", 2);
    check("argocd", "applications", 7);
    check("argocd", "controller", 9);
    check("argocd", "promotion", 1);
    check("argocd", "monitoring", 2);
    check("flux", "ci", 3);
    check("flux", "render", 12);
    check("flux", "report", 9);
    check("flux", "applications", 6);
    check("flux", "notifications", 4);
    check("flux", "monitoring", 2);
}

/// A folder with Argo CD's own Deployment and the shipped folders beside it.
fn beside_the_repo_server(files: &[(&str, &str)]) -> TempDir {
    let folder = home();
    symlink(path("argocd"), folder.path().join("shipped")).expect("a link");
    let deployment = peers::program("argocd-repo-server.yaml");
    fs::create_dir(folder.path().join("base")).expect("a folder");
    for place in ["", "base"] {
        let copy = folder.path().join(place).join("deployment.yaml");
        fs::copy(&deployment, copy).expect("the Deployment");
    }
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    folder
}

/// Holds the patched Deployment to be Argo CD's own, and the patch.
#[track_caller]
fn check_patched(component: &str, kustomization: &str) -> Vec<Value> {
    const BASE: &str = "namespace: cd\nresources: [deployment.yaml]\n";
    let folder = beside_the_repo_server(&[
        ("kustomization.yaml", kustomization),
        ("base/kustomization.yaml", BASE),
    ]);
    let mut before = built(&folder.path().join("base"));
    let mut before = before.remove(0);
    let patch = fs::read(path("argocd").join(component).join("repo-server.yaml"));
    let mut patch = objects(&patch.expect("a patch")).remove(0);
    let mut after = built(folder.path());
    let at = after.iter().position(|it| it["kind"] == "Deployment");
    let deployment = &mut after[at.expect("the Deployment")];

    let pod = |object: &mut Value| object["spec"]["template"]["spec"].take();
    let (mut pod_before, mut pod_after) = (pod(&mut before), pod(deployment));
    let pod_patch = pod(&mut patch);
    assert_eq!(*deployment, before);
    for list in ["containers", "volumes"] {
        let added = pod_patch[list].as_array().expect("a list");
        let names: BTreeSet<_> = added.iter().map(|it| it["name"].as_str()).collect();
        let all = pod_after[list].as_array().expect("a list").iter();
        let (ours, rest): (Vec<_>, Vec<_>) =
            all.partition(|it| names.contains(&it["name"].as_str()));
        assert_eq!(
            Value::from_iter(rest.into_iter().cloned()),
            pod_before[list]
        );
        let mut ours = Value::from_iter(ours.into_iter().cloned());
        forget_digest(&mut ours);
        assert_eq!(ours, pod_patch[list]);
    }
    pod_before["containers"].take();
    pod_before["volumes"].take();
    pod_before["enableServiceLinks"] = json!(false);
    pod_after["containers"].take();
    pod_after["volumes"].take();
    assert_eq!(pod_after, pod_before);
    after
}

/// The ConfigMap by its name without kustomize's digest.
fn forget_digest(volumes: &mut Value) {
    for volume in volumes.as_array_mut().into_iter().flatten() {
        if let Some(Value::String(name)) = volume.pointer_mut("/configMap/name")
            && name.starts_with("glint-gitops-plugin-")
        {
            "glint-gitops-plugin".clone_into(name);
        }
    }
}

#[test]
fn the_sidecar_changes_nothing_else_of_the_repo_server() {
    check_patched(
        "sidecar",
        "namespace: cd\nresources: [deployment.yaml]\ncomponents: [shipped/sidecar]\n",
    );
    check_patched(
        "sidecar",
        "resources: [base]\ncomponents: [shipped/sidecar]\n",
    );
}

#[test]
fn a_plugin_of_another_file_is_mounted_from_its_config_map() {
    let objects = check_patched(
        "plugin-configmap",
        "namespace: cd\nresources: [deployment.yaml]\ncomponents: [shipped/plugin-configmap]\n",
    );
    let config_map = objects.iter().find(|it| it["kind"] == "ConfigMap");
    let config_map = config_map.expect("the ConfigMap");
    let plugin = fs::read_to_string(path("plugin.yaml")).expect("plugin.yaml");
    assert_eq!(config_map["data"], json!({ "plugin.yaml": plugin }));
    assert_eq!(config_map["metadata"]["namespace"], "cd");
}

#[test]
fn a_sidecar_without_a_repo_server_fails_the_build() {
    let folder =
        beside_the_repo_server(&[("kustomization.yaml", "components: [shipped/sidecar]\n")]);
    let output = Command::new(peers::program("kustomize"))
        .arg("build")
        .arg(folder.path())
        .output()
        .expect("kustomize runs");
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("no resource matches strategic merge patch"),
        "{stderr}"
    );
}

#[test]
fn the_crds_of_flux_can_be_upgraded_by_their_owner() {
    let strategy = "/metadata/annotations/kustomize.toolkit.fluxcd.io~1ssa";
    let mut expected = printed(&["flux", "crds"]);
    for crd in &mut expected {
        let annotation = crd.pointer_mut(strategy).expect("an annotation");
        assert_eq!(annotation.take(), "IfNotPresent");
        *annotation = json!("Override");
    }
    assert_eq!(sorted(built(&path("flux/crds"))), sorted(expected));
}

#[test]
fn the_component_marks_entities_and_adds_crds_and_mapping() {
    let folder = home();
    symlink(path("flux/component"), folder.path().join("glint")).expect("a link");
    let application = folder.path().join("app");
    fs::create_dir(&application).expect("a folder");
    for file in ["checkout.yaml", "teams.yaml", "network-policy.yaml"] {
        fs::copy(path("examples/shop").join(file), application.join(file)).expect("a file");
    }
    let resources = "resources: [checkout.yaml, teams.yaml, network-policy.yaml]\n";
    let write = |more: &str| {
        let text = format!("{resources}{more}");
        fs::write(application.join("kustomization.yaml"), text).expect("a kustomization");
    };
    write("");
    let mut expected = built(&application);
    for object in &mut expected {
        if matches!(object["kind"].as_str(), Some("Entity" | "ClusterEntity")) {
            object["metadata"]["annotations"]["gitops.glint.io/renderer"] = json!("kustomize");
        }
    }
    expected.extend(printed(&["flux", "component"]));
    write("components: [../glint]\n");
    assert_eq!(sorted(built(&application)), sorted(expected));
}

#[test]
fn an_application_without_entities_takes_the_component_too() {
    let folder = home();
    symlink(path("flux/component"), folder.path().join("glint")).expect("a link");
    fs::write(
        folder.path().join("kustomization.yaml"),
        "components: [glint]\n",
    )
    .expect("a kustomization");
    assert_eq!(
        sorted(built(folder.path())),
        sorted(printed(&["flux", "component"]))
    );
}

/// A repository with one application, and the programs that the script finds.
fn checkout(entity: &str) -> TempDir {
    let folder = home();
    let (bin, app) = (folder.path().join("bin"), folder.path().join("repo/app"));
    fs::create_dir_all(&bin).expect("a folder");
    fs::create_dir_all(&app).expect("a folder");
    symlink(GLINT, bin.join("glint-gitops")).expect("a link");
    symlink(peers::program("kustomize"), bin.join("kustomize")).expect("a link");
    // Flux's own program is not to be had here: this one keeps what it is given.
    let flux = bin.join("flux");
    fs::write(
        &flux,
        "#!/bin/sh\necho \"$@\" >\"$HOME/flux-arguments\"\ncp -R \"$5\" \"$HOME/artifact\"\n",
    )
    .expect("a program");
    fs::set_permissions(&flux, fs::Permissions::from_mode(0o755)).expect("a mode");
    fs::write(app.join("kustomization.yaml"), "resources: [app.yaml]\n").expect("a file");
    fs::write(app.join("app.yaml"), entity).expect("a file");
    let git = "git init -q -b main && git remote add origin https://git.example.com/shop.git && \
               git add . && git -c user.name=a -c user.email=a@example.com commit -qm app";
    let output = in_checkout(folder.path(), &["/bin/sh", "-c", git]);
    assert!(output.status.success(), "{output:?}");
    folder
}

fn in_checkout(home: &Path, command: &[&str]) -> Output {
    Command::new(command[0])
        .args(&command[1..])
        .env_clear()
        .env("HOME", home)
        .env("PATH", format!("{}/bin:/usr/bin:/bin", home.display()))
        .current_dir(home.join("repo"))
        .output()
        .expect("a program runs")
}

fn publish(home: &Path) -> Output {
    let script = path("flux/ci/publish.sh");
    let script = script.to_str().expect("UTF-8");
    in_checkout(
        home,
        &[
            script,
            "app",
            "shop",
            "oci://registry.example.com/shop:latest",
        ],
    )
}

#[test]
fn the_script_pushes_what_the_program_made_of_kustomizes_output() {
    let home = checkout(
        "apiVersion: glint.io/v1\nkind: Entity\nmetadata: {name: pay, namespace: shop}\n\
         spec: {blueprint: service, identifier: pay}\n",
    );
    let output = publish(home.path());
    assert!(output.status.success(), "{output:?}");
    let stream = fs::read(home.path().join("artifact/manifests.yaml")).expect("an artifact");
    check_touched(
        &stream,
        &[
            "\"gitops.glint.io/application\": \"shop\"",
            "\"gitops.glint.io/source-repo\": \"https://git.example.com/shop.git\"",
            "\"gitops.glint.io/source-path\": \"app\"",
            "fragment.json",
        ],
    );
    assert_eq!(objects(&stream).len(), 2);
    let pushed = fs::read_to_string(home.path().join("flux-arguments")).expect("arguments");
    let pushed: Vec<&str> = pushed.split_whitespace().collect();
    assert_eq!(
        pushed[..4],
        [
            "push",
            "artifact",
            "oci://registry.example.com/shop:latest",
            "--path"
        ]
    );
    assert_eq!(
        pushed[5..7],
        ["--source", "https://git.example.com/shop.git"]
    );
    let revision = pushed[8].strip_prefix("main@sha1:").expect("a revision");
    assert_eq!(revision.len(), 40);
}

#[test]
fn the_script_pushes_nothing_where_an_entity_is_broken() {
    let home = checkout(
        "apiVersion: glint.io/v1\nkind: Entity\nmetadata: {name: pay, namespace: shop}\n\
         spec: {identifier: pay}\n",
    );
    let output = publish(home.path());
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("[missing-blueprint]"), "{stderr}");
    assert!(!home.path().join("flux-arguments").exists());
}

#[test]
fn helm_4_installs_the_folder_that_install_writes() {
    let home = home();
    let folder = home.path().join("glint");
    let install = ["install", "helm", "--output"].map(OsStr::new);
    let install = [&install[..], &[folder.as_os_str()]].concat();
    stdout_of(GLINT, home.path(), &install);
    let helm = |arguments: &[&OsStr]| {
        let output = Command::new(peers::program("helm4"))
            .args(arguments)
            .env_clear()
            .env("HOME", home.path())
            .current_dir(home.path())
            .output()
            .expect("helm runs");
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output.stdout
    };
    helm(&["plugin".as_ref(), "install".as_ref(), folder.as_os_str()]);
    let chart = path("examples/shop-helm");
    let stream = helm(&[
        "template".as_ref(),
        "shop".as_ref(),
        chart.as_os_str(),
        "--post-renderer".as_ref(),
        "glint-gitops".as_ref(),
    ]);
    check_touched(&stream, &["fragment.json"]);
}
