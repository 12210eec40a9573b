//! A project that may not deploy CRDs.

use serde_json::json;

use super::{ArgoCd, entity, spec};
use crate::argocd::fixture::Setup;

#[test]
fn a_project_without_rights_to_crds_syncs_once_the_operator_has_installed_them() {
    let argo = ArgoCd::start(&Setup::default());
    argo.cluster().apply(
        "
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: restricted, namespace: argocd}
spec:
  sourceRepos: ['*']
  destinations: [{namespace: '*', server: '*'}]
  clusterResourceWhitelist: [{group: '', kind: Namespace}]
",
    );
    let repository = argo.repository("restricted");
    let commit = repository
        .write("app/entity.yaml", &entity("pay", "go"))
        .commit();
    let mut spec = spec(repository.plugin("app"));
    spec["project"] = "restricted".into();
    spec["syncPolicy"]["retry"] = json!({"limit": 0});
    let application = argo.application("restricted").apply(spec);
    let state = application
        .wait(|application| application["status"]["operationState"]["phase"] == "Failed");
    assert_eq!(
        state["status"]["operationState"]["message"],
        "one or more synchronization tasks are not valid: resource \
         apiextensions.k8s.io:CustomResourceDefinition is not permitted in project restricted"
    );
    let entities = argo
        .cluster()
        .kubectl(&["get", "entities.glint.io", "-A"], None);
    assert!(!entities.status.success(), "nothing is applied");

    // Now the render of the same commit adds none, because the cluster has them.
    argo.cluster().install_crds();
    application.hard_refresh();
    application.sync(false);
    application.synced(&commit);
}
