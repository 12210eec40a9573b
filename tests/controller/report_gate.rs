//! What gates are answered and notification-controller is told, from a sync to the
//! entity in the catalog.

use glint_gitops::LocalSandbox;
use serde_json::{Value, json};

use crate::delivery_loop::{entity, fill, generic, report, send};
use crate::fake::{FakeCluster, Told, kind};
use crate::program::Controller;
use crate::recorder::Recorder;
use crate::report_syncs::catalog_with;
use crate::waiting::wait_for;

const COMMIT: &str = "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a10";
const OTHER: &str = "0b8e6f1c2d3a4b5c6d7e8f90a1b2c3d4e5f60718";

fn catalog() -> LocalSandbox {
    let catalog = catalog_with(glint_gitops::LocalOptions::default());
    fill(&catalog, &generic());
    catalog
}

fn cluster() -> FakeCluster {
    FakeCluster::with(&[
        kind::APPLICATION,
        kind::KUSTOMIZATION,
        kind::ENTITY,
        kind::CLUSTER_ENTITY,
    ])
}

/// An Application that declares `shop/pay`, and was synced to a commit at that minute.
fn application(commit: &str, minute: u32) -> Value {
    let time = |second: u32| format!("2099-11-23T10:{minute:02}:{second:02}Z");
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"namespace": "argocd", "name": "shop"},
        "spec": {
            "source": {"repoURL": "https://github.com/shop/apps", "path": "."},
            "destination": {"server": "https://kubernetes.default.svc"},
        },
        "status": {
            "sync": {"status": "Synced", "revision": commit},
            "health": {"status": "Healthy"},
            "resources": [{"group": "glint.io", "kind": "Entity", "namespace": "shop", "name": "pay"}],
            "history": [{
                "id": minute, "revision": commit,
                "deployStartedAt": time(0), "deployedAt": time(5),
            }],
            "operationState": {
                "phase": "Succeeded", "startedAt": time(0), "finishedAt": time(5),
                "syncResult": {"revision": commit},
            },
        },
    })
}

/// A Kustomization of pull request 17 that declares `shop/pay`, with a commit applied.
fn kustomization(commit: &str) -> Value {
    let revision = format!("main@sha1:{commit}");
    json!({
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {
            "namespace": "shop", "name": "shop",
            "annotations": {"event.toolkit.fluxcd.io/change_request": "17"},
        },
        "spec": {"path": ".", "prune": true, "interval": "10m"},
        "status": {
            "observedGeneration": 1,
            "lastAttemptedRevision": revision,
            "lastAppliedRevision": revision,
            "conditions": [{
                "type": "Ready", "status": "True", "reason": "ReconciliationSucceeded",
                "lastTransitionTime": "2099-11-23T10:00:05Z",
                "message": "Applied", "observedGeneration": 1,
            }],
            "inventory": {"entries": [{"id": "shop_pay_glint.io_Entity", "v": "v1"}]},
            "history": [{
                "digest": format!("sha256:{commit}"),
                "firstReconciled": "2099-11-23T10:00:00Z",
                "lastReconciled": "2099-11-23T10:00:05Z",
                "lastReconciledDuration": "5s",
                "lastReconciledStatus": "ReconciliationSucceeded",
                "totalReconciliations": 1,
                "metadata": {"revision": revision},
            }],
        },
    })
}

/// What the gate says about a commit: `200 agrees EntitiesDelivered`, and its body.
fn ask(report: &Controller, question: &str) -> (String, Value) {
    let (status, body) = report.get("gate", &format!("/v1/gate/{question}"));
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let text = |name: &str| body[name].as_str().unwrap_or("-").to_owned();
    let word = format!("{status} {} {}", text("state"), text("reason"));
    (word, body)
}

/// Waits until it says this.
#[track_caller]
fn wait_for_gate(report: &Controller, question: &str, expected: &str) -> Value {
    let ask = || ask(report, question);
    let find = || Some(ask()).filter(|(word, _)| word == expected);
    let (_, body) = wait_for(&format!("{question} {expected}"), find, || ask().0);
    body
}

