//! An artifact, kustomize-controller, the cluster, the exporter, the catalog, and what is
//! reported of all that.

use std::time::Instant;

use serde_json::json;

use super::controller::{CLUSTER, Controller};
use super::{catalog, delivered, relayed, runs, took, wait_for_target};
use crate::argocd::entity;
use crate::cluster::Cluster;
use crate::flux::{Flux, Gate};
use crate::relay::Relay;
use crate::sandbox::Sandbox;
use crate::streams::post_render;

/// Flux and the controller on a cluster that has nothing else, with a catalog.
#[derive(Debug)]
pub(super) struct Small<'a> {
    pub(super) controller: Controller,
    /// The controller's way to the catalog.
    pub(super) relay: Relay,
    pub(super) catalog: Sandbox,
    pub(super) flux: Flux<'a>,
}

impl<'a> Small<'a> {
    /// A cluster with Glint's CRDs.
    pub(super) fn cluster() -> Cluster {
        let cluster = Cluster::start();
        cluster.install_crds();
        cluster
    }

    pub(super) fn on(cluster: &'a Cluster) -> Self {
        Self::edited(cluster, &[])
    }

    /// With arguments that the controller is given beside those that are shipped.
    pub(super) fn edited(cluster: &'a Cluster, added: &[&str]) -> Self {
        let flux = Flux::on(cluster, Gate::Open);
        let catalog = catalog(cluster);
        let (relay, url) = relayed(&catalog);
        let controller = Controller::edited("flux/report", cluster, &url, added);
        Self {
            controller,
            relay,
            catalog,
            flux,
        }
    }
}

/// A stream of manifests as Flux gets it.
pub(super) fn stream(manifests: &[String]) -> String {
    let arguments = ["--crds", "never", "--application", "shop"];
    post_render("flux", &manifests.join("---\n"), &arguments)
}

#[test]
fn an_artifact_is_followed_through_flux_into_the_catalog() {
    let cluster = Small::cluster();
    let small = Small::on(&cluster);
    let Small {
        controller,
        catalog,
        flux,
        ..
    } = &small;
    let shop = flux.kustomization("shop");
    let both = [entity("pay", "go"), entity("web", "java")];
    let first = shop.publish_stream(&stream(&both));
    shop.apply(json!({"targetNamespace": "shop"})).ready(&first);
    let synced = Instant::now();
    delivered(&cluster, "shop", "pay");
    delivered(&cluster, "shop", "web");
    took(
        "two entities delivered after their Kustomization was ready",
        synced,
    );
    let whole = json!({
        "tool": "flux", "cluster": CLUSTER, "namespace": "shop",
        "syncStatus": "Synced", "revision": first,
        "declaredEntities": 2, "deliveredEntities": 2, "pendingEntities": 0,
    });
    wait_for_target(catalog, controller, "shop", &whole);
    took("the target says so after the sync", synced);
    assert_eq!(runs(catalog, "shop"), ["Succeeded"]);

    let second = shop.publish_stream(&stream(&[entity("pay", "rust")]));
    shop.ready(&second);
    let synced = Instant::now();
    let pay = delivered(&cluster, "shop", "pay");
    took("a changed entity delivered after the sync", synced);
    assert_eq!(pay["observedGeneration"], 2);
    let one = json!({"revision": second, "declaredEntities": 1, "deliveredEntities": 1});
    wait_for_target(catalog, controller, "shop", &one);
    assert_eq!(runs(catalog, "shop"), ["Succeeded", "Succeeded"]);
    assert!(!catalog.entities().contains(&"service/web".to_owned()));
}
