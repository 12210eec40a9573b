//! Events in, and all that is sent out: a test tells what happens to a cluster and a
//! catalog, one line after another.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::{
    BATCH, Batch, Deliveries, Deployed, KEPT, News, Outcome, Sent, Stands, TargetChange, Targets,
};
use crate::catalog::Delivery;
use crate::controller::report::plan;
use crate::controller::report::sighting::{Sighting, recorded, sighting};
use crate::report::tests::catalog::Catalog;
use crate::report::{RUN, Reported, Seen, SyncResult, Timestamp};

const SECOND: Duration = Duration::from_secs(1);

/// When the watch began: all runs of these tests come later.
const SINCE: &str = "2026-11-23T00:00:00Z";

/// What the catalog does with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Yes,
    /// It does what it is asked for, and the answer gets lost.
    Lost,
    /// It can't be read.
    Down,
    /// It does not take the target as it is.
    No,
}

/// A cluster, a catalog, and who watches.
struct World {
    targets: Targets,
    catalog: BTreeMap<String, Catalog>,
    live: BTreeMap<String, Value>,
    now: Instant,
    /// How many batches read the catalog.
    reads: usize,
}

impl World {
    /// A process that has just started, and has asked the catalog what it holds.
    fn new(is_all: bool) -> Self {
        Self::before(BTreeMap::new(), is_all)
    }

    fn before(catalog: BTreeMap<String, Catalog>, is_all: bool) -> Self {
        let mut targets = Targets::new(is_all, Timestamp::parse(SINCE).unwrap());
        targets.found(catalog.keys().cloned().collect());
        let now = Instant::now();
        targets.settle(now);
        Self {
            targets,
            catalog,
            live: BTreeMap::new(),
            now,
            reads: 0,
        }
    }

    /// Another process, of the same cluster and catalog.
    fn restarted(self) -> Self {
        let mut after = Self::before(self.catalog, self.targets.is_all);
        after.live = self.live;
        for object in after.live.clone().values() {
            after.sees(object);
        }
        after
    }

    fn sees(&mut self, object: &Value) {
        let seen = sighting(object);
        self.live.insert(seen.target.clone(), object.clone());
        self.targets.sighted(seen, self.now);
    }

    fn loses(&mut self, object: &Value) {
        let target = sighting(object).target;
        self.live.remove(&target);
        self.targets.gone(&target);
    }

    /// What is sent within some seconds, each request as one line.
    fn within(&mut self, seconds: u32, answer: Answer) -> Vec<String> {
        let end = self.now + SECOND * seconds;
        let mut sent = Vec::new();
        while let Some(due) = self.targets.next_due(self.now).filter(|due| *due <= end) {
            self.now = self.now.max(due);
            match self.targets.batch(self.now) {
                Some(Batch::Report(items)) => {
                    for item in items {
                        sent.extend(self.does(item, answer));
                    }
                }
                Some(Batch::Remove(targets)) => {
                    sent.extend(targets.iter().map(|it| format!("remove {it}")));
                    self.catalog.retain(|target, _| !targets.contains(target));
                    self.targets.removed(&targets, true);
                }
                None => {}
            }
        }
        self.now = end;
        sent
    }

    fn does(&mut self, mut item: super::Item, answer: Answer) -> Vec<String> {
        let target = item.target.clone();
        let (told, is_reread): (Option<Box<SyncResult>>, bool) = match item.news.clone() {
            News::Told(result) => (Some(result), false),
            News::None => (None, false),
            News::Reread => match self.live.get(&target) {
                Some(object) => (Some(Box::new(sighting(object).result)), true),
                None => {
                    self.finish(item, Outcome::Gone);
                    return Vec::new();
                }
            },
        };
        if answer == Answer::Down {
            self.targets.close_until(self.now + SECOND * 30);
            self.finish(item, Outcome::Failed);
            return Vec::new();
        }
        self.reads += usize::from(!item.is_new);
        let reported = match item.is_new {
            true => Reported::default(),
            false => self.reported(&target),
        };
        let since = Timestamp::parse(SINCE).unwrap();
        let writing = plan::writing(&mut item, told.as_deref(), &reported, since, 1_000);
        let lines = writing.requests.iter().map(|(_, body)| line(body));
        let lines: Vec<String> = lines.collect();
        if answer != Answer::No {
            let catalog = self.catalog.entry(target).or_default();
            for (blueprint, body) in &writing.requests {
                catalog.upsert(blueprint, body);
            }
        }
        let outcome = match (answer, told, is_reread) {
            (Answer::No, _, _) => Outcome::Refused,
            (Answer::Lost | Answer::Down, _, _) => Outcome::Failed,
            (Answer::Yes, Some(told), true) => Outcome::Reread(told),
            (Answer::Yes, told, _) => Outcome::Reported(told),
        };
        self.finish(item, outcome);
        lines
    }

