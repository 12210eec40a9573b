//! The case files of `tests/cmd/<command>/<case>.toml` and
//! `tests/rules/<rule>/case.toml`, and the examples of the README and of `docs/`.
//!
//! A case is one run of the program: what was typed, what lies around, and all
//! that comes out, byte for byte. trycmd's own case files would turn each `\`
//! of an output into `/`, and our outputs hold jq. With `GLINT_CASES=update` a
//! run writes what it saw into the files; read the difference before it is
//! committed.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

#[cfg(feature = "catalog")]
use glint_gitops::LocalSandbox;
use serde::Deserialize;
#[cfg(feature = "catalog")]
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{program, root, run};

const FOLDERS: [&str; 2] = ["tests/cmd", "tests/rules"];

/// What stands in a case for the directory that was made for it.
const SCRATCH: &str = "[TMP]";

/// A case file. What it leaves out is empty, but for what must be stated.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    args: Vec<String>,
    /// All variables; there are no others.
    #[serde(default)]
    env: BTreeMap<String, String>,
    /// The catalog that it speaks with; it has none otherwise.
    catalog: Option<Catalog>,
    /// Where the program runs, from the package's root. A case with files of
    /// its own runs in a directory that is made for it.
    #[serde(default)]
    cwd: String,
    #[serde(default)]
    stdin: String,
    /// Files by path; those below `bin/` can be run.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Symlinks by path, and where each leads.
    #[serde(default)]
    links: BTreeMap<String, String>,
    /// Directories without any file.
    #[serde(default)]
    directories: Vec<String>,
    status: i32,
    stdout: String,
    stderr: String,
    /// The files that the program writes.
    #[serde(default)]
    written: BTreeMap<String, String>,
}

/// What is in a catalog when the program starts. Its variables are set.
#[cfg_attr(
    not(feature = "catalog"),
    expect(dead_code, reason = "such a case is left out")
)]
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalog {
    /// A file of them, from the package's root.
    blueprints: String,
    /// An exporter's integration.
    integration: Option<String>,
    /// Entities that its exporter sent, in that order: the blueprint, and the body as
    /// JSON.
    #[serde(default)]
    entities: Vec<[String; 2]>,
    /// Entities that somebody else made after them.
    #[serde(default)]
    others: Vec<[String; 2]>,
}

/// What a user sees of a run.
struct Seen {
    status: i32,
    stdout: String,
    stderr: String,
    written: BTreeMap<String, String>,
}

#[test]
fn every_case_holds() {
    let update = std::env::var("GLINT_CASES").is_ok_and(|mode| mode == "update");
    let mut differing = Vec::new();
    for path in case_files() {
        let name = path.strip_prefix(root()).unwrap_or(&path).display();
        let text = fs::read_to_string(&path).expect("a case can be read");
        let case: Case =
            toml_edit::de::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        if case.catalog.is_some() && !cfg!(feature = "catalog") {
            continue;
        }
        let seen = case.run();
        let differences = case.differences(&seen);
        if !differences.is_empty() && update {
            fs::write(&path, updated(&text, &seen)).expect("a case can be written");
        } else if !differences.is_empty() {
            differing.push(format!("{name}{differences}"));
        }
    }
    assert!(
        differing.is_empty(),
        "{} cases differ\n\n{}",
        differing.len(),
        differing.join("\n\n")
    );
}

#[test]
fn every_example_of_the_readme_and_of_the_pages_holds() {
    let cases = trycmd::TestCases::new();
    // A Markdown file can't start from an empty environment, and an empty
    // variable counts as unset.
    let read = ["GLINT_", "ARGOCD_", "KUBE_"];
    let is_read = |name: &str| read.iter().any(|start| name.starts_with(start));
    for (name, _) in std::env::vars().filter(|(name, _)| is_read(name)) {
        cases.env(name, "");
    }
    cases
        .env("COLUMNS", "100")
        .env("CLICOLOR_FORCE", "")
        .case("README.md")
        .case("docs/*.md");
}

/// Every case file, in order.
fn case_files() -> Vec<PathBuf> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("a folder of cases");
        entries
            .map(|entry| entry.expect("an entry").path())
            .collect()
    };
    let mut files: Vec<PathBuf> = FOLDERS
        .iter()
        .flat_map(|folder| entries(&root().join(folder)))
        .filter(|command| command.is_dir())
        .flat_map(|command| entries(&command))
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    files
}

#[cfg(feature = "catalog")]
impl Catalog {
    fn start(&self) -> LocalSandbox {
        let Self {
            blueprints,
            integration,
            entities,
            others,
        } = self;
        let blueprints = fs::read_to_string(root().join(blueprints)).expect("blueprints");
        let blueprints: Vec<Value> = serde_json::from_str(&blueprints).expect("JSON");
        let key = integration.as_deref().unwrap_or("none");
        let exporter = format!("port-k8s-exporter/^0.3.4 (statekey/{key})");
        let sandbox = LocalSandbox::start();
        if let Some(key) = integration {
            let body = json!({"installationId": key, "installationAppType": "K8S EXPORTER",
                "title": key, "version": "0.7.9", "config": {"resources": []}});
            let (status, answer) = sandbox.call_as(&exporter, "POST /v1/integration", Some(body));
            assert!(status < 300, "{answer}");
        }
        sandbox.seed_as(&exporter, &blueprints, &parsed(entities));
        sandbox.seed_as("somebody", &[], &parsed(others));
        sandbox
    }
}

