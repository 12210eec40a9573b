//! The order of the calls, and what stops it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;
use std::sync::Arc;

use serde_json::{Value, json};

use crate::program::run;
use crate::proxy::{Act, Proxy};
use crate::stage::{PERSON, Stage, blueprint_of, config, pods, services};

const NEW: [&str; 3] = ["--mapping", "new.json", "--replace"];

/// A stage on which dropping `svc` deletes one entity that a `web` points to.
fn stage() -> Stage {
    let stage = Stage::new(&config(&[pods(), services()])).with_entities("svc", &["a"]);
    let mut web = blueprint_of("web");
    web["relations"] =
        json!({"uses": {"title": "Uses", "target": "svc", "required": false, "many": true}});
    let one = json!({"identifier": "shop", "title": "Shop", "relations": {"uses": ["a"]}});
    let other = json!({"identifier": "blog", "title": "Blog", "relations": {"uses": []}});
    stage
        .sandbox
        .seed_as(PERSON, &[web], &[("web", one), ("web", other)]);
    stage.file("new.json", &config(&[pods()]).to_string());
    stage
}

#[test]
fn a_backup_holds_the_config_and_all_that_is_at_stake_before_anything_is_written() {
    let stage = stage();
    let proxy = Proxy::at_the_write(stage.sandbox.url(), Act::Hold);
    let mut child = stage
        .command(&[&NEW[..], &["--yes"]].concat(), &proxy.url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    proxy.wait();
    let path = stage.backup();
    let backup: Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("it is there")).expect("it is JSON");
    child.kill().expect("it runs");
    child.wait().expect("it ends");

    assert_eq!(backup["before"], config(&[pods(), services()]));
    assert_eq!(backup["after"], config(&[pods()]));
    assert_eq!(backup["integration"]["installationAppType"], "K8S EXPORTER");
    let names = |key: &str| -> Vec<&str> {
        let all = backup[key].as_array().expect("a list");
        all.iter()
            .filter_map(|it| it["identifier"].as_str())
            .collect()
    };
    assert_eq!(names("atStake"), ["a"]);
    assert_eq!(names("relating"), ["shop"]);
    assert_eq!(names("deleted"), ["a"]);
    assert!(backup["atStake"][0]["createdAt"].is_string());
    let mode = fs::metadata(&path)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_change_by_someone_else_meanwhile_stops_it() {
    let stage = Arc::new(stage());
    let other = Arc::clone(&stage);
    let mut looks = 0;
    let proxy = Proxy::start(stage.sandbox.url(), move |call| {
        looks += usize::from(call.starts_with("GET /v1/integration/k8s-prod "));
        if looks == 2 {
            looks += 1;
            other.exporter(
                "PATCH /v1/integration/k8s-prod",
                Some(json!({"title": "x"})),
            );
        }
        Act::Pass
    });
    let mut command = stage.command(&[&NEW[..], &["--yes"]].concat(), &proxy.url);
    let ran = stage.ran(&run(&mut command, b""));
    assert_eq!(ran.status, Some(2), "{}", ran.stderr);
    assert!(
        ran.stderr.ends_with("glint-gitops: nothing was written: integration k8s-prod was changed by someone else meanwhile ([TIME], before [TIME]); run it again\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.config(), config(&[pods(), services()]));
    assert_eq!(stage.phase(&stage.backup()), "abandoned");
}

#[test]
fn nobody_is_asked_where_nobody_can_answer() {
    let stage = stage();
    let ran = stage.publish(&NEW);
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.stderr.ends_with("glint-gitops: nothing was written: nobody can be asked here; look at the plan, then add `--yes`\n"),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.patches(), 0);
    assert!(stage.backups().is_empty());
}

#[test]
fn a_push_waits_for_what_it_planned_and_says_what_came() {
    let stage = stage();
    let output = std::thread::scope(|scope| {
        // The exporter does its part as soon as the config is there.
        scope.spawn(|| {
            while stage.config() != config(&[pods()]) {
                std::thread::yield_now();
            }
            stage.exporter("DELETE /v1/blueprints/svc/entities/a", None);
        });
        stage.publish(&[&NEW[..], &["--yes"]].concat())
    });
    assert_eq!(output.status, Some(0), "{}{}", output.stdout, output.stderr);
    assert!(
        output
            .stdout
            .ends_with("confirmed: 0 entities came, 1 entity went\n"),
        "{}",
        output.stdout
    );
    assert_eq!(stage.phase(&stage.backup()), "confirmed");
}

#[test]
fn what_the_catalog_made_for_a_relation_has_come_as_well() {
    let stage = Stage::new(&config(&[pods()]));
    let mut svc = blueprint_of("svc");
    svc["relations"] =
        json!({"uses": {"title": "Uses", "target": "svc", "required": false, "many": false}});
    stage.sandbox.seed_as(PERSON, &[svc], &[]);
    let pay = declared("pay", "web");
    let web = declared("web", "pay");
    stage.file("shop/pay.json", &pay.to_string());
    stage.file("shop/web.json", &web.to_string());
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            while stage.config() == config(&[pods()]) {
                std::thread::yield_now();
            }
            let line = "POST /v1/blueprints/svc/entities?upsert=true&merge=true&create_missing_related_entities=true";
            for object in [&pay, &web] {
                stage.exporter(line, Some(object["spec"].clone()));
            }
        });
        stage.publish(&["shop", "--yes"])
    });
    assert_eq!(output.status, Some(0), "{}{}", output.stdout, output.stderr);
    assert!(
        output
            .stdout
            .ends_with("confirmed: 2 entities came, 0 entities went\n"),
        "{}",
        output.stdout
    );
}

