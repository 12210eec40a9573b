//! The API server accepts all that glint-gitops adds or writes.

use crate::cluster::{Cluster, crds};
use crate::streams::render;

#[test]
fn the_crds_pass_strict_validation_without_a_warning() {
    for dialect in ["glint", "port"] {
        check_no_warning(&crds(dialect));
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
