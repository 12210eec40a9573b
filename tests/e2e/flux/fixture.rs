//! Flux's kustomize-controller on a cluster, and a server for its artifacts.

use std::fmt::Write as _;
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::Kustomization;
use crate::cluster::Cluster;
use crate::peers;
use crate::process::{Logs, Program, answers, port, work};

/// A running kustomize-controller.
#[derive(Debug)]
pub(crate) struct Flux<'a> {
    cluster: &'a Cluster,
    pub(super) gate: Gate,
    archives: PathBuf,
    files: u16,
    _controller: Program,
    _files: Program,
}

/// An archive that the controller can fetch.
#[derive(Clone, Debug)]
pub(crate) struct Archive {
    pub(crate) url: String,
    pub(crate) digest: String,
}

/// Whether the controller takes ExternalArtifacts, which Flux leaves to the
/// operator. There may be one of each on a cluster: Kustomizations choose by a
/// label, as they do where Flux is sharded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    Closed,
}

impl Flux<'static> {
    /// The Flux of all tests that are content with a cluster where an operator has
    /// installed Glint's CRDs.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Flux<'static>> = OnceLock::new();
        SHARED.get_or_init(|| Self::on(Cluster::shared(), Gate::Open))
    }
}

/// The flags of a controller that tries again soon what has failed.
const QUICK: [&str; 3] = [
    "--requeue-dependency=5s",
    "--http-retry=1",
    "--interval-jitter-percentage=0",
];

/// The flags that `flux install --components-extra=source-watcher` starts it with,
/// but for its events, which nobody takes here, and its Lease, which only a Pod can
/// have: all that is about waiting is as Flux has it.
const INSTALLED: [&str; 3] = [
    "--watch-all-namespaces=true",
    "--log-level=info",
    "--log-encoding=json",
];

impl<'a> Flux<'a> {
    /// Starts one on a cluster that has none.
    pub(crate) fn on(cluster: &'a Cluster, gate: Gate) -> Self {
        Self::with(cluster, gate, &QUICK)
    }

    /// Starts one on a cluster that has none, as patient as `flux install` makes it.
    pub(crate) fn installed(cluster: &'a Cluster) -> Self {
        Self::with(cluster, Gate::Open, &INSTALLED)
    }

    fn with(cluster: &'a Cluster, gate: Gate, flags: &[&str]) -> Self {
        let logs = Logs::new("flux");
        install(cluster);
        let (archives, files) = (work("archives"), port());
        let mut server = Command::new("python3");
        server.args(["-m", "http.server", "--bind", "127.0.0.1"]);
        server.arg("--directory").arg(&archives);
        server.arg(files.to_string());
        server.env("PATH", "/usr/local/bin:/usr/bin:/bin");
        let mut server = Program::start("files", &logs, &archives, &server);
        server.wait_until(|| TcpStream::connect(("127.0.0.1", files)).is_ok());
        let controller = controller(cluster, gate, flags, &logs);
        Self {
            cluster,
            gate,
            archives,
            files,
            _controller: controller,
            _files: server,
        }
    }

