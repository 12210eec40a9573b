//! Why an entity is not, or not quite, in the catalog as it is declared: what its
//! condition says of it, and the Event that is told once.
//!
//! What is wrong with the exporter as a whole takes a minute: only what was awaited for so
//! long tells of it, and no flag hastens that.

use std::time::Duration;

use glint_gitops::LocalSandbox;
use serde_json::{Value, json};

use crate::delivery_loop::{
    catalog, cluster, entity, events, generic, report, send, wait_for_condition,
};
use crate::fake::{FakeCluster, kind};
use crate::waiting::{PATIENCE, wait_at_most};

/// How long something is awaited before its exporter is called deaf to it.
const AWAITED: Duration = Duration::from_secs(60);

/// The condition `Delivered` of an entity, once it is so: `False Rejected 1: …`, with the
/// generation that it is about.
#[track_caller]
fn said(cluster: &FakeCluster, place: &str, expected: &str) -> String {
    wait_for_condition(cluster, place, expected);
    let (namespace, name) = place.split_once('/').expect("it has a namespace");
    let object = cluster.get(kind::ENTITY, namespace, name);
    let mut status = object.expect("it is there")["status"].take();
    let message = status["conditions"][0]["message"].take();
    format!("{expected}: {}", message.as_str().unwrap_or_default())
}

/// Waits until there are as many Events as are expected, and compares them.
#[track_caller]
fn assert_told(cluster: &FakeCluster, expected: &[&str]) {
    cluster.wait_until("the Events", |cluster| {
        events(cluster).len() >= expected.len()
    });
    assert_eq!(events(cluster), expected);
}

/// Somebody who is not the exporter sets the tier of the service `pay`.
fn overwrite(catalog: &LocalSandbox, tier: u8) {
    let line = "PATCH /v1/blueprints/service/entities/pay";
    let change = json!({"properties": {"tier": tier}});
    let changed = catalog.call_as("somebody", line, Some(change));
    assert_eq!(changed.0, 200, "{}", changed.1);
}

/// The catalog's service `pay` has this tier.
fn tier(catalog: &LocalSandbox) -> Value {
    let line = "GET /v1/blueprints/service/entities/pay";
    catalog.call_as("test", line, None).1["entity"]["properties"]["tier"].take()
}

#[test]
fn an_entity_of_which_the_mapping_makes_nothing_is_told_where_and_why() {
    let config = json!({"resources": [{
        "kind": "glint.io/v1/entities", "selector": {"query": "true"},
        "glint": {"entity": {"mappings": [
            {"identifier": ".metadata.labels.service", "blueprint": "\"service\""},
        ]}},
    }]});
    let (cluster, catalog) = (cluster(), catalog(&config));
    cluster.put(entity("shop/pay", 1));
    let _report = report(&cluster, &catalog).start();
    let message = "the exporter sends nothing of it: the mapping's \
                   `.resources[0].glint.entity.mappings[0].identifier` must yield a string, \
                   and yields null";
    assert_eq!(
        said(&cluster, "shop/pay", "False NotSent 1"),
        format!("False NotSent 1: {message}")
    );
    let told = format!("Warning NotSent Entity shop/pay: {message}");
    assert_told(&cluster, &[&told]);

    let mut labelled = entity("shop/pay", 1);
    labelled["metadata"]["labels"] = json!({"service": "pay"});
    let labelled = cluster.put(labelled);
    send(&catalog, &labelled);
    assert_eq!(
        said(&cluster, "shop/pay", "True Delivered 1"),
        "True Delivered 1: the catalog has it as it is declared"
    );
    let arrived = "Normal Delivered Entity shop/pay: the catalog has it as it is declared";
    assert_told(&cluster, &[&told, arrived]);
}

#[test]
fn an_entity_that_somebody_else_overwrites_says_so_until_it_is_sent_again() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    let pay = cluster.put(entity("shop/pay", 1));
    send(&catalog, &pay);
    let _report = report(&cluster, &catalog).start();
    wait_for_condition(&cluster, "shop/pay", "True Delivered 1");

    overwrite(&catalog, 5);
    let message = "someone else changed properties.tier in the catalog; the exporter sends it \
                   again when the object changes or at its next resync";
    assert_eq!(
        said(&cluster, "shop/pay", "False Overwritten 1"),
        format!("False Overwritten 1: {message}")
    );
    let told = format!("Warning Overwritten Entity shop/pay: {message}");
    assert_told(&cluster, &[&told]);

    send(&catalog, &pay);
    wait_for_condition(&cluster, "shop/pay", "True Delivered 1");
    let mended = "Normal Delivered Entity shop/pay: the catalog has it as it is declared";
    assert_told(&cluster, &[&told, mended]);
}

#[test]
fn a_field_that_left_the_object_and_not_the_catalog_is_named() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    let pay = cluster.put(entity("shop/pay", 1));
    send(&catalog, &pay);
    let _report = report(&cluster, &catalog).start();
    wait_for_condition(&cluster, "shop/pay", "True Delivered 1");

    let mut bare = entity("shop/pay", 1);
    bare["spec"]["properties"] = json!({});
    let bare = cluster.put(bare);
    send(&catalog, &bare);
    let message = "the catalog has it as it is declared, and still holds what left the object: \
                   properties.tier";
    assert_eq!(
        said(&cluster, "shop/pay", "True Lingering 2"),
        format!("True Lingering 2: {message}")
    );
    let told = format!("Normal Lingering Entity shop/pay: {message}");
    assert_told(&cluster, &[&told]);
    assert_eq!(tier(&catalog), 1);
}

