//! Releases and Glint's CRDs: an operator installs these, for Helm looks up every
//! kind before it applies any object.

use super::{CHART, Helm, Version};
use crate::cluster::Cluster;

/// What both versions say.
const NO_KIND: &str = "Error: INSTALLATION FAILED: unable to build kubernetes objects from release \
     manifest: [resource mapping not found for name: \"ledger\" namespace: \"\" from \"\": no matches \
     for kind \"Entity\" in version \"glint.io/v1\"\nensure CRDs are installed first, resource \
     mapping not found for name: \"pay\" namespace: \"\" from \"\": no matches for kind \"Entity\" in \
     version \"glint.io/v1\"\nensure CRDs are installed first]\n";

/// What the report says of it before it happens.
const WARNING: &str = "warning: no CRD is added with host `helm`: a release that brings both CRD and \
     entity fails [crds-with-helm]\n  help: install them once with `glint-gitops crds | kubectl apply \
     --server-side -f -`, or put them into the chart's `crds` folder; `--crds never` says that they \
     are there\n";

#[test]
fn a_release_with_entities_fails_where_the_crds_are_missing() {
    for helm in Helm::each(Cluster::without_crds(), "missing") {
        for crds in ["auto", "always"] {
            let said = helm.fails(&["install", "pay", CHART], &[("GLINT_CRDS", crds)]);
            assert_eq!(said, NO_KIND);
            assert_eq!(helm.report(), WARNING);
        }
        check_nothing_deployed(&helm);
    }
}

#[test]
fn a_release_that_brings_both_crd_and_entity_fails() {
    for helm in Helm::each(Cluster::without_crds(), "both") {
        let program = crate::GLINT;
        helm.replace_program(&format!(
            "#!/bin/sh\nexec '{program}' post-render --host=pipe --crds=always\n"
        ));
        assert_eq!(helm.fails(&["install", "pay", CHART], &[]), NO_KIND);
        check_nothing_deployed(&helm);
    }
}

#[track_caller]
fn check_nothing_deployed(helm: &Helm<'_>) {
    for kind in ["configmaps", "secrets"] {
        assert_eq!(helm.names(kind), Vec::<String>::new());
    }
    assert_eq!(helm.done(&["list", "--short"]), "");
    let crds = helm.cluster().names("crds", "");
    assert!(!crds.contains(&"entities.glint.io".to_owned()), "{crds:?}");
}

#[test]
fn crds_that_a_release_brought_outlive_it() {
    // One after the other, in one namespace: what the one leaves the other takes.
    let cluster = Cluster::start();
    for version in Version::ALL {
        let helm = Helm::new(version, &cluster, "outlive");
        let without_entities = ["install", "pay", CHART, "--set=services=null"];
        helm.rendered(&without_entities, &[("GLINT_CRDS", "always")]);
        cluster.wait_established("entities.glint.io");
        helm.done(&["uninstall", "pay"]);
        let mut crds = cluster.names("crds", "");
        crds.retain(|crd| crd.ends_with("glint.io"));
        assert_eq!(crds, ["clusterentities.glint.io", "entities.glint.io"]);
    }
}
