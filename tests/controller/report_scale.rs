//! How much it takes: memory and requests, as the number of applications grows.

use std::fs;
use std::time::{Duration, Instant};

use glint_gitops::LocalSandbox;
use serde_json::{Value, json};

use crate::fake::{FakeCluster, kind};
use crate::program::Controller;
use crate::report_syncs::{asked, catalog};

/// What a start on so many applications took.
#[derive(Debug)]
struct Taken {
    requests: usize,
    /// The most memory that was resident.
    kilobytes: u64,
    time: Duration,
}

/// Starts on applications of about 100 kB, 10 entities each, until all are reported.
fn start(applications: usize) -> Taken {
    let cluster = FakeCluster::start();
    let names = (0..applications).map(|it| ("argocd".to_owned(), format!("shop-{it:05}")));
    let template = template();
    cluster.install_lazily(kind::APPLICATION, names, move |identity| {
        let metadata = identity.metadata(&json!({}), &json!({}));
        template.replace("\"METADATA\"", &metadata)
    });
    let catalog = catalog();
    let before = asked(&catalog);
    let begun = Instant::now();
    let report = Controller::report(&cluster, &catalog).start();
    let deadline = begun + Duration::from_secs(900);
    while count(&catalog) < applications {
        assert!(Instant::now() < deadline, "not reported in time");
        std::thread::sleep(Duration::from_millis(50)); // between two looks
    }
    Taken {
        time: begun.elapsed(),
        kilobytes: peak(report.pid()),
        requests: asked(&catalog) - before,
    }
}

/// How many runs the catalog has.
fn count(catalog: &LocalSandbox) -> usize {
    let line = "GET /v1/blueprints/gitopsSync/entities-count";
    let (_, answer) = catalog.call_as("test", line, None);
    answer["count"].as_u64().unwrap_or_default() as usize
}

/// The most memory of a process that was resident, in kB.
fn peak(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let number = line.and_then(|it| it.split_whitespace().next()?.parse().ok());
    number.expect("it tells its memory")
}

/// An Application of 300 resources, 10 of them entities.
fn template() -> String {
    let resource = |index: usize| {
        let (group, name) = match index < 10 {
            true => ("glint.io", "Entity"),
            false => ("apps", "Deployment"),
        };
        json!({
            "group": group, "version": "v1", "kind": name, "namespace": "shop",
            "name": format!("a-rather-long-name-of-a-resource-{index:04}"), "status": "Synced",
            "health": {"status": "Healthy"},
        })
    };
    let resources: Vec<Value> = (0..300).map(resource).collect();
    let synced = resources.iter().map(|resource| {
        let mut resource = resource.clone();
        resource["message"] = json!("deployment.apps/a-rather-long-name-of-a-resource unchanged");
        resource["syncPhase"] = json!("Sync");
        resource
    });
    let synced: Vec<Value> = synced.collect();
    let revision = "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a10";
    let object = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": "METADATA",
        "spec": {
            "source": {"repoURL": "https://github.com/shop/apps", "path": "."},
            "destination": {"server": "https://kubernetes.default.svc"},
        },
        "status": {
            "sync": {"status": "Synced", "revision": revision},
            "health": {"status": "Healthy"},
            "resources": resources,
            "history": (0..10).map(|id| json!({
                "id": id, "revision": revision,
                "deployStartedAt": format!("2020-11-23T10:{id:02}:00Z"),
                "deployedAt": format!("2020-11-23T10:{id:02}:05Z"),
            })).collect::<Vec<_>>(),
            "operationState": {
                "phase": "Succeeded",
                "startedAt": "2020-11-23T10:09:00Z",
                "finishedAt": "2020-11-23T10:09:05Z",
                "syncResult": {"revision": revision, "resources": synced},
            },
        },
    });
    object.to_string()
}

#[test]
fn a_first_start_asks_at_most_once_for_twenty_entities_and_once_for_twenty_runs() {
    let applications = 200;
    let Taken { requests, .. } = start(applications);
    let (entities, runs) = (10 * applications, applications);
    let most = entities.div_ceil(20) + runs.div_ceil(20);
    assert!(requests <= most, "{requests} of {most}");
}

#[test]
#[ignore = "a measurement of minutes: ask for it, in release, on a machine that does nothing else"]
#[expect(clippy::print_stderr, reason = "a measurement")]
fn ten_times_as_many_applications() {
    for applications in [100, 1_000, 10_000] {
        eprintln!("{applications}: {:?}", start(applications));
    }
}