    fn finish(&mut self, item: super::Item, outcome: Outcome) {
        let sent = Sent {
            target: item.target,
            seen: item.seen,
            debt: item.debt,
            outcome,
        };
        self.targets.finished(sent, self.now);
    }

    fn reported(&self, target: &str) -> Reported {
        let catalog = self.catalog.get(target);
        catalog.map(|it| it.0.clone()).unwrap_or_default()
    }

    /// How many runs of an application the catalog has, and how many it counts as unseen.
    fn known(&self, object: &Value) -> (u64, u64) {
        let reported = self.reported(&sighting(object).target);
        (
            reported.runs.len() as u64,
            reported.unseen_runs().unwrap_or_default(),
        )
    }

    fn changes(&mut self) -> Vec<String> {
        let changes = std::iter::from_fn(|| self.targets.next_change());
        let lines = changes.map(|change| match change {
            TargetChange::Changed(declared) => {
                format!(
                    "{}: {} entities",
                    declared.application,
                    declared.entities.len()
                )
            }
            TargetChange::Gone { target } => format!("{target} is gone"),
        });
        lines.collect()
    }
}

/// A request in a few words.
fn line(body: &Value) -> String {
    let identifier = body["identifier"].as_str().unwrap();
    let properties = &body["properties"];
    let word = |name: &str| properties[name].as_str().unwrap_or("-").to_owned();
    match (properties.get("phase"), properties.get("syncStatus")) {
        (Some(_), _) => {
            let started = word("startedAt");
            format!(
                "run {} {}",
                started.get(11..16).unwrap_or("-"),
                word("phase")
            )
        }
        (None, Some(_)) => format!("target {} {}", word("syncStatus"), word("healthStatus")),
        (None, None) => format!("{identifier} {}", properties.as_object().unwrap().len()),
    }
}

/// An Application that declares one entity: when its last operation began, how it
/// ended, and the numbers and minutes of the syncs in its history.
fn application(started: &str, phase: &str, history: &[(u64, &str)]) -> Value {
    let revision = "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a10";
    let time = |clock: &str, second: &str| json!(format!("2026-11-23T{clock}:{second}Z"));
    let history = history.iter().map(|(id, started)| {
        json!({
            "id": id,
            "revision": revision,
            "deployStartedAt": time(started, "00"),
            "deployedAt": time(started, "05"),
        })
    });
    let mut object = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"namespace": "argocd", "name": "shop", "uid": "u1"},
        "spec": {"source": {"repoURL": "https://github.com/shop/apps", "path": "."}},
        "status": {
            "sync": {"status": "Synced"},
            "health": {"status": "Healthy"},
            "resources": [{"group": "glint.io", "kind": "Entity", "namespace": "shop", "name": "pay"}],
            "history": history.collect::<Vec<_>>(),
            "operationState": {
                "phase": phase,
                "startedAt": time(started, "00"),
                "syncResult": {"revision": revision},
            },
        },
    });
    if phase != "Running" {
        object["status"]["operationState"]["finishedAt"] = time(started, "05");
    }
    object
}

fn named(mut object: Value, name: &str) -> Value {
    object["metadata"]["name"] = name.into();
    object
}

fn annotated(mut object: Value, word: &str) -> Value {
    object["metadata"]["annotations"] = json!({"gitops.glint.io/report": word});
    object
}