#[test]
fn nobody_says_what_becomes_of_an_entity_of_an_integration_without_a_mapping() {
    let (cluster, catalog) = (cluster(), catalog(&Value::Null));
    cluster.put(entity("shop/pay", 1));
    let mut awaited = entity("shop/web", 1);
    awaited["metadata"]["annotations"] = json!({"gitops.glint.io/gate": "true"});
    cluster.put(awaited);
    let _report = report(&cluster, &catalog).start();
    assert_eq!(
        said(&cluster, "shop/pay", "Unknown NotObserved 1"),
        "Unknown NotObserved 1: nobody can say here: the exporter's integration has no mapping"
    );
    assert_eq!(
        said(&cluster, "shop/web", "True NotAwaited 1"),
        "True NotAwaited 1: nobody can say here: the exporter's integration has no mapping; \
         nothing waits for it"
    );
    assert_told(&cluster, &[]);
}

#[test]
fn an_entity_that_is_withheld_after_its_delivery_says_so_itself() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    let pay = cluster.put(entity("shop/pay", 1));
    send(&catalog, &pay);
    let withhold = |object: &mut Value| {
        object["metadata"]["annotations"] = json!({"gitops.glint.io/deliver": "false"});
    };
    let mut never = entity("shop/web", 1);
    withhold(&mut never);
    cluster.put(never);
    let _report = report(&cluster, &catalog).start();
    wait_for_condition(&cluster, "shop/pay", "True Delivered 1");

    cluster.change(kind::ENTITY, "shop", "pay", withhold);
    assert_eq!(
        said(&cluster, "shop/pay", "False NotDelivered 1"),
        "False NotDelivered 1: it is not to be delivered: `gitops.glint.io/deliver` is `false`"
    );
    // One that never had to do with the catalog keeps an empty status.
    let never = cluster.get(kind::ENTITY, "shop", "web").unwrap_or_default();
    assert_eq!(never["status"], Value::Null);
    assert_told(&cluster, &[]);
}

#[test]
fn an_exporter_that_sends_nothing_of_a_kind_is_told_of_on_its_crd_and_why_where_it_is_known() {
    let (cluster, catalog) = (cluster(), catalog(&generic()));
    // The exporter, which registered its integration today, is older than one CRD.
    for (plural, made) in [("entities", "2999"), ("clusterentities", "2020")] {
        cluster.set_time(&format!("{made}-01-01T00:00:00Z"));
        cluster.put(json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": format!("{plural}.glint.io")},
        }));
    }
    let pay = cluster.put(entity("shop/pay", 1));
    cluster.put(json!({
        "apiVersion": "glint.io/v1", "kind": "ClusterEntity", "metadata": {"name": "web"},
        "spec": {"blueprint": "service", "identifier": "web"},
    }));
    let report = report(&cluster, &catalog).start();
    let told = wait_at_most(
        AWAITED + PATIENCE,
        "three Events",
        || Some(events(&cluster)).filter(|told| told.len() == 3),
        || report.log(),
    );
    let late = "the exporter started before the CRD entities.glint.io was created and sees none \
                of its objects; restart the exporter";
    assert_eq!(
        told,
        [
            "Warning UnseenByExporter CustomResourceDefinition entities.glint.io: this CRD was \
             created after the exporter's start, and the exporter sees no entities until it is \
             started again: restart it",
            "Warning ExporterSilent CustomResourceDefinition clusterentities.glint.io: none of \
             the clusterentities arrives in the catalog: see whether the exporter runs, and \
             restart it if this CRD was created after its start",
            &format!("Warning UnseenByExporter Entity shop/pay: {late}"),
        ]
    );
    assert_eq!(
        said(&cluster, "shop/pay", "Unknown UnseenByExporter 1"),
        format!("Unknown UnseenByExporter 1: {late}")
    );
    let web = cluster
        .get(kind::CLUSTER_ENTITY, "", "web")
        .unwrap_or_default();
    let web = &web["status"]["conditions"][0];
    assert_eq!(
        [&web["status"], &web["reason"], &web["message"]],
        ["Unknown", "Pending", "the catalog does not have it yet"]
    );
    let hazard = |name: &str| {
        report.metric(&format!(
            "glint_gitops_exporter_hazards{{hazard=\"{name}\"}}"
        ))
    };
    let hazards = ["late_crd", "silent", "lost_cluster"].map(hazard);
    assert_eq!(hazards, [Some(1.0), Some(1.0), Some(0.0)]);

    send(&catalog, &pay);
    wait_for_condition(&cluster, "shop/pay", "True Delivered 1");
    cluster.wait_until("one hazard to be over", |_| hazard("late_crd") == Some(0.0));
    assert_eq!(hazard("silent"), Some(1.0));
}
