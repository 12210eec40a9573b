//! Many targets at once: what the catalog holds of them, and what is sent to it.
//!
//! Invariant: a target that the catalog did not hold is written before its runs, one
//! that it held is written after them, and old runs go last. So whoever is stopped in
//! between finds out by reading again what is missing, and no run is counted as unseen
//! that is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::ReporterError;
use super::send::{DELETED, delete};
use crate::catalog::Record;
use crate::catalog_api::{Client, Upsert};
use crate::report::{ClusterName, RUN, Reported, TARGET};

/// What counts the runs of a target. Of a new one it is told once they are there.
const COUNTS: [&str; 2] = ["runNumber", "unseenRuns"];

/// What is to be written of one target.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Writing {
    /// Its identifier.
    pub target: String,
    /// Whether the catalog does not hold it yet.
    pub is_new: bool,
    /// The upserts of it and of its runs, as `report` gives them.
    pub requests: Vec<(String, Value)>,
    /// The runs to remove afterwards.
    pub surplus: Vec<String>,
}

/// A target of the catalog's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its identifier.
    pub identifier: String,
    /// The namespace of the application's object.
    pub namespace: String,
    /// The name of the application's object.
    pub name: String,
}

/// All targets of a cluster.
///
/// # Errors
/// The catalog can't be asked, or has no such blueprint; that says nothing about them.
pub(crate) async fn targets(
    client: &Client,
    cluster: &ClusterName,
) -> Result<Vec<Listed>, ReporterError> {
    let query = json!({
        "combinator": "and",
        "rules": [{"property": "cluster", "operator": "=", "value": cluster.to_string()}],
    });
    let found = all(client, TARGET, &query).await?;
    let listed = found.into_iter().filter_map(|record| {
        let namespace = record.properties.get("namespace")?.as_str()?.to_owned();
        Some(Listed {
            namespace,
            name: record.title?,
            identifier: record.identity.identifier,
        })
    });
    Ok(listed.collect())
}

/// What was reported of targets before: one search for them and one for their runs, or
/// one for each thousand of those.
///
/// # Errors
/// The catalog can't be asked; that says nothing about what it holds.
pub(crate) async fn reported_many(
    client: &Client,
    targets: &[String],
) -> Result<BTreeMap<String, Reported>, ReporterError> {
    let mut reported: BTreeMap<String, Reported> = targets
        .iter()
        .map(|target| (target.clone(), Reported::default()))
        .collect();
    if targets.is_empty() {
        return Ok(reported);
    }
    let query = json!({
        "combinator": "and",
        "rules": [{"property": "$identifier", "operator": "in", "value": targets}],
    });
    for record in all(client, TARGET, &query).await? {
        if let Some(reported) = reported.get_mut(&record.identity.identifier) {
            reported.target = Some(record);
        }
    }
    for run in runs(client, targets).await? {
        let identifier = &run.identity.identifier;
        if let Some(target) = targets.iter().find(|target| is_of(identifier, target))
            && let Some(reported) = reported.get_mut(target)
        {
            reported.runs.push(run);
        }
    }
    Ok(reported)
}

/// An identifier ends in a digest, so no other target's runs begin like this.
fn is_of(run: &str, target: &str) -> bool {
    run.strip_prefix(target)
        .is_some_and(|rest| rest.starts_with('-'))
}

async fn runs(client: &Client, targets: &[String]) -> Result<Vec<Record>, ReporterError> {
    let rules = targets.iter().map(|target| {
        json!({"property": "$identifier", "operator": "beginsWith", "value": format!("{target}-")})
    });
    let query = json!({"combinator": "or", "rules": rules.collect::<Vec<_>>()});
    all(client, RUN, &query).await
}

async fn all(
    client: &Client,
    blueprint: &str,
    query: &Value,
) -> Result<Vec<Record>, ReporterError> {
    let mut all = Vec::new();
    let mut from: Option<String> = None;
    loop {
        let page = client.search_blueprint(blueprint, Some(query), from.as_deref());
        let (found, next) = page.await.map_err(ReporterError::of_search)?;
        let is_last = found.is_empty() || next.is_none() || next == from;
        all.extend(found);
        if is_last {
            return Ok(all);
        }
        from = next;
    }
}