const SHOP: &str = "prod-argocd-shop-af9938af";

#[test]
fn a_sync_is_reported_once_and_then_nothing() {
    let mut world = World::new(false);
    world.sees(&application("10:01", "Succeeded", &[(0, "10:01")]));
    let sent = world.within(1, Answer::Yes);
    assert_eq!(sent, ["target Synced Healthy", "run 10:01 Succeeded"]);
    assert_eq!(world.reads, 0, "the catalog was known not to hold it");
    for minute in 0..60 {
        let mut object = application("10:01", "Succeeded", &[(0, "10:01")]);
        object["metadata"]["resourceVersion"] = json!(minute.to_string());
        object["status"]["reconciledAt"] = json!(format!("2026-11-23T11:{minute:02}:00Z"));
        world.sees(&object);
        assert_eq!(world.within(180, Answer::Yes), [""; 0]);
    }
    assert_eq!(world.reads, 0);
    world.sees(&application(
        "10:05",
        "Succeeded",
        &[(0, "10:01"), (1, "10:05")],
    ));
    let sent = world.within(1, Answer::Yes);
    assert_eq!(sent, ["target Synced Healthy", "run 10:05 Succeeded"]);
}

#[test]
fn what_goes_on_for_a_moment_is_not_told() {
    let mut world = World::new(true);
    let mut broken = recorded("flux/kustomization-render-failed.edited");
    broken["status"]["history"] = json!([]);
    world.sees(&broken);
    assert_eq!(world.within(1, Answer::Yes), ["target Failed Unknown"]);
    for _ in 0..10 {
        let mut trying = broken.clone();
        for condition in trying["status"]["conditions"].as_array_mut().unwrap() {
            if condition["type"] == "Ready" {
                condition["status"] = json!("Unknown");
                condition["reason"] = json!("Progressing");
            }
        }
        world.sees(&trying);
        assert_eq!(world.within(5, Answer::Yes), [""; 0]);
        world.sees(&broken);
        assert_eq!(world.within(60, Answer::Yes), [""; 0]);
    }
}

#[test]
fn what_goes_on_for_long_is_told() {
    let mut world = World::new(false);
    world.sees(&application("10:01", "Succeeded", &[(0, "10:01")]));
    world.within(1, Answer::Yes);
    world.sees(&application("10:05", "Running", &[(0, "10:01")]));
    assert_eq!(world.within(9, Answer::Yes), [""; 0]);
    let sent = world.within(2, Answer::Yes);
    assert_eq!(sent, ["target Synced Healthy", "run 10:05 Running"]);
    world.sees(&application("10:05", "Failed", &[(0, "10:01")]));
    let sent = world.within(1, Answer::Yes);
    assert_eq!(sent, ["target Synced Healthy", "run 10:05 Failed"]);
}

#[test]
fn of_applications_without_entities_the_author_or_the_operator_decides() {
    let mut plain = application("10:01", "Succeeded", &[(0, "10:01")]);
    plain["status"]["resources"] = json!([]);
    let told = |is_all: bool, object: &Value| {
        let mut world = World::new(is_all);
        world.sees(object);
        world.within(1, Answer::Yes).len()
    };
    assert_eq!(told(false, &plain), 0);
    assert_eq!(told(true, &plain), 2);
    assert_eq!(told(false, &annotated(plain.clone(), "true")), 2);
    assert_eq!(told(true, &annotated(plain.clone(), "false")), 0);
    let declaring = application("10:01", "Succeeded", &[(0, "10:01")]);
    assert_eq!(told(false, &annotated(declaring.clone(), "false")), 0);
    // What was reported once is kept right.
    let mut world = World::new(false);
    world.sees(&declaring);
    world.within(1, Answer::Yes);
    world.sees(&plain);
    assert_eq!(world.within(1, Answer::Yes), ["target Synced Healthy"]);
    let mut world = world.restarted();
    assert_eq!(world.within(1, Answer::Yes), [""; 0]);
    assert_eq!(world.reads, 1, "the catalog held it");
}

