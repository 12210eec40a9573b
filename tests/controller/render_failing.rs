//! Every way in which a GlintRender gives nothing new: what its conditions say, and
//! that the last good artifact stays.

use serde_json::{Value, json};

use crate::fake::kind::EXTERNAL_ARTIFACT;
use crate::fake::{FakeCluster, Told};
use crate::render_world::{ENTITY, World, conditions, deploy, hostile};

/// The conditions of a render that can't succeed.
#[track_caller]
fn fails(world: &World, spec: &Value, expected: &[&str]) {
    world.render(spec);
    let _controller = world.launch().start();
    assert_eq!(world.wait_for("Ready=False"), expected);
    assert_eq!(world.artifact(), None);
    let event = world
        .cluster
        .wait_for("an Event", |cluster| cluster.events().pop());
    let said = format!("Ready=False {}: {}", event.reason, event.message);
    assert_eq!(
        (event.weight.as_str(), said.as_str()),
        ("Warning", expected[0])
    );
}

/// What is said of a failure that is tried again by itself: the conditions, once the
/// try is over, and the first Event.
#[track_caller]
fn said_between_tries(world: &World) -> (Vec<String>, Told) {
    let conditions = world.wait_for("Reconciling=True ProgressingWithRetry");
    let events = |it: &FakeCluster| it.events().into_iter().next();
    (conditions, world.cluster.wait_for("an Event", events))
}

/// The same, as it has to be.
fn retried(reason: &str, message: &str) -> (Vec<String>, Told) {
    let conditions = [
        format!("Ready=False {reason}: {message}"),
        format!("Reconciling=True ProgressingWithRetry: {message}"),
    ];
    let told = Told {
        about: "GlintRender shop/checkout".to_owned(),
        weight: "Warning".to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        controller: "glint-render".to_owned(),
        count: 1,
    };
    (conditions.to_vec(), told)
}

#[test]
fn a_source_that_is_not_there_is_waited_for() {
    let world = World::new();
    world.render(&json!({}));
    let _controller = world.launch().start();
    assert_eq!(
        world.wait_for("Ready=False"),
        [
            "Ready=False DependencyNotReady: GitRepository shop is not there; a source is looked for in this namespace only",
            "Reconciling=True ProgressingWithRetry: GitRepository shop is not there; a source is looked for in this namespace only",
        ]
    );
    world.git("main@sha1:1", &deploy(ENTITY));
    assert_eq!(world.wait_for("Ready=True").len(), 1);
}

#[test]
fn a_source_of_another_host_is_not_fetched() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.cluster.change(
        crate::fake::kind::GIT_REPOSITORY,
        "shop",
        "shop",
        |source| source["status"]["artifact"]["url"] = json!("http://169.254.169.254/latest"),
    );
    let message = "the artifact of GitRepository shop: `http://169.254.169.254/latest` is not fetched: its host is none of those that the operator allows; the operator allows one with `--allow-hosts`";
    fails(
        &world,
        &json!({}),
        &[
            &format!("Ready=False FetchFailed: {message}"),
            &format!("Stalled=True FetchFailed: {message}"),
        ],
    );
}

#[test]
fn bytes_that_are_not_the_sources_are_refused_and_tried_again() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    let other = "0".repeat(64);
    world.cluster.change(
        crate::fake::kind::GIT_REPOSITORY,
        "shop",
        "shop",
        |source| source["status"]["artifact"]["digest"] = json!(format!("sha256:{other}")),
    );
    world.render(&json!({}));
    let _controller = world.launch().start();
    let said = world.wait_for("Ready=False FetchFailed");
    assert!(
        said[0].contains("is not the artifact of that digest"),
        "{said:?}"
    );
    assert!(
        said[1].starts_with("Reconciling=True Progressing"),
        "{said:?}"
    );
}

#[test]
fn a_hostile_archive_is_refused_by_the_name_of_its_file() {
    let world = World::new();
    world.source("main@sha1:1", &hostile());
    world.render(&json!({}));
    let _controller = world.launch().start();
    let said = world.wait_for("Stalled=True BuildFailed");
    assert!(said[0].contains("deploy/secrets"), "{said:?}");
}

