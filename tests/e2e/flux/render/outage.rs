//! The controller is gone: who consumes its artifacts waits, everybody else goes on.

use std::time::{Duration, Instant};

use serde_json::json;

use super::world::{Controller, World};
use crate::cluster::{Cluster, condition};
use crate::flux::Flux;

/// Who consumes what the controller serves.
const CONSUMERS: [&str; 2] = ["first", "second"];

#[test]
fn an_outage_holds_up_nobody_but_its_consumers() {
    outage(Duration::from_secs(10));
}

#[test]
#[ignore = "it takes as long as it says"]
fn an_outage_of_five_minutes_holds_up_nobody_but_its_consumers() {
    outage(Duration::from_secs(300));
}

/// Kills the controller while its consumers ask for artifacts, and gives eight others
/// something to do for so long; then another one comes, with an empty disk.
#[track_caller]
#[expect(clippy::print_stdout, reason = "what is measured")]
fn outage(lasts: Duration) {
    let cluster = Cluster::start();
    let world = World::on(&cluster);
    for name in CONSUMERS {
        let app = world.app(name);
        app.commit_entity("main@sha1:1", "before");
        let revision = app.render(json!({})).rendered("main@sha1:1");
        app.kustomization().apply(json!({})).ready(&revision);
    }
    let World { flux, controller } = world;
    let others: Vec<String> = (1..=8).map(|number| format!("other-{number}")).collect();
    let before = deploy(&flux, &others, 0);

    let served_at = controller.served_at();
    drop(controller);
    let down = Instant::now();
    for name in CONSUMERS {
        flux.kustomization(name).request("during");
    }
    let (mut turns, mut slowest) = (0, Duration::ZERO);
    while down.elapsed() < lasts {
        turns += 1;
        slowest = slowest.max(deploy(&flux, &others, turns));
    }
    println!(
        "eight others: {before:.1?} before the outage, at most {slowest:.1?} in it ({turns} turns \
         in {:.1?})",
        down.elapsed()
    );
    // What Flux has applied stays, and it says that there is no more to be had: after
    // some minutes it gives up, and begins anew.
    for name in CONSUMERS {
        let state = flux.kustomization(name).get();
        let ready = condition(&state, "Ready").cloned().unwrap_or_default();
        assert_ne!(ready["status"], "True", "{ready:#}");
        let pay = cluster.get("entities.glint.io", name, "pay");
        let pay = pay.expect("what was applied is there");
        assert_eq!(pay["spec"]["properties"]["description"], "before");
    }

    let controller = Controller::serving(&cluster, &flux, served_at);
    let up = Instant::now();
    let world = World { flux, controller };
    for name in CONSUMERS {
        let kustomization = world.flux.kustomization(name);
        kustomization.wait(|state| {
            state["status"]["lastHandledReconcileAt"] == "during"
                && condition(state, "Ready").is_some_and(|ready| ready["status"] == "True")
        });
        let app = world.app(name);
        assert_eq!(app.description(), "before");
    }
    println!(
        "its consumers: {:.1?} after the end of the outage",
        up.elapsed()
    );
    for name in CONSUMERS {
        let app = world.app(name);
        app.commit_entity("main@sha1:2", "after");
        let revision = app.rendered("main@sha1:2");
        app.kustomization().ready(&revision);
        assert_eq!(app.description(), "after");
    }
}

/// Gives each something new, and waits until Flux has applied it: how long that takes.
#[track_caller]
fn deploy(flux: &Flux<'_>, names: &[String], turn: u32) -> Duration {
    let started = Instant::now();
    let each = |name: &String| {
        let settings = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: settings, namespace: {name}}}\ndata: {{turn: '{turn}'}}\n"
        );
        let kustomization = flux.kustomization(name);
        let revision = kustomization.publish_stream(&settings);
        if turn == 0 {
            kustomization.apply(json!({}));
        }
        revision
    };
    let revisions: Vec<String> = names.iter().map(each).collect();
    for (name, revision) in names.iter().zip(revisions) {
        flux.kustomization(name).ready(&revision);
    }
    started.elapsed()
}
