//! Each right of the two controllers is used: a life in which everything happens that
//! needs one. That they ask for nothing beyond is held in every scenario.

use glint_gitops::LocalSandbox;
use serde_json::{Value, json};

use crate::delivery_loop::{entity, fill, generic, send};
use crate::fake::FakeCluster;
use crate::fake::kind::{self, GLINT_RENDER};
use crate::program::{Controller, OWN};
use crate::render_world::{ENTITY, World, deploy};
use crate::report_keeper::{application, config_map};
use crate::report_syncs;
use crate::waiting::wait_for;

/// Waits until nothing is left that nobody used.
#[track_caller]
fn wait_for_use(cluster: &FakeCluster) {
    let is_used = || cluster.unused_rights().is_empty().then_some(());
    wait_for("each right to be used", is_used, || {
        format!("{:#?}", cluster.unused_rights())
    });
}

/// As many names as one fragment may have.
fn large_fragment(blueprint: &str) -> Value {
    let names: Vec<String> = (0..1_200).map(|it| format!("{it:0>100}")).collect();
    json!({"version": 1, "dialect": "glint", "entities": [
        {"kind": "Entity", "blueprint": blueprint, "properties": {"required": names}}]})
}

#[test]
fn each_right_of_controller_report_is_used() {
    let cluster = FakeCluster::with(&[
        kind::APPLICATION,
        kind::KUSTOMIZATION,
        kind::HELM_RELEASE,
        kind::GIT_REPOSITORY,
        kind::OCI_REPOSITORY,
        kind::HELM_REPOSITORY,
        kind::ENTITY,
        kind::CLUSTER_ENTITY,
    ]);
    let catalog = report_syncs::catalog();
    fill(&catalog, &generic());
    let policy = cluster.folder().join("policy.yaml");
    let text = "fragments: [{owner: Application/argocd/*, namespace: shop}]\n";
    std::fs::write(&policy, text).expect("a file");
    let mut report = Controller::report(&cluster, &catalog)
        .flag("--integration", "glint")
        .flag("--sweep", "2s")
        .flag("--policy", policy)
        .flag("--mapping-style", "explicit")
        .flag("--keep-mapping", "configmap")
        .flag("--keep-grace", "1s")
        .start();

    sync_and_go(&cluster, &catalog);
    tell_twice(&cluster, &catalog);

    // What is accepted needs more than one ConfigMap, and is read again after a restart.
    for at in 0..8 {
        let name = format!("large-{at}");
        cluster.put(application(&name, &[(name.as_str(), false)]));
        cluster.put(config_map(&name, &large_fragment(&name)));
    }
    cluster.wait_until("the parts", |cluster| {
        let accepted = cluster.get(kind::CONFIG_MAP, OWN, "glint-gitops-accepted");
        accepted.is_some_and(|it| it["data"]["parts.json"].is_string())
    });
    report.restart();
    wait_for_use(&cluster);
}

/// Syncs, and the repositories that they come from; what goes is looked for.
fn sync_and_go(cluster: &FakeCluster, catalog: &LocalSandbox) {
    let source = |kind: &str| json!({"sourceRef": {"kind": kind, "name": "shop"}});
    let chart = json!({"chart": {"spec": source("HelmRepository")}});
    let all = [
        (kind::APPLICATION, "application", json!({})),
        (kind::KUSTOMIZATION, "git", source("GitRepository")),
        (kind::KUSTOMIZATION, "oci", source("OCIRepository")),
        (kind::HELM_RELEASE, "chart", chart),
    ];
    for (kind, name, spec) in &all {
        cluster.put(json!({
            "apiVersion": kind.api_version(), "kind": kind.kind,
            "metadata": {"namespace": "shop", "name": name,
                "annotations": {"gitops.glint.io/report": "true"}},
            "spec": spec,
        }));
    }
    let targets = || report_syncs::entities(catalog, "gitopsTarget").len();
    cluster.wait_until("all targets", |_| targets() == all.len());
    for (kind, name, _) in all {
        cluster.delete(kind, "shop", name);
    }
    cluster.wait_until("no target", |_| targets() == 0);
}

/// Something is told of an entity, then something else, then the same again; an
/// application that declares it is synced twice.
fn tell_twice(cluster: &FakeCluster, catalog: &LocalSandbox) {
    let is_told = |cluster: &FakeCluster, reason: &str, generation: u64| {
        let object = cluster.get(kind::ENTITY, "shop", "pay").unwrap_or_default();
        let condition = &object["status"]["conditions"][0];
        condition["reason"] == reason && condition["observedGeneration"] == generation
    };
    let mut cluster_wide = entity("shop/all", 1);
    cluster_wide["kind"] = json!("ClusterEntity");
    cluster_wide["metadata"] = json!({"name": "all"});
    cluster.put(cluster_wide);
    let sync = |minute: &str| {
        let mut shop = report_syncs::application("shop", minute, "Succeeded", &[]);
        shop["status"]["resources"] = json!([
            {"group": "glint.io", "kind": "Entity", "namespace": "shop", "name": "pay"},
            {"group": "glint.io", "kind": "ClusterEntity", "name": "all"},
        ]);
        cluster.put(shop);
    };
    sync("10:00");
    for (generation, tier, reason) in [
        (1, json!("high"), "Rejected"),
        (2, json!(1), "Delivered"),
        (3, json!("high"), "Rejected"),
    ] {
        let object = cluster.put(entity("shop/pay", tier));
        if reason == "Delivered" {
            send(catalog, &object);
        }
        cluster.wait_until(reason, |cluster| is_told(cluster, reason, generation));
    }
    // What it declares is read again, as it may have changed and the watch be late.
    sync("10:01");
}

#[test]
fn each_right_of_controller_render_is_used() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let _controller = world.launch().start();
    world.wait_for("Ready=True");
    // The same is told twice, with sources of the other kinds between.
    world.render(&json!({"path": "./nowhere"}));
    world.wait_for("Ready=False InvalidPath");
    for kind in ["OCIRepository", "Bucket"] {
        world.render(&json!({"sourceRef": {"kind": kind, "name": "shop"}}));
        let missing = format!("Ready=False DependencyNotReady: {kind} shop is not there");
        world.wait_for(&missing);
    }
    world.render(&json!({"path": "./nowhere"}));
    world.wait_for("Ready=False InvalidPath");
    world.cluster.delete(GLINT_RENDER, "shop", "checkout");
    wait_for_use(&world.cluster);
}