#[test]
fn a_gate_opens_once_the_catalog_has_what_a_commit_declares() {
    let (cluster, catalog) = (cluster(), catalog());
    let report = report(&cluster, &catalog).start();
    let about = |commit: &str| format!("application/argocd/shop?revision={commit}");
    wait_for_gate(&report, &about(COMMIT), "404 unknown NotReported");
    let pay = cluster.put(entity("shop/pay", 1));
    cluster.put(application(COMMIT, 1));
    wait_for_gate(&report, &about(COMMIT), "503 pending EntitiesPending");
    wait_for_gate(&report, &about(OTHER), "503 pending OtherRevision");
    send(&catalog, &pay);
    let agreed = wait_for_gate(&report, &about(COMMIT), "200 agrees EntitiesDelivered");
    assert_eq!(agreed["revision"], COMMIT);
    assert_eq!(
        (&agreed["declared"], &agreed["delivered"]),
        (&json!(1), &json!(1))
    );

    let changed = cluster.put(entity("shop/pay", "s3cret"));
    cluster.put(application(OTHER, 2));
    let refused = "409 disagrees EntitiesNotDelivered";
    let refused = wait_for_gate(&report, &about("0b8e6f1"), refused);
    let reason = &refused["reasons"][0];
    assert_eq!(
        (&reason["blueprint"], &reason["identifier"]),
        (&json!("service"), &json!("pay"))
    );
    assert!(!refused.to_string().contains("s3cret"), "{refused}");
    wait_for_gate(&report, &about(COMMIT), "503 pending OtherRevision");
    assert_ne!(changed, pay);
}

#[test]
fn a_gate_stays_shut_while_the_watch_has_not_told_what_a_commit_changed() {
    let (cluster, catalog) = (cluster(), catalog());
    let pay = cluster.put(entity("shop/pay", 1));
    cluster.put(application(COMMIT, 1));
    send(&catalog, &pay);
    let report = report(&cluster, &catalog).start();
    let about = |commit: &str| format!("application/argocd/shop?revision={commit}");
    wait_for_gate(&report, &about(COMMIT), "200 agrees EntitiesDelivered");
    assert_eq!(
        single_reads(&cluster),
        0,
        "what was listed is not read again"
    );

    cluster.hold_watches(kind::ENTITY);
    let changed = cluster.put(entity("shop/pay", 2));
    cluster.put(application(OTHER, 2));
    // Answered as soon as it is anything but pending.
    let (word, _) = ask(&report, &format!("{}&wait=3s", about(OTHER)));
    assert_eq!(word, "503 pending NotCompared");
    cluster.release_watches(kind::ENTITY);
    wait_for_gate(&report, &about(OTHER), "503 pending EntitiesPending");
    send(&catalog, &changed);
    wait_for_gate(&report, &about(OTHER), "200 agrees EntitiesDelivered");
}

#[test]
fn of_many_entities_that_a_commit_declares_none_is_asked_for_by_its_name() {
    let (cluster, catalog) = (cluster(), catalog());
    let names: Vec<String> = (0..120).map(|at| format!("s{at:03}")).collect();
    let shop = |commit: &str, minute: u32| {
        let resources = names.iter().map(
            |name| json!({"group": "glint.io", "kind": "Entity", "namespace": "shop", "name": name}),
        );
        let mut shop = application(commit, minute);
        shop["status"]["resources"] = resources.collect();
        shop
    };
    for name in &names {
        let object = cluster.put(entity(&format!("shop/{name}"), 1));
        send(&catalog, &object);
    }
    cluster.put(shop(COMMIT, 1));
    let report = report(&cluster, &catalog).start();
    let about = |commit: &str| format!("application/argocd/shop?revision={commit}");
    wait_for_gate(&report, &about(COMMIT), "200 agrees EntitiesDelivered");
    cluster.put(shop(OTHER, 2));
    wait_for_gate(&report, &about(OTHER), "200 agrees EntitiesDelivered");
    assert_eq!(single_reads(&cluster), 0);
}

