//! The ledger, told what happens and asked what it makes of it: a cluster, a catalog
//! and a clock that are lines of a test.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::entities::Live;
use super::ledger::{Ledger, Rules};
use super::mapping::{Evaluate, Mapping};
use super::packed::Shapes;
use crate::catalog::{BlueprintId, Dialect, EntityKind, Identity, MemberName, Record};
use crate::controller::frame::ObjectRef;
use crate::controller::report::targets::{Declared, Deployed};
use crate::exporter::Preview;
use crate::report::delivery::{Gate, Hazard, Moment, Now, Refusal, hazards};
use crate::report::{ObjectKey, Relate, Timestamp};

/// There is no jq of others in these tests.
struct NoOthers;

impl Evaluate for NoOthers {
    fn evaluate(&self, _: &Value, _: &[Value]) -> Result<Preview, String> {
        Err("nobody evaluates it".to_owned())
    }
}

/// A ledger with what is around it.
struct World {
    ledger: Ledger,
    shapes: Shapes,
    at: f64,
    /// What the cluster has, whether a watch told of it or not.
    cluster: BTreeMap<ObjectKey, Value>,
    /// What the catalog has.
    catalog: BTreeMap<Identity, Record>,
    /// What the API does not take, by identifier.
    refused: BTreeMap<String, u16>,
    /// Whether the cluster can't be asked for an object.
    is_unreadable: bool,
    /// How many objects were read again.
    reads: usize,
    /// How many objects were looked at.
    looks: usize,
    verdicts: usize,
}

impl World {
    /// A cluster with these entities that somebody begins to look at.
    fn with(objects: &[Value]) -> Self {
        let mut world = Self::unlisted();
        for object in objects {
            world.apply(object);
        }
        for kind in EntityKind::ALL {
            world.ledger.listed(kind);
        }
        world
    }

    fn unlisted() -> Self {
        Self::of_shard(false)
    }

    fn of_shard(is_sharded: bool) -> Self {
        Self {
            ledger: Ledger::new(Rules {
                dialect: Dialect::Glint,
                sweep: 1_800_000,
                is_sharded,
                relations: vec![Relate {
                    name: MemberName::parse("services").expect("it is a name"),
                    blueprint: BlueprintId::parse("service").expect("it is an identifier"),
                }],
            }),
            shapes: Shapes::default(),
            at: 0.0,
            cluster: BTreeMap::new(),
            catalog: BTreeMap::new(),
            refused: BTreeMap::new(),
            is_unreadable: false,
            reads: 0,
            looks: 0,
            verdicts: 0,
        }
    }

    fn now(&self) -> Now {
        let begun = Timestamp::parse("2026-11-23T10:00:00Z").expect("it is a time");
        Now {
            moment: Moment::of((self.at * 1000.0) as u64),
            time: begun.plus(self.at),
        }
    }

    /// An object changes, and no watch tells of it yet.
    fn change(&mut self, object: &Value) {
        let text = |name: &str| object["metadata"][name].as_str().unwrap_or_default();
        let place = format!("{}/{}", text("namespace"), text("name"));
        self.cluster.insert(key(&place), object.clone());
    }

    fn apply(&mut self, object: &Value) {
        self.change(object);
        let (kind, gate) = (EntityKind::Entity, Gate::default());
        let (live, declared) = Live::reduce(kind, object.clone(), gate, &mut self.shapes);
        self.ledger.applied(live, declared, self.now());
    }

    fn delete(&mut self, place: &str) {
        self.cluster.remove(&key(place));
        self.ledger.deleted(&key(place), self.now());
    }

    /// An application `shop` declares these, at a revision.
    fn declare(&mut self, places: &[&str], revision: &str) {
        let declared = Declared {
            target: "shop".to_owned(),
            subject: ObjectRef {
                api_version: "argoproj.io/v1alpha1".to_owned(),
                kind: "Application".to_owned(),
                namespace: Some("argocd".to_owned()),
                name: "shop".to_owned(),
                uid: "u".to_owned(),
            },
            application: "shop".to_owned(),
            entities: places.iter().map(|place| key(place)).collect(),
            is_elsewhere: false,
            deployed: Deployed {
                revision: Some(revision.to_owned()),
                synced_at: None,
            },
        };
        self.ledger.declared(Arc::new(declared), self.now());
    }

