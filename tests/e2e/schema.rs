//! The API server accepts all that glint-gitops adds or writes.

use std::process::Command;

use crate::cluster::{Cluster, crds};
use crate::streams::render;

#[test]
fn the_crds_pass_strict_validation_without_a_warning() {
    for dialect in ["glint", "port"] {
        check_no_warning(&crds(dialect));
    }
}

#[test]
fn what_is_added_for_each_host_passes_strict_validation_without_a_warning() {
    let folder = tempfile::tempdir().expect("a folder");
    let entities = "apiVersion: glint.io/v1
kind: Entity
metadata: {name: strict}
spec: {blueprint: service, identifier: strict, properties: {text: '${UNKNOWN'}}
---
apiVersion: glint.io/v1
kind: ClusterEntity
metadata: {name: strict}
spec: {blueprint: team, identifier: strict}
";
    std::fs::write(folder.path().join("entities.yaml"), entities).expect("a file to render");
    let all = ["argocd", "flux", "helm", "pipe"].map(|host| [(host, "true"), (host, "false")]);
    for (host, deliver) in all.into_iter().flatten() {
        let output = Command::new(crate::GLINT)
            .args(["render", "--host", host, "--crds=always"])
            .arg(format!("--deliver={deliver}"))
            .args([
                "--application=strict",
                "--project=strict",
                "--source-path=apps",
            ])
            .args([
                "--source-repo=https://git.example.com/apps",
                "--namespace=default",
            ])
            .arg(folder.path())
            .output()
            .expect("glint-gitops runs");
        assert!(output.status.success(), "{output:?}");
        let stream = String::from_utf8(output.stdout).expect("manifests are text");
        assert_eq!(
            stream.contains("fragment.json"),
            deliver == "true",
            "{stream}"
        );
        check_no_warning(&stream);
    }
}

#[test]
fn rendered_examples_pass_strict_validation_without_a_warning() {
    let cluster = Cluster::shared();
    cluster.namespace("shop");
    for host in ["argocd", "flux", "pipe"] {
        for example in ["shop", "shop-kustomize/overlays/production", "shop-helm"] {
            for style in ["generic", "explicit"] {
                let arguments = ["--crds=always", "--mapping-style", style];
                check_no_warning(&render(host, example, &arguments));
            }
        }
    }
}

/// Applies manifests as a server-side dry run with strict field validation.
#[track_caller]
fn check_no_warning(manifests: &str) {
    let arguments = [
        "apply",
        "--server-side",
        "--dry-run=server",
        "--validate=strict",
        "--warnings-as-errors",
        // For a chart's objects, which state none.
        "--namespace=shop",
        "--filename=-",
    ];
    let output = Cluster::shared().kubectl(&arguments, Some(manifests));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
