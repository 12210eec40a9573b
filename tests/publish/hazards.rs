//! Each hazard of a push, as `publish` refuses it or warns of it: with these words,
//! and nothing written where it is refused.

use serde_json::{Value, json};

use crate::program::run;
use crate::stage::{Stage, block, config, pods, services};

/// What is said of a push of this config over `pods` and `services`.
struct Case {
    new: Value,
    arguments: &'static [&'static str],
    status: i32,
    says: &'static str,
}

#[track_caller]
fn check(case: &Case) {
    let Case {
        new,
        arguments,
        status,
        says,
    } = case;
    let stage = Stage::new(&config(&[pods(), services()])).with_entities("svc", &["a"]);
    stage.file("new.json", &new.to_string());
    let common = ["--mapping", "new.json", "--replace", "--yes", "--no-wait"];
    let ran = stage.publish(&[&common, *arguments].concat());
    assert!(ran.stdout.contains(says), "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.status, Some(*status), "{}", ran.stderr);
    let written = stage.config() == *new;
    assert_eq!(written, *status == 0, "{}", ran.stdout);
    if *status != 0 {
        assert!(ran.stdout.contains("nothing was written"), "{}", ran.stdout);
        assert!(stage.backups().is_empty());
    }
}

#[test]
fn h1_a_kind_that_may_not_exist() {
    let widgets = block("example.com/v1/widgets", "true", ".metadata.name", "pod");
    check(&Case {
        new: config(&[pods(), services(), widgets.clone()]),
        arguments: &[],
        status: 1,
        says: "refused: .resources[2]: kind `example.com/v1/widgets` is neither built into Kubernetes nor in the stream; where the cluster lacks it too, the exporter skips the block and deletes its entities [unresolved-kind]\n  help: mend it, or say that the cluster has it: `--served-kinds example.com/v1/widgets`\n",
    });
    check(&Case {
        new: config(&[pods(), services(), widgets]),
        arguments: &["--served-kinds", "example.com/v1/widgets"],
        status: 0,
        says: "pushed",
    });
}

#[test]
fn h2_no_block_at_all() {
    check(&Case {
        new: json!({"resources": []}),
        arguments: &["--max-deletions", "1000", "--max-deletion-share", "100%"],
        status: 1,
        says: "refused: the new config has no `resources`: the exporter would delete all that it owns, 1 entity [no-resources]\n  help: to take an exporter out of service, uninstall it first, then delete its integration\n",
    });
}

#[test]
fn h3_entities_that_go() {
    check(&Case {
        new: config(&[pods()]),
        arguments: &["--max-deletions", "0"],
        status: 1,
        says: "deleted, or at stake:\n  may be of .resources[1] (v1/services), which goes or changes\n    svc/a\n",
    });
    check(&Case {
        new: config(&[pods()]),
        arguments: &["--max-deletions", "0"],
        status: 1,
        says: "refused: would delete 1 of 1 entities (0 allowed)\nnothing was written; if this is meant, add to the same command\n  --approve [DIGEST]\n",
    });
}

#[test]
fn h3_a_new_identity_is_a_move() {
    let ours = |identifier: &str| {
        // As this program writes it: a block that is not so is taken for another's.
        let query = r#"(.spec.blueprint? // "") != "" and (.spec.identifier? // "") != "" and (.metadata.annotations?["gitops.glint.io/deliver"]? // "") != "false" and (.metadata.annotations?["glint.io/team"]? // "") == "" # glint-gitops: generic entities"#;
        json!({"kind": "getport.io/v1/entities", "selector": {"query": query},
            "port": {"entity": {"mappings": [
                {"identifier": identifier, "blueprint": ".spec.blueprint"}]}}})
    };
    let stage = Stage::new(&config(&[ours(".spec.identifier")])).with_entities("svc", &["a"]);
    let new = config(&[ours("\"prod-\" + .spec.identifier")]);
    stage.file("new.json", &new.to_string());
    let ran = stage.publish(&["--mapping", "new.json", "--replace", "--dry-run"]);
    assert!(
        ran.stdout
            .contains("\n  under another identity\n    svc/a → svc/prod-a\n"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("warning: 1 entity gets another identity: for the catalog it is a new one, and relations to the old one, properties of other sources, history and scorecards are lost [new-identities]\n"), "{}", ran.stdout);
}

#[test]
fn h4_a_variable_that_the_exporter_may_not_have() {
    let named = block(
        "v1/pods",
        "true",
        ".metadata.name + env.CLUSTER_NAME",
        "pod",
    );
    check(&Case {
        new: config(&[pods(), services(), named.clone()]),
        arguments: &[],
        status: 1,
        says: "refused: .resources[2] makes identities of the variable `CLUSTER_NAME`, and nobody says that the exporter has it: where it lacks it, every identity changes: all old entities are deleted and made anew [unknown-variable]\n  help: give it as the exporter has it: `--env CLUSTER_NAME=…`\n",
    });
    check(&Case {
        new: config(&[pods(), services(), named]),
        arguments: &["--env", "CLUSTER_NAME=prod"],
        status: 0,
        says: "pushed",
    });
    let hidden = block("v1/pods", "true", ".metadata.name + env.REGION", "pod");
    check(&Case {
        new: config(&[pods(), services(), hidden]),
        arguments: &["--env", "REGION=eu"],
        status: 1,
        says: "refused: .resources[2] makes identities of the variable `REGION`, which the new config hides from jq: every identity changes: all old entities are deleted and made anew [hidden-variable]\n",
    });
}

#[test]
fn h5_a_config_that_the_exporter_cannot_decode() {
    let mut broken = services();
    broken["selector"]["query"] = json!(true);
    check(&Case {
        new: config(&[pods(), broken]),
        arguments: &[],
        status: 1,
        says: "refused: the exporter's config.resources[1].selector.query must be a string: put it in quotes; the exporter would stop and send nothing until that is mended [undecodable]\n",
    });
}

#[test]
fn h6_no_config() {
    check(&Case {
        new: Value::Null,
        arguments: &[],
        status: 1,
        says: "refused: the new config is null: the exporter would stop and send nothing until it gets one [no-config]\n",
    });
}

#[test]
fn h7_a_config_that_crashes_the_exporter() {
    let mut crashing = services();
    crashing["port"]["entity"]["mappings"][0]["relations"] = json!({"r": null});
    check(&Case {
        new: config(&[pods(), crashing]),
        arguments: &[],
        status: 1,
        says: "refused: the exporter's config.resources[1].port.entity.mappings[0].relations.r must be there and not null: it makes the exporter crash, at its first object and again after each restart [crash]\n",
    });
}

#[test]
fn h8_a_backlog_that_a_push_releases() {
    let stage = Stage::new(&config(&[pods()])).with_entities("old", &["a", "b"]);
    stage.file("new.json", &config(&[services(), pods()]).to_string());
    let ran = stage.publish(&["--mapping", "new.json", "--replace", "--dry-run"]);
    assert!(
        ran.stdout.contains("warning: 2 entities are owned by the exporter and made by no block of the current config: an object that fails has kept them so far, and the next resync without a failure deletes them [backlog]\n"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("  made by no block now\n    old/a\n    old/b\n")
    );
}

#[test]
fn h8_an_object_that_fails() {
    let stage = Stage::new(&config(&[pods(), services()])).with_entities("svc", &["a"]);
    let failing = block("v1/configmaps", "true", ".data.none + 1", "svc");
    stage.file("new.json", &config(&[pods(), failing]).to_string());
    stage.file(
        "app/map.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m, namespace: n}\ndata: {a: b}\n",
    );
    let ran = stage.publish(&["app", "--mapping", "new.json", "--replace", "--dry-run"]);
    assert!(
        ran.stdout.contains("warning: `.resources[1].port.entity.mappings[0].identifier` must yield a string, and yields a number: while one object fails, the exporter deletes nothing at all, also nothing that is planned here [failing-object]\n  help: `glint-gitops preview` says which objects\n"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
}

#[test]
fn h9_a_kind_that_the_exporter_may_not_list() {
    check(&Case {
        new: config(&[
            pods(),
            services(),
            block("apps/v1/deployments", "true", ".metadata.name", "pod"),
        ]),
        arguments: &[],
        status: 0,
        says: "warning: the exporter will list `apps/v1/deployments`: where its ClusterRole forbids that, it waits for ever and sends none of the later kinds [new-kind]\n  help: kubectl auth can-i list deployments.apps --as system:serviceaccount:NAMESPACE:NAME\n",
    });
}

#[test]
fn h10_an_exporter_that_overwrites_its_config() {
    let stage = Stage::new(&config(&[pods()]));
    stage.file("new.json", &config(&[pods(), services()]).to_string());
    stage.file(
        "values.yaml",
        "configMap:\n  config: |\n    overwriteConfigurationOnRestart: true\n    resources: []\n",
    );
    let ran = stage.publish(&[
        "--mapping",
        "new.json",
        "--replace",
        "--yes",
        "--exporter",
        "values.yaml",
    ]);
    assert_eq!(ran.status, Some(1));
    assert!(
        ran.stdout.contains("refused: `values.yaml` sets `overwriteConfigurationOnRestart`: the exporter puts its own config back at its next start, and deletes what that does not map [overwritten-at-restart]\n  help: set it to false first, or put this mapping into its own config\n"),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    assert_eq!(stage.config(), config(&[pods()]));
}

#[test]
fn h10_a_config_that_was_put_back_since_the_last_push() {
    let stage = Stage::new(&config(&[pods()]));
    stage.file("new.json", &config(&[pods(), services()]).to_string());
    let push = ["--mapping", "new.json", "--replace", "--yes"];
    let first = stage.publish(&push);
    assert_eq!(first.status, Some(0), "{}", first.stderr);
    // The exporter's own config, at its start.
    let old = json!({"config": config(&[pods()])});
    stage.exporter("PATCH /v1/integration/k8s-prod", Some(old));
    let again = stage.publish(&["--mapping", "new.json", "--replace", "--dry-run"]);
    assert!(
        again.stdout.contains("warning: the config that was pushed at [TIME] is gone, and the one from before it is back: where nobody did that by hand, the exporter overwrites its config at each start [reverted]\n"),
        "{}",
        again.stdout
    );
}

#[test]
fn h11_and_h12_what_a_resync_leaves_and_what_must_not_stop_it() {
    let narrowed = block(
        "v1/services",
        ".spec.type == \"LoadBalancer\"",
        ".metadata.name",
        "svc",
    );
    check(&Case {
        new: config(&[pods(), narrowed]),
        arguments: &[],
        status: 0,
        says: "note: an object that stops matching a selector, or gets another identifier, leaves its old entity until the next full resync [stale-until-resync]\n  help: let the exporter make one by itself: `resyncInterval` in its Helm values\nnote: don't restart the exporter until its resync is over: one that is stopped while it lists deletes what it has not listed yet [restart-during-resync]\n",
    });
}

#[test]
fn an_integration_of_something_else() {
    let stage = Stage::new(&config(&[pods()]));
    stage.exporter(
        "PATCH /v1/integration/k8s-prod",
        Some(json!({"installationAppType": "GITHUB"})),
    );
    stage.file("new.json", &config(&[pods(), services()]).to_string());
    let ran = stage.publish(&["--mapping", "new.json", "--replace", "--yes"]);
    assert_eq!(ran.status, Some(1));
    assert!(
        ran.stdout.contains("refused: integration `k8s-prod` is of type `GITHUB`, not the Kubernetes exporter's `K8S EXPORTER` [foreign-integration]\n"),
        "{}",
        ran.stdout
    );
    assert_eq!(stage.config(), config(&[pods()]));
}

#[test]
fn an_approval_is_for_one_set_alone() {
    let stage = Stage::new(&config(&[pods(), services()])).with_entities("svc", &["a", "b"]);
    stage.file("new.json", &config(&[pods()]).to_string());
    let push = [
        "--mapping",
        "new.json",
        "--replace",
        "--yes",
        "--no-wait",
        "--max-deletions",
        "0",
    ];
    let digest = || {
        let mut command = stage.command(
            &[&push[..], &["--format", "json"]].concat(),
            stage.sandbox.url(),
        );
        let output = run(&mut command, b"");
        let document: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        document["approve"]
            .as_str()
            .map(str::to_owned)
            .expect("a digest")
    };
    let old = digest();
    // One entity more, and it is another set.
    stage.exporter(
        "POST /v1/blueprints/svc/entities",
        Some(json!({"identifier": "c"})),
    );
    let refused = stage.publish(&[&push[..], &["--approve", &old]].concat());
    assert_eq!(refused.status, Some(1));
    assert!(
        refused
            .stdout
            .contains("would delete 3 of 3 entities (0 allowed)"),
        "{}",
        refused.stdout
    );
    let new = digest();
    assert_ne!(old, new);
    let part = stage.publish(&[&push[..], &["--approve", &new[..12]]].concat());
    assert_eq!(part.status, Some(1));
    assert_eq!(stage.patches(), 0);
    let pushed = stage.publish(&[&push[..], &["--approve", &new]].concat());
    assert_eq!(pushed.status, Some(0), "{}{}", pushed.stdout, pushed.stderr);
    assert!(pushed.stdout.contains("approved: this very set\n"));
    assert_eq!(stage.config(), config(&[pods()]));
}
