//! The pages of `docs/`, read and typed: every block that is marked
//! `<!-- runs: e2e -->`, in the page's order, in one shell for each page.
//!
//! Such a shell has `kubectl`, `helm`, `kustomize` and `glint-gitops` on its path,
//! an administrator's kubeconfig, and a copy of the examples to work on.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;
use walkdir::WalkDir;

use crate::argocd::{self, ArgoCd};
use crate::cluster::Cluster;
use crate::documents::{Mark, SHELL, blocks, pages};
use crate::peers;
use crate::process::{Logs, Program, work};

/// The pages that have a test below.
const TYPED: [&str; 6] = [
    "docs/argocd.md",
    "docs/ci.md",
    "docs/controllers.md",
    "docs/flux.md",
    "docs/helm.md",
    "docs/upgrading.md",
];

#[test]
fn every_page_with_commands_for_a_cluster_is_typed() {
    let needs_cluster = |page: &String| {
        let blocks = blocks(page, SHELL);
        blocks
            .iter()
            .any(|block| matches!(block.mark, Some(Mark::EndToEnd(_))))
    };
    let found: Vec<String> = pages().into_iter().filter(needs_cluster).collect();
    assert_eq!(found, TYPED);
}

#[test]
fn the_commands_of_the_argo_cd_page_work() {
    let argo = ArgoCd::alone();
    let cluster = argo.cluster();
    // What an installation of Argo CD has, as far as the page patches it.
    cluster.apply(
        "
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-repo-server, namespace: argocd}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: argocd-repo-server}}
  template:
    metadata: {labels: {app.kubernetes.io/name: argocd-repo-server}}
    spec:
      containers: [{name: argocd-repo-server, image: argocd}]
      volumes: [{name: var-files, emptyDir: {}}, {name: plugins, emptyDir: {}}]
",
    );
    let repository = argo.repository("shop");
    repository.copy("examples/shop", "deploy/shop").commit();
    typed(
        "docs/argocd.md",
        cluster,
        &[("REPOSITORY", repository.url())],
    );
}

#[test]
fn the_commands_of_the_flux_page_work() {
    let cluster = Cluster::start();
    let crds = peers::program("flux-crds").display().to_string();
    cluster.done(&["apply", "--server-side", "--filename", &crds], None);
    for kind in ["kustomizations.kustomize", "ocirepositories.source"] {
        cluster.wait_established(&format!("{kind}.toolkit.fluxcd.io"));
    }
    cluster.namespace("flux-system");
    typed("docs/flux.md", &cluster, &[]);
}

#[test]
fn the_commands_of_the_page_on_controllers_work() {
    let cluster = Cluster::start();
    for namespace in ["argocd", "flux-system", "shop"] {
        cluster.namespace(namespace);
    }
    // What an installation of Argo CD has, as far as the page patches it.
    cluster
        .apply("{apiVersion: v1, kind: ConfigMap, metadata: {name: argocd-cm, namespace: argocd}}");
    typed("docs/controllers.md", &cluster, &[]);
}

#[test]
fn the_commands_of_the_helm_page_work() {
    let cluster = Cluster::start();
    let _jobs = jobs_complete(&cluster);
    typed("docs/helm.md", &cluster, &[]);
}

/// Says of every Job that it is complete, as long as this lives: a hook is one,
/// Helm waits for it, and the cluster has no controller that would run it.
fn jobs_complete(cluster: &Cluster) -> Program {
    const LOOP: &str = r#"
kubectl get jobs --all-namespaces --watch --output=jsonpath="$1" |
  while read -r namespace name; do
    kubectl patch job "$name" --namespace "$namespace" --subresource=status --type=merge --patch "$2"
  done
"#;
    const NAMES: &str = r#"{.metadata.namespace} {.metadata.name}{"\n"}"#;
    let done = "2026-11-01T00:00:00Z";
    let status = json!({"status": {
        "startTime": done,
        "completionTime": done,
        "succeeded": 1,
        "uncountedTerminatedPods": {},
        "conditions": [
            {"type": "SuccessCriteriaMet", "status": "True"},
            {"type": "Complete", "status": "True"},
        ],
    }});
    let kubectl = peers::program("kubectl");
    let tools = kubectl.parent().expect("a program is in a folder");
    let home = work("jobs");
    let mut jobs = Command::new("/bin/bash");
    jobs.args(["-c", LOOP, "jobs", NAMES, &status.to_string()])
        .env("KUBECONFIG", cluster.kubeconfig())
        .env("HOME", &home)
        .env("PATH", format!("{}:/usr/bin:/bin", tools.display()));
    Program::start("jobs", &Logs::new("jobs"), &home, &jobs)
}