/// Writes targets and their runs, 20 of a blueprint in a request; one result for each,
/// in their order. One that fails does not hold up the others.
///
/// # Errors
/// The catalog can't be written to at all; how far it came is then not told.
pub(crate) async fn write_many(
    client: &Client,
    writings: &[Writing],
) -> Result<Vec<Result<(), ReporterError>>, ReporterError> {
    let mut results: Vec<Result<(), ReporterError>> = writings.iter().map(|_| Ok(())).collect();
    for step in [Step::New, Step::Runs, Step::Known] {
        let mut sent: Vec<(usize, (String, Value))> = Vec::new();
        for (index, writing) in writings.iter().enumerate() {
            if results[index].is_ok() {
                sent.extend(step.of(writing).into_iter().map(|request| (index, request)));
            }
        }
        let (places, requests): (Vec<usize>, Vec<_>) = sent.into_iter().unzip();
        if requests.is_empty() {
            continue;
        }
        let blueprints: Vec<String> = requests.iter().map(|(it, _)| it.clone()).collect();
        let how = Upsert {
            merge: true,
            ..Upsert::default()
        };
        let outcomes = client.upsert_all(requests, how).await?;
        for ((index, blueprint), outcome) in places.into_iter().zip(blueprints).zip(outcomes) {
            if let Err(error) = outcome {
                results[index] = Err(ReporterError::NotTaken { blueprint, error });
            }
        }
    }
    let written = writings.iter().zip(&results).filter(|(_, it)| it.is_ok());
    let surplus: Vec<String> = written.flat_map(|(it, _)| it.surplus.clone()).collect();
    delete(client, &surplus).await?;
    Ok(results)
}

/// What is written at a time.
#[derive(Clone, Copy)]
enum Step {
    /// Targets that are not there.
    New,
    /// All runs.
    Runs,
    /// Targets that are there, and what new ones count.
    Known,
}

impl Step {
    fn of(self, writing: &Writing) -> Vec<(String, Value)> {
        let is_run = |(blueprint, _): &&(String, Value)| blueprint == RUN;
        let (runs, targets): (Vec<_>, Vec<_>) = writing.requests.iter().partition(is_run);
        // One run is either there or the newest, which is told anyhow.
        let is_split = writing.is_new && runs.len() > 1;
        match (self, writing.is_new) {
            (Self::Runs, _) => runs.into_iter().cloned().collect(),
            (Self::New, true) if is_split => counted(targets, false),
            (Self::Known, true) if is_split => counted(targets, true),
            (Self::New, true) | (Self::Known, false) => targets.into_iter().cloned().collect(),
            (Self::New, false) | (Self::Known, true) => Vec::new(),
        }
    }
}

/// Targets with what they count alone, or with all but that.
fn counted(targets: Vec<&(String, Value)>, is_counts: bool) -> Vec<(String, Value)> {
    let part = |(blueprint, body): &(String, Value)| {
        let mut body = body.clone();
        if let Some(properties) = body["properties"].as_object_mut() {
            properties.retain(|name, _| COUNTS.contains(&name.as_str()) == is_counts);
        }
        (blueprint.clone(), body)
    };
    targets.into_iter().map(part).collect()
}

/// Removes targets with their runs; those that others of the catalog need stay.
///
/// # Errors
/// The catalog can't be written to.
pub(crate) async fn remove_many(
    client: &Client,
    targets: &[String],
) -> Result<BTreeSet<String>, ReporterError> {
    let mut needed = BTreeSet::new();
    if targets.is_empty() {
        return Ok(needed);
    }
    let found = runs(client, targets).await?.into_iter();
    let found: Vec<String> = found.map(|run| run.identity.identifier).collect();
    delete(client, &found).await?;
    for targets in targets.chunks(DELETED) {
        match client.delete_bulk(TARGET, targets).await {
            Ok(_) => {}
            Err(error) if error.code() == Some("has_dependents") => {
                for target in targets {
                    let one = std::slice::from_ref(target);
                    match client.delete_bulk(TARGET, one).await {
                        Ok(_) => {}
                        Err(error) if error.code() == Some("has_dependents") => {
                            needed.insert(target.clone());
                        }
                        Err(error) => return Err(ReporterError::Target(error)),
                    }
                }
            }
            Err(error) => return Err(ReporterError::Target(error)),
        }
    }
    Ok(needed)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::{Listed, Writing, remove_many, reported_many, targets, write_many};
    use crate::catalog::Dialect;
    use crate::catalog_api::{
        ApiUrl, Client, Connection, Credentials, Proxies, Retry, Secret, Timeouts,
    };
    use crate::report::{
        ClusterName, Options, RUN, Reported, Seen, SyncResult, TARGET, Watch, blueprints, requests,
        sync_result,
    };
    use crate::reporter::ReporterError;
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
}
