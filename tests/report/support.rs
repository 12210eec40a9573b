//! A sandbox and the program beside it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use glint_gitops::{LocalOptions, LocalSandbox};
use serde_json::{Value, json};
use tempfile::TempDir;

/// How the exporter calls itself.
pub(crate) const EXPORTER: &str = "port-k8s-exporter/^0.3.4 (statekey/k8s-prod)";

/// A sandbox, and a directory for files.
pub(crate) struct Scene {
    pub sandbox: LocalSandbox,
    folder: TempDir,
}

/// What a run of the program said.
#[derive(Debug, PartialEq)]
pub(crate) struct Said {
    pub status: i32,
    /// With each time as `[..]`.
    pub stdout: String,
    pub stderr: String,
}

impl Scene {
    /// A catalog without any blueprint.
    pub(crate) fn empty() -> Self {
        Self {
            sandbox: LocalSandbox::start(),
            folder: tempfile::tempdir().expect("a directory"),
        }
    }

    /// The same, where things go wrong.
    pub(crate) fn with_faults(faults: &str, seed: u64) -> Self {
        let options = LocalOptions {
            faults: faults.to_owned(),
            seed,
            ..LocalOptions::default()
        };
        Self {
            sandbox: LocalSandbox::start_with(options),
            folder: tempfile::tempdir().expect("a directory"),
        }
    }

    /// A catalog in which reports can be made.
    pub(crate) fn installed() -> Self {
        let scene = Self::empty();
        let said = scene.report(&["--install"], "");
        assert_eq!(said.status, 0, "{}", said.stderr);
        scene
    }

    /// Runs `report` in the scene's directory.
    pub(crate) fn report(&self, arguments: &[&str], stdin: &str) -> Said {
        let mut child = Command::new(env!("CARGO_BIN_EXE_glint-gitops"))
            .arg("report")
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .envs(self.sandbox.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut pipe = child.stdin.take().expect("stdin is a pipe");
        // A program that does not read closes it.
        drop(pipe.write_all(stdin.as_bytes()));
        drop(pipe);
        let output = child.wait_with_output().expect("the program ends");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Said {
            status: output.status.code().expect("it ends by itself"),
            stdout: without_times(&text(&output.stdout)),
            stderr: text(&output.stderr),
        }
    }

    /// Reports an object of the cluster `prod`.
    pub(crate) fn report_object(&self, object: &Value, arguments: &[&str]) -> Said {
        let all = [&["-", "--cluster-name", "prod"], arguments].concat();
        self.report(&all, &object.to_string())
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        let folder = path.parent().expect("it is in a folder");
        std::fs::create_dir_all(folder).expect("a folder");
        std::fs::write(&path, text).expect("a file");
        path
    }

    /// The entities of a blueprint, by identifier.
    pub(crate) fn entities(&self, blueprint: &str) -> Vec<Value> {
        let line = format!("POST /v1/blueprints/{blueprint}/entities/search");
        let (status, answer) = self
            .sandbox
            .call_as("test", &line, Some(json!({"limit": 1000})));
        assert_eq!(status, 200, "{answer}");
        let mut entities = answer["entities"].as_array().expect("a list").clone();
        entities.sort_by_key(|entity| entity["identifier"].as_str().map(str::to_owned));
        entities
    }

    /// The calls of the program that write something.
    pub(crate) fn writes(&self) -> usize {
        let is_write = |path: &str, method: &str| {
            method != "GET" && !path.ends_with("/search") && !path.ends_with("/access_token")
        };
        let calls = self.sandbox.calls();
        let ours = calls
            .iter()
            .filter(|call| call.user_agent.starts_with("glint-gitops/"));
        ours.filter(|call| is_write(&call.path, call.method))
            .count()
    }
}

/// An object of `tests/objects`.
pub(crate) fn object(path: &str) -> Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/objects");
    let text = std::fs::read(folder.join(path)).expect("there is such an object");
    serde_json::from_slice(&text).expect("it is JSON")
}

/// `after 1.4 s` as `after [..] s`.
pub(crate) fn without_times(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("after ") {
        let (before, behind) = rest.split_at(at + "after ".len());
        shown.push_str(before);
        let digits = behind.find(|c: char| c != '.' && !c.is_ascii_digit());
        let (number, behind) = behind.split_at(digits.unwrap_or(behind.len()));
        shown.push_str(if number.is_empty() { "" } else { "[..]" });
        rest = behind;
    }
    shown + rest
}
