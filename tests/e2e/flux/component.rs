//! The shipped Component, `flux/component/`: the same without any program.

use std::fs;
use std::path::Path;

use serde_json::json;

use super::kustomization::inventory;
use super::{Flux, Kustomization, crds};
use crate::streams::post_render;

/// A service and a team, of which the service holds a variable.
fn manifests(namespace: &str, name: &str) -> String {
    format!(
        "apiVersion: glint.io/v1
kind: Entity
metadata:
  name: {name}
  namespace: {namespace}
spec:
  blueprint: service
  identifier: {name}
  properties:
    region: ${{region}}
---
apiVersion: glint.io/v1
kind: ClusterEntity
metadata:
  name: team-{name}
spec:
  blueprint: team
  identifier: team-{name}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings-{name}
  namespace: {namespace}
"
    )
}

/// Publishes manifests with the Component beside them, as `kustomization.yaml`
/// there says.
#[track_caller]
fn publish(app: Kustomization, manifests: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("flux/component");
    let mut files = vec![("app/manifests.yaml".to_owned(), manifests.to_owned())];
    for file in fs::read_dir(folder).expect("the Component") {
        let path = file.expect("a file").path();
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let text = fs::read_to_string(path).expect("a file of the Component");
        files.push((format!("glint/{name}"), text));
    }
    let files: Vec<_> = files
        .iter()
        .map(|(path, text)| (path.as_str(), text.as_str()))
        .collect();
    app.publish(&files)
}

#[test]
fn the_component_brings_crds_and_mapping_and_marks_entities() {
    let flux = crds::flux();
    let cluster = flux.cluster();
    let spec = json!({
        "path": "./app",
        "components": ["../glint"],
        "postBuild": {"substitute": {"region": "eu"}},
    });
    let [ledger, pay] = ["ledger", "pay"].map(|name| {
        let app = flux.kustomization_in("component", name);
        let revision = publish(app, &manifests("component", name));
        let state = app.apply(spec.clone()).ready(&revision);
        assert_eq!(
            inventory(&state),
            [
                "_clusterentities.glint.io_apiextensions.k8s.io_CustomResourceDefinition"
                    .to_owned(),
                "_entities.glint.io_apiextensions.k8s.io_CustomResourceDefinition".to_owned(),
                format!("_team-{name}_glint.io_ClusterEntity"),
                format!("component_{name}_glint.io_Entity"),
                format!("component_settings-{name}__ConfigMap"),
                "flux-system_glint-mapping__ConfigMap".to_owned(),
            ]
        );
        app
    });
    let get = |kind, namespace, name| cluster.get(kind, namespace, name).expect("it is there");
    let marked = json!({"gitops.glint.io/renderer": "kustomize"});
    let entity = get("entities.glint.io", "component", "pay");
    assert_eq!(entity["metadata"]["annotations"], marked);
    assert_eq!(entity["spec"]["properties"], json!({"region": "eu"}));
    let team = get("clusterentities.glint.io", "", "team-pay");
    assert_eq!(team["metadata"]["annotations"], marked);
    let settings = get("configmaps", "component", "settings-pay");
    assert!(
        settings["metadata"]["annotations"].is_null(),
        "{settings:#}"
    );

    // Nothing is changed by a second look, nor by one of two that goes.
    let ours = || {
        let mapping = get("configmaps", "flux-system", "glint-mapping");
        [
            mapping,
            get("crds", "", "entities.glint.io"),
            get("crds", "", "clusterentities.glint.io"),
        ]
    };
    let before = ours();
    pay.reconcile();
    assert_eq!(get("entities.glint.io", "component", "pay"), entity);
    ledger.delete();
    assert_eq!(ours(), before);
    assert_eq!(get("entities.glint.io", "component", "pay"), entity);
}

/// Each application has one of its own then, which stays when it goes.
#[test]
fn a_target_namespace_moves_the_components_mapping() {
    let flux = Flux::shared();
    let namespace = "component-moved";
    let app = flux.kustomization(namespace);
    let revision = publish(app, &manifests(namespace, "moved"));
    let spec = json!({"path": "./app", "components": ["../glint"], "targetNamespace": namespace});
    let state = app.apply(spec).ready(&revision);
    assert_eq!(
        inventory(&state)[2..],
        [
            "_team-moved_glint.io_ClusterEntity",
            "component-moved_glint-mapping__ConfigMap",
            "component-moved_moved_glint.io_Entity",
            "component-moved_settings-moved__ConfigMap",
        ]
    );
    app.delete();
    let left = flux.cluster().names("configmaps", namespace);
    assert_eq!(left, ["glint-mapping"]);
}

#[test]
fn a_rendered_stream_beside_the_component_fails_the_build() {
    let flux = Flux::shared();
    let app = flux.kustomization("component-twice");
    let stream = post_render("flux", &manifests("component-twice", "twice"), &[]);
    publish(app, &stream);
    let spec = json!({"path": "./app", "components": ["../glint"]});
    assert_eq!(
        app.apply(spec).failed("BuildFailed"),
        "kustomize build failed: accumulating components: accumulateDirectory: \"recursed \
         accumulation of path '/TMP/glint': accumulating resources: accumulation err='merging \
         resources from 'entities.yaml': may not add resource with an already registered id: \
         CustomResourceDefinition.v1.apiextensions.k8s.io/entities.glint.io.[noNs]': must build \
         at directory: '/TMP/glint/entities.yaml': file is not directory\""
    );
    app.delete();
}
