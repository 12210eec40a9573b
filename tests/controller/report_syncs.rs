//! Every sync is in the catalog: through the whole program, on a cluster and a catalog
//! of the test's own.

use std::process::Command;

use glint_gitops::{LocalOptions, LocalSandbox};
use serde_json::{Value, json};

use crate::fake::{FakeCluster, kind};
use crate::gateway::Gateway;
use crate::program::Controller;
use crate::waiting::{wait_for, wait_until};

/// The same, with what goes wrong.
pub(crate) fn catalog_with(options: LocalOptions) -> LocalSandbox {
    let catalog = LocalSandbox::start_with(options);
    let (_, found) = self::catalog().call_as("test", "GET /v1/blueprints", None);
    let blueprints = found["blueprints"].as_array().into_iter().flatten();
    let made = blueprints.map(|blueprint| {
        let named = ["identifier", "title", "schema", "relations"].into_iter();
        named.map(|name| (name, blueprint[name].clone())).collect()
    });
    let mut made: Vec<Value> = made.collect();
    // Runs lead to targets.
    made.sort_by_key(|blueprint| blueprint["identifier"] == "gitopsSync");
    catalog.seed_as("test", &made, &[]);
    catalog
}

/// A catalog that has the blueprints.
pub(crate) fn catalog() -> LocalSandbox {
    let catalog = LocalSandbox::start();
    let installed = Command::new(env!("CARGO_BIN_EXE_glint-gitops"))
        .args(["report", "--install"])
        .env_clear()
        .envs(catalog.environment())
        .output()
        .expect("the program starts");
    let said = String::from_utf8_lossy(&installed.stderr);
    assert!(installed.status.success(), "{said}");
    catalog
}

pub(crate) fn entities(catalog: &LocalSandbox, blueprint: &str) -> Vec<Value> {
    let line = format!("GET /v1/blueprints/{blueprint}/entities");
    let (status, answer) = catalog.call_as("test", &line, None);
    assert_eq!(status, 200, "{answer}");
    answer["entities"].as_array().cloned().unwrap_or_default()
}

/// Each target in a line, by name: its state, and how many runs nobody saw.
fn targets(catalog: &LocalSandbox) -> Vec<String> {
    let targets = entities(catalog, "gitopsTarget").into_iter().map(|target| {
        let text = |name: &str| {
            target["properties"][name]
                .as_str()
                .unwrap_or("-")
                .to_owned()
        };
        format!(
            "{} {} {} {}",
            target["title"].as_str().unwrap_or("-"),
            text("syncStatus"),
            text("healthStatus"),
            target["properties"]["unseenRuns"]
        )
    });
    let mut targets: Vec<String> = targets.collect();
    targets.sort();
    targets
}

/// Each run in a line, in their order: when it began and how it ended.
fn runs(catalog: &LocalSandbox) -> Vec<String> {
    let runs = entities(catalog, "gitopsSync").into_iter().map(|run| {
        let text = |name: &str| run["properties"][name].as_str().unwrap_or("-").to_owned();
        let at = text("startedAt");
        format!("{} {}", at.get(11..16).unwrap_or("-"), text("phase"))
    });
    let mut runs: Vec<String> = runs.collect();
    runs.sort();
    runs
}

#[track_caller]
fn check(catalog: &LocalSandbox, expected_targets: &[&str], expected_runs: &[&str]) {
    let are_there =
        || (targets(catalog) == expected_targets && runs(catalog) == expected_runs).then_some(());
    wait_for("the catalog to be right", are_there, || {
        format!("{:?}, {:?}", targets(catalog), runs(catalog))
    });
}

/// An Application with one entity: when its last operation began, how it ended, and the
/// numbers and minutes of the syncs in its history.
pub(crate) fn application(
    name: &str,
    started: &str,
    phase: &str,
    history: &[(u64, &str)],
) -> Value {
    let revision = "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a10";
    let time = |clock: &str, second: &str| json!(format!("2099-11-23T{clock}:{second}Z"));
    let history = history.iter().map(|(id, started)| {
        json!({
            "id": id,
            "revision": revision,
            "deployStartedAt": time(started, "00"),
            "deployedAt": time(started, "05"),
        })
    });
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"namespace": "argocd", "name": name},
        "spec": {
            "source": {"repoURL": "https://github.com/shop/apps", "path": "."},
            "destination": {"server": "https://kubernetes.default.svc"},
        },
        "status": {
            "sync": {"status": "Synced"},
            "health": {"status": "Healthy"},
            "resources": [{"group": "glint.io", "kind": "Entity", "namespace": "shop", "name": "pay"}],
            "history": history.collect::<Vec<_>>(),
            "operationState": {
                "phase": phase,
                "startedAt": time(started, "00"),
                "finishedAt": time(started, "05"),
                "syncResult": {"revision": revision},
            },
        },
    })
}

