//! Glint's CRDs come with the first application, and nothing that happens to
//! applications takes them away.

use std::time::Instant;

use serde_json::{Value, json};

use super::fixture::Setup;
use super::{Application, ArgoCd, Repository, entity, resources, spec};
use crate::cluster::crds;
use crate::process::PATIENCE;

#[test]
fn the_crds_come_with_the_first_application_and_are_never_lost() {
    let argo = ArgoCd::start(&Setup::default());
    let first = argo.repository("first");
    the_first_application_brings_them(&argo, &first);
    let born = identity(&argo);
    a_second_application_needs_none(&argo);
    a_third_application_brings_others(&argo);
    the_first_no_longer_brings_them(&argo, &first);
    argo.application("first").delete();
    argo.application("third").delete();
    assert_eq!(identity(&argo), born);
    let kept = argo.cluster().names("entities.glint.io", "second");
    assert_eq!(kept, ["ledger"]);
}

#[test]
fn eighteen_applications_that_all_bring_the_crds_sync_at_once() {
    let argo = ArgoCd::start(&Setup::default());
    let repository = argo.repository("crowd");
    let names: Vec<String> = (1..=18).map(|number| format!("crowd-{number}")).collect();
    for name in &names {
        repository.write(&format!("{name}/entity.yaml"), &entity(name, "go"));
    }
    let commit = repository.commit();
    for name in &names {
        argo.application(name).apply(spec(repository.plugin(name)));
    }
    for name in &names {
        settled(argo.application(name), &commit);
    }
}

fn the_first_application_brings_them(argo: &ArgoCd, repository: &Repository) {
    repository.write("app/entity.yaml", &entity("pay", "go"));
    let commit = repository.commit();
    let application = argo
        .application("first")
        .apply(spec(repository.plugin("app")));
    let state = settled(application, &commit);
    // They are no part of it: what Argo CD does not track it can't prune.
    let lines = resources(&state).into_iter();
    let kinds: Vec<_> = lines
        .filter_map(|line| Some(line.split_once(' ')?.0.to_owned()))
        .collect();
    assert_eq!(kinds, ["ConfigMap", "Entity"]);
}

fn a_second_application_needs_none(argo: &ArgoCd) {
    let repository = argo.repository("second");
    repository.write("app/entity.yaml", &entity("ledger", "rust"));
    let commit = repository.commit();
    let application = argo
        .application("second")
        .apply(spec(repository.plugin("app")));
    application.synced(&commit);
}

/// First those of this version, whatever the cluster has, and then of another.
fn a_third_application_brings_others(argo: &ArgoCd) {
    let repository = argo.repository("third");
    repository.write("app/entity.yaml", &entity("audit", "go"));
    let commit = repository.commit();
    let mut spec = spec(repository.plugin("app"));
    spec["source"]["plugin"]["parameters"] = json!([{"name": "crds", "string": "always"}]);
    let application = argo.application("third").apply(spec);
    settled(application, &commit);

    let other = crds("glint").replace("crd-version: \"1\"", "crd-version: \"0\"");
    let commit = repository.write("app/crds.yaml", &other).commit();
    application.refresh();
    settled(application, &commit);
    assert_eq!(
        crd(argo)["metadata"]["annotations"]["gitops.glint.io/crd-version"],
        "0"
    );
}

fn the_first_no_longer_brings_them(argo: &ArgoCd, repository: &Repository) {
    let settings = "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}}\n";
    repository.remove("app/entity.yaml");
    let commit = repository.write("app/settings.yaml", settings).commit();
    let application = argo.application("first");
    application.refresh();
    let state = application.synced(&commit);
    assert_eq!(resources(&state), ["ConfigMap settings Synced"]);
    argo.cluster()
        .wait_gone("entities.glint.io", "first", "pay");
}

/// Waits until a sync of this commit has succeeded and Argo CD says so: it may
/// have compared with a cluster whose changed CRDs it had not heard of yet, and
/// then looks again only when asked.
#[track_caller]
fn settled(application: Application, commit: &str) -> Value {
    application.wait(|application| {
        let state = &application["status"]["operationState"];
        state["phase"] == "Succeeded" && state["syncResult"]["revision"] == commit
    });
    let started = Instant::now();
    let mut state = application.get();
    while state["status"]["sync"]["status"] != "Synced" {
        assert!(started.elapsed() < PATIENCE, "{:#}", state["status"]);
        state = application.refresh();
    }
    state
}

/// What a CRD has only as long as it lives.
fn identity(argo: &ArgoCd) -> Value {
    crd(argo)["metadata"]["uid"].clone()
}

fn crd(argo: &ArgoCd) -> Value {
    let crd = argo.cluster().get("crds", "", "entities.glint.io");
    crd.expect("the CRD is there")
}