    /// The cluster it runs on and applies to.
    pub(crate) fn cluster(&self) -> &'a Cluster {
        self.cluster
    }

    /// A Kustomization by its name, in a namespace of this name.
    pub(crate) fn kustomization<'f>(&'f self, name: &'f str) -> Kustomization<'f> {
        self.kustomization_in(name, name)
    }

    /// Makes an archive the artifact of a source, as the source's own controller
    /// would: by its kind, namespace and name.
    #[track_caller]
    pub(crate) fn publish(
        &self,
        (kind, namespace, name): (&str, &str, &str),
        revision: &str,
        archive: &Archive,
    ) {
        let source = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace},
            "status": {"artifact": {
                "digest": archive.digest,
                "lastUpdateTime": "2026-01-01T00:00:00Z",
                "path": archive.url.rsplit('/').next(),
                "revision": revision,
                "url": archive.url,
            }},
        });
        let arguments = ["apply", "--server-side", "--subresource=status", "-f", "-"];
        self.cluster.done(&arguments, Some(&source.to_string()));
    }

    /// A Kustomization by its namespace and name.
    pub(crate) fn kustomization_in<'f>(
        &'f self,
        namespace: &'f str,
        name: &'f str,
    ) -> Kustomization<'f> {
        Kustomization::new(self, namespace, name)
    }

    /// The address of a file that the server of archives has, or has not.
    pub(crate) fn url(&self, file: &str) -> String {
        format!("http://127.0.0.1:{}/{file}", self.files)
    }

    /// Packs files as a source does: the same files give the same archive.
    pub(crate) fn archive(&self, files: &[(&str, &str)]) -> Archive {
        let folder = tempfile::tempdir().expect("a folder to pack");
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("a file has a folder")).expect("a folder");
            fs::write(path, text).expect("a file of the archive");
        }
        let archive = pack(folder.path());
        let digest = digest(&archive);
        let file = format!("{digest}.tar.gz");
        fs::write(self.archives.join(&file), archive).expect("the archive is written");
        Archive {
            url: self.url(&file),
            digest: format!("sha256:{digest}"),
        }
    }
}

/// Installs Flux's CRDs, and the namespace where Flux lives.
fn install(cluster: &Cluster) {
    let crds = peers::program("flux-crds").display().to_string();
    let names = cluster.done(
        &["apply", "--server-side", "--output=name", "-f", &crds],
        None,
    );
    for name in names.lines() {
        let (_, name) = name.split_once('/').expect("a kind and a name");
        cluster.wait_established(name);
    }
    cluster.namespace("flux-system");
}

/// Starts the controller, and waits until it calls itself ready.
fn controller(cluster: &Cluster, gate: Gate, flags: &[&str], logs: &Logs) -> Program {
    let home = work("flux");
    let health = port();
    let mut controller = Command::new(peers::program("kustomize-controller"));
    controller.args(flags);
    // Nobody listens for events; the cluster has them, too.
    controller.arg("--events-addr=");
    controller.arg(format!("--metrics-addr=127.0.0.1:{}", port()));
    controller.arg(format!("--health-addr=127.0.0.1:{health}"));
    match gate {
        Gate::Open => controller.args([
            "--feature-gates=ExternalArtifact=true",
            "--watch-label-selector=!sharding.fluxcd.io/key",
        ]),
        Gate::Closed => controller.arg("--watch-label-selector=sharding.fluxcd.io/key=closed"),
    };
    controller
        .env("KUBECONFIG", cluster.kubeconfig())
        .env("RUNTIME_NAMESPACE", "flux-system")
        .env("HOME", &home)
        .env("TMPDIR", &home);
    let mut controller = Program::start("kustomize-controller", logs, &home, &controller);
    controller.wait_until(|| answers(health, "/readyz").is_some_and(|it| it.contains(" 200 ")));
    controller
}

/// A folder as tar and gzip, without anything that changes by itself.
fn pack(folder: &Path) -> Vec<u8> {
    let mut tar = Command::new("tar");
    tar.args(["--create", "--use-compress-program=gzip --no-name"]);
    tar.args(["--sort=name", "--mtime=@0", "--mode=a+rX,u+w"]);
    tar.args(["--owner=0", "--group=0", "--numeric-owner"]);
    let output = tar.arg("--directory").arg(folder).arg(".").output();
    let output = output.expect("tar runs");
    assert!(output.status.success(), "{output:?}");
    output.stdout
}

/// The SHA-256 of a text in hexadecimal digits.
fn digest(text: &[u8]) -> String {
    let mut digits = String::new();
    for byte in Sha256::digest(text) {
        write!(digits, "{byte:02x}").expect("a string takes all");
    }
    digits
}
