//! What the real exporter (port-k8s-exporter v0.7.9 against Kubernetes 1.37.2) sent to
//! this sandbox's API over HTTP, scenario by scenario: its life, and each hazard of a
//! mapping push. The player does the same on a store of its own, and must send the
//! same in each step and get the same statuses.
//!
//! Left out of the recording: polls, which time brings; the bodies of token requests;
//! of examples all but the objects' names. The order within a step is free: the
//! exporter takes kinds and blueprints in none.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::catalog::Dialect;
use crate::sandbox::exporter::{
    Change, Happening, Here, Installation, Key, Moment, Player, State, Transport,
};
use crate::sandbox::store::{Answer, Call, Method, RateLimit, Store, StoreOptions};

/// One scenario that is played.
struct Scene {
    store: Store,
    token: String,
    player: Player,
    /// The objects of the cluster.
    objects: Vec<Value>,
    elapsed: Duration,
}

/// Carries what the player sends to the store, and writes it down.
struct Recorded<'s> {
    store: &'s Store,
    sent: Vec<Value>,
}

impl Transport for Recorded<'_> {
    fn call(&mut self, call: Call) -> Answer {
        let answer = self.store.handle(&call);
        let is_poll = call.query == "isPolling=true" || call.path.ends_with("/resync-request");
        if !is_poll {
            self.sent.push(row(&call, answer.status));
        }
        answer
    }
}

/// A request as it stands in the recording.
fn row(call: &Call, status: u16) -> Value {
    let mut row = json!({
        "method": call.method.as_str(), "path": call.path, "query": call.query,
        "status": status,
    });
    let body = call
        .body
        .clone()
        .filter(|_| !call.path.ends_with("/access_token"));
    if let Some(mut body) = body {
        if let Some(examples) = body["examples"].as_array_mut() {
            let names = examples.iter_mut().map(|it| it["metadata"]["name"].take());
            body["examples"] = names.collect();
        }
        row["body"] = body;
    }
    row
}

/// The same rows in one order, each with its parameters in one order.
fn sorted(rows: &[Value]) -> Vec<Value> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        let query = row["query"].as_str().unwrap_or_default();
        let mut parameters: Vec<&str> = query.split('&').collect();
        parameters.sort_unstable();
        row["query"] = json!(parameters.join("&"));
        if let Some(names) = row["body"]["examples"].as_array_mut() {
            names.sort_by_key(ToString::to_string);
        }
    }
    rows.sort_by_key(ToString::to_string);
    rows
}

impl Scene {
    fn new() -> Self {
        // No two writes are at one time: by the time the exporter sees a change.
        let ticks = AtomicU64::new(0);
        let store = Store::new(StoreOptions {
            clock: Box::new(move || {
                let elapsed = ticks.fetch_add(1, Ordering::Relaxed);
                UNIX_EPOCH + Duration::from_secs(1_795_000_000 + elapsed)
            }),
            credentials: None,
            token_key: "key".to_owned(),
            calls_kept: 0,
            rate_limit: RateLimit {
                calls: u32::MAX,
                period: Duration::from_secs(300),
            },
        });
        let mut scene = Self {
            store,
            token: String::new(),
            player: player(&Value::Null),
            objects: Vec::new(),
            elapsed: Duration::ZERO,
        };
        let credentials = json!({"clientId": "someone", "clientSecret": "x"});
        let answer = scene.call("POST", "/v1/auth/access_token", credentials);
        scene.token = answer.body["accessToken"].as_str().unwrap().to_owned();
        scene
    }

    /// A call of someone's who is not the exporter.
    fn call(&self, method: &str, path: &str, body: Value) -> Answer {
        self.store.handle(&Call {
            method: Method::parse(method).unwrap(),
            path: path.to_owned(),
            query: String::new(),
            user_agent: "someone".to_owned(),
            token: Some(self.token.clone()).filter(|token| !token.is_empty()),
            body: Some(body).filter(|body| !body.is_null()),
        })
    }

    /// Does what was done in a step; what the exporter sends about it.
    fn does(&mut self, step: &Value) -> Vec<Value> {
        let objects = step["objects"].as_array().cloned().unwrap_or_default();
        let keys: Vec<Key> = objects.iter().filter_map(Key::of).collect();
        let mut happenings = Vec::new();
        match step["do"].as_str().unwrap() {
            "call" => {
                let text = |name: &str| step[name].as_str().unwrap();
                let answer = self.call(text("method"), text("path"), step["body"].clone());
                assert_eq!(json!(answer.status), step["status"], "{answer:?}");
            }
            "start" => {
                self.player = player(step);
                if step["down"] == true {
                    happenings.push(Happening::ServerLost);
                }
                let all = self.objects.iter().cloned().map(Change::Applied);
                happenings.push(Happening::Changed(all.collect()));
                happenings.push(Happening::Started);
            }
            "stop" => self.player = player(&Value::Null),
            "apply" | "delete" => {
                let is_other = |it: &Value| Key::of(it).is_none_or(|key| !keys.contains(&key));
                self.objects.retain(is_other);
                let changes: Vec<Change> = if step["do"] == "apply" {
                    self.objects.extend(objects.clone());
                    objects.into_iter().map(Change::Applied).collect()
                } else {
                    keys.into_iter().map(Change::Deleted).collect()
                };
                happenings.push(Happening::Changed(changes));
            }
            other => panic!("nobody knows how to {other}"),
        }
        happenings.extend([Happening::Waited, Happening::Polled, Happening::Waited]);
        self.elapsed += Duration::from_secs(5);
        let moment = Moment {
            elapsed: self.elapsed,
            wall: "2026-11-23T03:14:29Z".to_owned(),
        };
        let mut recorded = Recorded {
            store: &self.store,
            sent: Vec::new(),
        };
        for happening in happenings {
            self.player.handle(happening, &moment, &mut recorded);
        }
        recorded.sent
    }
}

/// The exporter as a start says how it is installed.
fn player(start: &Value) -> Player {
    let installation = Installation {
        state_key: "k8s-prod".to_owned(),
        client_id: "exporter".to_owned(),
        client_secret: "s".to_owned(),
        dialect: Dialect::Port,
        version: "unknown".to_owned(),
        config_file: start.get("file").cloned().unwrap_or_else(|| json!({})),
        overwrites_on_restart: start["overwrites"] == true,
    };
    let evaluate = Here {
        dialect: Dialect::Port,
        variables: [("CLUSTER_NAME".to_owned(), "prod".to_owned())].into(),
    };
    Player::new(installation, Box::new(evaluate))
}

#[test]
fn in_every_scenario_the_same_is_sent_and_answered() {
    let recorded = include_str!("../../../../tests/traces/exporter-scenarios.jsonl");
    for line in recorded.lines() {
        let scenario: Value = serde_json::from_str(line).unwrap();
        let mut scene = Scene::new();
        for (index, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
            let sent = scene.does(step);
            let place = format!("{}, step {index}: {}", scenario["name"], step["do"]);
            let wanted = step["sent"].as_array().unwrap();
            assert_eq!(sorted(&sent), sorted(wanted), "{place}");
            let has_crashed = matches!(scene.player.state(), State::Crashed(_));
            assert_eq!(has_crashed, step["crashed"] == true, "{place}");
        }
    }
}