#[cfg(feature = "catalog")]
fn parsed(entities: &[[String; 2]]) -> Vec<(&str, Value)> {
    let entities = entities.iter().map(|[blueprint, body]| {
        let body = serde_json::from_str(body).expect("an entity in JSON");
        (blueprint.as_str(), body)
    });
    entities.collect()
}

impl Case {
    fn run(&self) -> Seen {
        let scratch = TempDir::new().expect("a scratch directory");
        let place = fs::canonicalize(scratch.path()).expect("its real path");
        let shown = place.display().to_string();
        self.lay_out(&place);
        let mut command = program();
        command.args(self.args.iter().map(|it| it.replace(SCRATCH, &shown)));
        #[cfg(feature = "catalog")]
        let sandbox = self.catalog.as_ref().map(Catalog::start);
        #[cfg(feature = "catalog")]
        command.envs(sandbox.iter().flat_map(LocalSandbox::environment));
        for (name, value) in &self.env {
            command.env(name, value.replace(SCRATCH, &shown));
        }
        command.current_dir(match self.has_files() {
            true => place.clone(),
            false => root().join(&self.cwd),
        });
        let output = run(&mut command, self.stdin.as_bytes());
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).replace(&shown, SCRATCH);
        let written = self.written.keys().map(|path| {
            let written = fs::read(place.join(path)).unwrap_or_default();
            (path.clone(), text(&written))
        });
        Seen {
            status: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: without_durations(&text(&output.stderr)),
            written: written.collect(),
        }
    }

    fn has_files(&self) -> bool {
        let written_only = self.files.is_empty() && self.links.is_empty();
        !written_only || !self.directories.is_empty() || !self.written.is_empty()
    }

    fn lay_out(&self, place: &Path) {
        for directory in &self.directories {
            fs::create_dir_all(place.join(directory)).expect("a directory is made");
        }
        for (path, text) in &self.files {
            let file = place.join(path);
            let folder = file.parent().expect("a file is in a folder");
            fs::create_dir_all(folder).expect("a directory is made");
            fs::write(&file, text).expect("a file is written");
            let mode = if path.starts_with("bin/") {
                0o755
            } else {
                0o644
            };
            fs::set_permissions(&file, fs::Permissions::from_mode(mode)).expect("a mode is set");
        }
        for (path, target) in &self.links {
            let link = place.join(path);
            let folder = link.parent().expect("a link is in a folder");
            fs::create_dir_all(folder).expect("a directory is made");
            symlink(target, &link).expect("a link is made");
        }
    }

    /// The first difference of each output, nothing where all is as stated.
    fn differences(&self, seen: &Seen) -> String {
        let mut differences = String::new();
        if self.status != seen.status {
            differences += &format!("\nstatus: {}, not {}", seen.status, self.status);
        }
        differences += &difference("stdout", &self.stdout, &seen.stdout);
        differences += &difference("stderr", &self.stderr, &seen.stderr);
        for (path, text) in &seen.written {
            differences += &difference(path, &self.written[path], text);
        }
        differences
    }
}

fn difference(what: &str, expected: &str, seen: &str) -> String {
    if expected == seen {
        return String::new();
    }
    let lines = |text: &str| -> Vec<String> { text.split('\n').map(str::to_owned).collect() };
    let (expected, seen) = (lines(expected), lines(seen));
    let same = std::iter::zip(&expected, &seen)
        .take_while(|(left, right)| left == right)
        .count();
    let from = |lines: &[String], mark: &str| -> String {
        let rest = lines.iter().skip(same).take(5);
        rest.map(|line| format!("\n{mark} {line}")).collect()
    };
    format!(
        "\n{what}, line {}:{}{}",
        same + 1,
        from(&expected, "-"),
        from(&seen, "+")
    )
}

/// A message with `[time]` for how long something took.
fn without_durations(text: &str) -> String {
    let mut plain = String::new();
    for line in text.split_inclusive('\n') {
        let mut words: Vec<&str> = line.split(' ').collect();
        for at in 1..words.len().saturating_sub(1) {
            let introduced = matches!(words[at - 1], "in" | "after");
            let number = words[at].parse::<f64>().is_ok();
            let unit = words[at + 1].trim_end_matches([';', ',', '\n']);
            if introduced && number && matches!(unit, "ms" | "s") {
                words[at] = "[time]";
                words[at + 1] = words[at + 1].trim_start_matches(['m', 's']);
            }
        }
        plain += &words.join(" ").replace("[time] ", "[time]");
    }
    plain
}

/// A case file that states what was seen.
fn updated(text: &str, seen: &Seen) -> String {
    let mut document: toml_edit::DocumentMut = text.parse().expect("a case is TOML");
    document["status"] = toml_edit::value(i64::from(seen.status));
    document["stdout"] = toml_edit::value(seen.stdout.as_str());
    document["stderr"] = toml_edit::value(seen.stderr.as_str());
    for (path, text) in &seen.written {
        document["written"][path] = toml_edit::value(text.as_str());
    }
    document.to_string()
}
