//! Each run is there once: what is sent when an application changes, while
//! somebody watches and while nobody does.

use serde_json::{Value, json};

use super::catalog::Catalog;
use super::{object, result};
use crate::catalog::{Delivery, Identity};
use crate::report::Seen;

/// An Application whose last operation and history are these: start, phase, and the
/// numbers of the syncs that succeeded, each a minute apart.
pub(super) fn application(started: &str, phase: &str, history: &[u64]) -> Value {
    let mut object = object("argocd", "synced");
    let status = &mut object["status"];
    let revision = "731f00a0f2b64ee3a0c0d47b1c9b8f2f6d8e9a10";
    status["operationState"]["startedAt"] = json!(format!("2026-11-23T{started}:00Z"));
    status["operationState"]["finishedAt"] = json!(format!("2026-11-23T{started}:05Z"));
    status["operationState"]["phase"] = json!(phase);
    status["operationState"]["syncResult"]["revision"] = json!(revision);
    status["history"] = history
        .iter()
        .map(|id| {
            json!({
                "id": id,
                "revision": revision,
                "deployStartedAt": format!("2026-11-23T10:{id:02}:00Z"),
                "deployedAt": format!("2026-11-23T10:{id:02}:05Z"),
            })
        })
        .collect();
    object
}

/// Reports applications one after another and says what was sent for each.
#[track_caller]
fn check(objects: &[Value], expected: &[&[&str]]) -> Catalog {
    let mut catalog = Catalog::default();
    for (object, expected) in objects.iter().zip(expected) {
        let result = result(object);
        assert_eq!(catalog.report(&result), *expected);
        assert_eq!(catalog.report(&result), [""; 0], "the same once more");
    }
    catalog
}

#[test]
fn a_run_that_goes_on_and_its_end_are_one() {
    let catalog = check(
        &[
            application("10:01", "Running", &[0]),
            application("10:01", "Terminating", &[0]),
            application("10:01", "Succeeded", &[0, 1]),
        ],
        &[
            &["target Synced", "run 731f00a Running Running"],
            &["target Synced", "run 731f00a Running Terminating"],
            &["target Synced", "run 731f00a Succeeded Succeeded"],
        ],
    );
    assert_eq!(catalog.0.runs.len(), 1);
}

#[test]
fn a_first_report_tells_of_the_newest_run_alone() {
    check(
        &[application("10:03", "Succeeded", &[0, 1, 2, 3])],
        &[&["target Synced", "run 731f00a Succeeded Succeeded"]],
    );
}

#[test]
fn what_the_history_tells_of_is_caught_up() {
    let catalog = check(
        &[
            application("10:01", "Succeeded", &[0, 1]),
            application("10:05", "Failed", &[0, 1, 2, 4]),
        ],
        &[
            &["target Synced", "run 731f00a Succeeded Succeeded"],
            &[
                "target Synced",
                "run 731f00a Succeeded Succeeded",
                "run 731f00a Succeeded Succeeded",
                "run 731f00a Failed Failed",
            ],
        ],
    );
    assert_eq!(catalog.0.runs.len(), 4);
    // Its third sync is neither in the history nor the last operation.
    assert_eq!(catalog.target("unseenRuns"), 1);
}

#[test]
fn what_was_overwritten_is_counted_once() {
    let last = application("10:20", "Succeeded", &(11..=20).collect::<Vec<_>>());
    let mut catalog = check(
        &[application("10:01", "Succeeded", &[0, 1]), last.clone()],
        &[&["target Synced", "run 731f00a Succeeded Succeeded"]],
    );
    catalog.report(&result(&last));
    assert_eq!(catalog.0.runs.len(), 11);
    assert_eq!(catalog.target("unseenRuns"), 9);
    assert_eq!(catalog.target("runNumber"), 20);
}

#[test]
fn an_application_that_was_made_again_lost_nothing() {
    let mut again = application("10:02", "Succeeded", &[2]);
    again["metadata"]["uid"] = json!("another");
    let mut catalog = check(&[application("10:09", "Succeeded", &[9])], &[]);
    catalog.report(&result(&application("10:09", "Succeeded", &[9])));
    catalog.report(&result(&again));
    assert_eq!(catalog.target("unseenRuns"), 0);
    assert_eq!(catalog.target("runNumber"), 2);
    assert_eq!(catalog.0.runs.len(), 2);
}

#[test]
fn a_run_whose_end_nobody_saw_does_not_go_on_for_ever() {
    let catalog = check(
        &[
            application("10:02", "Running", &[1]),
            application("10:04", "Succeeded", &[1, 4]),
        ],
        &[
            &["target Synced", "run 731f00a Running Running"],
            &[
                "target Synced",
                "run - Unknown",
                "run 731f00a Succeeded Succeeded",
            ],
        ],
    );
    assert_eq!(catalog.0.runs.len(), 2);
}

#[test]
fn a_run_whose_end_the_history_tells_gets_it() {
    check(
        &[
            application("10:02", "Running", &[1]),
            application("10:04", "Failed", &[1, 2]),
        ],
        &[
            &["target Synced", "run 731f00a Running Running"],
            &[
                "target Synced",
                "run 731f00a Succeeded Succeeded",
                "run 731f00a Failed Failed",
            ],
        ],
    );
}

#[test]
fn a_report_that_was_cut_off_is_made_whole() {
    let mut catalog = Catalog::default();
    catalog.report(&result(&application("10:01", "Succeeded", &[1])));
    let last = result(&application("10:09", "Succeeded", &[7, 8, 9]));
    catalog.report_cut_off(&last, 1);
    assert_eq!(catalog.report(&last).len(), 3);
    assert_eq!(catalog.0.runs.len(), 4);
    assert_eq!(catalog.target("unseenRuns"), 5);
    assert_eq!(catalog.report(&last), [""; 0]);
}