#[test]
fn what_is_to_be_reported_no_more_is_removed() {
    let mut world = World::new(false);
    let shop = application("10:01", "Succeeded", &[(0, "10:01")]);
    world.sees(&shop);
    world.within(1, Answer::Yes);
    assert_eq!(world.changes(), ["shop: 1 entities"]);
    world.sees(&annotated(shop.clone(), "false"));
    assert_eq!(world.within(1, Answer::Yes), [format!("remove {SHOP}")]);
    assert_eq!(world.changes(), [format!("{SHOP} is gone")]);
    world.sees(&shop);
    assert_eq!(world.within(1, Answer::Yes).len(), 2);
}

#[test]
fn an_application_that_is_made_again_at_once_stays() {
    let mut world = World::new(false);
    let shop = application("10:01", "Succeeded", &[(0, "10:01")]);
    world.sees(&shop);
    world.within(1, Answer::Yes);
    world.loses(&shop);
    world.sees(&shop);
    assert_eq!(world.within(1, Answer::Yes), [""; 0]);
    world.loses(&shop);
    assert_eq!(world.within(1, Answer::Yes), [format!("remove {SHOP}")]);
}

#[test]
fn nothing_is_sent_before_the_catalog_said_what_it_holds() {
    let mut targets = Targets::new(false, Timestamp::parse(SINCE).unwrap());
    let now = Instant::now();
    targets.sighted(sighting(&application("10:01", "Succeeded", &[])), now);
    assert_eq!(targets.next_due(now), None);
    assert_eq!(targets.batch(now + SECOND * 11), None);
    targets.found(BTreeSet::new());
    assert!(targets.batch(now + SECOND * 11).is_some());
}

#[test]
fn runs_that_were_overwritten_while_the_catalog_was_down_are_counted() {
    let mut world = World::new(false);
    world.sees(&application("10:01", "Succeeded", &[(0, "10:01")]));
    world.within(1, Answer::Yes);
    for started in ["10:02", "10:03", "10:04"] {
        world.sees(&application(started, "Failed", &[(0, "10:01")]));
        assert_eq!(world.within(60, Answer::Down), [""; 0]);
    }
    world.sees(&application(
        "10:05",
        "Succeeded",
        &[(0, "10:01"), (1, "10:05")],
    ));
    world.within(60, Answer::Down);
    // Of six more syncs the history keeps two.
    let last = application("10:12", "Succeeded", &[(6, "10:11"), (7, "10:12")]);
    world.sees(&last);
    assert_eq!(
        world.within(60, Answer::Yes),
        [
            "target Synced Healthy",
            "run 10:11 Succeeded",
            "run 10:12 Succeeded"
        ]
    );
    assert_eq!(world.known(&last), (3, 3 + 5));
    assert_eq!(world.within(600, Answer::Yes), [""; 0]);
}

#[test]
fn flux_applies_four_times_and_nobody_knows_of_two_any_more() {
    let mut world = World::new(true);
    let mut shop = recorded("flux/kustomization.recorded");
    let entry = |digest: &str, minute: u32| {
        json!({
            "digest": digest,
            "lastReconciled": format!("2026-11-23T10:{minute:02}:00Z"),
            "lastReconciledDuration": "1s",
            "lastReconciledStatus": "ReconciliationSucceeded",
        })
    };
    shop["status"]["history"] = json!([entry("a", 1)]);
    world.sees(&shop);
    assert_eq!(world.within(1, Answer::Yes).len(), 2);
    for history in [
        json!([entry("b", 2), entry("a", 1)]),
        json!([entry("a", 3), entry("b", 2)]),
        json!([entry("b", 4), entry("a", 3)]),
        json!([entry("b", 9), entry("a", 3)]),
    ] {
        shop["status"]["history"] = history;
        world.sees(&shop);
        world.within(10, Answer::Down);
    }
    assert_eq!(world.within(60, Answer::Yes).len(), 2);
    assert_eq!(world.known(&shop), (2, 2));
}

