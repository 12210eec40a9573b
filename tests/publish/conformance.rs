//! `--conformance`: the sandbox is held to what this program believes of the API.

use serde_json::Value;

use crate::program::run;
use crate::stage::{PERSON, Stage, config, pods};

#[test]
fn the_sandbox_is_as_the_api_is_believed_to_be_and_left_as_it_was() {
    let stage = Stage::new(&config(&[pods()]));
    let mut command = stage.command(&["--conformance", "--yes"], stage.sandbox.url());
    let ran = stage.ran(&run(&mut command, b""));
    assert_eq!(ran.status, Some(0), "{}{}", ran.stdout, ran.stderr);
    for line in ["GET /v1/blueprints", "GET /v1/integration"] {
        let (_, answer) = stage.sandbox.call_as(PERSON, line, None);
        let all = ["blueprints", "integrations"].map(|key| answer[key].as_array().map(Vec::len));
        let count: usize = all.into_iter().flatten().sum();
        assert_eq!(
            count,
            usize::from(line.ends_with("integration")),
            "{answer}"
        );
    }
}

#[test]
fn what_is_proven_is_there_for_machines() {
    let stage = Stage::new(&config(&[pods()]));
    let arguments = ["--conformance", "--yes", "--format", "json"];
    let mut command = stage.command(&arguments, stage.sandbox.url());
    let output = run(&mut command, b"");
    let document: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    let beliefs = document["beliefs"].as_array().expect("a list");
    let of = |proof: &str| beliefs.iter().filter(|it| it["proof"] == proof).count();
    assert_eq!(of("not tried"), 6);
    assert_eq!(of("proven"), beliefs.len() - 6);
    let unwritten = |it: &&Value| it["detail"] == "no way to try it is written yet";
    assert_eq!(beliefs.iter().find(unwritten), None);
}

#[test]
fn nothing_is_made_before_somebody_agrees() {
    let stage = Stage::new(&config(&[pods()]));
    let ran = stage.publish(&["--conformance"]);
    assert_eq!(ran.status, Some(2));
    let calls = stage.sandbox.calls();
    let writes = calls
        .iter()
        .filter(|it| it.user_agent.starts_with("glint-gitops"));
    let mut writes = writes.filter(|it| it.method != "GET" && !it.path.contains("/auth/"));
    assert_eq!(writes.next(), None);
}
