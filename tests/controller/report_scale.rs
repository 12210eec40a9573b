//! How much it takes: memory, time and requests, as the number of applications grows.

use std::fs;
use std::time::{Duration, Instant};

use glint_gitops::LocalSandbox;
use serde_json::{Value, json};

use crate::fake::kind;
use crate::fake::request::Request;
use crate::program::Controller;
use crate::report_syncs::asked;
use crate::report_world::{ENTITIES, RESOURCES, World};
use crate::waiting::wait_until;

/// How long a start may take before it is called stuck.
const STUCK: Duration = Duration::from_secs(1_800);

/// How long it is watched where nothing changes.
const STEADY: Duration = Duration::from_secs(30);

/// The most memory that a start may take, in MB.
const MOST_MEMORY: u64 = 300;

/// How long it may take until all is reported.
const MOST_TIME: Duration = Duration::from_secs(120);

/// How far a start has come, and what that took.
#[derive(Debug)]
struct Taken {
    time: Duration,
    /// Requests to the catalog.
    requests: usize,
    /// The most memory that was resident, and what is resident now, in MB.
    peak: u64,
    #[expect(dead_code, reason = "a measurement prints it")]
    resident: u64,
    /// Of one core.
    #[expect(dead_code, reason = "a measurement prints it")]
    processor: Duration,
}

/// A controller that has just been started in a world.
struct Start {
    world: World,
    report: Controller,
    before: usize,
    begun: Instant,
}

impl Start {
    fn of(applications: usize, resources: usize) -> Self {
        let world = World::of(applications, resources);
        let before = asked(&world.catalog);
        let begun = Instant::now();
        let report = Controller::report(&world.cluster, &world.catalog)
            .flag("--integration", "glint")
            .flag("--sweep", "1000h")
            // As the Deployments set it.
            .variable("MALLOC_ARENA_MAX", "1")
            .start();
        Self {
            world,
            report,
            before,
            begun,
        }
    }

    /// Every application and its run is in the catalog.
    fn is_reported(&self) -> bool {
        let catalog = &self.world.catalog;
        let expected = self.world.targets();
        count(catalog, "gitopsSync") == expected && count(catalog, "gitopsTarget") == expected
    }

    /// Every application shows in the catalog that it has all of its entities.
    fn is_compared(&self) -> bool {
        let rule = json!({
            "property": "deliveredEntities", "operator": "!=", "value": ENTITIES,
        });
        let query = json!({"combinator": "and", "rules": [rule]});
        let body = json!({"query": query, "limit": 1, "include": ["identifier"]});
        let line = "POST /v1/blueprints/gitopsTarget/entities/search";
        let (_, answer) = self.world.catalog.call_as("test", line, Some(body));
        self.is_reported() && answer["entities"] == json!([])
    }

    /// Every entity says in its status that the catalog has it.
    fn is_told(&self) -> bool {
        let is_status = |it: &Request| it.verb == "patch" && it.subresource == "status";
        let told = self.world.cluster.count_requests(is_status);
        told >= self.world.entities()
    }

    fn wait_until(&self, is_so: impl Fn(&Self) -> bool) -> Taken {
        while !is_so(self) {
            assert!(self.begun.elapsed() < STUCK, "it is stuck");
            std::thread::sleep(Duration::from_millis(100)); // between two looks
        }
        self.taken()
    }

    fn requests(&self) -> usize {
        asked(&self.world.catalog) - self.before
    }

    /// One for twenty entities, and one for twenty runs.
    fn most_requests(&self) -> usize {
        self.world.entities().div_ceil(20) + self.world.targets().div_ceil(20)
    }

    fn taken(&self) -> Taken {
        let pid = self.report.pid();
        Taken {
            time: self.begun.elapsed(),
            requests: self.requests(),
            peak: megabytes(pid, "VmHWM:"),
            resident: megabytes(pid, "VmRSS:"),
            processor: processor(pid),
        }
    }
}

