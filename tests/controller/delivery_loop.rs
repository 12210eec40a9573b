//! What became of entities in the catalog, as their authors read it: Events on the
//! object, the condition in its status, and metrics.

use glint_gitops::{Dialect, Fragment, LocalSandbox, Style, mapping};
use serde_json::{Value, json};

use crate::fake::{FakeCluster, kind};
use crate::gateway::Gateway;
use crate::program::{Controller, Launch};
use crate::report_syncs;

/// How the exporter calls itself.
const EXPORTER: &str = "port-k8s-exporter/^0.3.4 (statekey/glint)";

/// A catalog that knows services, and the mapping that the exporter has.
pub(crate) fn catalog(config: &Value) -> LocalSandbox {
    taught(LocalSandbox::start(), config)
}

fn taught(catalog: LocalSandbox, config: &Value) -> LocalSandbox {
    fill(&catalog, config);
    catalog
}

pub(crate) fn fill(catalog: &LocalSandbox, config: &Value) {
    let service = json!({
        "identifier": "service", "title": "Service",
        "schema": {"properties": {"tier": {"type": "number"}}, "required": []},
        "relations": {},
    });
    catalog.seed_as("test", &[service], &[]);
    let integration = json!({
        "installationId": "glint", "installationAppType": "K8S EXPORTER", "config": config,
    });
    let made = catalog.call_as("test", "POST /v1/integration", Some(integration));
    assert_eq!(made.0, 201, "{}", made.1);
}

pub(crate) fn generic() -> Value {
    mapping(Style::Generic, &Fragment::empty(Dialect::Glint)).to_json()
}

pub(crate) fn cluster() -> FakeCluster {
    FakeCluster::with(&[kind::ENTITY, kind::CLUSTER_ENTITY])
}

pub(crate) fn report(cluster: &FakeCluster, catalog: &LocalSandbox) -> Launch {
    Controller::report(cluster, catalog)
        .flag("--integration", "glint")
        .flag("--sweep", "2s")
}

/// `shop/pay` declares the service `pay`.
pub(crate) fn entity(place: &str, tier: impl Into<Value>) -> Value {
    let (namespace, name) = place.split_once('/').expect("it has a namespace");
    json!({
        "apiVersion": "glint.io/v1", "kind": "Entity",
        "metadata": {"namespace": namespace, "name": name},
        "spec": {
            "blueprint": "service", "identifier": name, "properties": {"tier": tier.into()},
        },
    })
}

/// The exporter sends what an object of the cluster declares.
pub(crate) fn send(catalog: &LocalSandbox, object: &Value) {
    let mut body = object["spec"].clone();
    body.as_object_mut()
        .expect("it is an object")
        .remove("blueprint");
    let line = "POST /v1/blueprints/service/entities?upsert=true&merge=true";
    let sent = catalog.call_as(EXPORTER, line, Some(body));
    assert!(sent.0 < 300, "{}", sent.1);
}

fn remove(catalog: &LocalSandbox, name: &str) {
    let line = format!("DELETE /v1/blueprints/service/entities/{name}?delete_dependents=false");
    let removed = catalog.call_as(EXPORTER, &line, None);
    assert_eq!(removed.0, 200, "{}", removed.1);
}

/// What the condition of an object says: `True Delivered 1`.
fn condition(cluster: &FakeCluster, place: &str) -> String {
    let (namespace, name) = place.split_once('/').expect("it has a namespace");
    let object = cluster.get(kind::ENTITY, namespace, name);
    let object = object.unwrap_or_default();
    let condition = &object["status"]["conditions"][0];
    let text = |field: &str| condition[field].as_str().unwrap_or("-").to_owned();
    let generation = &condition["observedGeneration"];
    format!("{} {} {generation}", text("status"), text("reason"))
}

pub(crate) fn wait_for_condition(cluster: &FakeCluster, place: &str, expected: &str) {
    cluster.wait_until(&format!("{place} to be {expected}"), |cluster| {
        condition(cluster, place) == expected
    });
}

/// What Events say: `Warning Rejected Entity shop/pay: …`.
pub(crate) fn events(cluster: &FakeCluster) -> Vec<String> {
    let told = cluster.events().into_iter();
    told.map(|told| {
        let (weight, reason) = (told.weight, told.reason);
        format!("{weight} {reason} {}: {}", told.about, told.message)
    })
    .collect()
}

#[test]
fn what_arrives_is_said_in_its_status_and_nowhere_else() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    let pay = cluster.put(entity("shop/pay", 1));
    let _report = report(&cluster, &catalog).start();
    send(&catalog, &pay);
    wait_for_condition(&cluster, "shop/pay", "True Delivered 1");
    let changed = cluster.put(entity("shop/pay", 2));
    send(&catalog, &changed);
    wait_for_condition(&cluster, "shop/pay", "True Delivered 2");
    assert_eq!(events(&cluster), [""; 0]);
    let status = cluster.get(kind::ENTITY, "shop", "pay").unwrap_or_default()["status"].take();
    let conditions = status["conditions"].as_array().map(Vec::len);
    assert_eq!(conditions, Some(1), "{status}");
}

