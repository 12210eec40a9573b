//! The CRDs come with the first application and are never lost.

use super::{ArgoCd, spec};

const ENTITY: &str = "apiVersion: glint.io/v1
kind: Entity
metadata: {name: pay}
spec: {blueprint: service, identifier: pay, properties: {language: go}}
";

#[test]
fn an_entity_file_becomes_an_entity_and_a_fragment() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("entity");
    let commit = repository.write("app/entity.yaml", ENTITY).commit();
    let application = argo
        .application("entity")
        .apply(spec(repository.plugin("app")));
    let state = application.synced(&commit);
    let kinds: Vec<_> = state["status"]["resources"]
        .as_array()
        .expect("resources")
        .iter()
        .map(|resource| resource["kind"].as_str().expect("a kind").to_owned())
        .collect();
    assert_eq!(kinds, ["ConfigMap", "Entity"]);
}