#[test]
fn a_report_whose_answer_was_lost_is_neither_repeated_nor_counted() {
    let mut world = World::new(false);
    world.sees(&application("10:01", "Succeeded", &[(0, "10:01")]));
    world.within(1, Answer::Yes);
    world.sees(&application("10:02", "Failed", &[(0, "10:01")]));
    world.within(1, Answer::Down);
    let last = application("10:03", "Failed", &[(0, "10:01")]);
    world.sees(&last);
    assert_eq!(world.within(60, Answer::Lost).len(), 2);
    assert_eq!(world.known(&last), (2, 1));
    assert_eq!(world.within(60, Answer::Yes), [""; 0]);
    assert_eq!(world.known(&last), (2, 1));
    // The one that arrived is gone from the object, and not from the catalog.
    let next = application("10:04", "Failed", &[(0, "10:01")]);
    world.sees(&next);
    world.within(60, Answer::Yes);
    assert_eq!(world.known(&next), (3, 1));
}

#[test]
fn after_a_restart_the_history_tells_what_was_missed() {
    let mut world = World::new(false);
    let first = application("10:01", "Succeeded", &[(0, "10:01")]);
    world.sees(&first);
    world.within(1, Answer::Yes);
    let later = application(
        "10:09",
        "Failed",
        &[(0, "10:01"), (2, "10:03"), (3, "10:04")],
    );
    world.live.insert(sighting(&first).target, later.clone());
    let mut world = world.restarted();
    assert_eq!(
        world.within(1, Answer::Yes),
        [
            "target Synced Healthy",
            "run 10:03 Succeeded",
            "run 10:04 Succeeded",
            "run 10:09 Failed",
        ]
    );
    assert_eq!(world.known(&later), (4, 1));
    let mut world = world.restarted();
    assert_eq!(world.within(600, Answer::Yes), [""; 0]);
}

#[test]
fn what_the_catalog_refuses_is_tried_again_ever_later_and_holds_up_nobody() {
    let mut world = World::new(false);
    world.sees(&application("10:01", "Succeeded", &[(0, "10:01")]));
    assert_eq!(world.within(10, Answer::No).len(), 2);
    assert_eq!(world.within(15, Answer::No).len(), 0);
    assert_eq!(world.within(10, Answer::No).len(), 2);
    // What was compared again is no reason to ask again.
    world.sees(&application("10:01", "Succeeded", &[(0, "10:01")]));
    assert_eq!(world.within(40, Answer::No).len(), 0);
    assert_eq!(world.within(3_600 * 4, Answer::No).len(), 2 * 11);
    world.sees(&application(
        "10:05",
        "Succeeded",
        &[(0, "10:01"), (1, "10:05")],
    ));
    assert_eq!(world.within(1, Answer::Yes).len(), 3);
}

#[test]
fn what_became_of_entities_is_told_alone_and_once() {
    let mut world = World::new(false);
    let shop = application("10:01", "Succeeded", &[(0, "10:01")]);
    world.sees(&shop);
    world.within(1, Answer::Yes);
    let revision = sighting(&shop).result.state.revision;
    let synced_at = sighting(&shop).newest().and_then(|run| run.finished_at);
    let deliveries = |count: usize, revision: Option<String>| Deliveries {
        target: SHOP.to_owned(),
        seen: Seen {
            deliveries: Some([(Delivery::Delivered, count)].into()),
            ..Seen::default()
        },
        deployed: Deployed {
            revision,
            synced_at,
        },
    };
    for (count, revision, expected) in [
        (1, revision.clone(), &[format!("{SHOP} 8")][..]),
        (1, revision.clone(), &[]),
        (2, Some("another".to_owned()), &[]),
        (2, revision, &[format!("{SHOP} 8")]),
    ] {
        world
            .targets
            .delivered(deliveries(count, revision), world.now);
        assert_eq!(world.within(3, Answer::Yes), expected);
    }
    let stands = world.targets.standings();
    let Some(Stands::Now(last)) = stands.last() else {
        panic!("it stands: {stands:?}");
    };
    assert_eq!(last.deliveries, Some([(Delivery::Delivered, 2)].into()));
    // The same revision once more: nobody knows yet what became of it this time.
    world.sees(&application(
        "10:02",
        "Succeeded",
        &[(0, "10:01"), (1, "10:02")],
    ));
    let stands = world.targets.standings();
    let Some(Stands::Now(last)) = stands.last() else {
        panic!("it stands: {stands:?}");
    };
    assert_eq!(last.deliveries, None);
}

