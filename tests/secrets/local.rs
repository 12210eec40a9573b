//! The commands that speak with no catalog.

use crate::canary::{CLIENT_ID, CLIENT_SECRET, EXPORTER, PARAMETER, USERINFO};
use crate::scene::{Renderers, Scene, list, listed, secret};

/// Runs a command line in a scene of its own.
#[track_caller]
fn check(line: &str, status: i32) {
    check_with(line, Renderers::Succeed, "", status);
}

#[track_caller]
fn check_with(line: &str, renderers: Renderers, stdin: &str, status: i32) {
    let scene = Scene::new();
    let output = scene.run(line, renderers, stdin);
    // A post-render passes these on.
    // And who asks the catalog is no secret.
    let client = CLIENT_ID.1.to_owned();
    scene.check(line, &output, status, &[secret(), listed(), client]);
}

fn with_userinfo(host: &str) -> String {
    format!("https://ann:{}@{host}", USERINFO.1)
}

#[test]
fn what_passes_is_not_told() {
    let url = with_userinfo("git.example.com/shop");
    let parameter = format!("--parameters database.password={}", PARAMETER.1);
    check(
        "render shop --report findings.txt --mapping-output mapping.yaml",
        0,
    );
    check("render shop --format json --report findings.json", 0);
    check(
        &format!("render shop --source-repo {url} --fail-on error"),
        1,
    );
    check(
        &format!("render chart {parameter} --report findings.txt"),
        0,
    );
    check("argocd generate --report findings.txt", 2);
    let stream = format!("{}---\n{}", secret(), list());
    for flags in [
        "",
        " --format json",
        " --host flux",
        " --report findings.txt",
    ] {
        let line = format!("post-render --application shop{flags}");
        check_with(&line, Renderers::Succeed, &stream, 0);
    }
}

/// Applications with a Secret beside what a finding is on.
const PATHS: [&str; 7] = [
    "shop",
    "listed",
    "commented",
    "broken",
    "unread",
    "chart",
    "built",
];

#[test]
fn a_finding_shows_no_neighbour() {
    for format in ["text", "json", "sarif", "github"] {
        for path in PATHS {
            check(
                &format!("check {path} --format {format} --report report"),
                1,
            );
        }
    }
}

#[test]
fn a_preview_shows_entities_alone() {
    for format in ["text", "json", "markdown", "html"] {
        for path in ["shop", "listed", "chart"] {
            let line = format!("preview {path} --against shop --format {format}");
            check(&line, 1);
            let env = format!("--env TOKEN={}", EXPORTER.1);
            let more = "--mapping exporter.yaml --report report --output preview";
            check(&format!("{line} {env} {more}"), 1);
        }
    }
    check("why shop tier --path shop", 0);
    check("why shop --path chart --format json", 0);
}

#[test]
fn a_lock_and_a_mapping_hold_names_alone() {
    check("lock shop", 0);
    check("lock chart --output catalog.lock", 0);
    check("lock --check shop --report report", 1);
    check("mapping shop chart --mapping-style explicit", 0);
    check("mapping merge shop/shop.yaml --report report", 2);
    check("mapping merge listed/list.json shop/shop.yaml", 2);
    check("crds --diff shop/shop.yaml", 2);
    check("schema --blueprints shop/shop.yaml", 2);
}

#[test]
fn settings_are_shown_without_what_they_hide() {
    let url = with_userinfo("git.example.com/shop");
    let parameter = format!("--parameters database.password={}", PARAMETER.1);
    for format in ["text", "json"] {
        let line = format!("render shop --source-repo {url} {parameter} --format {format}");
        check(&format!("{line} --show-settings"), 0);
    }
    check("argocd parameters", 0);
    check("check shop --show-settings", 0);
}

#[test]
fn a_renderer_that_fails_is_quoted_without_its_secrets() {
    for path in ["chart", "built"] {
        for line in [
            "render PATH --report report",
            "render PATH --format json --report report",
            "check PATH --format sarif --report report",
            "preview PATH --report report",
            "mapping PATH --report report",
            "lock PATH --report report",
            "why shop --path PATH",
        ] {
            check_with(&line.replace("PATH", path), Renderers::Fail, "", 2);
        }
    }
}

#[test]
fn a_mistake_is_quoted_without_the_secret_in_it() {
    let url = with_userinfo("git.example.com/shop");
    check(&format!("render {url}"), 2);
    check(&format!("render chart --values-files {url}"), 2);
    check(&format!("preview shop --against {url}"), 2);
    check(&format!("crds {url}"), 2);
    check(&format!("preview {url} --report {url}"), 2);
    check(&format!("lock {url}"), 2);
    check(
        &format!("preview shop --client-secret={}", CLIENT_SECRET.1),
        2,
    );
    check(&format!("preview shop --env {}", EXPORTER.1), 2);
    check(&format!("render chart --parameters {}", PARAMETER.1), 2);
}
