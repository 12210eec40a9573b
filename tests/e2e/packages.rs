//! The shipped folders, applied as they are.
//!
//! What they build to is for `tests/renderers`, what then happens for the tests
//! of each host: here the API server says whether it takes them.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

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
fn what_is_shipped_for_argo_cd_is_taken() {
    for folder in ["crds", "policy", "applications", "controller"] {
        let stream = built(&root().join("argocd").join(folder));
        check_taken(ArgoCd::shared().cluster(), &stream);
    }
}

/// Folders with objects of others' kinds: of Flux's notifications, of GitOps Promoter
/// and of Prometheus' operator; and of our own GlintRender.
#[test]
fn what_is_shipped_for_kinds_of_others_is_taken() {
    let cluster = Cluster::start();
    for namespace in ["argocd", "flux-system"] {
        cluster.namespace(namespace);
    }
    let renders = root().join("flux/render/glintrenders.yaml");
    let renders = renders.display().to_string();
    for crds in ["flux-crds", "package-crds"] {
        let crds = peers::program(crds).display().to_string();
        let apply = ["apply", "--server-side", "--output=name", "-f", &crds];
        let names = cluster.done(&[&apply[..], &["-f", &renders]].concat(), None);
        for name in names.lines() {
            let (_, name) = name.split_once('/').expect("a kind and a name");
            cluster.wait_established(name);
        }
    }
    for folder in [
        "argocd/promotion",
        "argocd/monitoring",
        "flux/applications",
        "flux/notifications",
        "flux/monitoring",
    ] {
        check_taken(&cluster, &built(&root().join(folder)));
    }
}

#[test]
fn argo_cds_own_settings_take_the_health_of_entities() {
    let place = tempfile::tempdir().expect("a folder");
    let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: argocd-cm}\n\
                    data: {url: https://cd.example.com}\n";
    fs::write(place.path().join("argocd-cm.yaml"), settings).expect("it is written");
    symlink(root().join("argocd"), place.path().join("shipped")).expect("a link");
    let kustomization =
        "namespace: argocd\nresources: [argocd-cm.yaml]\ncomponents: [shipped/health]\n";
    fs::write(place.path().join("kustomization.yaml"), kustomization).expect("it is written");
    let stream = built(place.path());
    assert!(
        stream.contains("  url: https://cd.example.com\n"),
        "{stream}"
    );
    check_taken(ArgoCd::shared().cluster(), &stream);
}

#[test]
fn what_is_shipped_for_flux_is_taken() {
    let cluster = Flux::shared().cluster();
    cluster.namespace("flux-system");
    cluster.namespace("apps");
    for folder in ["crds", "ci", "render", "report"] {
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
pub(crate) fn built(folder: &Path) -> String {
    let mut kustomize = Command::new(peers::program("kustomize"));
    let output = kustomize
        .arg("build")
        .arg(folder)
        .output()
        .expect("kustomize runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("manifests are text")
}

/// The folder of this project.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
