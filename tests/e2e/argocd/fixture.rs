//! Argo CD's processes on a cluster: redis, the plugin's server, the
//! repo-server, the application controller and the API server.

use std::fs;
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::Value;

use super::{Application, Repository};
use crate::cluster::Cluster;
use crate::peers;
use crate::process::{Logs, Program, port, work};

/// A running Argo CD.
#[derive(Debug)]
pub(crate) struct ArgoCd {
    cluster: ClusterOf,
    home: PathBuf,
    server: u16,
    repo_server: u16,
    _programs: Vec<Program>,
}

#[derive(Debug)]
enum ClusterOf {
    All(&'static Cluster),
    One(Box<Cluster>),
}

/// How the plugin's server is set up, beside what is shipped.
#[derive(Debug, Default)]
pub(crate) struct Setup<'a> {
    /// Its variables.
    pub(crate) variables: &'a [(&'a str, &'a str)],
    /// A folder that stands before `helm` and `kustomize` on its path, and goes with
    /// it.
    pub(crate) programs: Option<&'a Path>,
    /// Seconds that the controller waits for a render; Argo CD's own are 60.
    pub(crate) timeout: Option<u32>,
}

impl ArgoCd {
    /// The Argo CD of all tests that are content with one, on a cluster where an
    /// operator has installed Glint's CRDs.
    pub(crate) fn shared() -> &'static Self {
        static SHARED: OnceLock<ArgoCd> = OnceLock::new();
        SHARED.get_or_init(|| Self::on(ClusterOf::All(Cluster::shared()), &Setup::default()))
    }

    /// Starts one as it comes, on a cluster of its own, which has none of Glint's
    /// CRDs.
    pub(crate) fn alone() -> Self {
        Self::start(&Setup::default())
    }

    /// Starts one on a cluster of its own, which has none of Glint's CRDs.
    pub(crate) fn start(setup: &Setup) -> Self {
        Self::on(ClusterOf::One(Box::new(Cluster::start())), setup)
    }

    fn on(cluster: ClusterOf, setup: &Setup) -> Self {
        let home = work("argocd");
        let logs = Logs::new("argocd");
        install(cluster.get());
        let processes = Processes {
            setup,
            home: &home,
            logs: &logs,
            kubeconfig: kubeconfig(cluster.get(), &home),
            redis: port(),
            repo_server: port(),
            server: port(),
        };
        let mut redis = processes.redis();
        redis.wait_until(|| TcpStream::connect(("127.0.0.1", processes.redis)).is_ok());
        let mut cmp_server = processes.cmp_server();
        let socket = home.join("plugins/glint-gitops.sock");
        cmp_server.wait_until(|| socket.exists());
        let mut repo_server = processes.repo_server();
        repo_server.wait_until(|| TcpStream::connect(("127.0.0.1", processes.repo_server)).is_ok());
        let controller = processes.controller();
        let mut server = processes.server();
        server.wait_until(|| TcpStream::connect(("127.0.0.1", processes.server)).is_ok());
        Self {
            server: processes.server,
            repo_server: processes.repo_server,
            _programs: vec![server, controller, repo_server, cmp_server, redis],
            cluster,
            home,
        }
    }

    /// Starts the controller that makes Applications of ApplicationSets.
    pub(crate) fn application_sets(&self) -> Program {
        let logs = Logs::new("application-sets");
        let home = work("application-sets");
        let any = || format!("127.0.0.1:{}", port());
        let mut controller = Command::new(peers::program("argocd"));
        controller.env("ARGOCD_BINARY_NAME", "argocd-applicationset-controller");
        controller.env("HOME", &home).env("TMPDIR", &home);
        controller.env("KUBECONFIG", self.home.join("kubeconfig"));
        controller.args(["--namespace", "argocd", "--repo-server-plaintext"]);
        controller.args([
            "--argocd-repo-server",
            &format!("127.0.0.1:{}", self.repo_server),
        ]);
        controller.args(["--metrics-addr", &any(), "--probe-addr", &any()]);
        controller.args(["--webhook-addr", &any()]);
        Program::start("applicationset-controller", &logs, &home, &controller)
    }

    /// The cluster it runs on and deploys to.
    pub(crate) fn cluster(&self) -> &Cluster {
        self.cluster.get()
    }

    /// The folder of the plugins' sockets.
    pub(crate) fn plugins(&self) -> PathBuf {
        self.home.join("plugins")
    }

    /// A new Git repository.
    pub(crate) fn repository(&self, name: &str) -> Repository {
        Repository::init(self.home.join("repositories").join(name))
    }

    /// An Application by its name, which is also its destination namespace.
    pub(crate) fn application<'a>(&'a self, name: &'a str) -> Application<'a> {
        Application::new(self, name)
    }

    /// What Argo CD's API answers to a `GET`, or to a `POST` of `body`.
    #[track_caller]
    pub(crate) fn api(&self, path: &str, body: Option<&Value>) -> Value {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--max-time", "60"]);
        if let Some(body) = body {
            curl.args(["--json", &body.to_string()]);
        }
        curl.arg(format!("http://127.0.0.1:{}{path}", self.server));
        let output = curl.output().expect("curl runs");
        assert!(output.status.success(), "{path}: {output:?}");
        serde_json::from_slice(&output.stdout).expect("Argo CD answers in JSON")
    }
}

