//! The health script of `argocd/health`, run by the real Argo CD: an entity that asks for
//! it has its application wait for the catalog.

use serde_json::Value;

use super::argocd::Loop;
use super::{ENTITIES, delivered, said, wait_for_condition};
use crate::argocd::{entity, spec};

#[test]
fn an_application_is_healthy_once_the_catalog_has_what_it_waits_for() {
    let whole = Loop::start();
    let patch = ["patch", "configmap", "argocd-cm", "--namespace=argocd"];
    let file = concat!(
        "--patch-file=",
        env!("CARGO_MANIFEST_DIR"),
        "/argocd/health/argocd-cm.yaml"
    );
    whole.cluster().done(&[&patch[..], &[file]].concat(), None);
    let repository = whole.argo.repository("gated");
    let gated = |language: &str| {
        let waits = "metadata: {annotations: {gitops.glint.io/gate: \"true\"}, ";
        let entity = entity("gated", language).replace("metadata: {", waits);
        repository.write("app/entity.yaml", &entity).commit()
    };
    let application = whole.argo.application("gated");
    let becomes = |health: &str, commit: &str| {
        application.wait(|it| {
            it["status"]["health"]["status"] == health && it["status"]["sync"]["revision"] == commit
        });
    };
    // Nobody can tell what the catalog has.
    whole.relay.cut();
    let commit = gated("go");
    application
        .apply(spec(repository.plugin("app")))
        .synced(&commit);
    becomes("Progressing", &commit);
    whole.relay.mend();
    delivered(whole.cluster(), "gated", "gated");
    becomes("Healthy", &commit);

    let commit = gated("cobol");
    application.refresh();
    wait_for_condition(whole.cluster(), "gated", "gated", "False Rejected");
    becomes("Degraded", &commit);
    let commit = gated("rust");
    application.refresh();
    becomes("Healthy", &commit);
    let entity = whole.cluster().get(ENTITIES, "gated", "gated");
    let said = said(&entity.unwrap_or(Value::Null));
    assert_eq!(said.as_deref(), Some("True Delivered"));
}