    /// The exporter sends all that there is in the cluster of an object.
    fn send(&mut self, object: &Value) {
        let spec = &object["spec"];
        let answer = json!({
            "identifier": spec["identifier"], "blueprint": spec["blueprint"],
            "properties": spec["properties"], "relations": {},
        });
        let record = Record::parse(answer).expect("it has an identity");
        self.catalog.insert(record.identity.clone(), record);
    }

    /// Time goes on to a second, and who looks, looks.
    fn until(&mut self, second: f64) -> &mut Self {
        let mapping = Mapping::generated(Dialect::Glint);
        loop {
            let next = [self.ledger.next_look(), self.ledger.next_read()];
            let next = next.into_iter().flatten().min().map(Moment::milliseconds);
            let Some(next) = next.filter(|next| *next <= (second * 1000.0) as u64) else {
                self.at = second;
                return self;
            };
            self.at = self.at.max(next as f64 / 1000.0);
            let now = self.now();
            self.read(now);
            let sought = self.ledger.round(1_000, now);
            self.looks += sought.len();
            let objects: Vec<Value> = sought.iter().map(|it| it.object.clone()).collect();
            let before: Vec<Value> = sought.iter().filter_map(|it| it.before.clone()).collect();
            let made = |objects: &[Value]| mapping.make(objects, &NoOthers).expect("all is ours");
            let mut before = made(&before).into_iter();
            let answers = sought.iter().zip(made(&objects)).map(|(sought, made)| {
                let before = sought.before.as_ref().and_then(|_| before.next());
                sought.made(made, before)
            });
            let answers = answers.collect();
            let questions = self.ledger.see(answers, &self.catalog, 100, now);
            self.verdicts += questions.len();
            let refused = questions.iter().filter_map(|it| {
                let status = *self.refused.get(&it.identity.identifier)?;
                let refusal = Refusal {
                    status,
                    code: "invalid_request".to_owned(),
                    fields: vec!["properties.tier".to_owned()],
                };
                Some((it.identity.clone(), refusal))
            });
            let refused = refused.collect();
            self.ledger.judge(questions, refused, now);
        }
    }

    /// Who reads again, reads.
    fn read(&mut self, now: Now) {
        let unread = self.ledger.unread(now);
        self.reads += unread.len();
        if self.is_unreadable {
            let ids = unread.iter().map(|it| it.id);
            return self.ledger.not_read(ids, now);
        }
        let (kind, gate) = (EntityKind::Entity, Gate::default());
        let read = unread.iter().map(|unread| {
            let object = self.cluster.get(&*unread.key).cloned();
            let live = object.map(|it| Live::reduce(kind, it, gate, &mut self.shapes).0);
            unread.read(live.as_ref())
        });
        let read = read.collect();
        self.ledger.read(read, now);
    }

    /// What is said of the objects, and written to their status.
    fn told(&mut self) -> Vec<String> {
        let mut told = Vec::new();
        while let Some((id, said, condition)) = self.ledger.unsaid(self.now()) {
            let live = self.ledger.live(id).expect("it is there");
            let name = live.key.name.clone();
            if let Some(said) = said {
                let weight = if said.is_warning { "Warning" } else { "Normal" };
                told.push(format!("{name}: {weight} {}", said.reason.as_str()));
            }
            if let Some(condition) = condition {
                let json = condition.to_json();
                let text = |field: &str| json[field].as_str().unwrap_or_default().to_owned();
                told.push(format!("{name}: {} {}", text("status"), text("reason")));
                self.ledger.written(id, condition);
            }
        }
        told
    }

