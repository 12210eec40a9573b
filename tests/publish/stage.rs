//! A catalog with an exporter's entities, and the program that publishes to it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use glint_gitops::LocalSandbox;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{program, run};

/// Who the exporter says that it is.
pub(crate) const EXPORTER: &str = "port-k8s-exporter/^0.3.4 (statekey/k8s-prod)";

/// A person with a browser.
pub(crate) const PERSON: &str = "Mozilla/5.0";

/// A catalog, a directory for files, and the integration `k8s-prod`.
pub(crate) struct Stage {
    pub(crate) sandbox: LocalSandbox,
    /// The catalog's address, as the program is given it.
    pub(crate) url: String,
    folder: TempDir,
}

/// What a run said and how it ended.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Stage {
    /// With this config in the integration.
    pub(crate) fn new(config: &Value) -> Self {
        let sandbox = LocalSandbox::start();
        let integration = json!({
            "installationId": "k8s-prod", "installationAppType": "K8S EXPORTER",
            "title": "k8s-prod", "version": "0.7.9", "config": config,
        });
        let (status, answer) = sandbox.call_as(EXPORTER, "POST /v1/integration", Some(integration));
        assert!(matches!(status, 200 | 201), "{answer}");
        let folder = tempfile::tempdir().expect("a directory");
        Self {
            url: sandbox.url().to_owned(),
            sandbox,
            folder,
        }
    }

    /// With entities of the blueprints `pod` and `svc` that the exporter made.
    pub(crate) fn with_entities(self, blueprint: &str, names: &[&str]) -> Self {
        let entities: Vec<(&str, Value)> = names
            .iter()
            .map(|name| (blueprint, json!({"identifier": name, "title": name})))
            .collect();
        self.sandbox
            .seed_as(EXPORTER, &[blueprint_of(blueprint)], &entities);
        self
    }

    /// Where a file is, or would be.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a directory")).expect("it is made");
        fs::write(&path, content).expect("it is written");
        path
    }

    /// `publish --integration k8s-prod` in the directory, with backups in `backups`.
    pub(crate) fn publish(&self, arguments: &[&str]) -> Ran {
        let output = run(&mut self.command(arguments, &self.url), b"");
        self.ran(&output)
    }

    /// The same, not started, by way of another address.
    pub(crate) fn command(&self, arguments: &[&str], url: &str) -> Command {
        let mut command = program();
        command.current_dir(self.folder.path());
        for (name, value) in self.sandbox.environment() {
            command.env(name, value);
        }
        command.env("GLINT_API_URL", url);
        command.args(["publish", "--dialect", "port", "--backup", "backups"]);
        let names_it = ["--rollback", "--integration"];
        if !arguments.iter().any(|it| names_it.contains(it)) {
            command.args(["--integration", "k8s-prod"]);
        }
        command.args(arguments);
        command
    }

    /// What a run said, without what differs from run to run.
    pub(crate) fn ran(&self, output: &std::process::Output) -> Ran {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            let text = text.replace(&self.folder.path().display().to_string(), "[TMP]");
            without_digests(&without_moments(&text))
        };
        Ran {
            status: output.status.code(),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        }
    }

    /// The live config.
    pub(crate) fn config(&self) -> Value {
        let line = "GET /v1/integration/k8s-prod";
        let (_, answer) = self.sandbox.call_as(PERSON, line, None);
        answer["integration"]["config"].clone()
    }

    /// One entity, or null.
    pub(crate) fn entity(&self, blueprint: &str, identifier: &str) -> Value {
        let line = format!("GET /v1/blueprints/{blueprint}/entities/{identifier}");
        let (_, answer) = self.sandbox.call_as(PERSON, &line, None);
        answer["entity"].clone()
    }

    /// What the exporter does with an entity.
    pub(crate) fn exporter(&self, line: &str, body: Option<Value>) {
        let (status, answer) = self.sandbox.call_as(EXPORTER, line, body);
        assert!(status < 300, "{line}: {answer}");
    }

    /// The only backup.
    pub(crate) fn backup(&self) -> PathBuf {
        let mut backups = self.backups();
        assert_eq!(backups.len(), 1, "{backups:?}");
        backups.remove(0)
    }

    /// All backups, the oldest first.
    pub(crate) fn backups(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.path("backups"));
        let paths = entries.into_iter().flatten().flatten();
        let mut paths: Vec<PathBuf> = paths.map(|entry| entry.path()).collect();
        paths.sort();
        paths
    }

    /// How far a backup's push came, as its journal says.
    pub(crate) fn phase(&self, backup: &Path) -> String {
        let text = fs::read_to_string(backup).expect("it can be read");
        let backup: Value = serde_json::from_str(&text).expect("it is JSON");
        backup["phase"].as_str().expect("a phase").to_owned()
    }

    /// How often anybody but the exporter wrote to the integration.
    pub(crate) fn patches(&self) -> usize {
        let calls = self.sandbox.calls();
        calls
            .iter()
            .filter(|it| it.method == "PATCH" && it.path.contains("/integration/"))
            .count()
    }
}

/// A blueprint that can hold what the tests set.
pub(crate) fn blueprint_of(identifier: &str) -> Value {
    json!({
        "identifier": identifier, "title": identifier,
        "schema": {"properties": {"p": {"type": "string"}, "owner": {"type": "string"}}},
        "relations": {},
    })
}

/// A block that makes entities of a blueprint of all objects of a kind.
pub(crate) fn block(kind: &str, selector: &str, identifier: &str, blueprint: &str) -> Value {
    json!({"kind": kind, "selector": {"query": selector}, "port": {"entity": {"mappings": [
        {"identifier": identifier, "blueprint": format!("\"{blueprint}\""),
         "properties": {"p": ".spec.p"}}]}}})
}

pub(crate) fn pods() -> Value {
    block("v1/pods", "true", ".metadata.name", "pod")
}

pub(crate) fn services() -> Value {
    block("v1/services", "true", ".metadata.name", "svc")
}

pub(crate) fn config(blocks: &[Value]) -> Value {
    json!({"resources": blocks})
}

fn without_moments(text: &str) -> String {
    let moment = regex_lite(text, |rest| {
        let shape = "0000-00-00T00:00:00.000Z";
        matches_shape(rest, shape).then_some(shape.len())
    });
    regex_lite(&moment, |rest| {
        let shape = "00000000T000000.000Z";
        matches_shape(rest, shape).then_some(shape.len())
    })
}

/// A digest of 64 digits becomes `[DIGEST]`.
fn without_digests(text: &str) -> String {
    let is_digest = |word: &str| word.len() == 64 && word.bytes().all(|it| it.is_ascii_hexdigit());
    let words = text.split_inclusive([' ', '\n', '"']);
    let words = words.map(
        |word| match is_digest(word.trim_end_matches([' ', '\n', '"'])) {
            true => word.replace(&word[..64], "[DIGEST]"),
            false => word.to_owned(),
        },
    );
    words.collect()
}

/// Replaces whatever a look at the rest of the text finds by `[TIME]`.
fn regex_lite(text: &str, found: impl Fn(&str) -> Option<usize>) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match found(rest) {
            Some(length) => {
                replaced.push_str("[TIME]");
                rest = &rest[length..];
            }
            None => {
                replaced.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    replaced
}

/// Whether a text begins with digits where the shape has `0`, and else as it.
fn matches_shape(text: &str, shape: &str) -> bool {
    let pairs = shape.bytes().zip(text.bytes());
    text.len() >= shape.len()
        && pairs.into_iter().all(|(shape, byte)| match shape {
            b'0' => byte.is_ascii_digit(),
            other => byte == other,
        })
}
