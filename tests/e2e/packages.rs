//! The shipped folders, applied as they are.
//!
//! What they build to is for `tests/renderers`, what then happens for the tests
//! of each host: here the API server says whether it takes them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::argocd::ArgoCd;
use crate::cluster::Cluster;
use crate::flux::Flux;
use crate::peers;

#[test]
fn argo_cds_own_repo_server_takes_the_sidecar_of_each_folder() {
    for folder in ["sidecar", "plugin-configmap"] {
        let place = tempfile::tempdir().expect("a folder");
        let deployment = place.path().join("deployment.yaml");
        fs::copy(peers::program("argocd-repo-server.yaml"), deployment).expect("the Deployment");
        symlink(root().join("argocd"), place.path().join("shipped")).expect("a link");
        let kustomization = format!(
            "namespace: argocd\nresources: [deployment.yaml]\ncomponents: [shipped/{folder}]\n"
        );
        fs::write(place.path().join("kustomization.yaml"), kustomization).expect("it is written");
        check_taken(ArgoCd::shared().cluster(), &built(place.path()));
    }
}

#[test]
fn the_printed_sidecar_joins_a_repo_server_that_runs() {
    let cluster = ArgoCd::alone();
    let cluster = cluster.cluster();
    let deployment = fs::read_to_string(peers::program("argocd-repo-server.yaml"));
    let deployment = deployment.expect("the Deployment");
    let apply = [
        "apply",
        "--server-side",
        "--namespace=argocd",
        "--filename=-",
    ];
    cluster.done(&apply, Some(&deployment));
    let before = pod(cluster);

    let sidecar = [
        "install",
        "argocd",
        "--image",
        "registry.example.com/ours:v2",
    ];
    let output = Command::new(crate::GLINT)
        .args(sidecar)
        .output()
        .expect("it is printed");
    let stream = String::from_utf8(output.stdout).expect("manifests are text");
    let ours = [
        "apply",
        "--server-side",
        "--field-manager=glint-gitops",
        "--filename=-",
    ];
    cluster.done(&ours, Some(&stream));
    let mut after = pod(cluster);

    // Argo CD's own part is as it was.
    let containers = after["containers"].as_array_mut().expect("containers");
    let sidecar = containers
        .iter()
        .position(|container| container["name"] == "glint-gitops");
    let sidecar = containers.remove(sidecar.expect("the sidecar is there"));
    assert_eq!(sidecar["image"], "registry.example.com/ours:v2");
    assert_eq!(after["containers"], before["containers"]);
    assert_eq!(after["initContainers"], before["initContainers"]);
    assert_eq!(after["enableServiceLinks"], Value::Bool(false));
    let volumes = |pod: &Value| pod["volumes"].as_array().expect("volumes").clone();
    for volume in volumes(&before) {
        assert!(volumes(&after).contains(&volume), "{volume}");
    }
}

#[test]
fn what_is_shipped_for_argo_cd_is_taken() {
    for folder in ["crds", "policy", "applications"] {
        let stream = built(&root().join("argocd").join(folder));
        check_taken(ArgoCd::shared().cluster(), &stream);
    }
}

#[test]
fn what_is_shipped_for_flux_is_taken() {
    let cluster = Flux::shared().cluster();
    cluster.namespace("flux-system");
    cluster.namespace("apps");
    for folder in ["crds", "ci"] {
        check_taken(cluster, &built(&root().join("flux").join(folder)));
    }
}

/// Lets the API server say whether it would take a stream, strictly and without
/// a warning.
#[track_caller]
fn check_taken(cluster: &Cluster, stream: &str) {
    let arguments = [
        "apply",
        "--server-side",
        "--force-conflicts",
        "--dry-run=server",
        "--validate=strict",
        "--warnings-as-errors",
        "--filename=-",
    ];
    let output = cluster.kubectl(&arguments, Some(stream));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said, "");
}

/// What the real kustomize builds from a folder.
#[track_caller]
fn built(folder: &Path) -> String {
    let mut kustomize = Command::new(peers::program("kustomize"));
    let output = kustomize
        .arg("build")
        .arg(folder)
        .output()
        .expect("kustomize runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("manifests are text")
}

/// The pods of Argo CD's repo-server as the Deployment describes them.
fn pod(cluster: &Cluster) -> Value {
    let deployment = cluster.get("deployments", "argocd", "argocd-repo-server");
    deployment.expect("it is there")["spec"]["template"]["spec"].clone()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