/// How often an entity was asked for by its name.
fn single_reads(cluster: &FakeCluster) -> usize {
    let requests = cluster.requests();
    let reads = requests.iter().filter(|it| it.verb == "get");
    reads.filter(|it| it.resource == "entities").count()
}

#[test]
fn flux_hears_of_failure_and_recovery() {
    let (cluster, catalog) = (cluster(), catalog());
    let recorder = Recorder::start();
    cluster.put(entity("shop/pay", "s3cret"));
    let object = cluster.put(kustomization(COMMIT));
    let _report = report(&cluster, &catalog)
        .flag("--events-addr", recorder.url())
        .variable("POD_NAME", "glint-report-0")
        .start();
    let wait = |count: usize| {
        let find = || Some(recorder.events()).filter(|events| events.len() == count);
        wait_for("the event", find, || format!("{:?}", recorder.events()))
    };
    wait(1);
    let pay = cluster.put(entity("shop/pay", 1));
    send(&catalog, &pay);
    let events = wait(2).into_iter().map(|mut event| {
        let token = event["metadata"]["kustomize.toolkit.fluxcd.io/token"].take();
        assert!(token.is_string() && event["timestamp"].take().is_string());
        event
    });
    let expected = |severity: &str, reason: &str, message: &str| {
        json!({
            "involvedObject": {
                "kind": "Kustomization", "namespace": "shop", "name": "shop",
                "uid": object["metadata"]["uid"], "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            },
            "severity": severity,
            "timestamp": null,
            "message": message,
            "reason": reason,
            "metadata": {
                "event.toolkit.fluxcd.io/change_request": "17",
                "event.toolkit.fluxcd.io/commit": COMMIT,
                "kustomize.toolkit.fluxcd.io/revision": format!("main@sha1:{COMMIT}"),
                "kustomize.toolkit.fluxcd.io/token": null,
            },
            "reportingController": "glint-report",
            "reportingInstance": "glint-report-0",
        })
    };
    assert_eq!(
        events.collect::<Vec<Value>>(),
        [
            expected(
                "error",
                "CatalogDisagrees",
                "Glint: the catalog disagrees: of 1 entity 1 rejected; \
                    `service/pay` `blueprint_schema_mismatch`",
            ),
            expected(
                "info",
                "CatalogAgrees",
                "Glint: the catalog agrees: of 1 entity 1 delivered",
            ),
        ]
    );
}

#[test]
fn an_event_that_flux_does_not_take_is_told_on_its_object_and_the_next_is_sent_as_ever() {
    let (cluster, catalog) = (cluster(), catalog());
    let recorder = Recorder::start();
    recorder.answer("404 Not Found");
    cluster.put(entity("shop/pay", "s3cret"));
    cluster.put(kustomization(COMMIT));
    let _report = report(&cluster, &catalog)
        .flag("--events-addr", recorder.url())
        .start();
    let about = "Kustomization shop/shop";
    let told = cluster.wait_for("the Event", |it| {
        it.events().into_iter().find(|it| it.about == about)
    });
    let expected = Told {
        about: about.to_owned(),
        weight: "Warning".to_owned(),
        reason: "EventNotSent".to_owned(),
        message: "notification-controller did not take the event `CatalogDisagrees`: 404 Not Found; nobody was told by Flux".to_owned(),
        controller: "glint-report".to_owned(),
        count: 1,
    };
    assert_eq!(told, expected);

    recorder.answer("202 Accepted");
    let pay = cluster.put(entity("shop/pay", 1));
    send(&catalog, &pay);
    let sent = cluster.wait_for("the next", |_| recorder.events().pop());
    assert_eq!(sent["reason"], "CatalogAgrees");
    let events = cluster.events();
    let of_it = events.iter().filter(|it| it.about == about);
    assert_eq!(of_it.collect::<Vec<_>>(), [&expected]);
}