/// The requests of ours since the last ones, tokens left out.
pub(crate) fn asked(catalog: &LocalSandbox) -> usize {
    let calls = catalog.calls();
    let ours = calls
        .iter()
        .filter(|call| call.user_agent.starts_with("glint-gitops/"));
    ours.filter(|call| !call.path.contains("access_token"))
        .count()
}

#[test]
fn each_sync_is_in_the_catalog_once() {
    let cluster = FakeCluster::with(&[kind::APPLICATION]);
    let catalog = catalog();
    cluster.put(application("shop", "10:01", "Succeeded", &[(0, "10:01")]));
    let _report = Controller::report(&cluster, &catalog).start();
    check(&catalog, &["shop Synced Healthy 0"], &["10:01 Succeeded"]);
    cluster.drop_watches();
    cluster.put(application("shop", "10:02", "Failed", &[(0, "10:01")]));
    let two = ["10:01 Succeeded", "10:02 Failed"];
    check(&catalog, &["shop Synced Healthy 0"], &two);
    cluster.expire_watches();
    cluster.put(application("web", "10:03", "Succeeded", &[(0, "10:03")]));
    let three = ["10:01 Succeeded", "10:02 Failed", "10:03 Succeeded"];
    check(
        &catalog,
        &["shop Synced Healthy 0", "web Synced Healthy 0"],
        &three,
    );
    cluster.delete(kind::APPLICATION, "argocd", "shop");
    check(&catalog, &["web Synced Healthy 0"], &["10:03 Succeeded"]);
}

#[test]
fn where_nothing_changed_nothing_is_asked() {
    let cluster = FakeCluster::with(&[kind::APPLICATION]);
    let catalog = catalog();
    cluster.put(application("shop", "10:01", "Succeeded", &[(0, "10:01")]));
    let _report = Controller::report(&cluster, &catalog).start();
    check(&catalog, &["shop Synced Healthy 0"], &["10:01 Succeeded"]);
    let before = asked(&catalog);
    for minute in 0..20 {
        cluster.change(kind::APPLICATION, "argocd", "shop", |object| {
            object["status"]["reconciledAt"] = json!(format!("2099-11-23T11:{minute:02}:00Z"));
        });
    }
    // What is told last was seen last.
    cluster.put(application("web", "10:03", "Succeeded", &[(0, "10:03")]));
    check(
        &catalog,
        &["shop Synced Healthy 0", "web Synced Healthy 0"],
        &["10:01 Succeeded", "10:03 Succeeded"],
    );
    let calls = catalog.calls();
    let since = calls
        .iter()
        .filter(|call| call.user_agent.starts_with("glint-gitops/"));
    let bulk = since.filter(|call| call.path.ends_with("/bulk")).count();
    assert_eq!(bulk, 4, "a target and a run each: {calls:?}");
    assert!(
        asked(&catalog) - before <= 4,
        "read and written once: {calls:?}"
    );
}

#[test]
fn a_kind_that_is_installed_later_is_picked_up() {
    let cluster = FakeCluster::start();
    let catalog = catalog();
    let report = Controller::report(&cluster, &catalog).start();
    report.wait_for_log("applications is not served");
    cluster.install(kind::APPLICATION);
    cluster.put(application("shop", "10:01", "Succeeded", &[(0, "10:01")]));
    check(&catalog, &["shop Synced Healthy 0"], &["10:01 Succeeded"]);
}

#[test]
fn a_kind_that_is_served_no_more_takes_no_target_along() {
    let cluster = FakeCluster::with(&[kind::APPLICATION, kind::KUSTOMIZATION]);
    let catalog = catalog();
    cluster.put(application("shop", "10:01", "Succeeded", &[(0, "10:01")]));
    let mut report = Controller::report(&cluster, &catalog).start();
    check(&catalog, &["shop Synced Healthy 0"], &["10:01 Succeeded"]);
    cluster.uninstall(kind::APPLICATION);
    report.restart();
    report.wait_for_log("applications is not served");
    let kustomization = json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {
            "namespace": "flux-system",
            "name": "infra",
            "annotations": {"gitops.glint.io/report": "true"},
        },
        "spec": {"path": "."},
    });
    cluster.put(kustomization);
    let both = ["infra Unknown Unknown 0", "shop Synced Healthy 0"];
    check(&catalog, &both, &["10:01 Succeeded"]);
}

