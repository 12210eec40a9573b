//! `report` on the objects of real hosts, as they are at that moment.

use std::process::Command;

use serde_json::{Value, json};

use crate::argocd::{ArgoCd, entity, spec};
use crate::flux::Flux;
use crate::streams::{output_of, post_render};

/// What a report of an object sends, without what is another one each time: the
/// properties of the target and of the run, if there is one.
#[track_caller]
fn reported(object: &Value) -> (Value, Option<Value>) {
    let mut glint = Command::new(crate::GLINT);
    glint.args(["report", "-", "--cluster-name", "e2e", "--dry-run"]);
    let requests = output_of(glint, &object.to_string());
    let requests: Vec<Value> = serde_json::from_str(&requests).expect("requests are JSON");
    let of = |blueprint: &str| {
        let request = requests.iter().find(|it| it["blueprint"] == blueprint)?;
        Some(request["body"]["properties"].clone())
    };
    (of("gitopsTarget").expect("a target"), of("gitopsSync"))
}

/// Some of the fields.
fn only(properties: &Value, names: &[&str]) -> Value {
    let fields = names
        .iter()
        .map(|name| ((*name).to_owned(), properties[*name].clone()));
    Value::Object(fields.collect())
}

#[test]
fn a_sync_of_argo_cd_and_a_render_that_fails_after_it() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("report");
    let commit = repository
        .write("app/entity.yaml", &entity("pay", "go"))
        .commit();
    let application = argo
        .application("report")
        .apply(spec(repository.plugin("app")));
    let (target, run) = reported(&application.synced(&commit));
    assert_eq!(
        only(&target, &["syncStatus", "reason", "revision", "tool"]),
        json!({"syncStatus": "Synced", "reason": "Synced", "revision": commit, "tool": "argocd"})
    );
    let run = run.expect("it has synced");
    assert_eq!(
        only(&run, &["phase", "revision", "failed", "errors"]),
        json!({"phase": "Succeeded", "revision": commit, "failed": 0, "errors": []})
    );

    repository
        .write("app/entity.yaml", "password: CANARY\n  broken: [\n")
        .commit();
    application.refresh();
    application.condition("ComparisonError");
    let failed = application.get();
    let (target, same) = reported(&failed);
    assert_eq!(
        only(&target, &["syncStatus", "reason"]),
        json!({"syncStatus": "Failed", "reason": "ComparisonError"})
    );
    // A failed render is no run: the last one stays the last.
    assert_eq!(same.expect("it has synced")["startedAt"], run["startedAt"]);
    assert!(!target.to_string().contains("CANARY"), "{target:#}");
}

#[test]
fn an_apply_of_flux_and_one_that_fails_after_it() {
    let flux = Flux::shared();
    let pay = flux.kustomization("report");
    let manifests = "apiVersion: glint.io/v1
kind: Entity
metadata: {name: pay, namespace: report}
spec: {blueprint: service, identifier: pay}
";
    let revision = pay.publish_stream(&post_render("flux", manifests, &["--crds", "never"]));
    let (target, run) = reported(&pay.apply(json!({})).ready(&revision));
    assert_eq!(
        only(&target, &["syncStatus", "reason", "tool"]),
        json!({"syncStatus": "Synced", "reason": "ReconciliationSucceeded", "tool": "flux"})
    );
    assert_eq!(run.expect("it was applied")["phase"], "Succeeded");

    let unknown = manifests.replace("glint.io/v1", "report.example.com/v1");
    pay.publish_stream(&unknown);
    pay.failed("ReconciliationFailed");
    let (target, _) = reported(&pay.get());
    assert_eq!(
        only(&target, &["syncStatus", "reason"]),
        json!({"syncStatus": "Failed", "reason": "ReconciliationFailed"})
    );
}
