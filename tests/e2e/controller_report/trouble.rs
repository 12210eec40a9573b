//! The catalog and the exporter in trouble.

use std::time::Duration;

use serde_json::{Value, json};

use super::controller::Controller;
use super::flux::{Small, stream};
use super::{ENTITIES, delivered, events, prepare, said, wait_for_target};
use crate::argocd::entity;
use crate::cluster::Cluster;
use crate::flux::{Flux, Gate};
use crate::process::port;
use crate::sandbox::Sandbox;

/// How long nothing of a kind has to arrive until its exporter is called deaf to it, and
/// as long again.
const AWAITED: Duration = Duration::from_secs(180);

#[test]
fn what_happens_while_the_catalog_is_down_is_reported_once_it_is_back() {
    let cluster = Small::cluster();
    let small = Small::on(&cluster);
    let shop = small.flux.kustomization("shop");
    let first = shop.publish_stream(&stream(&[entity("pay", "go")]));
    shop.apply(json!({"targetNamespace": "shop"})).ready(&first);
    delivered(&cluster, "shop", "pay");

    small.relay.cut();
    let second = shop.publish_stream(&stream(&[entity("pay", "rust")]));
    shop.ready(&second);
    small.catalog.wait("the controller to notice", || {
        let log = small.controller.log();
        log.contains("can't look into the catalog").then_some(())
    });
    let pay = cluster.get(ENTITIES, "shop", "pay").expect("it is there");
    assert_eq!(said(&pay), None);

    small.relay.mend();
    delivered(&cluster, "shop", "pay");
    let told = json!({"revision": second, "syncStatus": "Synced", "deliveredEntities": 1});
    wait_for_target(&small.catalog, &small.controller, "shop", &told);
}

#[test]
fn an_exporter_that_is_older_than_the_crd_is_told_of_until_it_is_restarted() {
    let cluster = Cluster::start();
    let data = tempfile::tempdir().expect("a folder");
    let (file, port) = (data.path().join("catalog.json"), port());
    let catalog = Sandbox::kept(&cluster, &file, port);
    prepare(&catalog);
    catalog.wait_for_line("the cluster serves no `glint.io/v1/entities`");
    let flux = Flux::on(&cluster, Gate::Open);
    let controller = Controller::shipped("flux/report", &cluster, &catalog.url);
    cluster.install_crds();
    let shop = flux.kustomization("shop");
    let first = shop.publish_stream(&stream(&[entity("pay", "go")]));
    shop.apply(json!({"targetNamespace": "shop"})).ready(&first);

    let is_unseen = |pay: &Value| said(pay).as_deref() == Some("Unknown UnseenByExporter");
    let unseen = cluster.watched(ENTITIES, "shop", "pay", AWAITED, is_unseen);
    assert!(unseen.is_some(), "{}", controller.log());
    let told = json!({"pendingEntities": 1, "deliveredEntities": 0, "syncStatus": "Synced"});
    wait_for_target(&catalog, &controller, "shop", &told);
    assert_eq!(
        events(&cluster, "default", ENTITIES),
        [
            "Warning UnseenByExporter: this CRD was created after the exporter's start, and the \
             exporter sees no entities until it is started again: restart it"
        ]
    );

    drop(catalog);
    let catalog = Sandbox::kept(&cluster, &file, port);
    delivered(&cluster, "shop", "pay");
    let told = json!({"pendingEntities": 0, "deliveredEntities": 1});
    wait_for_target(&catalog, &controller, "shop", &told);
}
