//! Faults on the wire, and that a call which failed was or was not carried out.

use std::collections::BTreeSet;

use glint_gitops::{LocalOptions, LocalSandbox};
use serde_json::json;

use crate::client::{Came, Client};

fn started(faults: &str, seed: u64) -> LocalSandbox {
    LocalSandbox::start_with(LocalOptions {
        faults: faults.to_owned(),
        seed,
        ..LocalOptions::default()
    })
}

fn calls(client: &Client<'_>, count: usize) -> Vec<Came> {
    let mut all = Vec::new();
    for _ in 0..count {
        all.push(client.call("GET /v1/organization", None));
    }
    all
}

#[test]
fn the_same_seed_gives_the_same_statuses() {
    let statuses = |seed| {
        let sandbox = started("429=0.2,500=0.1,502=0.1,503=0.1,504=0.1", seed);
        let all = calls(&Client::new(&sandbox), 40);
        all.iter().map(|came| came.status).collect::<Vec<u16>>()
    };
    let first = statuses(7);
    assert_eq!(first, statuses(7));
    assert_ne!(first, statuses(8));
    let seen: BTreeSet<u16> = first.into_iter().collect();
    assert_eq!(seen, BTreeSet::from([200, 429, 500, 502, 503, 504]));
}

#[test]
fn a_refusal_for_the_rate_tells_when_to_come_again_in_each_way() {
    let sandbox = started("429=1,retry-after=0", 1);
    let all = calls(&Client::new(&sandbox), 40);
    let ways: BTreeSet<(Option<&str>, bool)> = all
        .iter()
        .map(|came| {
            let reset: u64 = came.header("x-ratelimit-reset").unwrap().parse().unwrap();
            (came.header("retry-after"), reset > 1_000_000_000)
        })
        .collect();
    let every = [
        (None, false),
        (None, true),
        (Some("0"), false),
        (Some("0"), true),
    ];
    assert_eq!(ways, BTreeSet::from(every));
}

#[test]
fn a_connection_is_cut_before_after_and_within_an_answer() {
    let sandbox = started("cut=1", 3);
    let client = Client::new(&sandbox);
    let service = |id: &str| json!({"identifier": id, "title": "S", "schema": {"properties": {}}});
    let mut seen = BTreeSet::new();
    for number in 0..40 {
        let id = format!("b{number}");
        let came = client.call("POST /v1/blueprints", Some(&service(&id)));
        let (status, _) = sandbox.call_as("test", &format!("GET /v1/blueprints/{id}"), None);
        assert!(!came.is_whole, "{came:?}");
        assert!(came.status == 0 || !came.body.is_empty(), "{came:?}");
        seen.insert((came.status, status));
    }
    assert_eq!(seen, BTreeSet::from([(0, 404), (0, 200), (201, 200)]));
    let cut: BTreeSet<u16> = sandbox
        .calls()
        .iter()
        .filter(|call| call.method == "POST" && call.path == "/v1/blueprints")
        .map(|call| call.status)
        .collect();
    assert_eq!(cut, BTreeSet::from([0, 201]));
}

#[test]
fn tokens_end_and_answers_wait_as_often_as_said() {
    let sandbox = started("expire=3,slow=1ms", 1);
    let client = Client::new(&sandbox);
    let statuses: Vec<u16> = calls(&client, 4).iter().map(|came| came.status).collect();
    assert_eq!(statuses, [200, 200, 401, 401]);
}
