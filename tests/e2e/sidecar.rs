//! The sidecar joins a repo-server that runs, by `kubectl patch` as the head of the
//! patch says, and outlives what people then apply.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::cluster::Cluster;
use crate::peers;

/// What `install` prints.
#[track_caller]
fn printed(arguments: &[&str]) -> String {
    let output = Command::new(crate::GLINT)
        .arg("install")
        .args(arguments)
        .output()
        .expect("the program runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// How people apply Argo CD's own manifests.
const BY_CLIENT: [&str; 1] = ["apply"];
const BY_SERVER: [&str; 2] = ["apply", "--server-side"];

/// A namespace with Argo CD's repo-server in it.
struct RepoServer {
    namespace: &'static str,
    applied: &'static [&'static str],
}

impl RepoServer {
    fn start(namespace: &'static str, applied: &'static [&'static str]) -> Self {
        Cluster::shared().namespace(namespace);
        let this = Self { namespace, applied };
        this.apply_its_own();
        this
    }

    /// Applies Argo CD's manifest, as an upgrade of it would.
    fn apply_its_own(&self) {
        let manifest = peers::program("argocd-repo-server.yaml");
        let manifest = manifest.to_str().expect("UTF-8");
        let more = ["--namespace", self.namespace, "--filename", manifest];
        Cluster::shared().done(&[self.applied, &more].concat(), None);
    }

    /// Patches it as the head of the patch says.
    fn patch(&self, patch: &str) {
        let words = [
            "--namespace",
            self.namespace,
            "patch",
            "deployment",
            "argocd-repo-server",
            "--patch-file",
            "/dev/stdin",
        ];
        Cluster::shared().done(&words, Some(patch));
    }

    fn object(&self) -> Value {
        let found = Cluster::shared().get("deployments", self.namespace, "argocd-repo-server");
        found.expect("the Deployment")
    }

    /// The names of a list of the pod, sorted.
    fn names(&self, list: &str) -> BTreeSet<String> {
        let object = self.object();
        let list = object["spec"]["template"]["spec"][list].as_array();
        let names = list.into_iter().flatten();
        names
            .filter_map(|it| it["name"].as_str().map(str::to_owned))
            .collect()
    }
}

#[track_caller]
fn check_sidecar(repo_server: &RepoServer) {
    let (containers, volumes) = (
        repo_server.names("containers"),
        repo_server.names("volumes"),
    );
    let patch = printed(&["argocd", "--namespace", repo_server.namespace]);
    repo_server.patch(&patch);
    let with = |before: &BTreeSet<String>, added: &[&str]| -> BTreeSet<String> {
        let added = added.iter().map(ToString::to_string);
        before.iter().cloned().chain(added).collect()
    };
    let patched = repo_server.object()["spec"].take();
    assert_eq!(
        repo_server.names("containers"),
        with(&containers, &["glint-gitops"])
    );
    assert_eq!(
        repo_server.names("volumes"),
        with(&volumes, &["glint-gitops-tmp", "glint-gitops-policy"])
    );
    assert_eq!(patched["template"]["spec"]["enableServiceLinks"], false);

    repo_server.patch(&patch);
    repo_server.apply_its_own();
    assert_eq!(repo_server.object()["spec"], patched, "it did not stay");
}

#[test]
fn the_sidecar_joins_and_stays_with_a_repo_server_that_the_client_applied() {
    check_sidecar(&RepoServer::start("sidecar-client", &BY_CLIENT));
}

#[test]
fn the_sidecar_joins_and_stays_with_a_repo_server_that_the_server_applied() {
    check_sidecar(&RepoServer::start("sidecar-server", &BY_SERVER));
}

#[test]
fn a_sidecar_that_is_applied_as_a_whole_is_refused_and_nothing_is_lost() {
    for (namespace, applied) in [
        ("sidecar-whole-client", &BY_CLIENT[..]),
        ("sidecar-whole-server", &BY_SERVER[..]),
    ] {
        let repo_server = RepoServer::start(namespace, applied);
        let before = repo_server.object();
        let patch = printed(&["argocd", "--namespace", namespace]);
        let more = ["--namespace", namespace, "--filename", "-"];
        let output = Cluster::shared().kubectl(&[applied, &more].concat(), Some(&patch));
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("spec.selector"), "{stderr}");
        assert_eq!(repo_server.object()["spec"], before["spec"]);
    }
}
