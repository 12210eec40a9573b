//! What would lose data is not rendered, and the Application says why.

use super::{ArgoCd, entity, render_failed, spec};

#[test]
fn a_hook_on_a_crd_of_ours_stops_the_render() {
    let argo = ArgoCd::shared();
    let crd = argo
        .cluster()
        .get("crds", "", "entities.glint.io")
        .expect("it is installed");
    let repository = argo.repository("hook");
    repository.write("app/entity.yaml", &entity("pay", "go"));
    repository.write(
        "app/crd.yaml",
        "apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: entities.glint.io
  annotations: {argocd.argoproj.io/hook: PreSync}
",
    );
    repository.commit();
    let application = argo
        .application("hook")
        .apply(spec(repository.plugin("app")));
    assert_eq!(
        application.condition("ComparisonError"),
        render_failed(
            "hook",
            "glint-gitops: read the repository …
glint-gitops: add what Glint needs …
error crd.yaml:5:17 CustomResourceDefinition entities.glint.io: a CRD that is a hook is deleted on \
             each sync, and all entities with it [hook-on-crd]
  help: remove `.metadata.annotations[\"argocd.argoproj.io/hook\"]` from the CRD
glint-gitops: nothing is rendered: a CRD that is a hook is deleted on each sync, and all entities \
             with it"
        )
    );
    let after = argo
        .cluster()
        .get("crds", "", "entities.glint.io")
        .expect("it stays");
    assert_eq!(after["metadata"]["uid"], crd["metadata"]["uid"]);
}

#[test]
fn a_misspelt_parameter_is_named_in_the_message() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("misspelt");
    repository
        .write("app/entity.yaml", &entity("pay", "go"))
        .commit();
    let mut spec = spec(repository.plugin("app"));
    spec["source"]["plugin"]["parameters"] =
        serde_json::json!([{"name": "delivr", "string": "false"}]);
    let application = argo.application("misspelt").apply(spec);
    assert_eq!(
        application.condition("ComparisonError"),
        render_failed(
            "misspelt",
            "glint-gitops: parameter delivr: no setting is called `delivr`; did you mean `deliver`?"
        )
    );
}
