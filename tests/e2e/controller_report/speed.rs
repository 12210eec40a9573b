//! From a sync to the catalog: how long that takes for many entities at once.
//!
//! A measurement, which other work on the machine spoils; so it runs only when it is
//! asked for:
//! `cargo test --release --features e2e --test e2e from_synced -- --ignored --nocapture`

use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::flux::{Small, stream};
use super::{ENTITIES, said};
use crate::argocd::entity;
use crate::process::PATIENCE;

/// How many entities there are.
const COUNT: usize = 200;

/// How many of them may be later than that.
const LATE: usize = COUNT / 20;

/// How long it may take for all others.
const ALLOWED: Duration = Duration::from_secs(2);

#[test]
#[ignore = "a measurement: ask for it on a machine that does nothing else"]
#[expect(clippy::print_stdout, reason = "it is what one runs this for")]
fn from_synced_to_delivered() {
    let cluster = Small::cluster();
    let small = Small::on(&cluster);
    let shop = small.flux.kustomization("shop");
    for (turn, language) in ["go", "java", "rust"].into_iter().enumerate() {
        let entities: Vec<String> = (0..COUNT)
            .map(|at| entity(&format!("service-{at}"), language))
            .collect();
        let generation = turn + 1;
        let (synced, seen) = thread::scope(|scope| {
            let seen = scope.spawn(|| {
                let mut seen = vec![None; COUNT];
                let mut open = COUNT;
                cluster.followed(ENTITIES, "shop", "", PATIENCE, |it| {
                    let name = it["metadata"]["name"].as_str().unwrap_or_default();
                    let at = name
                        .strip_prefix("service-")
                        .and_then(|it| it.parse::<usize>().ok());
                    let is_there = it["metadata"]["generation"] == generation
                        && said(it).as_deref() == Some("True Delivered");
                    if let Some(at) = at.filter(|at| is_there && seen[*at].is_none()) {
                        seen[at] = Some(Instant::now());
                        open -= 1;
                    }
                    open == 0
                });
                seen
            });
            let revision = shop.publish_stream(&stream(&entities));
            if turn == 0 {
                shop.apply(json!({"targetNamespace": "shop"}));
            }
            shop.ready(&revision);
            (Instant::now(), seen.join().expect("it does not panic"))
        });
        let lag = |seen: Option<Instant>| {
            let seen = seen.expect("all are delivered");
            seen.saturating_duration_since(synced)
        };
        let mut lags: Vec<Duration> = seen.into_iter().map(lag).collect();
        lags.sort_unstable();
        let [median, p95, most] = [COUNT / 2, COUNT - LATE - 1, COUNT - 1].map(|at| lags[at]);
        println!(
            "{COUNT} entities after their sync: median {median:.2?}, p95 {p95:.2?}, all {most:.2?}"
        );
        assert!(p95 <= ALLOWED, "{p95:?}");
    }
}
