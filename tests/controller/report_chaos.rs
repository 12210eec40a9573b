//! Whatever goes wrong: the last result of each application is right, each run is in the
//! catalog once, and those that nobody can know of are counted.

use std::collections::{BTreeMap, BTreeSet};

use glint_gitops::{LocalOptions, LocalSandbox};
use serde_json::Value;

use crate::fake::{FakeCluster, kind};
use crate::program::Controller;
use crate::report_syncs::{application, catalog_with, entities};
use crate::waiting::wait_for;

/// How many applications sync.
const APPLICATIONS: usize = 20;

/// How many syncs there are in all.
const SYNCS: usize = 1_000;

/// How often the controller is killed.
const KILLS: usize = 20;

/// How many syncs an application's history holds, as Argo CD's.
const HISTORY: usize = 10;

/// One application's syncs.
#[derive(Clone, Default)]
struct Syncs {
    minute: usize,
    number: u64,
    history: Vec<(u64, String)>,
    /// Those that failed.
    failed: usize,
    last: &'static str,
}

impl Syncs {
    /// One more, and the object as it is then.
    fn next(&mut self, name: &str, succeeds: bool) -> Value {
        let started = format!("{:02}:{:02}", self.minute / 60, self.minute % 60);
        self.minute += 1;
        self.last = if succeeds { "Succeeded" } else { "Failed" };
        if succeeds {
            self.history.push((self.number, started.clone()));
            self.number += 1;
            let old = self.history.len().saturating_sub(HISTORY);
            self.history.drain(..old);
        } else {
            self.failed += 1;
        }
        let history = self.history.iter().map(|(id, at)| (*id, at.as_str()));
        let history: Vec<(u64, &str)> = history.collect();
        application(name, &started, self.last, &history)
    }

    /// When the last one began.
    fn started(&self) -> String {
        let last = self.minute - 1;
        format!("2099-11-23T{:02}:{:02}:00Z", last / 60, last % 60)
    }
}

/// What the catalog knows of an application.
#[derive(Default)]
struct Known {
    runs: BTreeSet<String>,
    count: usize,
    unseen: usize,
    last: String,
}

fn known(catalog: &LocalSandbox) -> BTreeMap<String, Known> {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for target in entities(catalog, "gitopsTarget") {
        let name = target["title"].as_str().expect("it has one").to_owned();
        let identifier = target["identifier"].as_str().expect("it has one");
        names.insert(identifier.to_owned(), name.clone());
        let unseen = target["properties"]["unseenRuns"].as_f64();
        known.entry(name).or_default().unseen = unseen.unwrap_or_default() as usize;
    }
    for run in entities(catalog, "gitopsSync") {
        let target = run["relations"]["target"].as_str().expect("it has one");
        let known = known.entry(names[target].clone()).or_default();
        let text = |name: &str| run["properties"][name].as_str().unwrap_or("-").to_owned();
        let line = format!("{} {}", text("startedAt"), text("phase"));
        known.last = known.last.clone().max(line);
        known.runs.insert(text("startedAt"));
        known.count += 1;
    }
    known
}

#[test]
fn a_thousand_syncs_while_everything_fails() {
    let mut dice = fastrand::Rng::with_seed(7);
    let cluster = FakeCluster::with(&[kind::APPLICATION]);
    let catalog = catalog_with(LocalOptions {
        faults: "500=0.1,503=0.1,429=0.05,cut=0.05,retry-after=0".to_owned(),
        seed: 11,
        ..LocalOptions::default()
    });
    let names: Vec<String> = (0..APPLICATIONS).map(|it| format!("shop-{it}")).collect();
    let mut syncs = vec![Syncs::default(); APPLICATIONS];
    // Each is reported once before the storm: who was never reported began to be watched
    // when the controller began.
    for (name, syncs) in names.iter().zip(&mut syncs) {
        cluster.put(syncs.next(name, true));
    }
    let mut report = Controller::report(&cluster, &catalog)
        .flag("--keep-runs", "1000")
        .start();
    wait_for(
        "each to be known",
        || {
            (known(&catalog).values().filter(|it| it.count == 1).count() == APPLICATIONS)
                .then_some(())
        },
        String::new,
    );
    for done in APPLICATIONS..SYNCS {
        let index = dice.usize(..APPLICATIONS);
        let succeeds = dice.u8(..4) > 0;
        cluster.put(syncs[index].next(&names[index], succeeds));
        if done % 17 == 0 {
            cluster.drop_watches();
        }
        if done % 170 == 0 {
            cluster.expire_watches();
        }
        if done % (SYNCS / KILLS) == 0 {
            report.kill();
            report.restart();
        }
    }
    let is_right = || {
        let known = known(&catalog);
        let mut all = names.iter().zip(&syncs);
        all.all(|(name, syncs)| {
            let last = format!("{} {}", syncs.started(), syncs.last);
            known.get(name).is_some_and(|known| known.last == last)
        })
        .then_some(())
    };
    wait_for("each last result to be right", is_right, || {
        let known = known(&catalog);
        let lasts = known
            .iter()
            .map(|(name, it)| format!("{name}: {}", it.last));
        lasts.collect::<Vec<_>>().join("\n")
    });
    for (name, syncs) in names.iter().zip(&syncs) {
        // A target is written after its runs.
        wait_for(
            &format!("the runs of {name} to be there or counted"),
            || is_counted(&known(&catalog)[name], syncs).then_some(()),
            || {
                let known = &known(&catalog)[name];
                let (Known { count, unseen, .. }, Syncs { minute, failed, .. }) = (known, syncs);
                format!("{count} and {unseen} of {minute}, {failed} failed")
            },
        );
    }
}

/// Whether each run is there once or counted; of one that failed nothing is left where
/// the controller was killed before it could say anything.
fn is_counted(known: &Known, syncs: &Syncs) -> bool {
    let sum = known.count + known.unseen;
    known.runs.len() == known.count && sum <= syncs.minute && sum + syncs.failed >= syncs.minute
}
