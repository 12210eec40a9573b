//! From a sync to the catalog: how long that takes for many entities at once.
//!
//! A measurement, which other work on the machine spoils; so it runs only when it is
//! asked for:
//! `cargo test --release --features e2e --test e2e from_synced -- --ignored --nocapture`

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::argocd::Loop;
use super::flux::{Small, stream};
use super::{ENTITIES, said};
use crate::argocd::{entity, spec};
use crate::cluster::Cluster;
use crate::process::PATIENCE;

/// How many entities there are.
const COUNT: usize = 200;

/// How many of them may be later than that.
const LATE: usize = COUNT / 20;

/// How long it may take for all others.
const ALLOWED: Duration = Duration::from_secs(2);

/// What changes each time.
const LANGUAGES: [&str; 3] = ["go", "java", "rust"];

#[test]
#[ignore = "a measurement: ask for it on a machine that does nothing else"]
fn from_synced_to_delivered_with_flux() {
    let cluster = Small::cluster();
    let small = Small::on(&cluster);
    let shop = small.flux.kustomization("shop");
    for (turn, language) in LANGUAGES.into_iter().enumerate() {
        measure(&cluster, turn, || {
            let revision = shop.publish_stream(&stream(&entities(language)));
            if turn == 0 {
                shop.apply(json!({"targetNamespace": "shop"}));
            }
            shop.ready(&revision);
        });
    }
}

#[test]
#[ignore = "a measurement: ask for it on a machine that does nothing else"]
fn from_synced_to_delivered_with_argo_cd() {
    let whole = Loop::start();
    let repository = whole.argo.repository("shop");
    let application = whole.argo.application("shop");
    for (turn, language) in LANGUAGES.into_iter().enumerate() {
        measure(whole.cluster(), turn, || {
            let all = entities(language).join("---\n");
            let commit = repository.write("app/all.yaml", &all).commit();
            if turn == 0 {
                application.apply(spec(repository.plugin("app")));
            } else {
                application.refresh();
            }
            application.synced(&commit);
        });
    }
}

fn entities(language: &str) -> Vec<String> {
    let names = (0..COUNT).map(|at| format!("service-{at}"));
    names.map(|name| entity(&name, language)).collect()
}

/// When an entity was seen changed, and when it was seen delivered so.
type Seen = Option<[Instant; 2]>;

/// Has all entities synced, and tells how long after that each is delivered, and how
/// long after its own change.
#[track_caller]
fn measure(cluster: &Cluster, turn: usize, sync: impl FnOnce()) {
    let (synced, seen) = thread::scope(|scope| {
        let seen = scope.spawn(|| delivered(cluster, turn + 1));
        sync();
        (Instant::now(), seen.join().expect("it does not panic"))
    });
    let seen = seen.into_iter().map(|it| it.expect("all are delivered"));
    let (after_sync, after_change): (Vec<Duration>, Vec<Duration>) = seen
        .map(|[changed, delivered]| {
            let after = |since| delivered.saturating_duration_since(since);
            (after(synced), after(changed))
        })
        .unzip();
    let p95 = told("their sync", after_sync);
    told("their change", after_change);
    assert!(p95 <= ALLOWED, "{p95:?}");
}

/// Tells lags, and returns that of all but the late ones.
#[expect(clippy::print_stdout, reason = "it is what one runs this for")]
fn told(what: &str, mut lags: Vec<Duration>) -> Duration {
    lags.sort_unstable();
    let [median, p95, most] = [COUNT / 2, COUNT - LATE - 1, COUNT - 1].map(|at| lags[at]);
    println!("{COUNT} entities after {what}: median {median:.2?}, p95 {p95:.2?}, all {most:.2?}");
    p95
}

/// When each was seen in this generation, and delivered.
fn delivered(cluster: &Cluster, generation: usize) -> Vec<Seen> {
    let mut changed = vec![None; COUNT];
    let mut seen = vec![None; COUNT];
    let mut open = COUNT;
    cluster.followed(ENTITIES, "shop", "", PATIENCE, |it| {
        let name = it["metadata"]["name"].as_str().unwrap_or_default();
        let at = name
            .strip_prefix("service-")
            .and_then(|it| it.parse::<usize>().ok());
        let at = at.filter(|_| it["metadata"]["generation"] == generation);
        let Some(at) = at else {
            return false;
        };
        let changed = *changed[at].get_or_insert_with(Instant::now);
        if said(it).as_deref() == Some("True Delivered") && seen[at].is_none() {
            seen[at] = Some([changed, Instant::now()]);
            open -= 1;
        }
        open == 0
    });
    seen
}
