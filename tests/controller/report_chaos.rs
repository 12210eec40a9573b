//! Whatever goes wrong: the last result of each application is right, each run is in the
//! catalog once, and those that nobody reported are counted, each of them that anybody
//! can know of.
//!
//! A sync that succeeds has a number, and so a gap proves it. Of one that fails nothing
//! is left once the next has begun: who watched knows of it, and nobody else. So one that
//! was neither in the catalog nor counted there when the controller was killed, and that
//! another followed before its successor looked, is lost. The test can tell which those
//! are, since the catalog then stands still, and holds the count to all others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use glint_gitops::{LocalOptions, LocalSandbox};
use serde_json::{Value, json};

use crate::fake::request::Request;
use crate::fake::{FakeCluster, kind};
use crate::program::Controller;
use crate::report_syncs::{application, catalog_with, entities};
use crate::waiting::{wait_for, wait_until};

/// How many applications sync.
const APPLICATIONS: usize = 20;

/// How many syncs there are in all.
const SYNCS: usize = 1_000;

/// How often the controller is killed.
const KILLS: usize = 20;

/// How many syncs there are while it is away.
const AWAY: usize = 5;

/// How many syncs an application's history holds, as Argo CD's.
const HISTORY: usize = 10;

/// One application's syncs.
#[derive(Clone, Default)]
struct Syncs {
    minute: usize,
    number: u64,
    history: Vec<(u64, String)>,
    /// When those began that failed.
    failed: Vec<String>,
    /// How many of them nobody can know of.
    lost: usize,
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
            self.failed.push(self.started());
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
    /// The numbers of its runs.
    numbers: BTreeSet<u64>,
    /// Up to which number the gaps are counted.
    number: Option<u64>,
}

fn known(catalog: &LocalSandbox) -> BTreeMap<String, Known> {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for target in entities(catalog, "gitopsTarget") {
        let name = target["title"].as_str().expect("it has one").to_owned();
        let identifier = target["identifier"].as_str().expect("it has one");
        names.insert(identifier.to_owned(), name.clone());
        let number = |name: &str| target["properties"][name].as_f64().map(|it| it as u64);
        let known = known.entry(name).or_default();
        known.unseen = number("unseenRuns").unwrap_or_default() as usize;
        known.number = number("runNumber");
    }
    for run in entities(catalog, "gitopsSync") {
        let target = run["relations"]["target"].as_str().expect("it has one");
        let known = known.entry(names[target].clone()).or_default();
        let text = |name: &str| run["properties"][name].as_str().unwrap_or("-").to_owned();
        let line = format!("{} {}", text("startedAt"), text("phase"));
        known.last = known.last.clone().max(line);
        known.runs.insert(text("startedAt"));
        let number = run["properties"]["number"].as_f64();
        known.numbers.extend(number.map(|it| it as u64));
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
        // The Lease of one that was killed runs out by itself, and slowly.
        .switch("--enable-leader-election=false")
        .start();
    wait_for(
        "each to be known",
        || {
            (known(&catalog).values().filter(|it| it.count == 1).count() == APPLICATIONS)
                .then_some(())
        },
        String::new,
    );
    let mut sync = |syncs: &mut [Syncs]| {
        let index = dice.usize(..APPLICATIONS);
        let succeeds = dice.u8(..4) > 0;
        cluster.put(syncs[index].next(&names[index], succeeds));
    };
    for done in APPLICATIONS..SYNCS - KILLS * AWAY {
        sync(&mut syncs);
        if done % 17 == 0 {
            cluster.drop_watches();
        }
        if done % 170 == 0 {
            see(&cluster, &format!("marker-{done}"));
            cluster.forget_requests();
            cluster.expire_watches();
            wait_for_list(&cluster);
        }
        if done % ((SYNCS - KILLS * AWAY) / KILLS) == 0 {
            report.kill();
            settle(&catalog);
            let known = known(&catalog);
            (0..AWAY).for_each(|_| sync(&mut syncs));
            for (name, syncs) in names.iter().zip(&mut syncs) {
                syncs.lost = lost(&known[name], syncs);
            }
            cluster.forget_requests();
            report.restart();
            wait_for_list(&cluster);
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
                let (Known { count, unseen, .. }, Syncs { minute, lost, .. }) = (known, syncs);
                format!("{count} and {unseen} of {minute}, of which {lost} are lost")
            },
        );
    }
}

/// Whether each run that anybody can know of is there once, or counted.
fn is_counted(known: &Known, syncs: &Syncs) -> bool {
    let sum = known.count + known.unseen;
    known.runs.len() == known.count && sum + syncs.lost == syncs.minute
}

/// How many syncs nobody can know of who begins to watch now, after a controller left
/// this in the catalog: those that failed, but for the newest, which the object tells.
fn lost(known: &Known, syncs: &Syncs) -> usize {
    let newest = syncs.started();
    let is_told = |started: &&String| known.runs.contains(*started) || **started == newest;
    let untold = syncs.failed.iter().filter(|it| !is_told(it)).count();
    let numbers = known.number.map_or(0..0, |number| 0..number + 1);
    let gaps = numbers.filter(|it| !known.numbers.contains(it)).count();
    untold - (known.unseen - gaps)
}

/// Waits until the controller has seen all that happened so far: it looks for what is
/// gone.
fn see(cluster: &FakeCluster, marker: &str) {
    cluster.put(json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"namespace": "argocd", "name": marker},
    }));
    cluster.delete(kind::APPLICATION, "argocd", marker);
    cluster.wait_until("it to be looked for", |cluster| {
        let requests = cluster.requests();
        requests
            .iter()
            .any(|it| it.verb == "get" && it.name == marker)
    });
}

/// Waits until all applications were listed: then they are watched.
fn wait_for_list(cluster: &FakeCluster) {
    cluster.wait_until("a list", |cluster| {
        let requests = cluster.requests();
        let is = |it: &Request, verb: &str| it.verb == verb && it.resource == "applications";
        let mut since = requests.iter().skip_while(|it| !is(it, "list"));
        since.any(|it| is(it, "watch"))
    });
}

/// Waits until the catalog has done whatever it was asked for by who is dead: then no
/// connection to it is left.
fn settle(catalog: &LocalSandbox) {
    let port = catalog
        .url()
        .rsplit(':')
        .next()
        .and_then(|it| it.parse().ok());
    let port: u16 = port.expect("it has one");
    let local = format!(":{port:04X}");
    wait_until("the last answer", || {
        let table = fs::read_to_string("/proc/net/tcp").expect("Linux");
        let mut connections = table.lines().map(|line| {
            let mut fields = line.split_whitespace().skip(1);
            (fields.next(), fields.nth(1))
        });
        // Established, or closed by the other side alone.
        !connections.any(|(address, state)| {
            address.is_some_and(|it| it.ends_with(&local)) && matches!(state, Some("01" | "08"))
        })
    });
}
