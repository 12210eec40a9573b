//! A preview environment of a pull request, made by an ApplicationSet, deploys
//! and does not deliver.

use serde_json::{Value, json};

use super::{ArgoCd, entity};

#[test]
fn a_preview_deploys_entities_that_are_not_delivered() {
    let argo = ArgoCd::shared();
    let _controller = argo.application_sets();
    let repository = argo.repository("preview");
    let commit = repository
        .write("app/entity.yaml", &entity("pay", "go"))
        .commit();
    let mut spec = super::spec(repository.plugin("app"));
    spec["destination"]["namespace"] = "preview-{{number}}".into();
    spec["source"]["plugin"]["parameters"] = json!([{"name": "deliver", "string": "false"}]);
    let set = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": "previews", "namespace": "argocd"},
        "spec": {
            "generators": [{"list": {"elements": [{"number": "17"}]}}],
            "template": {"metadata": {"name": "preview-{{number}}"}, "spec": spec},
        },
    });
    argo.cluster().apply(&set.to_string());
    argo.application("preview-17").synced(&commit);
    let entity = argo.cluster().get("entities.glint.io", "preview-17", "pay");
    let entity = entity.expect("it is deployed");
    assert_eq!(
        entity["metadata"]["annotations"]["gitops.glint.io/deliver"],
        Value::from("false")
    );
}