#[test]
fn what_became_of_entities_is_told_of_many_applications_at_once() {
    let mut world = World::new(false);
    for number in 0..20 {
        let object = application("10:01", "Succeeded", &[(0, "10:01")]);
        world.sees(&named(object, &format!("shop-{number}")));
    }
    world.within(1, Answer::Yes);
    for object in world.live.clone().values() {
        let seen = sighting(object);
        let synced_at = seen.newest().and_then(|run| run.finished_at);
        let deliveries = Deliveries {
            target: seen.target,
            seen: Seen {
                deliveries: Some([(Delivery::Delivered, 1)].into()),
                ..Seen::default()
            },
            deployed: Deployed {
                revision: seen.result.state.revision,
                synced_at,
            },
        };
        world.targets.delivered(deliveries, world.now);
        assert_eq!(world.targets.batch(world.now), None);
        world.now += SECOND / 10;
    }
    let Some(Batch::Report(items)) = world.targets.batch(world.now) else {
        panic!("nothing is due");
    };
    assert_eq!(items.len(), 20);
}

#[test]
fn flux_applying_the_same_again_is_no_change_of_what_is_declared() {
    let mut world = World::new(true);
    let mut shop = recorded("flux/kustomization.recorded");
    world.sees(&shop);
    assert_eq!(world.changes().len(), 1);
    shop["status"]["history"][0]["lastReconciled"] = json!("2027-01-01T00:00:00Z");
    world.sees(&shop);
    assert_eq!(world.changes(), [""; 0]);
    assert_eq!(world.within(1, Answer::Yes).len(), 2);
    shop["status"]["history"][0]["lastReconciled"] = json!("2027-01-02T00:00:00Z");
    world.sees(&shop);
    assert_eq!(world.within(1, Answer::Yes), [""; 0]);
}

#[test]
fn in_an_outage_each_application_waits_once_and_most_without_its_result() {
    let mut world = World::new(false);
    let count = KEPT + 500;
    for round in 1..4 {
        let started = format!("10:0{round}");
        for index in 0..count {
            let shop = application(&started, "Failed", &[]);
            world.sees(&named(shop, &format!("shop-{index}")));
        }
        assert_eq!(world.targets.waiting(), count);
        assert_eq!(world.targets.kept, KEPT);
        world.within(60, Answer::Down);
    }
    let sent = world.within(3_600, Answer::Yes);
    assert_eq!(sent.len(), 2 * count);
    assert_eq!((world.targets.kept, world.targets.waiting()), (0, 0));
    let shop = named(application("10:01", "Failed", &[]), "shop-7");
    assert_eq!(world.known(&shop), (1, 2));
}

#[test]
fn while_objects_are_listed_batches_wait_to_be_full() {
    let mut targets = Targets::new(false, Timestamp::parse(SINCE).unwrap());
    targets.found(BTreeSet::new());
    let begun = Instant::now();
    let mut sizes = Vec::new();
    for index in 0..100 {
        let now = begun + Duration::from_millis(30) * index;
        let shop = application("10:01", "Succeeded", &[]);
        targets.sighted(sighting(&named(shop, &format!("shop-{index}"))), now);
        if let Some(Batch::Report(items)) = targets.batch(now) {
            sizes.push(items.len());
        }
    }
    assert_eq!(sizes, [BATCH, BATCH]);
    let listed = begun + SECOND * 3;
    assert_eq!(targets.batch(listed), None);
    targets.settle(listed);
    let rest = targets.batch(listed + SECOND);
    assert!(matches!(rest, Some(Batch::Report(items)) if items.len() == 20));
}