impl ClusterOf {
    fn get(&self) -> &Cluster {
        match self {
            Self::All(cluster) => cluster,
            Self::One(cluster) => cluster,
        }
    }
}

/// Installs Argo CD's CRDs and the settings without which its programs refuse to
/// start.
pub(crate) fn install(cluster: &Cluster) {
    let crds = peers::program("argocd-files").join("crds");
    let crds = crds.display().to_string();
    cluster.done(&["apply", "--server-side", "--filename", &crds], None);
    for crd in ["applications", "applicationsets", "appprojects"] {
        cluster.wait_established(&format!("{crd}.argoproj.io"));
    }
    cluster.namespace("argocd");
    cluster.apply(
        "
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-cm, namespace: argocd, labels: {app.kubernetes.io/part-of: argocd}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: argocd-rbac-cm, namespace: argocd, labels: {app.kubernetes.io/part-of: argocd}}
---
apiVersion: v1
kind: Secret
metadata: {name: argocd-secret, namespace: argocd, labels: {app.kubernetes.io/part-of: argocd}}
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: default, namespace: argocd}
spec:
  sourceRepos: ['*']
  sourceNamespaces: ['*']
  destinations: [{namespace: '*', server: '*'}]
  clusterResourceWhitelist: [{group: '*', kind: '*'}]
",
    );
}

/// The cluster's kubeconfig with Argo CD's namespace as the current one, which is
/// how its programs know where they live.
fn kubeconfig(cluster: &Cluster, home: &Path) -> PathBuf {
    let text = fs::read_to_string(cluster.kubeconfig()).expect("the kubeconfig can be read");
    let path = home.join("kubeconfig");
    let text = text.replace("namespace: default", "namespace: argocd");
    fs::write(&path, text).expect("the kubeconfig is written");
    path
}

/// How each of Argo CD's programs is started.
struct Processes<'a> {
    setup: &'a Setup<'a>,
    home: &'a Path,
    logs: &'a Logs,
    kubeconfig: PathBuf,
    redis: u16,
    repo_server: u16,
    server: u16,
}

