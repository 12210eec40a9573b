//! What a person sees: whole outputs.

use serde_json::{Value, json};

use crate::program::run;
use crate::stage::{Stage, config, pods, services};

fn entity(name: &str, blueprint: &str) -> String {
    format!(
        "apiVersion: getport.io/v1\nkind: Entity\nmetadata: {{name: {name}, namespace: shop}}\n\
         spec: {{blueprint: {blueprint}, identifier: {name}, properties: {{p: x}}}}\n---\n"
    )
}

/// An application beside the blocks of others.
fn merge() -> Stage {
    let stage = Stage::new(&config(&[pods()])).with_entities("pod", &["a", "b"]);
    let entities = entity("pay", "svc") + &entity("shop", "system");
    stage.file("app/pay.yaml", &entities);
    stage
}

#[track_caller]
fn check(stage: &Stage, arguments: &[&str], status: i32, stdout: &str, stderr: &str) {
    let ran = stage.publish(arguments);
    assert_eq!(ran.stdout, stdout);
    assert_eq!(ran.stderr, stderr);
    assert_eq!(ran.status, Some(status));
}

const PLAN: &str = "\
integration k8s-prod (last changed [TIME], 2 entities)
  mapping   4 blocks of ours new, 1 block of others kept
  entities  + 2   ~ 0   - 0
    svc     + 1   ~ 0   - 0
    system  + 1   ~ 0   - 0

warning: the exporter will list `getport.io/v1/clusterentities`, `getport.io/v1/entities`: where its ClusterRole forbids that, it waits for ever and sends none of the later kinds [new-kind]
  help: kubectl auth can-i list clusterentities.getport.io --as system:serviceaccount:NAMESPACE:NAME
note: an object that stops matching a selector, or gets another identifier, leaves its old entity until the next full resync [stale-until-resync]
  help: let the exporter make one by itself: `resyncInterval` in its Helm values
note: don't restart the exporter until its resync is over: one that is stopped while it lists deletes what it has not listed yet [restart-during-resync]

";

const STEPS: &str = "\
glint-gitops: read integration k8s-prod …
glint-gitops: compute what changes …
";

#[test]
fn a_first_merge_is_shown_then_pushed_then_nothing_is_left_to_push() {
    let stage = merge();
    let shown = format!("{PLAN}it may be pushed; nothing was written\n");
    check(&stage, &["app", "--dry-run"], 0, &shown, STEPS);
    assert_eq!(stage.patches(), 0);
    let pushed = format!(
        "{PLAN}pushed: the config is live; nobody waited for the exporter, which looks for changes once a minute\n"
    );
    let steps = format!(
        "{STEPS}glint-gitops: back up …\n\
         glint-gitops: backup of the config: backups/k8s-prod@[TIME].json\n\
         glint-gitops: write the config …\n"
    );
    check(&stage, &["app", "--yes", "--no-wait"], 0, &pushed, &steps);
    let blocks = stage.config()["resources"].as_array().map(Vec::len);
    assert_eq!(blocks, Some(5));
    check(
        &stage,
        &["app", "--yes", "--no-wait"],
        0,
        "integration k8s-prod (last changed [TIME], 2 entities)\n  \
         mapping   4 blocks of ours kept, 1 block of others kept\n  \
         entities  + 2   ~ 0   - 0\n    \
         svc     + 1   ~ 0   - 0\n    \
         system  + 1   ~ 0   - 0\n\n\
         nothing to push: the config is there already\n",
        "glint-gitops: read integration k8s-prod …\n\
         glint-gitops: the run of [TIME] wrote its config, which is live, and did not see what came of it; back: `glint-gitops publish --rollback backups/k8s-prod@[TIME].json`\n\
         glint-gitops: compute what changes …\n",
    );
    assert_eq!(stage.patches(), 1);
}