#[test]
fn what_only_flux_can_build_is_refused_by_name_with_the_way_out() {
    let world = World::new();
    world.git(
        "main@sha1:1",
        &[
            ("deploy/kustomization.yaml", "resources: [pay.yaml, https://git.example.com/x.yaml]\nsecretGenerator: [{name: s, envs: [s.env]}]\n"),
            ("deploy/pay.yaml", ENTITY),
            ("deploy/s.env", "X=ENC[AES256_GCM,data:Zm8=]\n"),
        ],
    );
    let message = "`deploy/s.env` is encrypted with SOPS, `deploy/kustomization.yaml` needs `https://git.example.com/x.yaml`: only Flux itself can build this; set `mode: augment`, which leaves the build to it";
    fails(
        &world,
        &json!({}),
        &[
            &format!("Ready=False BuildFailed: {message}"),
            &format!("Stalled=True BuildFailed: {message}"),
        ],
    );
}

#[test]
fn a_file_that_is_not_in_the_source_is_named() {
    let world = World::new();
    let kustomization = "resources: [pay.yaml]\npatches: [{path: ../patch.yaml}]\n";
    world.git(
        "main@sha1:1",
        &[("deploy/kustomization.yaml", kustomization)],
    );
    let message = "`kustomize build deploy` failed: the source lacks `deploy/pay.yaml`, which `deploy/kustomization.yaml` names, `patch.yaml`, which `deploy/kustomization.yaml` names; add it there, or take its name out";
    fails(
        &world,
        &json!({}),
        &[
            &format!("Ready=False BuildFailed: {message}"),
            &format!("Stalled=True BuildFailed: {message}"),
        ],
    );
}

#[test]
fn a_path_that_is_not_in_the_source_is_named() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    let message = "`spec.path`: no such directory: `nowhere`; name a directory that holds manifests, a chart or a kustomization";
    fails(
        &world,
        &json!({"path": "./nowhere"}),
        &[
            &format!("Ready=False InvalidPath: {message}"),
            &format!("Stalled=True InvalidPath: {message}"),
        ],
    );
}

#[test]
fn a_tenants_settings_keep_to_what_the_operator_allows() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({"timeout": "9h"}));
    let _controller = world.launch().start();
    let said = world.wait_for("Ready=False");
    assert_eq!(
        said[0],
        "Ready=False ValidationFailed: spec.timeout: `timeout` can only be shortened here: `9h` is longer than 5m (built-in)"
    );
}

#[test]
fn a_breach_of_the_policy_is_told_by_rule_and_field_and_without_values() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    let policy = world.cluster.folder().join("policy.yaml");
    std::fs::write(
        &policy,
        "claims:\n- {namespace: other, blueprints: [service]}\n",
    )
    .unwrap();
    world.render(&json!({}));
    let _controller = world.launch().flag("--policy", policy).start();
    let said = world.wait_for("Stalled=True BuildFailed");
    assert!(
        said[0].starts_with(
            "Ready=False BuildFailed: stopped by `claim-not-allowed` on Entity shop/pay"
        ),
        "{said:?}"
    );
    assert!(!said[0].contains("hunter2"), "{said:?}");
}

#[test]
fn an_external_artifact_that_the_cluster_does_not_take_is_applied_again() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.cluster.fail_where(usize::MAX, 403, |request| {
        request.resource == "externalartifacts" && request.verb == "patch"
    });
    let message = "the cluster `fake`: can't apply externalartifacts shop/checkout: the fake was told to fail: Forbidden";
    world.render(&json!({}));
    let _controller = world.launch().start();
    assert_eq!(
        said_between_tries(&world),
        retried("ReconciliationFailed", message)
    );
    assert_eq!(world.artifact(), None);
    world.cluster.heal();
    assert_eq!(world.wait_for("Ready=True Succeeded").len(), 1);
}

