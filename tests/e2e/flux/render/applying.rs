//! From a source to the cluster, and what people are shown of it.

use std::time::{Duration, Instant};

use serde_json::json;

use super::World;
use crate::flux::kustomization::inventory;

#[test]
fn a_source_is_rendered_and_flux_applies_it() {
    let world = World::shared();
    let app = world.app("shop");
    app.commit_entity("main@sha1:1", "first");
    let revision = app.render(json!({})).rendered("main@sha1:1");
    let state = app.kustomization().apply(json!({})).ready(&revision);
    assert_eq!(
        inventory(&state),
        [
            "_clusterentities.glint.io_apiextensions.k8s.io_CustomResourceDefinition",
            "_entities.glint.io_apiextensions.k8s.io_CustomResourceDefinition",
            "shop_glint-shop-ee5849bc__ConfigMap",
            "shop_pay_glint.io_Entity",
            "shop_settings__ConfigMap",
        ]
    );
    assert_eq!(app.description(), "first");
    // The revision in Git, which Flux tells people.
    assert_eq!(state["status"]["lastAppliedOriginRevision"], "main@sha1:1");
    // All of it with the rights of the package.
    let log = world.controller.log();
    assert!(!log.contains("forbidden"), "{log}");
}

/// What Flux has to ask for twice takes half a minute longer.
#[test]
#[expect(clippy::print_stdout, reason = "what is measured")]
fn new_content_is_in_the_cluster_at_once() {
    let times = times("fresh", 5);
    println!("from the source's status to the entity in the cluster: {times:.2?}");
    assert!(times[2] < Duration::from_secs(20), "{times:.2?}");
}

/// A measurement, which other work on the machine spoils; so it runs only when it is
/// asked for:
/// `cargo test --release --features e2e --test e2e from_source -- --ignored --nocapture`
#[test]
#[ignore = "a measurement: ask for it on a machine that does nothing else"]
#[expect(clippy::print_stdout, reason = "it is what one runs this for")]
fn from_source_to_cluster() {
    let times = times("measured", 20);
    let [median, p95, most] = [times[9], times[18], times[19]];
    println!("new content in the cluster: median {median:.2?}, p95 {p95:.2?}, all {most:.2?}");
    assert!(p95 < Duration::from_secs(2), "{times:.2?}");
}

/// How long it takes each time from a source's status to the entity in the cluster,
/// sorted.
#[track_caller]
fn times(name: &str, changes: u32) -> Vec<Duration> {
    let app = World::shared().app(name);
    app.commit_entity("main@sha1:1", "v0");
    let revision = app.render(json!({})).rendered("main@sha1:1");
    app.kustomization().apply(json!({})).ready(&revision);
    let cluster = app.world.cluster();
    let mut times: Vec<Duration> = (1..=changes)
        .map(|turn| {
            let description = format!("v{turn}");
            let started = Instant::now();
            app.commit_entity(&format!("main@sha1:{turn}0"), &description);
            cluster.wait_for("entities.glint.io", name, "pay", |entity| {
                entity["spec"]["properties"]["description"] == *description
            });
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times
}