/// How many entities of a blueprint the catalog has.
fn count(catalog: &LocalSandbox, blueprint: &str) -> usize {
    let line = format!("GET /v1/blueprints/{blueprint}/entities-count");
    let (_, answer) = catalog.call_as("test", &line, None);
    answer["count"].as_u64().unwrap_or_default() as usize
}

/// What a process tells of its memory.
fn megabytes(pid: u32, name: &str) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|it| it.split_whitespace().next()?.parse::<u64>().ok());
    number.expect("it tells its memory").div_ceil(1_000)
}

/// How long a process was at work, in all of its threads.
fn processor(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let (_, fields) = stat.rsplit_once(") ").expect("a name in parentheses");
    let ticks = fields.split(' ').skip(11).take(2).map(str::parse::<u64>);
    let ticks: u64 = ticks.map(|it| it.expect("a number")).sum();
    Duration::from_millis(ticks * 10)
}

#[test]
fn a_first_start_asks_at_most_once_for_twenty_entities_and_once_for_twenty_runs() {
    let start = Start::of(100, RESOURCES);
    let taken = start.wait_until(Start::is_compared);
    let most = start.most_requests();
    assert!(taken.requests <= most, "{} of {most}", taken.requests);
}

#[test]
fn where_nothing_changed_nothing_is_asked() {
    // Small ones, in several batches.
    let start = Start::of(100, ENTITIES);
    start.wait_until(|it| it.is_compared() && it.is_told());
    let World {
        cluster, catalog, ..
    } = &start.world;
    let before = start.requests();
    // Argo CD compares again, and Flux applies again: nothing comes of that.
    for mut application in cluster.list(kind::APPLICATION) {
        application["status"]["reconciledAt"] = json!("2026-11-23T10:00:00Z");
        cluster.put(application);
    }
    for mut kustomization in cluster.list(kind::KUSTOMIZATION) {
        let history = &mut kustomization["status"]["history"][0];
        history["lastReconciled"] = json!("2026-11-23T10:00:00Z");
        history["totalReconciliations"] = json!(2);
        cluster.put(kustomization);
    }
    // One that is new is seen after all of that.
    cluster.put(new_application());
    let runs = start.world.targets() + 1;
    wait_until("the new one to be reported", || {
        count(catalog, "gitopsSync") == runs
    });
    let asked = start.requests() - before;
    assert!(asked <= 8, "{asked} requests for one application");
}

/// An Application without entities that is reported all the same.
fn new_application() -> Value {
    let mut application = crate::report_syncs::application("new", "10:00", "Succeeded", &[]);
    application["metadata"]["annotations"] = json!({"gitops.glint.io/report": "true"});
    application["status"]["resources"] = json!([]);
    application
}

#[test]
#[ignore = "a measurement of many minutes: ask for it, in release, on a machine that does nothing else"]
fn ten_times_as_many_applications() {
    for applications in [100, 1_000, 10_000] {
        measure(applications);
    }
}

#[test]
#[ignore = "a measurement of many minutes: ask for it, in release, on a machine that does nothing else"]
fn ten_thousand_applications() {
    measure(10_000);
}

/// Prints what a start takes, step by step, and holds it to what it may take.
#[expect(clippy::print_stderr, reason = "a measurement")]
fn measure(applications: usize) {
    let start = Start::of(applications, RESOURCES);
    let most = start.most_requests();
    eprintln!("{applications} applications, at most {most} requests");
    let reported = start.wait_until(Start::is_reported);
    eprintln!("  reported {reported:?}");
    let compared = start.wait_until(Start::is_compared);
    eprintln!("  compared {compared:?}");
    let told = start.wait_until(Start::is_told);
    eprintln!("  told     {told:?}");
    let before = start.requests();
    std::thread::sleep(STEADY); // what is measured: a time in which nothing changes
    let steady = start.taken();
    let asked = steady.requests - before;
    eprintln!("  {asked} requests in {STEADY:?} {steady:?}");
    assert!(reported.time <= MOST_TIME && compared.requests <= most);
    assert!(steady.peak <= MOST_MEMORY && asked == 0);
}