#[test]
fn a_refusal_names_each_entity_and_how_to_mean_it() {
    let names: Vec<String> = (0..14).map(|it| format!("s{it:02}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let stage = Stage::new(&config(&[pods(), services()]))
        .with_entities("svc", &names)
        .with_entities("pod", &["a"]);
    let mut new = config(&[pods()]);
    new["deleteDependents"] = json!(true);
    stage.file("new.json", &new.to_string());
    let listed: String = names.iter().map(|it| format!("    svc/{it}\n")).collect();
    check(
        &stage,
        &["--mapping", "new.json", "--replace", "--yes"],
        1,
        &format!(
            "integration k8s-prod (last changed [TIME], 15 entities)\n  \
             mapping   1 block of others removed, 1 kept\n  \
             settings  deleteDependents changed\n  \
             entities  + 0   ~ 0   - 14\n\n\
             deleted, or at stake:\n  \
             may be of .resources[1] (v1/services), which goes or changes\n\
             {listed}\n\
             refused: would delete 14 of 15 entities (10 allowed), 14 of 14 `svc` entities (100 %, 10 % allowed)\n\
             nothing was written; if this is meant, add to the same command\n  \
             --approve [DIGEST]\n"
        ),
        STEPS,
    );
}

#[test]
fn a_file_with_the_blocks_of_others_is_no_merge() {
    let stage = merge();
    stage.file("new.json", &config(&[pods()]).to_string());
    check(
        &stage,
        &["--mapping", "new.json", "--yes"],
        2,
        "",
        "glint-gitops: read integration k8s-prod …\n\
         glint-gitops: `new.json` holds 1 block without this program's marker, the first at .resources[0]; a merge replaces marked blocks alone: push the file as the whole config with `--replace`\n",
    );
}

#[test]
fn of_a_fragment_its_names_alone_are_read() {
    let stage = merge();
    let fragment = json!({"version": 1, "dialect": "port",
        "entities": [{"kind": "Entity", "blueprint": "svc", "properties": {"required": ["p"]}}]});
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "m", "labels": {"gitops.glint.io/fragment": "true"}},
        "data": {"fragment.json": fragment.to_string(), "mapping.yaml": "resources: [evil]", "jq": "env"},
    });
    stage.file("map.json", &map.to_string());
    let arguments = [
        "--fragments",
        "map.json",
        "--mapping-style",
        "explicit",
        "--yes",
        "--no-wait",
    ];
    let ran = stage.publish(&arguments);
    assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.starts_with("warning ConfigMap m: `jq` is ignored: of a fragment only `fragment.json` is read [fragment-data-ignored]\n"),
        "{}",
        ran.stderr
    );
    let live = stage.config();
    let blocks = live["resources"].as_array().expect("a list");
    assert_eq!(blocks.len(), 3);
    assert_eq!(blocks[0], pods());
    assert!(!live.to_string().contains("evil"));
}

#[test]
fn a_machine_gets_one_document() {
    let stage = merge();
    let arguments = ["app", "--dry-run", "--format", "json"];
    let mut command = stage.command(&arguments, stage.sandbox.url());
    let output = run(&mut command, b"");
    let mut document: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let hazards = document["hazards"].take();
    let hazards = hazards.as_array().expect("a list");
    let names: Vec<&str> = hazards
        .iter()
        .filter_map(|it| it["name"].as_str())
        .collect();
    assert_eq!(
        names,
        ["new-kind", "stale-until-resync", "restart-during-resync"]
    );
    document["updatedAt"].take();
    let counts = json!({"created": 1, "changed": 0, "deleted": 0});
    assert_eq!(
        document,
        json!({
            "version": 1, "integration": "k8s-prod", "updatedAt": null, "owned": 2,
            "dryRun": true, "rollback": false, "verdict": "free", "approve": null,
            "blocks": {"ours": {"kept": 0, "new": 4, "gone": 0},
                "others": {"kept": 1, "new": 0, "gone": 0}},
            "settings": [], "blueprints": {"svc": counts, "system": counts},
            "created": [{"blueprint": "svc", "identifier": "pay"},
                {"blueprint": "system", "identifier": "shop"}],
            "adopted": [], "changed": [], "deleted": [], "limits": [], "hazards": null,
            "outcome": null, "restored": null,
        })
    );
}
