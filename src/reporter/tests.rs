//! Many targets at once, with the sandbox as the catalog: what it holds afterwards, and
//! how many requests that took.

use std::fs;

use serde_json::{Value, json};

use super::{Listed, ReporterError, Writing, remove_many, reported_many, targets, write_many};
use crate::catalog::Dialect;
use crate::catalog_api::{
    ApiUrl, Client, Connection, Credentials, Proxies, Retry, Secret, Timeouts,
};
use crate::report::{
    ClusterName, Options, RUN, Reported, Seen, SyncResult, TARGET, Watch, blueprints, requests,
    sync_result,
};
use crate::sandbox::LocalSandbox;

/// A catalog with the blueprints, and who asks it.
struct World {
    sandbox: LocalSandbox,
    client: Client,
    runtime: tokio::runtime::Runtime,
    told: usize,
}

impl World {
    fn new() -> Self {
        let sandbox = LocalSandbox::start();
        sandbox.seed_as("test", &blueprints(&[]), &[]);
        let client = Client::new(Connection {
            url: ApiUrl::parse(sandbox.url()).unwrap(),
            credentials: Credentials {
                client_id: LocalSandbox::CLIENT_ID.to_owned(),
                client_secret: Secret::new(LocalSandbox::CLIENT_SECRET),
            },
            ca: None,
            proxies: Proxies::default(),
            timeouts: Timeouts::default(),
            retry: Retry::default(),
            seed: 7,
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        let mut world = Self {
            sandbox,
            client: client.unwrap(),
            runtime: runtime.unwrap(),
            told: 0,
        };
        // The first request takes a token along.
        world
            .run(targets(&world.client.clone(), &cluster()))
            .unwrap();
        world.calls();
        world
    }

    fn run<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    fn write(&self, writings: &[Writing]) -> Vec<Result<(), ReporterError>> {
        self.run(write_many(&self.client, writings)).unwrap()
    }

    fn reported(&self, target: &str) -> Reported {
        let asked = [target.to_owned()];
        let mut reported = self.run(reported_many(&self.client, &asked)).unwrap();
        reported.remove(target).unwrap()
    }

    /// The calls since the last time, without the version.
    fn calls(&mut self) -> Vec<String> {
        let calls = self.sandbox.calls();
        let new = calls
            .iter()
            .skip(std::mem::replace(&mut self.told, calls.len()));
        let new = new.filter(|call| call.user_agent.starts_with("glint-gitops/"));
        new.map(|call| format!("{} {}", call.method, call.path.trim_start_matches("/v1/")))
            .collect()
    }
}

fn cluster() -> ClusterName {
    ClusterName::parse("prod").unwrap()
}

fn result(name: &str) -> SyncResult {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/objects/argocd/synced.recorded.json"
    );
    let mut object: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    object["metadata"]["name"] = name.into();
    let options = Options {
        cluster: cluster(),
        dialect: Dialect::Glint,
        source: None,
    };
    sync_result(&object, &options).unwrap()
}

/// What a first report of an application writes.
fn first(name: &str) -> Writing {
    let result = result(name);
    let (none, nobody) = (Reported::default(), Seen::default());
    Writing {
        target: result.subject.identifier(),
        is_new: true,
        requests: requests(&result, &none, &nobody, &Watch::default()),
        surplus: Vec::new(),
    }
}

fn run(target: &str, name: &str) -> (String, Value) {
    let body = json!({
        "identifier": format!("{target}-{name}"),
        "properties": {"phase": "Succeeded"},
        "relations": {"target": target},
    });
    (RUN.to_owned(), body)
}

/// What the blueprint does not know.
fn wrong(mut request: (String, Value)) -> (String, Value) {
    request.1["properties"]["phase"] = json!(7);
    request
}

#[test]
fn twenty_targets_are_one_request_and_so_are_their_runs() {
    let mut world = World::new();
    let writings: Vec<Writing> = (0..40)
        .map(|index| first(&format!("shop-{index}")))
        .collect();
    let results = world.write(&writings);
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let (targets_path, runs_path) = (
        format!("POST blueprints/{TARGET}/entities/bulk"),
        format!("POST blueprints/{RUN}/entities/bulk"),
    );
    let expected = [&targets_path, &targets_path, &runs_path, &runs_path];
    assert_eq!(world.calls(), expected.map(Clone::clone));

    let names: Vec<String> = writings.iter().map(|it| it.target.clone()).collect();
    let reported = world.run(reported_many(&world.client, &names)).unwrap();
    assert_eq!(world.calls().len(), 2, "one search for each blueprint");
    for index in 0..40 {
        let result = result(&format!("shop-{index}"));
        let reported = &reported[&result.subject.identifier()];
        assert_eq!(reported.runs.len(), 1);
        let again = requests(&result, reported, &Seen::default(), &Watch::default());
        assert_eq!(again, []);
    }
    assert_eq!(world.write(&[]).len(), 0);
    assert_eq!(
        world.calls(),
        [""; 0],
        "nothing is sent where nothing changed"
    );
}

#[test]
fn more_runs_than_a_page_holds_are_all_read() {
    let mut world = World::new();
    let mut writing = first("shop");
    let target = writing.target.clone();
    let runs = (0..1_100).map(|index| run(&target, &format!("{index:04}")));
    writing.requests.extend(runs);
    assert!(world.write(&[writing])[0].is_ok());
    world.calls();
    assert_eq!(world.reported(&target).runs.len(), 1_101);
    assert_eq!(world.calls().len(), 3);
}

#[test]
fn a_target_that_is_refused_holds_up_no_other() {
    let world = World::new();
    let (good, mut bad) = (first("good"), first("bad"));
    let last = bad.requests.pop().unwrap();
    bad.requests.push(wrong(last));
    let results = world.write(&[bad.clone(), good.clone()]);
    let error = results[0].as_ref().unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("the catalog does not take a `gitopsSync`"),
        "{error}"
    );
    assert!(!error.is_passing());
    assert!(results[1].is_ok());
    assert_eq!(world.reported(&good.target).runs.len(), 1);
    assert_eq!(world.reported(&bad.target).runs.len(), 0);
}