fn declared(name: &str, uses: &str) -> Value {
    json!({
        "apiVersion": "getport.io/v1", "kind": "Entity",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"blueprint": "svc", "identifier": name, "relations": {"uses": uses}},
    })
}

#[test]
fn what_does_not_come_and_what_goes_unplanned_is_said() {
    let stage = stage().with_entities("pod", &["kept"]);
    let output = std::thread::scope(|scope| {
        scope.spawn(|| {
            while stage.config() != config(&[pods()]) {
                std::thread::yield_now();
            }
            stage.exporter("DELETE /v1/blueprints/pod/entities/kept", None);
        });
        stage.publish(&[&NEW[..], &["--yes", "--timeout", "3s"]].concat())
    });
    assert_eq!(output.status, Some(1), "{}{}", output.stdout, output.stderr);
    let said = output
        .stdout
        .split_once("not as planned")
        .expect(&output.stdout)
        .1;
    assert_eq!(
        said,
        ": 0 entities came, 0 entities went\n  \
         1 entity was at stake and is still there: svc/a\n  \
         1 entity went though it was not planned: pod/kept\n"
    );
    assert!(
        output
            .stderr
            .contains("back: `glint-gitops publish --rollback backups/k8s-prod@[TIME].json`")
    );
}

#[test]
fn an_integration_that_is_not_there_is_named() {
    let stage = stage();
    let ran = stage.publish(&[&NEW[..], &["--integration", "other"]].concat());
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.stderr.ends_with("glint-gitops: no integration is called `other`; the exporter makes it at its first start, and `--integration` takes its state key\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_read_that_fails_is_no_empty_answer() {
    for path in [
        "POST /v1/blueprints/entities/datasource-entities ",
        "GET /v1/blueprints ",
        "GET /v1/blueprints/svc/entities/a ",
    ] {
        let stage = stage();
        let proxy = Proxy::start(stage.sandbox.url(), move |call| {
            match call.starts_with(path) {
                true => Act::Answer(403),
                false => Act::Pass,
            }
        });
        let mut command = stage.command(&[&NEW[..], &["--yes"]].concat(), &proxy.url);
        let ran = stage.ran(&run(&mut command, b""));
        assert_eq!(ran.status, Some(2), "{path}: {}{}", ran.stdout, ran.stderr);
        assert!(
            ran.stderr.contains("can't be read: "),
            "{path}: {}",
            ran.stderr
        );
        assert_eq!(stage.patches(), 0);
        assert!(stage.backups().is_empty());
    }
}

#[test]
fn a_write_that_the_catalog_refuses_has_changed_nothing() {
    let stage = stage();
    let proxy = Proxy::at_the_write(stage.sandbox.url(), Act::Answer(422));
    let mut command = stage.command(&[&NEW[..], &["--yes"]].concat(), &proxy.url);
    let ran = stage.ran(&run(&mut command, b""));
    assert_eq!(ran.status, Some(2));
    assert!(
        ran.stderr
            .contains("glint-gitops: nothing was written: PATCH "),
        "{}",
        ran.stderr
    );
    assert_eq!(stage.phase(&stage.backup()), "abandoned");
}
