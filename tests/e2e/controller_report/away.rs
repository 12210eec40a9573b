//! The controller away: nothing that deploys takes notice, and what was missed is made
//! up for.

use std::time::{Duration, Instant};

use serde_json::json;

use super::argocd::Loop;
use super::flux::{Small, stream};
use super::{ENTITIES, delivered, runs, said, took, wait_for_target};
use crate::argocd::{entity, spec};

/// Where the time is that a sync takes at most, with or without a controller.
const NORMAL: Duration = Duration::from_secs(30);

#[test]
fn an_application_of_two_waves_is_synced_without_the_controller() {
    let mut whole = Loop::start();
    let patch = ["patch", "configmap", "argocd-cm", "--namespace=argocd"];
    let file = concat!(
        "--patch-file=",
        env!("CARGO_MANIFEST_DIR"),
        "/argocd/health/argocd-cm.yaml"
    );
    whole.cluster().done(&[&patch[..], &[file]].concat(), None);
    let repository = whole.argo.repository("waves");
    let waves = |language: &str| {
        let second = entity("second", language).replace(
            "metadata: {",
            "metadata: {annotations: {argocd.argoproj.io/sync-wave: \"1\"}, ",
        );
        repository
            .write("app/first.yaml", &entity("first", language))
            .write("app/second.yaml", &second)
            .commit()
    };
    let application = whole.argo.application("waves");
    let first = waves("go");
    let started = Instant::now();
    application
        .apply(spec(repository.plugin("app")))
        .synced(&first);
    took("two waves, with the controller", started);
    delivered(whole.cluster(), "waves", "second");

    whole.controller.kill();
    let second = waves("rust");
    let started = Instant::now();
    application.refresh();
    let application = application.synced(&second);
    took("two waves, without it", started);
    assert!(started.elapsed() < NORMAL, "{:?}", started.elapsed());
    assert_eq!(application["status"]["health"]["status"], "Healthy");
    let entity = whole.cluster().get(ENTITIES, "waves", "second");
    let entity = entity.expect("it is there");
    // What is said of it is about its spec as it was.
    assert_eq!(entity["metadata"]["generation"], 2);
    assert_eq!(said(&entity), None);
}

#[test]
fn a_kustomization_that_waits_is_ready_without_the_controller() {
    let cluster = Small::cluster();
    let mut small = Small::on(&cluster);
    let shop = small.flux.kustomization("shop");
    let first = shop.publish_stream(&stream(&[entity("pay", "go")]));
    let started = Instant::now();
    shop.apply(json!({"targetNamespace": "shop", "wait": true}))
        .ready(&first);
    took("a Kustomization with `wait`, with the controller", started);
    delivered(&cluster, "shop", "pay");

    small.controller.kill();
    let second = shop.publish_stream(&stream(&[entity("pay", "rust")]));
    let started = Instant::now();
    shop.ready(&second);
    took("a Kustomization with `wait`, without it", started);
    assert!(started.elapsed() < NORMAL, "{:?}", started.elapsed());
    let pay = cluster.get(ENTITIES, "shop", "pay").expect("it is there");
    assert_eq!(pay["metadata"]["generation"], 2);
    assert_eq!(said(&pay), None);
}

#[test]
fn what_a_killed_controller_missed_is_reported_after_its_restart() {
    let cluster = Small::cluster();
    let mut small = Small::on(&cluster);
    let shop = small.flux.kustomization("shop");
    let first = shop.publish_stream(&stream(&[entity("pay", "go")]));
    shop.apply(json!({"targetNamespace": "shop"})).ready(&first);
    let told = json!({"revision": first, "deliveredEntities": 1});
    wait_for_target(&small.catalog, &small.controller, "shop", &told);

    small.controller.kill();
    let pay = entity("pay", "rust");
    shop.publish_stream(&stream(&[
        pay.replace("glint.io/v1", "nobody.example.com/v1")
    ]));
    shop.failed("ReconciliationFailed");
    let third = shop.publish_stream(&stream(&[pay]));
    shop.ready(&third);

    small.controller.start();
    delivered(&cluster, "shop", "pay");
    let told = json!({"revision": third, "syncStatus": "Synced", "deliveredEntities": 1});
    wait_for_target(&small.catalog, &small.controller, "shop", &told);
    assert_eq!(
        runs(&small.catalog, "shop"),
        ["Succeeded", "Failed", "Succeeded"]
    );
}
