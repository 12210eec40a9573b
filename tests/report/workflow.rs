//! The workflow of `examples/ci`, its steps run as the CI would.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::{EXPORTER, Scene, object, without_times};

/// `argocd`, which prints an Application as its API gives it: without a kind.
const ARGOCD: &str = "#!/bin/sh\n[ \"$2\" = wait ] && exit 1\ncat application\n";

/// The scripts of the steps, but the one that gets programs.
fn scripts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("examples/ci/github-report.yaml");
    let workflow = fs::read_to_string(file).expect("a workflow");
    let workflow: Value = serde_saphyr::from_str(&workflow).expect("YAML");
    let steps = workflow["jobs"]["report"]["steps"].as_array().cloned();
    let steps = steps.expect("steps").into_iter();
    let scripts = steps.filter_map(|step| step["run"].as_str().map(str::to_owned));
    scripts
        .filter(|script| !script.contains("docker"))
        .collect()
}

#[test]
fn the_github_workflow_reports_and_says_what_arrived() {
    let scene = Scene::installed();
    let team = json!({"identifier": "team", "title": "Team", "schema": {"properties": {}, "required": []}});
    scene.sandbox.seed_as(
        EXPORTER,
        &[team],
        &[("team", json!({"identifier": "shop"}))],
    );
    let entity = |name: &str| {
        format!(
            "---\napiVersion: glint.io/v1\nkind: Entity\nmetadata: {{name: {name}, namespace: shop}}\nspec: {{blueprint: team, identifier: {name}}}\n"
        )
    };
    let file = scene.write(
        "apps/checkout/teams.yaml",
        &(entity("shop") + &entity("pay")),
    );
    let folder = file.ancestors().nth(3).expect("the scene's folder");
    let mut application = object("argocd/synced.recorded.json");
    application
        .as_object_mut()
        .expect("an object")
        .retain(|name, _| name != "kind" && name != "apiVersion");
    scene.write("application", &application.to_string());
    let argocd = scene.write("bin/argocd", ARGOCD);
    fs::set_permissions(&argocd, PermissionsExt::from_mode(0o755)).expect("its mode");
    let program = Path::new(env!("CARGO_BIN_EXE_glint-gitops"))
        .parent()
        .expect("a folder");
    let path = format!(
        "{}/bin:{}:/usr/bin:/bin",
        folder.display(),
        program.display()
    );
    let statuses: Vec<Option<i32>> = scripts()
        .iter()
        .map(|script| {
            let mut shell = Command::new("/bin/sh");
            shell.args(["-euc", &script.replace("--timeout 5m", "--timeout 2s")]);
            shell
                .env_clear()
                .envs(scene.sandbox.environment())
                .env("PATH", &path);
            let variables = [
                ("APPLICATION", "apps/checkout"),
                ("ARGOCD_APPLICATION", "ca1"),
                ("CLUSTER", "prod"),
                ("GITHUB_STEP_SUMMARY", "summary"),
            ];
            let output = shell.envs(variables).current_dir(folder).output();
            output.expect("a shell").status.code()
        })
        .collect();
    assert_eq!(statuses, [Some(0), Some(1)]);
    let summary = fs::read_to_string(folder.join("summary")).expect("a summary");
    assert_eq!(
        without_times(&summary),
        "```\n\
         ca1  synced c31210a by Argo CD in 4.0 s\n  \
           gitopsTarget/prod-argocd-ca1-39b82d52  3 writes\n  \
           … team/pay   pending\n  \
           ✓ team/shop  delivered\n\
         1 of 2 delivered after [..] s\n\
         ```\n"
    );
}