#[test]
fn the_commands_of_the_pages_for_ci_and_upgrading_work() {
    let cluster = Cluster::start();
    cluster.install_crds();
    cluster.namespace("shop");
    typed("docs/ci.md", &cluster, &[]);
    // An Application to ask for a hard refresh, with nobody who would do it.
    argocd::install(&cluster);
    let application = json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": {"project": "default", "destination": {}, "source": {"repoURL": ""}},
    });
    cluster.apply(&application.to_string());
    typed("docs/upgrading.md", &cluster, &[]);
}

/// Types a page's blocks into one shell. Panics with what the shell said where a
/// command fails.
#[track_caller]
fn typed(page: &str, cluster: &Cluster, variables: &[(&str, String)]) {
    let desk = Desk::new();
    let script: String = blocks(page, SHELL)
        .into_iter()
        .filter_map(|block| {
            let Some(Mark::EndToEnd(helm)) = block.mark else {
                return None;
            };
            let setting = desk.setting(helm.as_deref().unwrap_or("helm4"));
            Some(format!(
                "echo '== {}'\n{setting}\n{}",
                block.place, block.text
            ))
        })
        .collect();
    assert!(!script.is_empty(), "{page} has no block for a cluster");
    let output = Command::new("/bin/bash")
        .args(["-euo", "pipefail", "-c", &format!("exec 2>&1\n{script}")])
        .env_clear()
        .env("HOME", desk.home())
        .env("KUBECONFIG", cluster.kubeconfig())
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .current_dir(desk.place())
        .stdin(Stdio::null())
        .output()
        .expect("bash runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{page}: {}\n{said}", output.status);
}

/// Where a reader of the pages sits: a home, a folder to work in, and programs.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().expect("a folder for the desk"));
        fs::create_dir(desk.home()).expect("a home");
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        for entry in WalkDir::new(root.join("examples")) {
            let entry = entry.expect("the examples can be walked");
            let below = entry.path().strip_prefix(root).expect("it is below");
            let target = desk.place().join(below);
            if entry.file_type().is_dir() {
                fs::create_dir_all(target).expect("a folder of the examples");
            } else {
                fs::copy(entry.path(), target).expect("a file of the examples");
            }
        }
        desk
    }

    fn home(&self) -> PathBuf {
        self.0.path().join("home")
    }

    fn place(&self) -> PathBuf {
        self.0.path().join("place")
    }

    /// The variables with which `helm` is this peer, with data of its own: Helm 3
    /// can't load plugins for Helm 4.
    fn setting(&self, helm: &str) -> String {
        let tools = self.tools(helm);
        let data = self.0.path().join(format!("{helm}-data"));
        format!(
            "export PATH={}:/usr/local/bin:/usr/bin:/bin HELM_DATA_HOME={}",
            tools.display(),
            data.display()
        )
    }

    /// A folder with the programs, of which `helm` is this peer.
    fn tools(&self, helm: &str) -> PathBuf {
        let folder = self.0.path().join(helm);
        if fs::create_dir(&folder).is_ok() {
            let programs = [
                ("glint-gitops", PathBuf::from(crate::GLINT)),
                ("helm", peers::program(helm)),
                ("kubectl", peers::program("kubectl")),
                ("kustomize", peers::program("kustomize")),
            ];
            for (name, program) in programs {
                symlink(program, folder.join(name)).expect("a link to a program");
            }
        }
        folder
    }
}