#[test]
fn a_batch_fills_two_requests() {
    let mut world = World::new(false);
    for index in 0..100 {
        let shop = application("10:01", "Succeeded", &[]);
        world.sees(&named(shop, &format!("shop-{index}")));
    }
    let later = world.now + SECOND;
    let sizes = std::iter::from_fn(|| match world.targets.batch(later)? {
        Batch::Report(items) => Some(items.len()),
        Batch::Remove(_) => None,
    });
    assert_eq!(sizes.collect::<Vec<_>>(), [BATCH, BATCH, 20]);
}

/// A sync controller that syncs at random, with a history of three.
struct Syncs {
    minute: u32,
    history: Vec<(u64, String)>,
    number: u64,
}

impl Syncs {
    fn next(&mut self, succeeds: bool) -> Value {
        self.minute += 1;
        let started = format!("{:02}:{:02}", self.minute / 60, self.minute % 60);
        if succeeds {
            self.history.push((self.number, started.clone()));
            self.number += 1;
            let old = self.history.len().saturating_sub(3);
            self.history.drain(..old);
        }
        let history = self.history.iter().map(|(id, at)| (*id, at.as_str()));
        let history: Vec<(u64, &str)> = history.collect();
        let phase = if succeeds { "Succeeded" } else { "Failed" };
        application(&started, phase, &history)
    }
}

/// Whatever the catalog does: each run is there once, or is counted.
#[test]
fn whatever_the_catalog_does_each_run_is_there_or_counted() {
    for seed in 0..40 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut syncs = Syncs {
            minute: 0,
            history: Vec::new(),
            number: 0,
        };
        let mut world = World::new(false);
        let mut last = syncs.next(dice.bool());
        world.sees(&last);
        for _ in 0..40 {
            let answer = match dice.u8(..4) {
                0 => Answer::Yes,
                1 => Answer::Lost,
                _ => Answer::Down,
            };
            world.within(dice.u32(..40), answer);
            last = syncs.next(dice.u8(..3) > 0);
            world.sees(&last);
        }
        let total = u64::from(syncs.minute);
        world.within(3_600, Answer::Yes);
        let (there, unseen) = world.known(&last);
        assert_eq!(there + unseen, total, "seed {seed}: {there} and {unseen}");
        assert_eq!(world.within(3_600, Answer::Yes), [""; 0], "seed {seed}");
    }
}

/// A restart forgets failed runs that nobody reported, and invents nothing.
#[test]
fn whatever_restarts_no_run_is_invented() {
    for seed in 0..40 {
        let mut dice = fastrand::Rng::with_seed(seed);
        let mut syncs = Syncs {
            minute: 0,
            history: Vec::new(),
            number: 0,
        };
        let mut world = World::new(false);
        let mut last = syncs.next(true);
        world.sees(&last);
        world.within(60, Answer::Yes);
        let mut failed = 0;
        for _ in 0..40 {
            let answer = match dice.u8(..3) {
                0 => Answer::Yes,
                1 => Answer::Lost,
                _ => Answer::Down,
            };
            world.within(dice.u32(..40), answer);
            if dice.u8(..4) == 0 {
                world = world.restarted();
            }
            let succeeds = dice.bool();
            failed += u64::from(!succeeds);
            last = syncs.next(succeeds);
            world.sees(&last);
        }
        let total = u64::from(syncs.minute);
        world.within(3_600, Answer::Yes);
        let (there, unseen) = world.known(&last);
        let sum = there + unseen;
        assert!(
            sum <= total && sum >= total - failed,
            "seed {seed}: {there}, {unseen} of {total}"
        );
        assert_eq!(world.within(3_600, Answer::Yes), [""; 0], "seed {seed}");
    }
}

#[test]
fn a_run_is_no_target() {
    let mut world = World::new(false);
    let shop = application("10:01", "Succeeded", &[(0, "10:01")]);
    world.sees(&shop);
    world.within(1, Answer::Yes);
    let reported = world.reported(SHOP);
    assert!(
        reported
            .runs
            .iter()
            .all(|run| run.identity.blueprint == RUN)
    );
    assert_eq!(Sighting::clone(&sighting(&shop)).target, SHOP);
}
