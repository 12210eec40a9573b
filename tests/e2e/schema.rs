//! The API server accepts all that glint-gitops adds or writes.

use crate::cluster::{Cluster, crds};

#[test]
fn the_crds_pass_strict_validation_without_a_warning() {
    for dialect in ["glint", "port"] {
        check_no_warning(&crds(dialect));
    }
}

/// Applies manifests as a server-side dry run with strict field validation.
#[track_caller]
pub(crate) fn check_no_warning(manifests: &str) {
    let arguments = [
        "apply",
        "--server-side",
        "--dry-run=server",
        "--validate=strict",
        "--warnings-as-errors",
        "--filename=-",
    ];
    let output = Cluster::shared().kubectl(&arguments, Some(manifests));
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}
