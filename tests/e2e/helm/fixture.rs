//! Helm 3 and 4 with our post-renderer, installed as a user installs it: Helm 3
//! finds the program on its path, Helm 4 has the shipped folder as a plugin.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::cluster::Cluster;
use crate::peers;

/// The chart of most tests, relative to where Helm runs.
pub(crate) const CHART: &str = "tests/e2e/helm/chart";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    Three,
    Four,
}

impl Version {
    pub(crate) const ALL: [Self; 2] = [Self::Three, Self::Four];

    fn name(self) -> &'static str {
        match self {
            Self::Three => "helm3",
            Self::Four => "helm4",
        }
    }
}

/// A Helm with a home of its own, and so with data of its own: Helm 3 does not
/// start where there is a plugin for Helm 4.
#[derive(Debug)]
pub(crate) struct Helm<'c> {
    version: Version,
    cluster: &'c Cluster,
    namespace: String,
    home: TempDir,
}

impl<'c> Helm<'c> {
    /// Both versions, each with a namespace whose name starts as said.
    pub(crate) fn each(cluster: &'c Cluster, namespace: &str) -> [Self; 2] {
        Version::ALL.map(|version| {
            let namespace = format!("{namespace}-{}", version.name());
            Self::new(version, cluster, &namespace)
        })
    }

    pub(crate) fn new(version: Version, cluster: &'c Cluster, namespace: &str) -> Self {
        cluster.namespace(namespace);
        let home = tempfile::tempdir().expect("a home");
        let helm = Self {
            version,
            cluster,
            namespace: namespace.to_owned(),
            home,
        };
        let folder = helm.folder();
        fs::create_dir(&folder).expect("a folder for the program");
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("helm/plugin.yaml");
        fs::copy(shipped, folder.join("plugin.yaml")).expect("the plugin is copied");
        symlink(crate::GLINT, folder.join("glint-gitops")).expect("the program is beside it");
        if version == Version::Four {
            let folder = helm.folder().display().to_string();
            helm.done(&["plugin", "install", &folder]);
        }
        helm
    }

    pub(crate) fn version(&self) -> Version {
        self.version
    }

    pub(crate) fn cluster(&self) -> &'c Cluster {
        self.cluster
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The plugin's folder, which is on Helm's path, too.
    pub(crate) fn folder(&self) -> PathBuf {
        self.home.path().join("glint")
    }

    /// What `GLINT_REPORT` holds.
    pub(crate) fn report(&self) -> String {
        fs::read_to_string(self.report_path()).expect("a report was written")
    }

    fn report_path(&self) -> PathBuf {
        self.home.path().join("findings.txt")
    }

    /// Puts a program in front of ours that keeps what Helm sends.
    pub(crate) fn record(&self) {
        let script = format!(
            "#!/bin/sh\ntee '{}' | '{}' \"$@\"\n",
            self.home.path().join("sent").display(),
            crate::GLINT
        );
        self.replace_program(&script);
    }

    /// What was sent last.
    pub(crate) fn sent(&self) -> String {
        fs::read_to_string(self.home.path().join("sent")).expect("Helm has sent something")
    }

    /// Puts a script in the program's place.
    pub(crate) fn replace_program(&self, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let program = self.folder().join("glint-gitops");
        fs::remove_file(&program).expect("the program is there");
        fs::write(&program, script).expect("a script is written");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("it can be run");
    }

    /// What Helm prints, without our part. Panics where it fails.
    #[track_caller]
    pub(crate) fn done(&self, words: &[&str]) -> String {
        succeeded(words, self.run(words, &[]))
    }

    /// What Helm prints with our part. Panics where it fails.
    #[track_caller]
    pub(crate) fn rendered(&self, words: &[&str], variables: &[(&str, &str)]) -> String {
        succeeded(words, self.run(&self.with_us(words), variables))
    }

    /// What Helm says on stderr where it fails with our part. Panics where it does
    /// not.
    #[track_caller]
    pub(crate) fn fails(&self, words: &[&str], variables: &[(&str, &str)]) -> String {
        let output = self.run(&self.with_us(words), variables);
        assert!(!output.status.success(), "helm {words:?}: {output:?}");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        said.replace(&self.folder().display().to_string(), "PLACE")
    }

    /// The names of what is deployed of a kind.
    #[track_caller]
    pub(crate) fn names(&self, kind: &str) -> Vec<String> {
        self.cluster.names(kind, &self.namespace)
    }

    fn with_us<'a>(&self, words: &[&'a str]) -> Vec<&'a str> {
        let flags: &[&str] = match self.version {
            Version::Three => &[
                "--post-renderer=glint-gitops",
                "--post-renderer-args=post-render",
                "--post-renderer-args=--host=helm",
            ],
            Version::Four => &["--post-renderer=glint-gitops"],
        };
        [words, flags].concat()
    }

    fn run(&self, words: &[&str], variables: &[(&str, &str)]) -> Output {
        let path = format!("{}:/usr/bin:/bin", self.folder().display());
        Command::new(peers::program(self.version.name()))
            .args(words)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .env_clear()
            .env("HOME", self.home.path())
            .env("PATH", path)
            .env("KUBECONFIG", self.cluster.kubeconfig())
            .env("HELM_NAMESPACE", &self.namespace)
            .env("GLINT_APPLICATION", "pay")
            .env("GLINT_REPORT", self.report_path())
            .envs(variables.iter().copied())
            .output()
            .expect("helm runs")
    }
}

#[track_caller]
fn succeeded(words: &[&str], output: Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "helm {words:?}: {said}");
    String::from_utf8(output.stdout).expect("helm prints text")
}