#[test]
fn only_the_newest_runs_are_kept() {
    let mut catalog = Catalog::default();
    for id in 0..30 {
        catalog.report(&result(&application(
            &format!("10:{id:02}"),
            "Succeeded",
            &[id],
        )));
    }
    assert_eq!(catalog.0.runs.len(), 20);
    assert_eq!(catalog.target("unseenRuns"), 0);
}

/// A Kustomization with this history, newest first: digest, status, minute of the
/// last reconciliation.
fn kustomization(history: &[(&str, &str, u32)]) -> Value {
    let mut object = object("flux", "kustomization");
    object["status"]["history"] = history
        .iter()
        .map(|(digest, status, minute)| {
            json!({
                "digest": format!("sha256:{digest}"),
                "firstReconciled": "2026-11-23T10:00:00Z",
                "lastReconciled": format!("2026-11-23T10:{minute:02}:00Z"),
                "lastReconciledDuration": "2.5s",
                "lastReconciledStatus": status,
                "totalReconciliations": 1,
                "metadata": {"revision": digest},
            })
        })
        .collect();
    object
}

const OK: &str = "ReconciliationSucceeded";
const BAD: &str = "HealthCheckFailed";

#[test]
fn flux_applying_the_same_again_is_no_news() {
    check(
        &[
            kustomization(&[("a", OK, 1)]),
            kustomization(&[("a", OK, 11)]),
        ],
        &[
            &["target Synced", "run a Succeeded ReconciliationSucceeded"],
            &[],
        ],
    );
}

#[test]
fn another_digest_or_status_is_another_run() {
    let catalog = check(
        &[
            kustomization(&[("a", OK, 1)]),
            kustomization(&[("a", BAD, 2), ("a", OK, 1)]),
            kustomization(&[("b", OK, 3), ("a", BAD, 2), ("a", OK, 1)]),
        ],
        &[
            &["target Synced", "run a Succeeded ReconciliationSucceeded"],
            &["target Synced", "run a Failed HealthCheckFailed"],
            &["target Synced", "run b Succeeded ReconciliationSucceeded"],
        ],
    );
    assert_eq!(catalog.0.runs.len(), 3);
}

#[test]
fn what_came_back_is_a_run_of_its_own() {
    let catalog = check(
        &[
            kustomization(&[("a", OK, 1)]),
            kustomization(&[("b", OK, 2), ("a", OK, 1)]),
            kustomization(&[("a", OK, 3), ("b", OK, 2)]),
            kustomization(&[("a", OK, 13), ("b", OK, 2)]),
        ],
        &[
            &["target Synced", "run a Succeeded ReconciliationSucceeded"],
            &["target Synced", "run b Succeeded ReconciliationSucceeded"],
            &["target Synced", "run a Succeeded ReconciliationSucceeded"],
            &[],
        ],
    );
    assert_eq!(catalog.0.runs.len(), 3);
}

#[test]
fn what_flux_did_while_nobody_watched_is_caught_up() {
    let catalog = check(
        &[
            kustomization(&[("a", OK, 1)]),
            kustomization(&[("a", OK, 9), ("c", BAD, 8), ("b", OK, 5)]),
        ],
        &[
            &["target Synced", "run a Succeeded ReconciliationSucceeded"],
            &[
                "target Synced",
                "run b Succeeded ReconciliationSucceeded",
                "run c Failed HealthCheckFailed",
                "run a Succeeded ReconciliationSucceeded",
            ],
        ],
    );
    assert_eq!(catalog.0.runs.len(), 4);
}

#[test]
fn an_older_entry_is_not_told_again() {
    check(
        &[
            kustomization(&[("b", OK, 5), ("a", OK, 1)]),
            kustomization(&[("b", OK, 15), ("a", OK, 1)]),
            kustomization(&[("c", OK, 20), ("b", OK, 15), ("a", OK, 1)]),
        ],
        &[
            &["target Synced", "run b Succeeded ReconciliationSucceeded"],
            &[],
            &["target Synced", "run c Succeeded ReconciliationSucceeded"],
        ],
    );
}

#[test]
fn what_the_catalog_refuses_stays_with_the_run_until_somebody_looks_again() {
    let pay = Identity {
        blueprint: "service".to_owned(),
        identifier: "pay".to_owned(),
    };
    let seen = |rejected: &[(Identity, String)]| Seen {
        deliveries: Some([(Delivery::Rejected, rejected.len())].into()),
        rejected: rejected.to_vec(),
        ..Seen::default()
    };
    for object in [
        application("10:01", "Succeeded", &[1]),
        kustomization(&[("a", OK, 1)]),
    ] {
        let result = result(&object);
        let mut catalog = Catalog::default();
        catalog.report(&result);
        assert_eq!(
            catalog
                .report_seen(&result, &seen(&[(pay.clone(), "invalid".to_owned())]))
                .len(),
            2
        );
        assert_eq!(catalog.target("rejectedEntities"), 1);
        assert_eq!(catalog.target("deliveredEntities"), 0);
        let errors = |catalog: &Catalog| catalog.0.runs[0].properties["errors"].clone();
        let expected = json!([{"blueprint": "service", "identifier": "pay", "code": "invalid"}]);
        assert_eq!(errors(&catalog), expected);
        assert_eq!(catalog.report(&result), [""; 0]);
        catalog.report_seen(&result, &seen(&[]));
        assert_eq!(errors(&catalog), json!([]));
    }
}
