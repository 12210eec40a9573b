//! A Kubernetes API: etcd and kube-apiserver on loopback, and kubectl.
//!
//! There are no nodes, and of the controllers only those that delete: the garbage
//! collector, without which nothing goes that is deleted in the foreground, and
//! that of the namespaces.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{LazyLock, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::peers;
use crate::process::{Logs, PATIENCE, Program, port, work};

/// A running cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    home: PathBuf,
    // In this order they end: an API server without its etcd hangs.
    _controllers: Program,
    _apiserver: Program,
    _etcd: Program,
}

impl Cluster {
    /// The cluster of all tests that are content with one where an operator has
    /// installed Glint's CRDs.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<Cluster> = OnceLock::new();
        SHARED.get_or_init(|| {
            let cluster = Self::start();
            cluster.install_crds();
            cluster
        })
    }

    /// The cluster of all tests that want one without Glint's CRDs, and leave it so.
    pub(crate) fn without_crds() -> &'static Self {
        static WITHOUT_CRDS: OnceLock<Cluster> = OnceLock::new();
        WITHOUT_CRDS.get_or_init(Self::start)
    }

    /// Starts a cluster that has nothing but what Kubernetes has.
    pub(crate) fn start() -> Self {
        let logs = Logs::new("cluster");
        let etcd_data = work("etcd");
        let home = work("cluster");
        let (client, peer, secure) = (port(), port(), port());

        let mut etcd = Command::new(peers::program("etcd"));
        let url = format!("http://127.0.0.1:{client}");
        let peer_url = format!("http://127.0.0.1:{peer}");
        etcd.arg("--data-dir").arg(&etcd_data);
        etcd.args([
            "--listen-client-urls",
            &url,
            "--advertise-client-urls",
            &url,
        ]);
        etcd.args([
            "--listen-peer-urls",
            &peer_url,
            "--initial-advertise-peer-urls",
            &peer_url,
        ]);
        etcd.args(["--initial-cluster", &format!("default={peer_url}")]);
        etcd.arg("--unsafe-no-fsync");
        let mut etcd = Program::start("etcd", &logs, &etcd_data, &etcd);
        etcd.wait_until(|| TcpStream::connect(("127.0.0.1", client)).is_ok());

        credentials(&home, secure);
        let mut apiserver = apiserver(&home, secure, &url, &logs);
        apiserver.wait_until(|| is_ready(secure));
        let controllers = controllers(&home, &logs);
        let cluster = Self {
            home,
            _controllers: controllers,
            _apiserver: apiserver,
            _etcd: etcd,
        };
        cluster.wait_for("namespaces", "", "default", |_| true);
        cluster
    }

    /// Installs Glint's CRDs as the README says, and waits until they are served.
    pub(crate) fn install_crds(&self) {
        self.apply(&crds("glint"));
        for crd in ["entities.glint.io", "clusterentities.glint.io"] {
            self.wait_established(crd);
        }
    }

    /// Waits until the API server serves what a CRD defines.
    #[track_caller]
    pub(crate) fn wait_established(&self, crd: &str) {
        self.wait_for("crds", "", crd, |crd| {
            condition(crd, "Established").is_some_and(|established| established["status"] == "True")
        });
    }

    /// The kubeconfig of an administrator.
    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.home.join("kubeconfig")
    }

    /// The port of its API server.
    pub(crate) fn port(&self) -> u16 {
        let text = fs::read_to_string(self.kubeconfig()).expect("the kubeconfig can be read");
        let after = text.split("127.0.0.1:").nth(1);
        let port = after.and_then(|it| it.split('\'').next());
        port.and_then(|it| it.parse().ok()).expect("it has a port")
    }

    /// What `kubectl` answers, with `stdin`.
    pub(crate) fn kubectl<S: AsRef<OsStr>>(&self, arguments: &[S], stdin: Option<&str>) -> Output {
        kubectl(&self.home, arguments, stdin)
    }

    /// What `kubectl` prints. Panics where it fails.
    #[track_caller]
    pub(crate) fn done<S: AsRef<OsStr>>(&self, arguments: &[S], stdin: Option<&str>) -> String {
        let output = self.kubectl(arguments, stdin);
        let words: Vec<_> = arguments.iter().map(AsRef::as_ref).collect();
        assert!(
            output.status.success(),
            "kubectl {words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).expect("kubectl prints text")
    }

    /// Applies manifests on the server's side, with strict validation.
    #[track_caller]
    pub(crate) fn apply(&self, manifests: &str) {
        let arguments = ["apply", "--server-side", "--validate=strict", "-f", "-"];
        self.done(&arguments, Some(manifests));
    }

    /// Makes a namespace, unless it is there.
    pub(crate) fn namespace(&self, name: &str) {
        self.apply(&format!(
            "{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}}}}}"
        ));
    }

    /// An object as it is now; `None` where there is none. `namespace` is empty for
    /// what has none.
    #[track_caller]
    pub(crate) fn get(&self, kind: &str, namespace: &str, name: &str) -> Option<Value> {
        let arguments = [
            "get",
            kind,
            name,
            "--namespace",
            namespace,
            "--output=json",
            "--ignore-not-found",
        ];
        let text = self.done(&arguments, None);
        (!text.is_empty()).then(|| serde_json::from_str(&text).expect("kubectl prints JSON"))
    }

    /// The names of all objects of a kind in a namespace, sorted.
    #[track_caller]
    pub(crate) fn names(&self, kind: &str, namespace: &str) -> Vec<String> {
        let arguments = ["get", kind, "--namespace", namespace, "--output=name"];
        let text = self.done(&arguments, None);
        let name = |line: &str| {
            line.split_once('/')
                .map_or(line, |(_, name)| name)
                .to_owned()
        };
        text.lines().map(name).collect()
    }

    /// Waits until an object is as `wanted`, and returns it so.
    #[track_caller]
    pub(crate) fn wait_for(
        &self,
        kind: &str,
        namespace: &str,
        name: &str,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let found = self.watched(kind, namespace, name, PATIENCE, wanted);
        found.unwrap_or_else(|| {
            let last = self.get(kind, namespace, name);
            panic!("{kind} {name} did not become as wanted: {last:#?}")
        })
    }

    /// Waits until an object is gone.
    #[track_caller]
    pub(crate) fn wait_gone(&self, kind: &str, namespace: &str, name: &str) {
        let timeout = format!("--timeout={}s", PATIENCE.as_secs());
        let object = format!("{kind}/{name}");
        let arguments = [
            "wait",
            "--for=delete",
            &object,
            "--namespace",
            namespace,
            &timeout,
        ];
        self.done(&arguments, None);
    }

    /// The first state of an object that is as `wanted`, if it comes in time.
    pub(crate) fn watched(
        &self,
        kind: &str,
        namespace: &str,
        name: &str,
        patience: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Option<Value> {
        let selector = format!("metadata.name={name}");
        self.followed(kind, namespace, &selector, patience, wanted)
    }

    /// The same of all objects that a field selector leaves; none are left out by an
    /// empty one.
    pub(crate) fn followed(
        &self,
        kind: &str,
        namespace: &str,
        selector: &str,
        patience: Duration,
        mut wanted: impl FnMut(&Value) -> bool,
    ) -> Option<Value> {
        let selector = format!("--field-selector={selector}");
        let arguments = [
            "get",
            kind,
            "--namespace",
            namespace,
            &selector,
            "--watch",
            "--output=json",
        ];
        let mut watch = command(&self.home)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("kubectl starts");
        let stdout = watch.stdout.take().expect("kubectl has a stdout");
        let (sender, receiver) = mpsc::channel();
        let reader = thread::spawn(move || {
            let states = serde_json::Deserializer::from_reader(stdout).into_iter::<Value>();
            for state in states.map_while(Result::ok) {
                if sender.send(state).is_err() {
                    break;
                }
            }
        });
        let end = Instant::now() + patience;
        let found = loop {
            match receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(state) => {
                    if wanted(&state) {
                        break Some(state);
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break None,
            }
        };
        drop(receiver);
        // It may have ended by itself.
        let _ = watch.kill();
        watch.wait().expect("kubectl ends");
        reader.join().expect("the reader ends");
        found
    }
}

/// The CRDs of a dialect, as `glint-gitops crds` prints them.
pub(crate) fn crds(dialect: &str) -> String {
    let mut command = Command::new(crate::GLINT);
    let output = command.args(["crds", "--dialect", dialect]).output();
    let output = output.expect("glint-gitops runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("CRDs are text")
}

/// The condition of a type in an object's status.
pub(crate) fn condition<'a>(object: &'a Value, kind: &str) -> Option<&'a Value> {
    let conditions = object["status"]["conditions"].as_array()?;
    conditions
        .iter()
        .find(|condition| condition["type"] == kind)
}

/// The token of the administrator. Nothing but this machine can reach the API
/// server, and it lives as long as the tests.
const TOKEN: &str = "administrator";

/// Writes what the API server and kubectl prove themselves with.
fn credentials(home: &Path, port: u16) {
    let write = |name: &str, text: &str| {
        fs::write(home.join(name), text).expect("a file of the cluster is written");
    };
    write(
        "tokens.csv",
        &format!("{TOKEN},administrator,1,system:masters\n"),
    );
    write(
        "kubeconfig",
        &format!(
            "apiVersion: v1
kind: Config
current-context: test
contexts:
- {{name: test, context: {{cluster: test, user: administrator, namespace: default}}}}
clusters:
- name: test
  cluster: {{server: 'https://127.0.0.1:{port}', insecure-skip-tls-verify: true}}
users:
- {{name: administrator, user: {{token: {TOKEN}}}}}
"
        ),
    );
    let key = Command::new("openssl")
        .args(["genrsa", "-out"])
        .arg(home.join("service-accounts.key"))
        .output()
        .expect("openssl runs");
    assert!(key.status.success(), "{key:?}");
}

fn apiserver(home: &Path, port: u16, etcd: &str, logs: &Logs) -> Program {
    let certificates = home.join("certificates");
    let file = |name: &str| home.join(name).display().to_string();
    let mut apiserver = Command::new(peers::program("kube-apiserver"));
    apiserver.args([
        "--bind-address=127.0.0.1",
        "--authorization-mode=RBAC",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--service-account-issuer=https://kubernetes.default.svc",
        // There is no controller that would make the service accounts.
        "--disable-admission-plugins=ServiceAccount",
    ]);
    apiserver.args([
        format!("--etcd-servers={etcd}"),
        format!("--secure-port={port}"),
        format!("--cert-dir={}", certificates.display()),
        format!("--token-auth-file={}", file("tokens.csv")),
        format!(
            "--service-account-key-file={}",
            file("service-accounts.key")
        ),
        format!(
            "--service-account-signing-key-file={}",
            file("service-accounts.key")
        ),
    ]);
    Program::start("kube-apiserver", logs, home, &apiserver)
}

/// Whether the API server says that it is ready. Not by kubectl, which would take
/// more of the machine than the API server while it starts.
fn is_ready(port: u16) -> bool {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--fail", "--insecure", "--max-time", "5"]);
    curl.args(["--header", &format!("Authorization: Bearer {TOKEN}")]);
    curl.arg(format!("https://127.0.0.1:{port}/readyz"));
    curl.output().expect("curl runs").status.success()
}

fn controllers(home: &Path, logs: &Logs) -> Program {
    let mut controllers = Command::new(peers::program("kube-controller-manager"));
    controllers.args([
        "--controllers=garbage-collector-controller,namespace-controller",
        "--leader-elect=false",
        "--secure-port=0",
    ]);
    controllers.arg("--kubeconfig").arg(home.join("kubeconfig"));
    Program::start("kube-controller-manager", logs, home, &controllers)
}

fn command(home: &Path) -> Command {
    static KUBECTL: LazyLock<PathBuf> = LazyLock::new(|| peers::program("kubectl"));
    let mut kubectl = Command::new(&*KUBECTL);
    kubectl.env_clear();
    kubectl
        .env("HOME", home)
        .env("KUBECONFIG", home.join("kubeconfig"));
    kubectl
}

fn kubectl<S: AsRef<OsStr>>(home: &Path, arguments: &[S], stdin: Option<&str>) -> Output {
    let mut kubectl = command(home)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("kubectl starts");
    let mut pipe = kubectl.stdin.take().expect("kubectl has a stdin");
    // It may not read all of it.
    let _ = pipe.write_all(stdin.unwrap_or_default().as_bytes());
    drop(pipe);
    kubectl.wait_with_output().expect("kubectl ends")
}
