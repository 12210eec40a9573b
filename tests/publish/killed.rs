//! A run that is killed: what is left tells the next run what is true, and the way
//! back works.

use std::process::{Child, Stdio};

use serde_json::json;

use crate::proxy::{Act, Proxy};
use crate::stage::{PERSON, Stage, config, pods, services};

/// The stage after a run that wanted to drop `svc` was killed at some moment.
fn killed(act: Act) -> Stage {
    let mut stage = Stage::new(&config(&[pods(), services()])).with_entities("svc", &["a"]);
    let wanted = config(&[pods()]).to_string();
    stage.file("new.json", &wanted);
    // Later runs write by the same way, as one catalog has one address.
    let mut act = Some(act);
    let proxy = Proxy::start(stage.sandbox.url(), move |call| {
        let is_write = call.starts_with("PATCH /v1/integration/");
        let act = act.take_if(|_| is_write);
        act.unwrap_or(Act::Pass)
    });
    stage.url.clone_from(&proxy.url);
    let arguments = ["--mapping", "new.json", "--replace", "--yes"];
    let mut child: Child = stage
        .command(&arguments, &stage.url)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    proxy.wait();
    child.kill().expect("it runs");
    child.wait().expect("it ends");
    stage
}

#[test]
fn a_run_killed_before_the_config_was_written_has_changed_nothing() {
    let stage = killed(Act::Hold);
    let backup = stage.backup();
    assert_eq!(stage.config(), config(&[pods(), services()]));
    assert_eq!(stage.phase(&backup), "backed-up");

    let next = stage.publish(&["--mapping", "new.json", "--replace", "--dry-run"]);
    assert!(
        next.stderr.contains(
            "the run of [TIME] ended before it wrote anything: the config is the one from before it"
        ),
        "{}",
        next.stderr
    );
    let back = stage.publish(&[
        "--rollback",
        &backup.display().to_string(),
        "--yes",
        "--no-wait",
    ]);
    assert_eq!(back.status, Some(0), "{}", back.stderr);
    assert!(
        back.stdout
            .contains("nothing to push: the config from before is live")
    );
    assert_eq!(stage.patches(), 0);
}

#[test]
fn a_run_killed_after_the_config_was_written_is_confirmed_by_the_next() {
    let stage = killed(Act::PassAndHold);
    let backup = stage.backup();
    assert_eq!(stage.config(), config(&[pods()]));
    assert_eq!(stage.phase(&backup), "backed-up");

    // Meanwhile the exporter has done its part.
    stage.exporter("DELETE /v1/blueprints/svc/entities/a", None);
    let next = stage.publish(&["--mapping", "new.json", "--replace", "--yes"]);
    assert!(
        next.stderr.contains(
            "the run of [TIME] wrote its config, which is live, and did not see what came of it"
        ),
        "{}",
        next.stderr
    );
    assert!(
        next.stdout
            .contains("confirmed: 0 entities came, 1 entity went"),
        "{}",
        next.stdout
    );
    assert_eq!(next.status, Some(0));
    assert_eq!(stage.phase(&backup), "confirmed");
    assert_eq!(stage.patches(), 1);
}

#[test]
fn a_run_killed_after_the_config_was_written_can_be_taken_back() {
    let stage = killed(Act::PassAndHold);
    let backup = stage.backup();
    stage.exporter("DELETE /v1/blueprints/svc/entities/a", None);
    // The exporter makes it anew as soon as the config is back; here, before.
    stage.exporter(
        "POST /v1/blueprints/svc/entities",
        Some(json!({"identifier": "a", "title": "a"})),
    );
    let back = stage.publish(&["--rollback", &backup.display().to_string(), "--yes"]);
    assert_eq!(back.status, Some(0), "{}{}", back.stdout, back.stderr);
    assert_eq!(stage.config(), config(&[pods(), services()]));
    assert!(
        back.stdout.contains("1 of 1 entity is back"),
        "{}",
        back.stdout
    );
}

#[test]
fn a_killed_run_that_is_taken_back_before_it_deletes_is_told_so_each_time() {
    let stage = killed(Act::PassAndHold);
    let backup = stage.backup();
    let back = [
        "--rollback",
        &backup.display().to_string(),
        "--yes",
        "--no-wait",
    ];
    for _ in 0..2 {
        let ran = stage.publish(&back);
        assert_eq!(ran.status, Some(1), "{}{}", ran.stdout, ran.stderr);
        assert!(
            ran.stdout.contains("1 entity was not deleted (so far): "),
            "{}",
            ran.stdout
        );
    }
    assert_eq!(stage.phase(&backup), "patched");
}

#[test]
fn a_change_by_someone_else_after_a_killed_run_is_told() {
    let stage = killed(Act::PassAndHold);
    stage.sandbox.call_as(
        PERSON,
        "PATCH /v1/integration/k8s-prod/config",
        Some(json!({"config": config(&[services()])})),
    );
    let next = stage.publish(&["--mapping", "new.json", "--replace", "--dry-run"]);
    assert!(
        next.stderr.contains(
            "the config was changed by someone else since the run of [TIME], which ended early; whether its own was ever live can't be told"
        ),
        "{}",
        next.stderr
    );
    let backup = stage.backup();
    let back = stage.publish(&["--rollback", &backup.display().to_string(), "--yes"]);
    assert_eq!(back.status, Some(1));
    assert!(
        back.stdout.contains("someone else has changed the config since the push of [TIME]: going back loses that change, too [changed-since]"),
        "{}",
        back.stdout
    );
    assert_eq!(stage.config(), config(&[services()]));
}