#[test]
fn an_author_is_told_what_the_catalog_refuses_without_the_value() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    cluster.put(entity("shop/pay", "s3cret"));
    let _report = report(&cluster, &catalog).start();
    wait_for_condition(&cluster, "shop/pay", "False Rejected 1");
    let mended = cluster.put(entity("shop/pay", 1));
    send(&catalog, &mended);
    wait_for_condition(&cluster, "shop/pay", "True Delivered 2");
    cluster.wait_until("two Events", |cluster| events(cluster).len() == 2);
    assert_eq!(
        events(&cluster),
        [
            "Warning Rejected Entity shop/pay: the catalog refuses it with 422 blueprint_schema_mismatch in properties.tier",
            "Normal Delivered Entity shop/pay: the catalog has it as it is declared",
        ]
    );
}

#[test]
fn two_namespaces_that_declare_one_entity_are_told_so() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    let pay = cluster.put(entity("shop/pay", 1));
    cluster.put(entity("other/pay", 1));
    send(&catalog, &pay);
    let _report = report(&cluster, &catalog).start();
    wait_for_condition(&cluster, "shop/pay", "False Conflict 1");
    wait_for_condition(&cluster, "other/pay", "False Conflict 1");
    cluster.delete(kind::ENTITY, "other", "pay");
    wait_for_condition(&cluster, "shop/pay", "True Delivered 1");
}

#[test]
fn what_goes_while_nobody_looks_is_told_after_a_restart() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    let pay = cluster.put(entity("shop/pay", 1));
    send(&catalog, &pay);
    let mut controller = report(&cluster, &catalog).start();
    wait_for_condition(&cluster, "shop/pay", "True Delivered 1");
    controller.kill();
    remove(&catalog, "pay");
    // The Lease of one that was killed runs out by itself.
    let _successor = report(&cluster, &catalog)
        .switch("--enable-leader-election=false")
        .start();
    wait_for_condition(&cluster, "shop/pay", "False Vanished 1");
}

#[test]
fn an_exporter_that_deleted_everything_is_asked_once_to_sync_again() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    for plural in ["entities", "clusterentities"] {
        cluster.put(json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.glint.io")},
        }));
    }
    let places = ["shop/a", "shop/b", "shop/c"];
    for place in places {
        let object = cluster.put(entity(place, 1));
        send(&catalog, &object);
    }
    let controller = report(&cluster, &catalog)
        .switch("--resync-vanished")
        .start();
    for place in places {
        wait_for_condition(&cluster, place, "True Delivered 1");
    }
    let asked = || {
        let line = "GET /v1/integration/glint/resync-request";
        catalog.call_as("test", line, None).1["request"].take()
    };
    assert_eq!(asked(), Value::Null);
    for place in places {
        remove(&catalog, &place[5..]);
    }
    cluster.wait_until("a resync to be asked for", |_| !asked().is_null());
    let about = "Warning EntitiesVanished CustomResourceDefinition entities.glint.io: ";
    cluster.wait_until("an Event on the CRD", |cluster| {
        events(cluster).iter().any(|event| event.starts_with(about))
    });
    assert_eq!(
        controller.metric("glint_gitops_resyncs_asked_total"),
        Some(1.0)
    );
}

#[test]
fn what_comes_back_is_seen_while_no_resync_may_be_asked_for() {
    let mut config = generic();
    let widgets = json!({
        "kind": "example.com/v1/widgets", "selector": {"query": "true"},
        "glint": {"entity": {"mappings": [
            {"identifier": ".metadata.name", "blueprint": "\"service\""},
        ]}},
    });
    config["resources"]
        .as_array_mut()
        .expect("a generated mapping has blocks")
        .push(widgets);
    let (cluster, catalog) = (cluster(), catalog(&config));
    let places = ["shop/a", "shop/b", "shop/c"];
    let objects = places.map(|place| {
        let object = cluster.put(entity(place, 1));
        send(&catalog, &object);
        object
    });
    let controller = report(&cluster, &catalog)
        .switch("--resync-vanished")
        .start();
    for place in places {
        wait_for_condition(&cluster, place, "True Delivered 1");
    }
    for place in places {
        remove(&catalog, &place[5..]);
    }
    controller.wait_for_log(
        "the cluster does not serve the mapping's kind `example.com/v1/widgets`, of which a \
         resync deletes all",
    );
    // The exporter was started again, say.
    for object in &objects {
        send(&catalog, object);
    }
    for place in places {
        wait_for_condition(&cluster, place, "True Delivered 1");
    }
    assert_eq!(
        controller.metric("glint_gitops_resyncs_asked_total"),
        Some(0.0)
    );
}