    /// What is told of the application.
    fn deliveries(&mut self) -> Option<String> {
        let deliveries = self.ledger.deliveries()?;
        let counts = deliveries.seen.deliveries.expect("somebody looked");
        let counts = counts
            .iter()
            .map(|(state, count)| format!("{state} {count}"));
        let counts: Vec<String> = counts.collect();
        let revision = deliveries.deployed.revision.unwrap_or_default();
        Some(format!("{revision}: {}", counts.join(", ")))
    }

    fn hazards(&self, crd: &str, integration: &str) -> Vec<Hazard> {
        let created = Timestamp::parse(crd).map(|it| (EntityKind::Entity, it));
        let created = created.into_iter().collect();
        let changed = Timestamp::parse(integration);
        hazards(&self.ledger.evidence(&created, changed, self.now()))
    }
}

fn key(place: &str) -> ObjectKey {
    let (namespace, name) = place.split_once('/').expect("it has a namespace");
    ObjectKey {
        kind: EntityKind::Entity,
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
    }
}

/// `shop/pay` declares the service `pay`.
fn entity(place: &str, tier: u8) -> Value {
    let (namespace, name) = place.split_once('/').expect("it has a namespace");
    json!({
        "apiVersion": "glint.io/v1", "kind": "Entity",
        "metadata": {"namespace": namespace, "name": name, "uid": place, "generation": tier},
        "spec": {
            "blueprint": "service", "identifier": name, "properties": {"tier": tier},
        },
    })
}

#[test]
fn what_comes_is_delivered_and_said_once() {
    let mut world = World::with(&[]);
    let pay = entity("shop/pay", 1);
    world.apply(&pay);
    world.declare(&["shop/pay"], "r1");
    assert_eq!(world.deliveries(), None);
    world.until(0.3);
    assert_eq!(world.deliveries().as_deref(), Some("r1: pending 1"));
    assert_eq!(world.told(), [""; 0]);
    world.send(&pay);
    world.until(1.0);
    assert_eq!(world.deliveries().as_deref(), Some("r1: delivered 1"));
    assert_eq!(world.told(), ["pay: True Delivered"]);
    assert_eq!(world.ledger.lags(), [500]);
    world.until(60.0);
    assert_eq!((world.deliveries(), world.told()), (None, Vec::new()));
}

#[test]
fn what_does_not_come_is_asked_for_and_its_author_told() {
    let mut world = World::with(&[]);
    world.refused.insert("pay".to_owned(), 422);
    world.apply(&entity("shop/pay", 1));
    world.until(2.0);
    assert_eq!(world.verdicts, 0);
    world.until(30.0);
    assert_eq!(
        world.told(),
        ["pay: Warning Rejected", "pay: False Rejected"]
    );
    assert_eq!(world.verdicts, 1);
    world.refused.clear();
    let mended = entity("shop/pay", 2);
    world.apply(&mended);
    world.send(&mended);
    world.until(31.0);
    assert_eq!(
        world.told(),
        ["pay: Normal Delivered", "pay: True Delivered"]
    );
}

#[test]
fn a_long_wait_is_written_once_and_costs_ever_less() {
    let mut world = World::with(&[]);
    world.apply(&entity("shop/pay", 1));
    world.until(3600.0);
    assert_eq!(world.told(), ["pay: Unknown Pending"]);
    assert!(world.looks < 40, "{} looks", world.looks);
    assert!(world.verdicts < 10, "{} verdicts", world.verdicts);
}

#[test]
fn two_objects_with_one_identity_are_told_so_until_one_goes() {
    let mut world = World::with(&[entity("shop/pay", 1)]);
    world.send(&entity("shop/pay", 1));
    world.until(1.0);
    assert_eq!(world.told(), ["pay: True Delivered"]);
    world.apply(&entity("other/pay", 1));
    world.until(2.0);
    let mut told = world.told();
    told.sort();
    assert_eq!(
        told,
        [
            "pay: False Conflict",
            "pay: False Conflict",
            "pay: Warning Conflict",
            "pay: Warning Conflict",
        ]
    );
    world.delete("other/pay");
    world.until(3.0);
    assert_eq!(
        world.told(),
        ["pay: Normal Delivered", "pay: True Delivered"]
    );
}

