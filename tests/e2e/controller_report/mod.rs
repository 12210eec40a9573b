//! The whole loop: Git or an artifact, a host, the cluster, the sandbox's exporter and
//! catalog, and `controller report`, started as the shipped folders have it.
//!
//! Whoever wants the loop undisturbed has a cluster of its own: what is declared in a
//! cluster is all one catalog.

mod argocd;
mod away;
mod controller;
mod flux;
mod gated;
mod helm_release;
mod mapping;
mod notifications;
mod refused;
mod speed;
mod trouble;
mod vanished;

use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition};
use crate::process::PATIENCE;
use crate::relay::Relay;
use crate::sandbox::Sandbox;
use controller::Controller;

const ENTITIES: &str = "entities.glint.io";

/// A catalog that follows a cluster, with the blueprints of reports and of services.
fn catalog(cluster: &Cluster) -> Sandbox {
    let catalog = Sandbox::start(cluster);
    prepare(&catalog);
    catalog
}

/// Gives a catalog the blueprints of reports, and one of services that refuses what it
/// does not know.
#[track_caller]
fn prepare(catalog: &Sandbox) {
    let installed = Command::new(crate::GLINT)
        .args(["report", "--install"])
        .env_clear()
        .env("GLINT_API_URL", &catalog.url)
        .env("GLINT_CLIENT_ID", "sandbox")
        .env("GLINT_CLIENT_SECRET", "sandbox")
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&installed.stderr);
    assert!(installed.status.success(), "{said}");
    let service = json!({
        "identifier": "service", "title": "Service",
        "schema": {"properties": {
            "language": {"type": "string", "enum": ["go", "java", "rust"]},
        }},
    });
    catalog.call("POST", "/v1/blueprints", &service);
}

/// A way to a catalog that can be cut, and the address where it begins.
fn relayed(catalog: &Sandbox) -> (Relay, String) {
    let port = catalog
        .url
        .rsplit(':')
        .next()
        .and_then(|it| it.parse().ok());
    let relay = Relay::to(port.expect("its address has a port"));
    let url = format!("http://127.0.0.1:{}", relay.port);
    (relay, url)
}

/// Waits until the condition of an entity is `True Delivered`, about its spec as it is.
#[track_caller]
fn delivered(cluster: &Cluster, namespace: &str, name: &str) -> Value {
    wait_for_condition(cluster, namespace, name, "True Delivered")
}

/// Waits for what the condition says of an entity as it is now, and returns it.
#[track_caller]
fn wait_for_condition(cluster: &Cluster, namespace: &str, name: &str, expected: &str) -> Value {
    let entity = cluster.wait_for(ENTITIES, namespace, name, |entity| {
        said(entity).as_deref() == Some(expected)
    });
    condition(&entity, "Delivered").cloned().unwrap_or_default()
}

/// What the condition says, where it is about the entity as it is: `True Delivered`.
fn said(entity: &Value) -> Option<String> {
    let said = condition(entity, "Delivered")?;
    let is_current = said["observedGeneration"] == entity["metadata"]["generation"];
    let (status, reason) = (said["status"].as_str()?, said["reason"].as_str()?);
    is_current.then(|| format!("{status} {reason}"))
}

/// The entity of an application's target.
fn target(catalog: &Sandbox, name: &str) -> Option<Value> {
    let targets = catalog.call("GET", "/v1/blueprints/gitopsTarget/entities", &Value::Null);
    let targets = targets["entities"].as_array()?;
    targets.iter().find(|it| it["title"] == name).cloned()
}

/// Waits until the target of an application has these properties.
#[track_caller]
fn wait_for_target(catalog: &Sandbox, controller: &Controller, name: &str, expected: &Value) {
    let expected = expected.as_object().expect("properties are a map");
    let is_so = |target: &Value| {
        let mut each = expected.iter();
        each.all(|(property, value)| target["properties"][property] == *value)
    };
    let what = format!("{name} as {expected:?}");
    catalog.wait(&what, || match target(catalog, name) {
        Some(target) if is_so(&target) => Some(()),
        Some(_) | None => None,
    });
    let log = controller.log();
    assert!(!log.contains("forbidden"), "{log}");
}

/// The phases of an application's runs, in their order.
fn runs(catalog: &Sandbox, name: &str) -> Vec<String> {
    let target = target(catalog, name).unwrap_or_default();
    let runs = catalog.call("GET", "/v1/blueprints/gitopsSync/entities", &Value::Null);
    let runs = runs["entities"].as_array().cloned().unwrap_or_default();
    let own = runs
        .iter()
        .filter(|run| run["relations"]["target"] == target["identifier"]);
    let mut own: Vec<(&str, &str)> = own
        .map(|run| {
            let text = |name: &str| run["properties"][name].as_str().unwrap_or_default();
            (text("startedAt"), text("phase"))
        })
        .collect();
    own.sort_unstable();
    own.iter().map(|(_, phase)| (*phase).to_owned()).collect()
}

/// The Events about an entity, in their order: `Warning Rejected: …`.
fn events(cluster: &Cluster, namespace: &str, name: &str) -> Vec<String> {
    let arguments = [
        "get",
        "events.events.k8s.io",
        "--namespace",
        namespace,
        "--output=json",
    ];
    let list: Value = serde_json::from_str(&cluster.done(&arguments, None)).expect("JSON");
    let events = list["items"].as_array().cloned().unwrap_or_default();
    let mut own: Vec<&Value> = events
        .iter()
        .filter(|event| {
            event["regarding"]["name"] == name && event["reportingController"] == "glint-report"
        })
        .collect();
    own.sort_by_key(|event| event["eventTime"].as_str().unwrap_or_default());
    let text = |event: &Value, field: &str| event[field].as_str().unwrap_or_default().to_owned();
    own.iter()
        .map(|event| {
            let [weight, reason, note] = ["type", "reason", "note"].map(|field| text(event, field));
            format!("{weight} {reason}: {note}")
        })
        .collect()
}

/// Waits until these are the Events about an entity.
#[track_caller]
fn wait_for_events(cluster: &Cluster, namespace: &str, name: &str, expected: &[&str]) {
    let end = Instant::now() + PATIENCE;
    while events(cluster, namespace, name) != expected && Instant::now() < end {
        thread::sleep(Duration::from_millis(100)); // between two looks
    }
    assert_eq!(events(cluster, namespace, name), expected);
}

/// Tells how long something took since it began.
#[expect(clippy::print_stderr, reason = "what was measured is for people")]
fn took(what: &str, since: Instant) {
    eprintln!("{what}: {} ms", since.elapsed().as_millis());
}