#[test]
fn what_a_target_counts_is_told_after_its_runs() {
    let world = World::new();
    let mut writing = first("shop");
    let target = writing.target.clone();
    let good = writing.requests.clone();
    writing.requests.push(wrong(run(&target, "second")));
    assert!(world.write(&[writing.clone()])[0].is_err());
    let half = world.reported(&target).target.unwrap();
    assert_eq!(half.properties["syncStatus"], "Synced");
    assert_eq!(half.properties.get("unseenRuns"), None);
    writing.requests = good;
    writing.requests.push(run(&target, "second"));
    assert!(world.write(&[writing.clone()])[0].is_ok());
    let whole = world.reported(&target).target.unwrap();
    assert_eq!(whole.properties["unseenRuns"], 0);

    // One that is there is written after its runs as a whole.
    writing.is_new = false;
    writing.requests[0].1["properties"]["syncStatus"] = json!("OutOfSync");
    writing.requests.push(wrong(run(&target, "third")));
    assert!(world.write(&[writing])[0].is_err());
    let before = world.reported(&target).target.unwrap();
    assert_eq!(before.properties["syncStatus"], "Synced");
}

#[test]
fn old_runs_go_with_those_of_others_in_one_request() {
    let mut world = World::new();
    let mut writings = [first("one"), first("two")];
    for writing in &mut writings {
        let target = writing.target.clone();
        writing.requests.push(run(&target, "old"));
    }
    world.write(&writings);
    world.calls();
    for writing in &mut writings {
        writing.requests.clear();
        writing.surplus = vec![format!("{}-old", writing.target)];
    }
    assert!(world.write(&writings).iter().all(Result::is_ok));
    let expected = [format!("POST blueprints/{RUN}/bulk/entities/delete")];
    assert_eq!(world.calls(), expected);
    assert_eq!(world.reported(&writings[0].target).runs.len(), 1);
}

#[test]
fn the_targets_of_a_cluster_are_told_by_their_objects() {
    let world = World::new();
    let shop = first("shop");
    let mut elsewhere = first("other");
    elsewhere.requests[0].1["properties"]["cluster"] = json!("another");
    world.write(&[shop.clone(), elsewhere]);
    let expected = Listed {
        identifier: shop.target,
        namespace: "argocd".to_owned(),
        name: "shop".to_owned(),
    };
    let listed = world.run(targets(&world.client, &cluster())).unwrap();
    assert_eq!(listed, [expected]);
}

#[test]
fn targets_go_with_their_runs_and_those_that_others_need_stay() {
    let world = World::new();
    let writings = ["one", "two", "needed"].map(first);
    world.write(&writings);
    let needs = json!({
        "identifier": "dashboard",
        "title": "Dashboard",
        "schema": {"properties": {}, "required": []},
        "relations": {"of": {"target": TARGET, "required": true, "many": false}},
    });
    let entity = json!({"identifier": "d", "relations": {"of": writings[2].target}});
    world
        .sandbox
        .seed_as("test", &[needs], &[("dashboard", entity)]);
    let names = writings.each_ref().map(|it| it.target.clone());
    let stay = world.run(remove_many(&world.client, &names)).unwrap();
    assert_eq!(stay, [names[2].clone()].into());
    for (name, is_there) in names.iter().zip([false, false, true]) {
        let reported = world.reported(name);
        assert_eq!(
            (reported.target.is_some(), reported.runs.len()),
            (is_there, 0)
        );
    }
    let none = world.run(remove_many(&world.client, &names[..2])).unwrap();
    assert!(none.is_empty());
}

#[test]
fn without_the_blueprints_it_is_said_what_to_do() {
    let world = World::new();
    let line = format!("DELETE /v1/blueprints/{RUN}");
    assert_eq!(world.sandbox.call_as("test", &line, None).0, 200);
    let asked = ["prod-argocd-shop-1".to_owned()];
    let error = world.run(reported_many(&world.client, &asked)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the catalog has no blueprint `gitopsSync`; run `glint-gitops report --install` once"
    );
    assert!(!error.is_passing());
}
