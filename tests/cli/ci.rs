//! The workflows of `examples/ci`: their scripts are run as the CI would, with
//! stand-ins for the programs that reach further than this machine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use crate::program::{root, run, said};
#[cfg(feature = "catalog")]
use crate::running::Sandbox;

/// What each stand-in does after it has noted how it was called.
const STAND_INS: [(&str, &str); 4] = [
    // git worktree add DIR REVISION
    (
        "git",
        r#"mkdir -p "$3" && cp -R "$BASE/." "$3" && : >"$3/.git""#,
    ),
    ("gh", r#"case "$*" in *--jq*) echo "$EARLIER" ;; esac"#),
    ("curl", "echo '[]'"),
    ("jq", r#"cat >/dev/null; echo "$EARLIER""#),
];

const COMMENT: &str = "\
**1 created**, 6 unchanged

Catalog preview of `apps/checkout` against `";

/// A checkout with an application, in which search is new.
struct Checkout {
    folder: TempDir,
}

impl Checkout {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        for side in ["head", "base"] {
            let application = folder.path().join(side).join("apps/checkout");
            fs::create_dir_all(&application).expect("a folder");
            for file in fs::read_dir(root().join("examples/shop")).expect("the shop") {
                let file = file.expect("a file").path();
                let name = file.file_name().expect("a name");
                if side == "head" || name != "search-api.json" {
                    fs::copy(&file, application.join(name)).expect("a copy");
                }
            }
        }
        fs::write(folder.path().join("head/.git"), "").expect("a repository's mark");
        let programs = folder.path().join("programs");
        fs::create_dir(&programs).expect("a folder");
        for (name, body) in STAND_INS {
            let file = programs.join(name);
            let script = format!("#!/bin/sh\nprintf '%s\\n' \"{name} $*\" >>\"$CALLS\"\n{body}\n");
            fs::write(&file, script).expect("a program");
            fs::set_permissions(&file, PermissionsExt::from_mode(0o755)).expect("its mode");
        }
        Self { folder }
    }

    /// The same where the base branch does not have the application.
    fn of_new_application() -> Self {
        let checkout = Self::new();
        let base = checkout.folder.path().join("base/apps");
        fs::remove_dir_all(base).expect("the application");
        checkout
    }

    /// Runs scripts as the steps of a job, with variables.
    #[track_caller]
    fn run(&self, scripts: &[String], earlier: &str, variables: &[(&str, &str)]) {
        let at = |name: &str| self.folder.path().join(name);
        let program = Path::new(env!("CARGO_BIN_EXE_glint-gitops"));
        let program = program.parent().expect("a folder");
        let path = format!(
            "{}:{}:/usr/bin:/bin",
            at("programs").display(),
            program.display()
        );
        for script in scripts {
            let mut shell = Command::new("/bin/sh");
            shell
                .args(["-euc", script])
                .env_clear()
                .env("PATH", path.as_str())
                .env("TMPDIR", self.folder.path())
                .env("APPLICATION", "apps/checkout")
                .env("BASE", at("base"))
                .env("CALLS", at("calls"))
                .env("EARLIER", earlier)
                .envs(variables.iter().copied())
                .current_dir(at("head"));
            let output = run(&mut shell, b"");
            assert!(output.status.success(), "{}\n{script}", said(&output));
        }
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect("a file that was written")
    }

    /// How one program was called, line by line.
    fn calls(&self, program: &str) -> Vec<String> {
        let calls = self.read("calls");
        let calls = calls.lines().filter_map(|line| line.strip_prefix(program));
        calls.map(|call| call.trim().to_owned()).collect()
    }
}

fn workflow(file: &str) -> Value {
    let text = fs::read_to_string(root().join("examples/ci").join(file)).expect("a workflow");
    serde_saphyr::from_str(&text).expect("YAML")
}

/// The scripts of the steps of the GitHub workflow, but those that get programs.
fn github_scripts() -> Vec<String> {
    let workflow = workflow("github-preview.yaml");
    let steps = workflow["jobs"]["preview"]["steps"]
        .as_array()
        .expect("steps");
    let scripts = steps.iter().filter_map(|step| step["run"].as_str());
    let scripts = scripts.filter(|script| !script.contains("docker"));
    scripts.map(str::to_owned).collect()
}

#[track_caller]
fn run_github(checkout: &Checkout, earlier: &str) {
    let written = checkout.folder.path().join("summary").display().to_string();
    let outputs = checkout.folder.path().join("outputs").display().to_string();
    let scratch = checkout.folder.path().display().to_string();
    let variables = [
        ("RUNNER_TEMP", format!("{scratch}/worktree")),
        ("GITHUB_OUTPUT", outputs),
        ("GITHUB_STEP_SUMMARY", written),
        ("GITHUB_REPOSITORY", "shop/apps".to_owned()),
        ("NUMBER", "7".to_owned()),
        ("PAGE", "https://example.com/artifact".to_owned()),
        ("STATUS", "0".to_owned()),
    ];
    let variables = variables
        .each_ref()
        .map(|(name, value)| (*name, value.as_str()));
    checkout.run(&github_scripts(), earlier, &variables);
}

#[track_caller]
fn check_github(earlier: &str, expected: &str) {
    let checkout = Checkout::new();
    run_github(&checkout, earlier);
    let comment = checkout.read("head/comment.md");
    assert!(comment.starts_with(COMMENT), "{comment}");
    assert!(
        comment.contains("(<https://example.com/artifact>)"),
        "{comment}"
    );
    assert_eq!(checkout.read("summary"), comment);
    assert_eq!(checkout.read("outputs"), "status=0\n");
    assert!(checkout.read("head/preview.html").ends_with("</html>"));
    assert_eq!(
        checkout.calls("gh ").last().map(String::as_str),
        Some(expected)
    );
}

#[test]
fn the_github_workflow_comments_once() {
    check_github("", "pr comment 7 --repo shop/apps --body-file comment.md");
    check_github(
        "42",
        "api repos/shop/apps/issues/comments/42 --method PATCH --field body=@comment.md --silent",
    );
}

#[track_caller]
fn run_gitlab(checkout: &Checkout, earlier: &str) {
    let job = &workflow("gitlab-preview.yaml")["catalog preview"];
    let lines = job["script"].as_array().expect("a script").iter();
    let lines: Vec<&str> = lines.filter_map(Value::as_str).collect();
    let variables = [
        ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "base"),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_API_V4_URL", "https://gitlab.example.com/api/v4"),
        ("CI_PROJECT_ID", "3"),
        ("CI_JOB_URL", "https://gitlab.example.com/jobs/9"),
        ("COMMENT_TOKEN", "token"),
    ];
    // GitLab runs all lines in one shell.
    checkout.run(&[lines.join("\n")], earlier, &variables);
}

#[track_caller]
fn check_gitlab(earlier: &str, expected: &str) {
    let checkout = Checkout::new();
    run_gitlab(&checkout, earlier);
    let comment = checkout.read("head/comment.md");
    assert!(comment.starts_with(COMMENT), "{comment}");
    assert!(comment.contains("(<https://gitlab.example.com/jobs/9/artifacts/file/preview.html>)"));
    assert_eq!(
        checkout.calls("curl ").last().map(String::as_str),
        Some(expected)
    );
}

#[test]
fn the_gitlab_job_comments_once() {
    let notes = "https://gitlab.example.com/api/v4/projects/3/merge_requests/7/notes";
    let call = "--fail --silent --show-error --header PRIVATE-TOKEN: token --request";
    check_gitlab("", &format!("{call} POST --form body=<comment.md {notes}"));
    check_gitlab(
        "42",
        &format!("{call} PUT --form body=<comment.md {notes}/42"),
    );
}

#[test]
fn an_application_that_is_new_has_a_comment_too() {
    for run in [run_github, run_gitlab] {
        let checkout = Checkout::of_new_application();
        run(&checkout, "");
        let comment = checkout.read("head/comment.md");
        assert!(comment.starts_with("**7 created**"), "{comment}");
    }
}

/// Pushes the mapping of a checkout by scripts, into a catalog whose exporter has
/// another one.
#[cfg(feature = "catalog")]
#[track_caller]
fn published(scripts: &[String], more: &[(&str, &str)]) -> Checkout {
    let checkout = Checkout::new();
    let shop = checkout.folder.path().join("head/apps/checkout");
    let shop = shop.to_str().expect("a path in UTF-8");
    let flags = ["--integration", "k8s-prod", "--mapping-style", "explicit"];
    let sandbox = Sandbox::start(shop, &flags);
    let catalog = sandbox.variables.iter();
    let catalog = catalog.map(|(name, value)| (name.as_str(), value.as_str()));
    let variables: Vec<(&str, &str)> = catalog
        .chain([("APPLICATIONS", "apps/checkout")])
        .chain(more.iter().copied())
        .collect();
    checkout.run(scripts, "", &variables);
    checkout
}

#[cfg(feature = "catalog")]
#[test]
fn the_github_workflow_pushes_the_mapping_and_keeps_a_backup() {
    let workflow = workflow("github-publish.yaml");
    let steps = workflow["jobs"]["publish"]["steps"]
        .as_array()
        .expect("steps");
    let scripts = steps.iter().filter_map(|step| step["run"].as_str());
    let scripts: Vec<String> = scripts
        .filter(|script| !script.contains("docker"))
        .map(str::to_owned)
        .collect();
    let scratch = tempfile::tempdir().expect("a folder");
    let at = |name: &str| scratch.path().join(name).display().to_string();
    let (summary, temporary) = (at("summary"), at("runner"));
    let more = [
        ("GITHUB_STEP_SUMMARY", summary.as_str()),
        ("RUNNER_TEMP", &temporary),
        ("APPROVE", ""),
    ];
    published(&scripts, &more);
    let backups = fs::read_dir(scratch.path().join("runner/backups")).expect("a folder");
    assert_eq!(backups.count(), 1);
    let summary = fs::read_to_string(summary).expect("a summary");
    assert!(
        summary.starts_with("```\n") && summary.ends_with("```\n"),
        "{summary}"
    );
}

#[cfg(feature = "catalog")]
#[test]
fn the_gitlab_job_pushes_the_mapping_and_keeps_a_backup() {
    let job = &workflow("gitlab-publish.yaml")["catalog publish"];
    let lines = job["script"].as_array().expect("a script").iter();
    let lines: Vec<&str> = lines.filter_map(Value::as_str).collect();
    let checkout = published(&[lines.join("\n")], &[]);
    let backups = fs::read_dir(checkout.folder.path().join("head/backups")).expect("a folder");
    assert_eq!(backups.count(), 1);
}
