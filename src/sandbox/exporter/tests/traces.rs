//! The recorded traces (port-k8s-exporter v0.7.9 against Kubernetes 1.36.1): what was
//! done then is done to the player, and it must send what was sent then.
//!
//! The objects are those of the traces' own examples; where an object was never an
//! example, it is made from what was sent of it.

use serde_json::{Value, json};

use super::replay::{Next, Replay};
use crate::catalog::Dialect;
use crate::sandbox::exporter::{Change, Happening, Here, Installation, Key, Moment, Player, State};

/// A trace that is played.
struct Play {
    replay: Replay,
    player: Player,
}

impl Play {
    fn of(trace: &str) -> Self {
        let installation = Installation {
            state_key: "glint".to_owned(),
            client_id: "cid".to_owned(),
            client_secret: "csecret".to_owned(),
            dialect: Dialect::Port,
            // A binary that was built without being told its version.
            version: "unknown".to_owned(),
            config_file: json!({}),
            overwrites_on_restart: false,
        };
        let evaluate = Here {
            dialect: Dialect::Port,
            variables: [].into(),
        };
        Self {
            replay: Replay::of(trace),
            player: Player::new(installation, Box::new(evaluate)),
        }
    }

    #[track_caller]
    fn does(&mut self, happening: Happening) {
        let moment = Moment {
            elapsed: std::time::Duration::ZERO,
            wall: "2026-11-23T03:14:29Z".to_owned(),
        };
        self.player.handle(happening, &moment, &mut self.replay);
    }

    #[track_caller]
    fn applies(&mut self, objects: impl IntoIterator<Item = Value>) {
        let changes = objects.into_iter().map(Change::Applied);
        self.does(Happening::Changed(changes.collect()));
    }

    #[track_caller]
    fn deletes(&mut self, object: &Value) {
        let key = Key::of(object).expect("an object has a name");
        self.does(Happening::Changed(vec![Change::Deleted(key)]));
    }

    fn examples(&self, row: usize, names: &[&str]) -> Vec<Value> {
        let names = names.iter();
        names.map(|name| self.replay.example(row, name)).collect()
    }

    /// What time brings, up to the next mark; what happened unmarked before a batch of
    /// the trace is given with the batch's row.
    #[track_caller]
    fn goes_on(&mut self, unmarked: &dyn Fn(usize) -> Vec<Value>) -> Option<String> {
        loop {
            match self.replay.next() {
                Next::Mark(mark) => return Some(mark),
                Next::Poll => self.does(Happening::Polled),
                Next::Batch(row) => {
                    self.applies(unmarked(row));
                    self.does(Happening::Waited);
                }
                Next::End => return None,
            }
        }
    }
}

fn entity(group: &str, namespace: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": format!("{group}/v1"), "kind": "Entity",
        "metadata": {"name": name, "namespace": namespace}, "spec": spec,
    })
}

fn svc_d(blueprint: &str) -> Value {
    let spec = json!({
        "title": "T svc-d", "blueprint": blueprint,
        "properties": {"tier": "gold", "url": "https://example.invalid/svc-d"},
        "relations": {"system": "sys-1"},
    });
    entity("glint.io", "default", "svc-d", spec)
}

#[test]
fn a_life_of_updates_deletions_and_mappings_is_played_request_for_request() {
    let mut play = Play::of(include_str!("../../../../tests/traces/exporter-life.jsonl"));
    let services = play.examples(8, &["svc-a", "svc-b", "svc-c"]);
    let touched = play.replay.example(91, "svc-a");
    let mut labelled = touched.clone();
    labelled.as_object_mut().unwrap().remove("status");
    let mut titled = labelled.clone();
    titled["metadata"].as_object_mut().unwrap().remove("labels");
    let twin = json!({"title": "ns2 twin", "blueprint": "service"});
    let twin = entity("glint.io", "ns2", "svc-a", twin);
    let unmarked = play.examples(153, &["pay", "web"]);
    let unmarked = |row: usize| match row {
        147 => unmarked.clone(),
        _ => Vec::new(),
    };

    play.applies(services.clone());
    play.does(Happening::Started);
    while let Some(mark) = play.goes_on(&unmarked) {
        match mark.as_str() {
            "update title of svc-a" => play.applies([titled.clone()]),
            "update only a label (no mapped change) of svc-a" => play.applies([labelled.clone()]),
            "status-only update of svc-a" => play.applies([touched.clone()]),
            "create svc-d" => play.applies([svc_d("service")]),
            "change blueprint of svc-d to other" => play.applies([svc_d("other")]),
            "delete svc-d" => play.deletes(&svc_d("other")),
            "delete svc-b" => play.deletes(&services[1]),
            "same name in another namespace" => play.applies([twin.clone()]),
            "delete the twin in ns2 (svc-a in default still exists)" => play.deletes(&twin),
            // The API tells these.
            mapping => assert!(
                mapping.contains("mapping") || mapping == "manual resync request",
                "{mapping}"
            ),
        }
    }
    assert_eq!(play.player.state(), &State::Running);
}

#[test]
fn hazards_are_played_request_for_request() {
    let mut play = Play::of(include_str!(
        "../../../../tests/traces/exporter-hazards.jsonl"
    ));
    let services = play.examples(9, &["pay", "svc-a", "svc-c", "web"]);
    let late = play.examples(46, &["l1", "l2"]);
    let after = play.replay.example(85, "svc-a");
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "entities.late.glint.io"},
        "spec": {
            "group": "late.glint.io", "names": {"kind": "Entity", "plural": "entities"},
            "versions": [{"name": "v1", "served": true}],
        },
    });

    while let Some(mark) = play.goes_on(&|_| Vec::new()) {
        match mark.as_str() {
            "start exporter, mapping = glint.io/v1/entities + late.glint.io/v1/entities, CRD late absent" =>
            {
                play.applies(services.clone());
                play.does(Happening::Started);
            }
            "create CRD late + 2 objects while the exporter runs" => {
                play.applies([vec![crd.clone()], late.clone()].concat());
            }
            "restart exporter" => play.does(Happening::Started),
            "delete CRD late while running (both kinds synced)" => play.deletes(&crd),
            "update svc-a (is the exporter still alive for the good kind?)" => {
                let waits = State::Waiting("late.glint.io/v1/entities".to_owned());
                assert_eq!(play.player.state(), &waits);
                // It does not poll either.
                play.does(Happening::Polled);
                play.applies([after.clone()]);
            }
            "restart exporter with CRD late gone and stale late entities on Port" => {
                play.does(Happening::Started);
            }
            // The API tells these.
            told => assert!(
                told.contains("mapping")
                    || told.starts_with("resync request")
                    || ["bulk endpoint answers 422", "resources = []"].contains(&told),
                "{told}"
            ),
        }
    }
    assert_eq!(play.player.state(), &State::Running);
}

#[test]
fn a_start_without_an_api_server_is_played_request_for_request() {
    let mut play = Play::of(include_str!(
        "../../../../tests/traces/exporter-apiserver-down.jsonl"
    ));
    play.does(Happening::ServerLost);
    play.does(Happening::Started);
    assert_eq!(play.goes_on(&|_| Vec::new()), None);
}
