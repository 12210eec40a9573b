//! An entity that asks for it has its host wait for the catalog: by the health script of
//! `argocd/health`, run by the real Argo CD, and by the `healthCheckExprs` of
//! `flux/applications`, run by the real kustomize-controller. The gate says the same.

use serde_json::{Value, json};

use super::argocd::Loop;
use super::flux::{Small, stream};
use super::{ENTITIES, delivered, said, wait_for_condition};
use crate::argocd::{entity, spec};
use crate::cluster::{Cluster, condition};
use crate::packages::root;

/// An entity that a host is to wait for.
fn gated(name: &str, language: &str, annotations: &str) -> String {
    let waits =
        format!("metadata: {{annotations: {{gitops.glint.io/gate: \"true\"{annotations}}}, ");
    entity(name, language).replace("metadata: {", &waits)
}

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
    let commit_gated = |language: &str| {
        let entity = gated("gated", language, "");
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
    let commit = commit_gated("go");
    application
        .apply(spec(repository.plugin("app")))
        .synced(&commit);
    becomes("Progressing", &commit);
    let asked = |commit: &str| format!("application/argocd/gated?revision={commit}");
    whole
        .controller
        .wait_for_gate(&asked(&commit), "503 pending NotCompared");
    whole.relay.mend();
    delivered(whole.cluster(), "gated", "gated");
    becomes("Healthy", &commit);
    let agrees = "200 agrees EntitiesDelivered";
    let agreed = whole.controller.wait_for_gate(&asked(&commit), agrees);
    let counts = ["revision", "declared", "delivered"].map(|name| agreed[name].clone());
    assert_eq!(counts, [json!(commit), json!(1), json!(1)]);
    let first = commit;

    let commit = commit_gated("cobol");
    application.refresh();
    wait_for_condition(whole.cluster(), "gated", "gated", "False Rejected");
    becomes("Degraded", &commit);
    let disagrees = "409 disagrees EntitiesNotDelivered";
    let refused = whole.controller.wait_for_gate(&asked(&commit), disagrees);
    let reason = json!({
        "blueprint": "service", "identifier": "gated", "code": "blueprint_schema_mismatch",
    });
    assert_eq!(refused["reasons"], json!([reason]));
    assert!(!refused.to_string().contains("cobol"), "{refused}");
    whole
        .controller
        .wait_for_gate(&asked(&first), "503 pending OtherRevision");
    let commit = commit_gated("rust");
    application.refresh();
    becomes("Healthy", &commit);
    whole.controller.wait_for_gate(&asked(&commit[..7]), agrees);
    let entity = whole.cluster().get(ENTITIES, "gated", "gated");
    let said = said(&entity.unwrap_or(Value::Null));
    assert_eq!(said.as_deref(), Some("True Delivered"));
}

/// The expressions of the shipped example.
#[track_caller]
fn expressions(cluster: &Cluster) -> Value {
    let file = root().join("flux/applications/shop-gated.yaml");
    let file = file.display().to_string();
    let read = ["create", "--dry-run=client", "--output=json", "--filename"];
    let example = cluster.done(&[&read[..], &[&file]].concat(), None);
    let mut example: Value = serde_json::from_str(&example).expect("kubectl prints JSON");
    example["spec"]["healthCheckExprs"].take()
}

#[test]
fn a_kustomization_is_ready_once_the_catalog_has_what_it_waits_for() {
    let cluster = Small::cluster();
    let small = Small::on(&cluster);
    let shop = small.flux.kustomization("shop");
    let settings = json!({
        "targetNamespace": "shop", "timeout": "30s", "wait": true,
        "healthCheckExprs": expressions(&cluster),
    });
    // Nobody can tell what the catalog has; what does not ask for it waits for nothing.
    small.relay.cut();
    let both = |language: &str| stream(&[gated("pay", language, ""), entity("web", "go")]);
    let first = shop.publish_stream(&both("go"));
    shop.apply(settings);
    let failed = shop.failed("HealthCheckFailed");
    assert!(
        failed.starts_with("health check failed after 30.")
            && failed.ends_with("s: timeout waiting for: [Entity/shop/pay status: 'InProgress']"),
        "{failed}"
    );
    let asked = |revision: &str| format!("kustomization/shop/shop?revision={revision}");
    let pending = "503 pending OtherRevision";
    small.controller.wait_for_gate(&asked(&first), pending);
    small.relay.mend();
    delivered(&cluster, "shop", "pay");
    shop.ready(&first);
    let agrees = "200 agrees EntitiesDelivered";
    small.controller.wait_for_gate(&asked(&first), agrees);

    // Within its time: not ready before, and ready then.
    small.relay.cut();
    let second = shop.publish_stream(&both("rust"));
    let checks = format!("Running health checks for revision {second}");
    let waiting = shop.wait(|it| {
        let reconciling = condition(it, "Reconciling").cloned().unwrap_or_default();
        let message = reconciling["message"].as_str();
        message.is_some_and(|it| it.starts_with(&checks))
    });
    let ready = condition(&waiting, "Ready").cloned().unwrap_or_default();
    assert_eq!(ready["status"], "Unknown");
    assert_eq!(waiting["status"]["lastAppliedRevision"], first);
    small.relay.mend();
    shop.ready(&second);
    let pay = cluster.get(ENTITIES, "shop", "pay").expect("it is there");
    assert_eq!(said(&pay).as_deref(), Some("True Delivered"));

    // What is refused is not waited for.
    shop.publish_stream(&both("cobol"));
    wait_for_condition(&cluster, "shop", "pay", "False Rejected");
    let failed = shop.failed("HealthCheckFailed");
    assert!(
        failed.contains("Entity/shop/pay status: 'Failed'"),
        "{failed}"
    );
}

#[test]
fn a_kustomization_waits_no_longer_than_its_entity_asks_for() {
    let cluster = Small::cluster();
    let small = Small::on(&cluster);
    let shop = small.flux.kustomization("shop");
    small.relay.cut();
    let pay = gated("pay", "go", ", gitops.glint.io/gate-timeout: 2s");
    let first = shop.publish_stream(&stream(&[pay]));
    let settings = json!({
        "targetNamespace": "shop", "timeout": "60s", "wait": true,
        "healthCheckExprs": expressions(&cluster),
    });
    shop.apply(settings).ready(&first);
    let said = wait_for_condition(&cluster, "shop", "pay", "True NotAwaited");
    assert_eq!(
        said["message"],
        "nobody can say here: the catalog can't be asked; nothing waits for it"
    );
    small.relay.mend();
    delivered(&cluster, "shop", "pay");
}
