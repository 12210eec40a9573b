//! A render that gives nothing, or fails, deletes nothing.

use serde_json::json;

use super::{ArgoCd, Repository, entity, render_failed, spec};

/// Who syncs, and what that may delete.
#[derive(Clone, Copy)]
enum Sync {
    Automated { allow_empty: bool },
    ByHand { prune: bool },
}

#[test]
fn an_empty_render_deletes_nothing_when_synced_automatically() {
    check_kept(
        "empty-automated",
        empty,
        Sync::Automated { allow_empty: false },
    );
}

#[test]
fn an_empty_render_deletes_nothing_where_empty_is_allowed_to_argo_cd() {
    check_kept(
        "empty-allowed",
        empty,
        Sync::Automated { allow_empty: true },
    );
}

#[test]
fn an_empty_render_deletes_nothing_when_synced_by_hand() {
    check_kept("empty-by-hand", empty, Sync::ByHand { prune: false });
}

#[test]
fn an_empty_render_deletes_nothing_when_synced_by_hand_with_prune() {
    check_kept("empty-prune", empty, Sync::ByHand { prune: true });
}

#[test]
fn a_failing_render_deletes_nothing_when_synced_automatically() {
    check_kept(
        "failing-automated",
        failing,
        Sync::Automated { allow_empty: false },
    );
}

#[test]
fn a_failing_render_deletes_nothing_where_empty_is_allowed_to_argo_cd() {
    check_kept(
        "failing-allowed",
        failing,
        Sync::Automated { allow_empty: true },
    );
}

#[test]
fn a_failing_render_deletes_nothing_when_synced_by_hand() {
    check_kept("failing-by-hand", failing, Sync::ByHand { prune: false });
}

#[test]
fn a_failing_render_deletes_nothing_when_synced_by_hand_with_prune() {
    check_kept("failing-prune", failing, Sync::ByHand { prune: true });
}

#[test]
fn argo_cd_wipes_nothing_out_where_only_our_allow_empty_is_set() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("wiped");
    let commit = repository
        .write("app/entity.yaml", &entity("pay", "go"))
        .commit();
    let mut spec = spec(repository.plugin("app"));
    spec["source"]["plugin"]["parameters"] = json!([{"name": "allow-empty", "string": "true"}]);
    let application = argo.application("wiped").apply(spec);
    application.synced(&commit);

    empty(&repository);
    let commit = repository.commit();
    application.refresh();
    assert_eq!(
        application.condition("SyncError"),
        format!("Skipping sync attempt to [{commit}]: auto-sync will wipe out all resources")
    );
    assert_eq!(argo.cluster().names("entities.glint.io", "wiped"), ["pay"]);
}

#[test]
fn a_failure_is_served_from_cache_until_a_hard_refresh() {
    let argo = ArgoCd::shared();
    let repository = argo.repository("cached");
    let ours = failing_at_once(&repository);
    repository.commit();
    let application = argo
        .application("cached")
        .apply(spec(repository.plugin("app")));
    let fresh = render_failed("cached", ours);
    assert_eq!(application.condition("ComparisonError"), fresh);
    // Argo CD renders three times before it gives up.
    let cached = |message: &str| message.contains("Manifest generation error (cached)");
    while !cached(&application.condition("ComparisonError")) {
        application.refresh();
    }
    application.hard_refresh();
    assert_eq!(application.condition("ComparisonError"), fresh);
}

/// Leaves a folder without a manifest. Returns what we say to that.
fn empty(repository: &Repository) -> &'static str {
    repository
        .remove("app/entity.yaml")
        .write("app/notes.txt", "");
    "glint-gitops: read the repository …
glint-gitops: no manifest in `.`: it needs a file that ends in .yaml, .yml or .json \
     and holds an object, a `Chart.yaml`, or a `kustomization.yaml`"
}

/// Leaves a chart whose templates can't be rendered. Returns what we say to that.
fn failing(repository: &Repository) -> &'static str {
    repository.remove("app/entity.yaml");
    failing_at_once(repository)
}

fn failing_at_once(repository: &Repository) -> &'static str {
    repository.write(
        "app/Chart.yaml",
        "apiVersion: v2\nname: pay\nversion: 1.0.0\n",
    );
    repository.write("app/templates/entity.yaml", "{{ fail \"no language\" }}\n");
    "glint-gitops: read the repository …
glint-gitops: helm template . …
glint-gitops: `helm template .` failed with exit status 1
  Error: execution error at (pay/templates/entity.yaml:1:3): no language
  Use --debug flag to render out invalid YAML"
}

/// Deploys an entity, spoils its render, syncs, and looks whether the entity is
/// still the same.
#[track_caller]
fn check_kept(name: &str, spoil: fn(&Repository) -> &'static str, by: Sync) {
    let argo = ArgoCd::shared();
    let repository = argo.repository(name);
    let commit = repository
        .write("app/entity.yaml", &entity("pay", "go"))
        .commit();
    let mut spec = spec(repository.plugin("app"));
    let application = argo.application(name);
    match by {
        Sync::Automated { allow_empty } => {
            spec["syncPolicy"]["automated"] = json!({"prune": true, "allowEmpty": allow_empty});
            application.apply(spec);
        }
        Sync::ByHand { .. } => {
            let policy = spec["syncPolicy"].as_object_mut();
            policy.expect("a sync policy").remove("automated");
            application.apply(spec).sync(false);
        }
    }
    application.synced(&commit);
    let before = argo.cluster().get("entities.glint.io", name, "pay");

    let ours = spoil(&repository);
    repository.commit();
    application.refresh();
    if let Sync::ByHand { prune } = by {
        let state = application.sync(prune);
        assert_eq!(state["status"]["operationState"]["phase"], "Error");
    }
    // Whoever asks second is told that the failure is known.
    let said = application.condition("ComparisonError");
    let said = said.replace("Manifest generation error (cached): ", "");
    assert_eq!(said, render_failed(name, ours));
    assert_eq!(argo.cluster().get("entities.glint.io", name, "pay"), before);
    assert_eq!(before.expect("it was there")["metadata"]["name"], "pay");
}
