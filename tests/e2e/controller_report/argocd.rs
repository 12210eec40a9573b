//! Git commit, Argo CD with the plugin, the cluster, the exporter, the catalog, and what
//! is reported of all that.

use std::sync::OnceLock;
use std::time::Instant;

use serde_json::json;

use super::controller::{CLUSTER, Controller};
use super::{ENTITIES, catalog, delivered, events, relayed, runs, said, took, wait_for_target};
use crate::argocd::{ArgoCd, entity, spec};
use crate::cluster::Cluster;
use crate::relay::Relay;
use crate::sandbox::Sandbox;

/// Argo CD and the controller on a cluster of their own, with a catalog.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) controller: Controller,
    /// The controller's way to the catalog.
    pub(super) relay: Relay,
    pub(super) catalog: Sandbox,
    pub(super) argo: ArgoCd,
}

impl Loop {
    /// The one of all tests whose applications leave each other alone.
    pub(super) fn shared() -> &'static Self {
        static SHARED: OnceLock<Loop> = OnceLock::new();
        SHARED.get_or_init(Self::start)
    }

    pub(super) fn start() -> Self {
        Self::edited(&[])
    }

    /// With arguments that the controller is given beside those that are shipped.
    pub(super) fn edited(added: &[&str]) -> Self {
        let argo = ArgoCd::alone();
        argo.cluster().install_crds();
        let catalog = catalog(argo.cluster());
        let (relay, url) = relayed(&catalog);
        let controller = Controller::edited("argocd/controller", argo.cluster(), &url, added);
        Self {
            controller,
            relay,
            catalog,
            argo,
        }
    }

    pub(super) fn cluster(&self) -> &Cluster {
        self.argo.cluster()
    }
}

#[test]
fn a_commit_is_followed_through_argo_cd_into_the_catalog() {
    let whole = Loop::shared();
    let (argo, catalog, cluster) = (&whole.argo, &whole.catalog, whole.cluster());
    let repository = argo.repository("shop");
    let commit = repository
        .write("app/pay.yaml", &entity("pay", "go"))
        .write("app/web.yaml", &entity("web", "java"))
        .commit();
    let application = argo
        .application("shop")
        .apply(spec(repository.plugin("app")));
    application.synced(&commit);
    let synced = Instant::now();
    delivered(cluster, "shop", "pay");
    delivered(cluster, "shop", "web");
    took(
        "two entities delivered after their application was synced",
        synced,
    );
    let whole_target = json!({
        "tool": "argocd", "cluster": CLUSTER, "namespace": "argocd",
        "syncStatus": "Synced", "healthStatus": "Healthy", "revision": commit,
        "declaredEntities": 2, "deliveredEntities": 2, "pendingEntities": 0,
    });
    wait_for_target(catalog, &whole.controller, "shop", &whole_target);
    took("the target says so after the sync", synced);
    assert_eq!(runs(catalog, "shop"), ["Succeeded"]);

    let second = repository
        .write("app/pay.yaml", &entity("pay", "rust"))
        .remove("app/web.yaml")
        .commit();
    application.refresh();
    application.synced(&second);
    let synced = Instant::now();
    let pay = cluster.wait_for(ENTITIES, "shop", "pay", |pay| {
        pay["metadata"]["generation"] == 2 && said(pay).as_deref() == Some("True Delivered")
    });
    took("a changed entity delivered after the sync", synced);
    assert_eq!(pay["spec"]["properties"]["language"], "rust");
    let one = json!({"revision": second, "declaredEntities": 1, "deliveredEntities": 1});
    wait_for_target(catalog, &whole.controller, "shop", &one);
    assert_eq!(runs(catalog, "shop"), ["Succeeded", "Succeeded"]);
    // What arrives is worth no Event.
    assert_eq!(events(cluster, "shop", "pay"), [""; 0]);
    let path = "/v1/blueprints/service/entities/pay";
    let held = catalog.call("GET", path, &serde_json::Value::Null);
    assert_eq!(held["entity"]["properties"]["language"], "rust");
    assert!(!catalog.entities().contains(&"service/web".to_owned()));
}