#[test]
fn who_is_not_to_be_delivered_is_nobodys_rival() {
    let mut preview = entity("preview/pay", 1);
    preview["metadata"]["annotations"]["gitops.glint.io/deliver"] = "false".into();
    let mut world = World::with(&[entity("shop/pay", 1), preview]);
    world.send(&entity("shop/pay", 1));
    world.declare(&["shop/pay", "preview/pay"], "r1");
    world.until(1.0);
    assert_eq!(world.told(), ["pay: True Delivered"]);
    assert_eq!(world.deliveries().as_deref(), Some("r1: delivered 1"));
    world.delete("preview/pay");
    world.until(2.0);
    assert_eq!(world.told(), [""; 0]);
}

#[test]
fn a_target_counts_what_the_cluster_lacks() {
    let pay = entity("shop/pay", 1);
    let mut world = World::with(std::slice::from_ref(&pay));
    world.send(&pay);
    world.declare(&["shop/pay", "shop/cart"], "r1");
    world.until(1.0);
    assert_eq!(
        world.deliveries().as_deref(),
        Some("r1: delivered 1, pending 1")
    );
    world.ledger.gone("shop");
    world.until(2.0);
    assert_eq!(world.deliveries(), None);
}

#[test]
fn a_target_leads_to_what_is_there() {
    let (pay, cart) = (entity("shop/pay", 1), entity("shop/cart", 1));
    let mut world = World::with(&[pay.clone(), cart]);
    world.send(&pay);
    world.declare(&["shop/pay", "shop/cart"], "r1");
    world.until(1.0);
    let deliveries = world.ledger.deliveries().expect("all are known");
    let expected: BTreeMap<String, Vec<String>> =
        [("services".to_owned(), vec!["pay".to_owned()])].into();
    assert_eq!(deliveries.seen.related, expected);
}

#[test]
fn another_run_has_its_entities_looked_at_soon() {
    let pay = entity("shop/pay", 1);
    let mut world = World::with(std::slice::from_ref(&pay));
    world.send(&pay);
    world.declare(&["shop/pay"], "r1");
    world.until(600.0);
    world.deliveries();
    let looks = world.looks;
    world.catalog.clear();
    world.declare(&["shop/pay"], "r2");
    world.until(601.4);
    assert_eq!(world.looks, looks + 3);
    let told = [world.deliveries(), world.deliveries()];
    assert_eq!(told, [Some("r2: vanished 1".to_owned()), None]);
}

#[test]
fn of_a_run_nothing_counts_before_the_watch_told_what_it_changed() {
    let pay = entity("shop/pay", 1);
    let mut world = World::with(std::slice::from_ref(&pay));
    world.send(&pay);
    world.declare(&["shop/pay"], "r1");
    world.until(1.0);
    assert_eq!(world.deliveries().as_deref(), Some("r1: delivered 1"));
    let changed = entity("shop/pay", 2);
    world.change(&changed);
    world.declare(&["shop/pay"], "r2");
    assert_eq!(world.deliveries(), None);
    world.until(3.0);
    assert_eq!(world.deliveries(), None);
    world.apply(&changed);
    world.until(4.0);
    assert_eq!(world.deliveries().as_deref(), Some("r2: pending 1"));
    world.send(&changed);
    world.until(5.0);
    assert_eq!(world.deliveries().as_deref(), Some("r2: delivered 1"));
    assert!(world.reads < 8, "{} reads", world.reads);
}

#[test]
fn a_run_that_changes_nothing_counts_once_its_objects_were_read() {
    let pay = entity("shop/pay", 1);
    let mut world = World::with(std::slice::from_ref(&pay));
    world.send(&pay);
    world.declare(&["shop/pay", "shop/cart"], "r1");
    world.until(1.0);
    assert_eq!(world.reads, 0, "what was listed is not read again");
    world.deliveries();
    world.is_unreadable = true;
    world.declare(&["shop/pay", "shop/cart"], "r2");
    world.until(600.0);
    assert_eq!(world.deliveries(), None);
    assert!(world.reads < 50, "{} reads", world.reads);
    world.is_unreadable = false;
    world.until(660.0);
    assert_eq!(
        world.deliveries().as_deref(),
        Some("r2: delivered 1, pending 1")
    );
    let reads = world.reads;
    world.until(6000.0);
    assert_eq!((world.reads, world.deliveries()), (reads, None));
}

