//! An exporter that starts while its API server can't be reached: it finds none of its
//! kinds, and deletes all that it owns. It is played by one that reads another cluster,
//! which has none of the kinds: of both, the same requests come.

use serde_json::{Value, json};

use super::controller::Controller;
use super::flux::{Small, stream};
use super::{ENTITIES, delivered, events, prepare, said, wait_for_condition, wait_for_target};
use crate::argocd::entity;
use crate::cluster::Cluster;
use crate::flux::{Flux, Gate};
use crate::process::port;
use crate::sandbox::Sandbox;

const NAMES: [&str; 3] = ["pay", "web", "ledger"];

const HAZARD: &str = "glint_gitops_exporter_hazards{hazard=\"lost_cluster\"}";
const ASKED: &str = "glint_gitops_resyncs_asked_total";

/// Something of a kind that is served or not.
const WIDGETS: &str = "
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets, singular: widget}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object}}
";

/// When a resync was asked for last.
fn asked(catalog: &Sandbox) -> Value {
    let path = "/v1/integration/k8s-sandbox/resync-request";
    catalog.call("GET", path, &Value::Null)["request"].take()
}

/// Adds a block of others to the config.
fn map_widgets(catalog: &Sandbox) {
    let path = "/v1/integration/k8s-sandbox";
    let integration = catalog.call("GET", path, &Value::Null);
    let mut config = integration["integration"]["config"].clone();
    let block = json!({
        "kind": "example.com/v1/widgets",
        "selector": {"query": "true"},
        "glint": {"entity": {"mappings": [{
            "identifier": ".metadata.name",
            "blueprint": "\"service\"",
        }]}},
    });
    let blocks = config["resources"].as_array_mut();
    blocks.expect("the config has blocks").push(block);
    let path = format!("{path}/config");
    catalog.call("PATCH", &path, &json!({ "config": config }));
}

#[test]
fn entities_that_an_exporter_deleted_at_its_start_are_told_of_and_sent_again_once_that_is_safe() {
    let cluster = Small::cluster();
    let data = tempfile::tempdir().expect("a folder");
    let (file, port) = (data.path().join("catalog.json"), port());
    let healthy = Sandbox::kept(&cluster, &file, port);
    prepare(&healthy);
    let flux = Flux::on(&cluster, Gate::Open);
    let added = ["--resync-vanished"];
    let controller = Controller::edited("flux/report", &cluster, &healthy.url, &added);
    let shop = flux.kustomization("shop");
    let first = shop.publish_stream(&stream(&NAMES.map(|name| entity(name, "go"))));
    shop.apply(json!({"targetNamespace": "shop"})).ready(&first);
    for name in NAMES {
        delivered(&cluster, "shop", name);
    }
    // What the exporter can't resolve, a resync deletes.
    map_widgets(&healthy);
    drop(healthy);

    let blind = Sandbox::kept(Cluster::without_crds(), &file, port);
    blind.wait("the services to go", || {
        let entities = blind.entities();
        let has_some = entities.iter().any(|it| it.starts_with("service/"));
        (!has_some).then_some(())
    });
    for name in NAMES {
        let said = wait_for_condition(&cluster, "shop", name, "False Vanished");
        assert_eq!(
            said["message"],
            "the catalog had it, and it is gone there; the exporter sends it again at its next \
             resync"
        );
    }
    let told = json!({"vanishedEntities": 3, "deliveredEntities": 0, "syncStatus": "Synced"});
    wait_for_target(&blind, &controller, "shop", &told);
    blind.wait("the metric", || {
        (controller.metric(HAZARD) == Some(1.0)).then_some(())
    });
    let warning = "Warning EntitiesVanished: the entities of this cluster are gone from the \
                   catalog and still in the cluster, as when the exporter starts while the API \
                   server can't be reached: `--resync-vanished` has the exporter send everything \
                   again, and so does its restart";
    for crd in [ENTITIES, "clusterentities.glint.io"] {
        blind.wait("an Event of the CRD", || {
            (events(&cluster, "default", crd) == [warning]).then_some(())
        });
    }
    blind.wait("what keeps it from asking", || {
        let why = "the cluster does not serve the mapping's kind `example.com/v1/widgets`, of \
                   which a resync deletes all";
        controller.log().contains(why).then_some(())
    });
    assert_eq!(
        (asked(&blind), controller.metric(ASKED)),
        (Value::Null, Some(0.0))
    );

    cluster.apply(WIDGETS);
    blind.wait("a resync to be asked for", || {
        (!asked(&blind).is_null()).then_some(())
    });
    drop(blind);
    // Its API server can be reached again.
    let healthy = Sandbox::kept(&cluster, &file, port);
    for name in NAMES {
        delivered(&cluster, "shop", name);
    }
    let told = json!({"vanishedEntities": 0, "deliveredEntities": 3});
    wait_for_target(&healthy, &controller, "shop", &told);
    healthy.wait("the metric", || {
        (controller.metric(HAZARD) == Some(0.0)).then_some(())
    });
    assert_eq!(controller.metric(ASKED), Some(1.0));
    let pay = cluster.get(ENTITIES, "shop", "pay").expect("it is there");
    assert_eq!(said(&pay).as_deref(), Some("True Delivered"));
}
