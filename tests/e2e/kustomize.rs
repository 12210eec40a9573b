//! What kustomize builds with us, applied: behind it in a pipe, and inside it as a
//! KRM function.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::cluster::Cluster;
use crate::peers;
use crate::streams::post_render;

#[test]
fn a_build_piped_through_us_is_applied() {
    let folder = kustomization("piped", "");
    let stream = post_render(
        "pipe",
        &build(folder.path(), &[]),
        &["--application=pay", "--crds=never"],
    );
    check_deployed("piped", &stream);
}

#[test]
fn a_build_with_us_as_a_function_is_applied() {
    let folder = kustomization("function", "transformers: [glint.yaml]\n");
    let function = format!(
        "apiVersion: gitops.glint.io/v1
kind: Glint
metadata:
  name: glint
  annotations:
    config.kubernetes.io/function: |
      exec: {{path: {}, args: [post-render]}}
spec: {{application: pay, crds: never}}
",
        crate::GLINT
    );
    fs::write(folder.path().join("glint.yaml"), function).expect("the function is written");
    let flags = ["--enable-alpha-plugins", "--enable-exec"];
    check_deployed("function", &build(folder.path(), &flags));
}

/// Applies a stream; the entity and one fragment are there.
#[track_caller]
fn check_deployed(namespace: &str, stream: &str) {
    let cluster = Cluster::shared();
    cluster.namespace(namespace);
    cluster.apply(stream);
    let entity = cluster.get("entities", namespace, "pay").expect("it came");
    assert_eq!(
        entity["metadata"]["annotations"],
        json!({
            "argocd.argoproj.io/sync-options": "SkipDryRunOnMissingResource=true",
            "gitops.glint.io/application": "pay",
        })
    );
    let maps = cluster.names("configmaps", namespace);
    assert_eq!(maps.len(), 1, "{maps:?}");
    assert!(maps[0].starts_with("glint-pay-"), "{maps:?}");
}

/// A folder with an entity and a kustomization of it.
fn kustomization(namespace: &str, more: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |file: &str, text: &str| {
        fs::write(folder.path().join(file), text).expect("a file to build");
    };
    write(
        "kustomization.yaml",
        &format!("namespace: {namespace}\nresources: [entity.yaml]\n{more}"),
    );
    write("entity.yaml", &crate::argocd::entity("pay", "go"));
    folder
}

#[track_caller]
fn build(folder: &Path, flags: &[&str]) -> String {
    let output = Command::new(peers::program("kustomize"))
        .arg("build")
        .args(flags)
        .arg(folder)
        .output()
        .expect("kustomize runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("manifests are text")
}