#[test]
fn what_went_while_nobody_watched_is_removed_and_nothing_else() {
    let cluster = FakeCluster::with(&[kind::APPLICATION]);
    let catalog = catalog();
    for name in ["gone", "shop"] {
        cluster.put(application(name, "10:01", "Succeeded", &[(0, "10:01")]));
    }
    let mut report = Controller::report(&cluster, &catalog).start();
    let two = ["10:01 Succeeded", "10:01 Succeeded"];
    check(
        &catalog,
        &["gone Synced Healthy 0", "shop Synced Healthy 0"],
        &two,
    );
    report.kill();
    cluster.delete(kind::APPLICATION, "argocd", "gone");
    // A list that fails says nothing about what is there.
    cluster.fail_where(usize::MAX, 500, |request| {
        request.resource == "applications"
    });
    report.restart();
    report.wait_for_log("can't be watched now");
    assert_eq!(targets(&catalog).len(), 2);
    cluster.heal();
    check(&catalog, &["shop Synced Healthy 0"], &["10:01 Succeeded"]);
}

#[test]
fn after_an_outage_the_last_result_is_right_and_the_overwritten_are_counted() {
    let cluster = FakeCluster::with(&[kind::APPLICATION]);
    let catalog = catalog();
    let gateway = Gateway::to(catalog.url());
    cluster.put(application("shop", "10:01", "Succeeded", &[(0, "10:01")]));
    let _report = Controller::report(&cluster, &catalog)
        .variable("GLINT_API_URL", gateway.url())
        .start();
    check(&catalog, &["shop Synced Healthy 0"], &["10:01 Succeeded"]);
    gateway.close();
    // Two that fail, and syncs of which the history keeps one: a watch tells each.
    for (started, phase, history) in [
        ("10:02", "Failed", &[(0, "10:01")][..]),
        ("10:03", "Failed", &[(0, "10:01")]),
        ("10:04", "Succeeded", &[(1, "10:04")]),
        ("10:05", "Succeeded", &[(2, "10:05")]),
        ("10:06", "Failed", &[(2, "10:05")]),
    ] {
        cluster.put(application("shop", started, phase, history));
    }
    gateway.open();
    check(
        &catalog,
        &["shop Synced Healthy 3"],
        &["10:01 Succeeded", "10:05 Succeeded", "10:06 Failed"],
    );
}

#[test]
fn in_a_dry_run_nothing_is_written() {
    let cluster = FakeCluster::with(&[kind::APPLICATION]);
    let catalog = catalog();
    cluster.put(application("shop", "10:01", "Succeeded", &[(0, "10:01")]));
    let report = Controller::report(&cluster, &catalog)
        .switch("--dry-run")
        .start();
    report.wait_for_log("would be sent");
    assert_eq!(targets(&catalog), [""; 0]);
}

#[test]
fn only_what_is_watched_is_reported_and_removed() {
    let cluster = FakeCluster::with(&[kind::APPLICATION]);
    let catalog = catalog();
    let mut other = application("other", "10:01", "Succeeded", &[(0, "10:01")]);
    other["metadata"]["namespace"] = json!("team");
    cluster.put(other);
    cluster.put(application("shop", "10:02", "Succeeded", &[(0, "10:02")]));
    let mut report = Controller::report(&cluster, &catalog)
        .flag("--watch-namespaces", "argocd")
        .start();
    check(&catalog, &["shop Synced Healthy 0"], &["10:02 Succeeded"]);
    report.stop();
    let _all = Controller::report(&cluster, &catalog).start();
    let both = ["other Synced Healthy 0", "shop Synced Healthy 0"];
    check(&catalog, &both, &["10:01 Succeeded", "10:02 Succeeded"]);
    // Another shard's targets are none of ours.
    report.restart();
    cluster.put(application("web", "10:03", "Succeeded", &[(0, "10:03")]));
    wait_until("three", || targets(&catalog).len() == 3);
}