#[test]
fn an_artifact_that_the_disk_does_not_take_is_stored_once_it_does() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    let controller = world.launch().start();
    controller.address("artifacts");
    // Where the folder of the namespace has to be.
    let storage = controller.folder().join("storage");
    let obstacle = storage.join("externalartifact/shop");
    std::fs::write(&obstacle, "").expect("a file");
    world.render(&json!({}));
    let said = said_between_tries(&world);
    // Where it was to be holds what is not to be guessed.
    let message = "the storage can't be used; the controller's log says more";
    assert_eq!(said, retried("StorageOperationFailed", message));
    assert_eq!(world.artifact(), None);
    controller.wait_for_log("can't be used cause=Not a directory");

    std::fs::remove_file(&obstacle).expect("it is there");
    assert_eq!(world.wait_for("Ready=True Succeeded").len(), 1);
}

#[test]
fn an_external_artifact_of_another_producer_is_left_alone() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    let other = world.cluster.put(json!({
        "apiVersion": "source.toolkit.fluxcd.io/v1",
        "kind": "ExternalArtifact",
        "metadata": {"namespace": "shop", "name": "checkout"},
        "spec": {"sourceRef": {
            "apiVersion": "source.extensions.fluxcd.io/v1beta1",
            "kind": "ArtifactGenerator", "name": "gen", "namespace": "shop",
        }},
    }));
    world.render(&json!({}));
    let _controller = world.launch().start();
    let message = "ExternalArtifact shop/checkout belongs to ArtifactGenerator shop/gen and is left alone; give this GlintRender another name, or remove the other producer's";
    assert_eq!(
        world.wait_for("Ready=False"),
        [
            format!("Ready=False AccessDenied: {message}"),
            format!("Stalled=True AccessDenied: {message}"),
        ]
    );
    assert_eq!(world.artifact(), Some(other));
    world.cluster.delete(EXTERNAL_ARTIFACT, "shop", "checkout");
    world.wait_for("Ready=True");
}

#[test]
fn the_last_good_artifact_stays_while_a_newer_commit_fails() {
    let world = World::new();
    world.git("main@sha1:1", &deploy(ENTITY));
    world.render(&json!({}));
    let controller = world.launch().start();
    world.wait_for("Ready=True");
    let good = world.artifact().expect("an ExternalArtifact");

    world.git("main@sha1:2", &[("elsewhere/x.yaml", "kind: A\n")]);
    world.wait_for("Ready=False InvalidPath");
    let kept = world.cluster.wait_for("the failure on the artifact", |_| {
        let artifact = world.artifact()?;
        let said = conditions(&artifact);
        said[0]
            .starts_with("Ready=False InvalidPath")
            .then_some(artifact)
    });
    assert_eq!(kept["status"]["artifact"], good["status"]["artifact"]);
    assert!(!world.served(&controller).is_empty());
    let failure = world.cluster.wait_for("Flux's event", |_| {
        let posted = world.notifications();
        posted
            .into_iter()
            .find(|it| it["severity"] == json!("error"))
    });
    assert_eq!(failure["reason"], json!("InvalidPath"));

    world.git("main@sha1:3", &deploy(ENTITY));
    world.wait_for("Ready=True Succeeded: stored artifact of GitRepository shop at main@sha1:3");
    let posted = world.cluster.wait_for("its recovery", |_| {
        let posted = world.notifications();
        (posted.len() == 3).then_some(posted)
    });
    assert_eq!(posted[2]["severity"], json!("info"));
}

#[test]
fn a_broken_kustomize_is_told_without_what_it_printed() {
    let world = World::new();
    world.git(
        "main@sha1:1",
        &[("deploy/kustomization.yaml", "resources: []\n")],
    );
    world.render(&json!({}));
    let controller = world.launch().start();
    let said = world.wait_for("Ready=False BuildFailed");
    assert_eq!(
        said[0],
        "Ready=False BuildFailed: `kustomize build deploy` failed with exit status 1; `glint-gitops render` shows why for this revision, and the operator finds its last lines in the controller's log"
    );
    controller.wait_for_log("the renderer failed");
}