#[test]
fn a_run_that_is_seen_while_objects_are_read_has_them_read_again() {
    let pay = entity("shop/pay", 1);
    let mut world = World::with(std::slice::from_ref(&pay));
    world.send(&pay);
    world.declare(&["shop/pay"], "r1");
    world.until(1.0);
    world.deliveries();
    world.declare(&["shop/pay"], "r2");
    let now = world.now();
    let unread = world.ledger.unread(now);
    let (kind, gate) = (EntityKind::Entity, Gate::default());
    let live = Live::reduce(kind, pay, gate, &mut world.shapes).0;
    let early = vec![unread[0].read(Some(&live))];
    world.change(&entity("shop/pay", 2));
    world.declare(&["shop/pay"], "r3");
    world.ledger.read(early, now);
    world.until(5.0);
    assert_eq!(world.deliveries(), None);
}

#[test]
fn many_are_read_in_one_go_and_few_by_the_hundred() {
    let names: Vec<String> = (0..3_000).map(|at| format!("shop/e{at:04}")).collect();
    let objects: Vec<Value> = names.iter().map(|name| entity(name, 1)).collect();
    let mut world = World::with(&objects);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    world.until(1.0);
    let now = world.now();
    for (declared, expected) in [(&names[..140], 100), (&names[..], 3_000)] {
        world.declare(declared, "before");
        world.ledger.unread(now);
        world.declare(declared, &format!("of {expected}"));
        assert_eq!(world.ledger.unread(now).len(), expected);
    }
}

#[test]
fn the_sweep_looks_at_all_once_in_its_time_a_hundred_at_a_time() {
    let names: Vec<String> = (0..250).map(|at| format!("shop/e{at:03}")).collect();
    let objects: Vec<Value> = names.iter().map(|name| entity(name, 1)).collect();
    let mut world = World::with(&objects);
    for object in &objects {
        world.send(object);
    }
    world.until(1.0);
    let first = world.looks;
    world.until(1801.0);
    assert_eq!(world.looks - first, 250);
}

#[test]
fn after_a_restart_the_status_tells_what_was_there() {
    let mut pay = entity("shop/pay", 1);
    pay["status"]["conditions"] = json!([{
        "type": "Delivered", "status": "True", "reason": "Delivered", "message": "it is",
        "observedGeneration": 1, "lastTransitionTime": "2026-11-23T09:00:00Z",
    }]);
    let mut same = World::with(std::slice::from_ref(&pay));
    same.send(&pay);
    same.until(60.0);
    assert_eq!(same.told(), [""; 0]);
    let mut gone = World::with(&[pay]);
    gone.until(2.0);
    assert_eq!(
        gone.told(),
        ["pay: Warning Vanished", "pay: False Vanished"]
    );
}

#[test]
fn what_two_spellings_of_a_change_leave_behind_is_known() {
    let mut world = World::with(&[]);
    let pay = entity("shop/pay", 1);
    world.apply(&pay);
    world.send(&pay);
    world.until(1.0);
    world.told();
    let mut bare = entity("shop/pay", 2);
    bare["spec"]["properties"] = json!({});
    world.apply(&bare);
    world.until(2.0);
    assert_eq!(
        world.told(),
        ["pay: Normal Lingering", "pay: True Lingering"]
    );
}