impl Processes<'_> {
    fn redis(&self) -> Program {
        let mut redis = Command::new("redis-server");
        redis.args(["--bind", "127.0.0.1", "--port", &self.redis.to_string()]);
        redis.args(["--save", "", "--appendonly", "no"]);
        Program::start("redis", self.logs, self.home, &redis)
    }

    /// The sidecar: its path holds what the image holds, and nothing else.
    fn cmp_server(&self) -> Program {
        let tools = self.folder("sidecar");
        link(Path::new(crate::GLINT), &tools.join("glint-gitops"));
        link(&peers::program("helm4"), &tools.join("helm"));
        link(&peers::program("kustomize"), &tools.join("kustomize"));
        let mut path = tools.into_os_string();
        if let Some(programs) = self.setup.programs {
            path = format!("{}:{}", programs.display(), path.display()).into();
        }
        let mut server = self.argocd("cmp-server");
        // The shipped `plugin.yaml` stands there.
        server.args(["--config-dir-path", env!("CARGO_MANIFEST_DIR")]);
        server.env("PATH", path);
        server.env("ARGOCD_CMP_WORKDIR", self.folder("renders"));
        server.envs(self.setup.variables.iter().copied());
        let work = self.setup.programs.unwrap_or(self.home);
        Program::start("cmp-server", self.logs, work, &server)
    }

    fn repo_server(&self) -> Program {
        let tools = self.folder("repo-server");
        let files = peers::program("argocd-files").join("bin");
        link(&peers::program("helm4"), &tools.join("helm"));
        link(&peers::program("kustomize"), &tools.join("kustomize"));
        let mut server = self.argocd("repo-server");
        server.args(["--disable-tls", "--client-ca-path", ""]);
        server.args([
            "--address",
            "127.0.0.1",
            "--port",
            &self.repo_server.to_string(),
        ]);
        server.args([
            "--metrics-address",
            "127.0.0.1",
            "--metrics-port",
            &port().to_string(),
        ]);
        server.args(["--redis", &self.redis_address()]);
        server.env(
            "PATH",
            format!("{}:{}:/usr/bin:/bin", tools.display(), files.display()),
        );
        server.env("ARGOCD_GPG_ENABLED", "false");
        Program::start("repo-server", self.logs, self.home, &server)
    }

    fn controller(&self) -> Program {
        let mut controller = self.argocd("application-controller");
        controller.args(["--metrics-port", &port().to_string()]);
        self.connect(&mut controller);
        if let Some(timeout) = self.setup.timeout {
            controller.args(["--repo-server-timeout-seconds", &timeout.to_string()]);
        }
        Program::start("application-controller", self.logs, self.home, &controller)
    }

    fn server(&self) -> Program {
        let mut server = self.argocd("server");
        server.args(["--disable-auth", "--insecure"]);
        server.args(["--application-namespaces", "*"]);
        server.args(["--address", "127.0.0.1", "--port", &self.server.to_string()]);
        server.args([
            "--metrics-address",
            "127.0.0.1",
            "--metrics-port",
            &port().to_string(),
        ]);
        self.connect(&mut server);
        Program::start("server", self.logs, self.home, &server)
    }

    /// Which redis, repo-server and cluster a program speaks with.
    fn connect(&self, program: &mut Command) {
        program.args(["--redis", &self.redis_address(), "--repo-server-plaintext"]);
        program.args(["--repo-server", &format!("127.0.0.1:{}", self.repo_server)]);
        program.env("KUBECONFIG", &self.kubeconfig);
        program.env("ARGOCD_FAKE_IN_CLUSTER", "true");
    }

    fn redis_address(&self) -> String {
        format!("127.0.0.1:{}", self.redis)
    }

    /// One of Argo CD's programs, with all that it writes below the fixture's home.
    fn argocd(&self, name: &str) -> Command {
        let mut command = Command::new(peers::program("argocd"));
        command.env("ARGOCD_BINARY_NAME", format!("argocd-{name}"));
        command.env("HOME", self.folder("home"));
        command.env("TMPDIR", self.folder("tmp"));
        command.env("ARGOCD_PLUGINSOCKFILEPATH", self.folder("plugins"));
        for (variable, folder) in [
            ("ARGOCD_TLS_DATA_PATH", "tls"),
            ("ARGOCD_SSH_DATA_PATH", "ssh"),
            ("ARGOCD_GNUPGHOME", "gpg"),
        ] {
            command.env(variable, self.folder(folder));
        }
        command.env("ARGOCD_ASK_PASS_SOCK", self.home.join("ask-pass.sock"));
        command
    }

    fn folder(&self, name: &str) -> PathBuf {
        let folder = self.home.join(name);
        fs::create_dir_all(&folder).expect("a folder of the fixture");
        folder
    }
}

fn link(program: &Path, name: &Path) {
    symlink(program, name).expect("a link to a program");
}
