//! How renderers end, and what is left of them.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, test_kill_process_group};

use super::Scene;

/// A kustomization that a fake kustomize may build.
fn scene(script: &str) -> Scene {
    Scene::new()
        .file("apps/kustomization.yaml", "resources: []\n")
        .tool("kustomize", script)
}

/// Waits until no process of a group is left. A killed process stays for the
/// moment until its adopter reaps it, so the state counts, not the number.
#[track_caller]
fn check_gone(group: i32) {
    let end = Instant::now() + Duration::from_secs(10);
    while test_kill_process_group(Pid::from_raw(group).unwrap()).is_ok() && has_live(group) {
        assert!(Instant::now() < end, "group {group} is still there");
        std::thread::yield_now();
    }
}

/// Whether a process of a group runs that is no zombie.
fn has_live(group: i32) -> bool {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes.into_iter().any(|process| {
        let stat = fs::read_to_string(process.path().join("stat")).unwrap_or_default();
        let after_name = stat.rsplit(')').next().unwrap_or_default();
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        fields.len() > 2 && fields[2] == group.to_string() && fields[0] != "Z"
    })
}

#[test]
fn the_output_arrives_whole_and_the_step_is_announced() {
    let scene = scene("echo to stderr >&2; echo kind: A");
    assert_eq!(scene.text("apps"), "kind: A\n");
    assert_eq!(*scene.announced.borrow(), ["kustomize build <repo>/apps"]);
}

#[test]
fn a_renderer_sees_only_what_it_is_given() {
    let scene = scene("cat; env | sed 's/=.*//' | sort | tr '\\n' ' '; command -v git");
    // `PWD`, `OLDPWD`, `SHLVL` and `_` are the shell's own.
    let text = scene.text("apps");
    let seen: Vec<&str> = text
        .split_whitespace()
        .filter(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name) && !name.contains("/git"))
        .collect();
    assert_eq!(
        seen,
        [
            "GIT_ALLOW_PROTOCOL",
            "GIT_CONFIG_NOSYSTEM",
            "GIT_TERMINAL_PROMPT",
            "HELM_CACHE_HOME",
            "HELM_CONFIG_HOME",
            "HELM_DATA_HOME",
            "HELM_PLUGINS",
            "HOME",
            "HTTPS_PROXY",
            "HTTP_PROXY",
            "KUSTOMIZE_PLUGIN_HOME",
            "LANG",
            "NO_PROXY",
            "PATH",
            "TMPDIR",
            "http_proxy",
            "https_proxy",
            "no_proxy",
        ]
    );
}

#[test]
fn a_missing_renderer_is_an_error_that_names_the_setting() {
    Scene::new()
        .file("apps/kustomization.yaml", "resources: []\n")
        .check_failure(
            "apps",
            "kustomize is not on PATH; install it or set `--kustomize-path`",
        );
    Scene::new()
        .file("apps/Chart.yaml", "name: pay\n")
        .check_failure(
            "apps",
            "helm is not on PATH; install it or set `--helm-path`",
        );
}

#[test]
fn a_failed_renderer_is_quoted_without_its_secrets() {
    scene("echo kind: A; echo 'token: abc' >&2; echo 'get https://a:b@c.d/e' >&2; exit 3").check_failure(
        "apps",
        "`kustomize build <repo>/apps` failed with exit status 3\n  token: ***\n  get https://***@c.d/e",
    );
    scene("kill -9 $$").check_failure("apps", "`kustomize build <repo>/apps` failed with signal 9");
}

#[test]
fn a_renderer_that_talks_much_does_not_block() {
    scene("i=0; while [ $i -lt 5000 ]; do echo a line of 40 characters that fills pipes $i >&2; i=$((i+1)); done; echo last >&2; exit 1")
        .render("apps")
        .map(|_| ())
        .map_err(|error| {
            let words = error.to_string();
            assert!(words.ends_with("fills pipes 4999\n  last"), "{words}");
            assert!(words.len() < 2000);
        })
        .unwrap_err();
}

#[test]
fn a_hanging_renderer_ends_at_the_deadline_with_all_that_it_started() {
    let scene = scene("true");
    let group = scene.path("group");
    let script = format!(
        "echo $$ > {}; echo waiting >&2; trap '' TERM; sleep 600 & sleep 600",
        group.display()
    );
    let mut scene = scene.tool("kustomize", &script);
    scene.time = Duration::from_secs(1);
    let started = Instant::now();
    let words = scene.words(&scene.render("apps").map(|_| ()).unwrap_err());
    assert!(started.elapsed() < Duration::from_secs(5));
    let (before, after) = words.split_once(" after ").unwrap();
    let (_, after) = after.split_once(" s; ").unwrap();
    assert_eq!(
        before,
        "`kustomize build <repo>/apps` was stopped at the deadline,"
    );
    assert_eq!(after, "raise `timeout`, or render less at once\n  waiting");
    check_gone(fs::read_to_string(group).unwrap().trim().parse().unwrap());
}

#[test]
fn what_a_renderer_leaves_running_is_ended_and_does_not_delay() {
    let scene = scene("true");
    let group = scene.path("group");
    let script = format!("echo $$ > {}; sleep 600 & echo kind: A", group.display());
    let scene = scene.tool("kustomize", &script);
    assert_eq!(scene.text("apps"), "kind: A\n");
    check_gone(fs::read_to_string(group).unwrap().trim().parse().unwrap());
}

#[test]
fn an_output_over_the_limit_is_an_error() {
    scene("while :; do echo kind: A; done").check_failure(
        "apps",
        "the output of `kustomize build <repo>/apps` has more than 2000 bytes; raise `input-limit` if that is meant to be",
    );
}

#[test]
fn a_renderer_that_is_no_program_can_not_be_started() {
    let scene = scene("true").beside("broken", "#!/nowhere/at/all\n");
    let status = std::process::Command::new("install")
        .args(["-m", "755"])
        .args([scene.path("broken"), scene.path("bin").join("kustomize")])
        .status()
        .unwrap();
    assert!(status.success());
    scene.check_failure(
        "apps",
        "cannot start `kustomize build <repo>/apps`: No such file or directory (os error 2)",
    );
}