#[test]
fn an_exporter_that_does_not_know_the_kind_is_named() {
    let mut world = World::with(&[]);
    world.apply(&entity("shop/pay", 1));
    world.until(100.0);
    let found = world.hazards("2026-11-23T10:00:00Z", "2026-11-23T09:00:00Z");
    assert_eq!(found, [Hazard::LateCrd(EntityKind::Entity)]);
    world.told();
    let now = world.now();
    world.ledger.suspect(&found, now);
    world.until(101.0);
    assert_eq!(
        world.told(),
        [
            "pay: Warning UnseenByExporter",
            "pay: Unknown UnseenByExporter"
        ]
    );
    world.send(&entity("shop/pay", 1));
    world.until(400.0);
    assert_eq!(
        world.told(),
        ["pay: Normal Delivered", "pay: True Delivered"]
    );
    assert_eq!(
        world.hazards("2026-11-23T10:00:00Z", "2026-11-23T09:00:00Z"),
        []
    );
}

#[test]
fn all_that_go_at_once_are_noticed() {
    let objects = ["shop/a", "shop/b", "shop/c"].map(|name| entity(name, 1));
    let mut world = World::with(&objects);
    for object in &objects {
        world.send(object);
    }
    world.until(1.0);
    world.catalog.clear();
    let now = world.now();
    world.ledger.hurry(now);
    world.until(3.0);
    assert_eq!(world.hazards("", ""), [Hazard::LostCluster]);
}

#[test]
fn a_kind_that_is_not_served_any_more_leaves_nothing_open() {
    let mut world = World::with(&[entity("shop/pay", 1)]);
    world.declare(&["shop/pay"], "r1");
    let now = world.now();
    world.ledger.unserved(EntityKind::Entity, now);
    world.until(100.0);
    assert_eq!(world.looks, 0);
    assert_eq!(world.deliveries().as_deref(), Some("r1: pending 1"));
}

#[test]
fn nothing_is_looked_at_or_told_before_all_is_listed() {
    let mut world = World::unlisted();
    world.apply(&entity("shop/pay", 1));
    world.declare(&["shop/pay"], "r1");
    world.until(100.0);
    assert_eq!((world.looks, world.deliveries()), (0, None));
}

#[test]
fn a_shard_tells_of_what_its_applications_declare_and_knows_the_others() {
    let mut world = World::of_shard(true);
    for kind in EntityKind::ALL {
        world.ledger.listed(kind);
    }
    world.apply(&entity("shop/pay", 1));
    world.apply(&entity("other/cart", 1));
    world.declare(&["shop/pay"], "r1");
    world.send(&entity("shop/pay", 1));
    world.until(1.0);
    assert_eq!(world.told(), ["pay: True Delivered"]);
    world.apply(&entity("other/pay", 1));
    world.until(2.0);
    assert_eq!(
        world.told(),
        ["pay: Warning Conflict", "pay: False Conflict"]
    );
}

#[test]
fn who_waits_is_told_at_once_and_no_longer_than_the_wait() {
    let mut world = World::with(&[]);
    let mut pay = entity("shop/pay", 1);
    pay["metadata"]["annotations"] = json!({
        "gitops.glint.io/gate": "true", "gitops.glint.io/gate-timeout": "100s",
    });
    world.apply(&pay);
    world.until(0.3);
    assert_eq!(world.told(), ["pay: Unknown Waiting"]);
    world.until(99.0);
    assert_eq!(world.told(), [""; 0]);
    world.until(100.5);
    assert_eq!(world.told(), ["pay: True NotAwaited"]);
}

#[test]
fn one_that_changes_while_it_is_looked_for_is_looked_for_again() {
    let mut world = World::with(&[]);
    world.apply(&entity("shop/pay", 1));
    world.at = 0.25;
    let now = world.now();
    let sought = world.ledger.round(10, now);
    world.apply(&entity("shop/pay", 2));
    let mapping = Mapping::generated(Dialect::Glint);
    let made = mapping.make(&[sought[0].object.clone()], &NoOthers);
    let made = made.expect("all is ours").remove(0);
    let answers = vec![sought[0].made(made, None)];
    let questions = world.ledger.see(answers, &BTreeMap::new(), 10, now);
    assert!(questions.is_empty());
    assert_eq!(world.ledger.next_look(), Some(Moment::of(500)));
}