#[test]
fn who_waits_for_an_entity_is_told_so_until_the_catalog_has_it() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    let mut pay = entity("shop/pay", 1);
    pay["metadata"]["annotations"] = json!({
        "gitops.glint.io/gate": "true", "gitops.glint.io/gate-timeout": "100s",
    });
    let pay = cluster.put(pay);
    let _report = report(&cluster, &catalog).start();
    wait_for_condition(&cluster, "shop/pay", "Unknown Waiting 1");
    let mut object = cluster.get(kind::ENTITY, "shop", "pay").unwrap_or_default();
    let mut condition = object["status"]["conditions"][0].take();
    assert!(condition["lastTransitionTime"].take().is_string());
    assert_eq!(
        condition,
        json!({
            "type": "Delivered", "status": "Unknown", "reason": "Waiting",
            "message": "the catalog does not have it yet; waits for it 100 s at most",
            "observedGeneration": 1, "lastTransitionTime": null,
        })
    );
    send(&catalog, &pay);
    wait_for_condition(&cluster, "shop/pay", "True Delivered 1");
    assert_eq!(events(&cluster), [""; 0]);
}

#[test]
fn a_wait_ends_in_time_though_the_catalog_can_not_be_asked() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    let gateway = Gateway::to(catalog.url());
    gateway.close();
    let waiting = |place: &str, gate: &str| {
        let mut object = entity(place, 1);
        object["metadata"]["annotations"] = json!({
            "gitops.glint.io/gate": gate, "gitops.glint.io/gate-timeout": "1s",
        });
        cluster.put(object)
    };
    let (pay, web) = (waiting("shop/pay", "true"), waiting("shop/web", "false"));
    let _report = report(&cluster, &catalog)
        .variable("GLINT_API_URL", gateway.url())
        .start();
    wait_for_condition(&cluster, "shop/pay", "True NotAwaited 1");
    let object = cluster.get(kind::ENTITY, "shop", "pay").unwrap_or_default();
    assert_eq!(
        object["status"]["conditions"][0]["message"],
        "nobody can say here: the catalog can't be asked; nothing waits for it"
    );
    // Where nobody waits, nothing is said that nobody knows.
    assert_eq!(condition(&cluster, "shop/web"), "- - null");

    gateway.open();
    send(&catalog, &pay);
    send(&catalog, &web);
    wait_for_condition(&cluster, "shop/pay", "True Delivered 1");
    wait_for_condition(&cluster, "shop/web", "True Delivered 1");
}

#[test]
fn a_mapping_of_others_is_believed_too() {
    let config = json!({"resources": [{
        "kind": "glint.io/v1/entities", "selector": {"query": "true"},
        "glint": {"entity": {"mappings": [{
            "identifier": ".metadata.namespace + \"-\" + .metadata.name",
            "blueprint": "\"service\"",
            "properties": {"tier": ".spec.properties.tier"},
        }]}},
    }]});
    let (cluster, catalog) = (cluster(), catalog(&config));
    cluster.put(entity("shop/pay", 1));
    let _report = report(&cluster, &catalog).start();
    let sent = json!({"spec": {"identifier": "shop-pay", "properties": {"tier": 1}}});
    send(&catalog, &sent);
    wait_for_condition(&cluster, "shop/pay", "True Delivered 1");
}

#[test]
fn two_hundred_entities_are_seen_delivered_within_two_seconds() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    let controller = report(&cluster, &catalog).start();
    cluster.put(entity("shop/first", 1));
    wait_for_condition(&cluster, "shop/first", "Unknown Pending 1");
    for at in 0..200 {
        let object = cluster.put(entity(&format!("shop/e{at}"), 1));
        send(&catalog, &object);
    }
    let delivered = "glint_gitops_entities{delivery=\"delivered\"}";
    cluster.wait_until("all to be delivered", |_| {
        controller.metric(delivered) == Some(200.0)
    });
    let within = "glint_gitops_delivery_lag_seconds_bucket{le=\"2\"}";
    let Some(within) = controller.metric(within) else {
        panic!(
            "no such metric: {}",
            controller.get("metrics", "/metrics").1
        );
    };
    assert!(within >= 190.0, "{within} of 200 within 2 s");
}

#[test]
fn an_application_shows_what_became_of_its_entities() {
    let cluster = FakeCluster::with(&[kind::APPLICATION, kind::ENTITY, kind::CLUSTER_ENTITY]);
    let catalog = taught(report_syncs::catalog(), &generic());
    cluster.put(report_syncs::application("shop", "10:00", "Succeeded", &[]));
    let _report = report(&cluster, &catalog).start();
    let count = |state: &str| {
        let target = report_syncs::entities(&catalog, "gitopsTarget").pop();
        target.unwrap_or_default()["properties"][state].as_f64()
    };
    // It says that it has one, and the cluster does not have it yet.
    cluster.wait_until("one to be pending", |_| {
        count("pendingEntities") == Some(1.0)
    });
    let pay = cluster.put(entity("shop/pay", 1));
    send(&catalog, &pay);
    cluster.wait_until("it to be delivered", |_| {
        count("deliveredEntities") == Some(1.0) && count("pendingEntities") == Some(0.0)
    });
    remove(&catalog, "pay");
    cluster.wait_until("it to be gone", |_| count("vanishedEntities") == Some(1.0));
}
