//! The controller, as a shipped folder sets it up: with its flags, its variables and
//! the rights of its ServiceAccount.

use std::fs;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::cluster::Cluster;
use crate::packages::{built, root};
use crate::process::{Logs, PATIENCE, Program, answers, port, work};

/// What the cluster is called in the catalog.
pub(super) const CLUSTER: &str = "e2e";

/// The Deployment and the ServiceAccount.
const DEPLOYMENT: &str = "glint-report";

/// The files of the credentials.
const CREDENTIALS: [&str; 2] = ["client-id", "client-secret"];

/// `controller report`, which may be away.
#[derive(Debug)]
pub(super) struct Controller {
    namespace: &'static str,
    arguments: Vec<String>,
    kubeconfig: String,
    ports: Ports,
    program: Option<Program>,
}

/// Where it listens.
#[derive(Clone, Copy, Debug)]
struct Ports {
    health: u16,
    metrics: u16,
    gate: u16,
}

impl Controller {
    /// Applies a shipped folder, such as `flux/report`, and starts what its Deployment
    /// says, with the catalog of this address.
    #[track_caller]
    pub(super) fn shipped(folder: &str, cluster: &Cluster, catalog: &str) -> Self {
        Self::edited(folder, cluster, catalog, &[])
    }

    /// The same with arguments that an operator has added.
    #[track_caller]
    pub(super) fn edited(folder: &str, cluster: &Cluster, catalog: &str, added: &[&str]) -> Self {
        let namespace = match folder {
            "argocd/controller" => "argocd",
            _ => "flux-system",
        };
        cluster.apply(&built(&root().join(folder)));
        let deployment = cluster.get("deployments.apps", namespace, DEPLOYMENT);
        let deployment = deployment.expect("the folder has a Deployment");
        let container = &deployment["spec"]["template"]["spec"]["containers"][0];
        let [health, metrics, gate] = [(); 3].map(|()| port());
        let loopback = |port: u16| format!("127.0.0.1:{port}");
        let edited = [
            ("api-url", catalog.to_owned()),
            ("cluster-name", CLUSTER.to_owned()),
            ("integration", "k8s-sandbox".to_owned()),
            ("health-addr", loopback(health)),
            ("metrics-addr", loopback(metrics)),
            ("gate-addr", loopback(gate)),
        ];
        let mut arguments = kept(container, &edited);
        arguments.extend(edited.map(|(flag, value)| format!("--{flag}={value}")));
        arguments.extend(added.iter().map(|it| (*it).to_owned()));
        let mut controller = Self {
            namespace,
            arguments,
            kubeconfig: as_service_account(cluster, namespace),
            ports: Ports {
                health,
                metrics,
                gate,
            },
            program: None,
        };
        controller.start();
        controller
    }

    /// Starts it, and waits until it calls itself ready.
    #[track_caller]
    pub(super) fn start(&mut self) {
        let home = work("report");
        let write = |name: &str, text: &str| -> String {
            let path = home.join(name);
            fs::write(&path, text).expect("a file of the controller is written");
            path.display().to_string()
        };
        let mut command = Command::new(crate::GLINT);
        command.args(&self.arguments);
        for file in CREDENTIALS {
            command.arg(format!("--{file}-file={}", write(file, "sandbox")));
        }
        command
            .env("RUNTIME_NAMESPACE", self.namespace)
            .env("POD_NAME", "glint-report-0")
            .env("KUBECONFIG", write("kubeconfig", &self.kubeconfig))
            .env("HOME", &home);
        let program = Program::start("controller", &Logs::new("controller"), &home, &command);
        let health = self.ports.health;
        let program = self.program.insert(program);
        program.wait_until(|| answers(health, "/readyz").is_some_and(|it| it.contains(" 200 ")));
    }

    /// Ends it as a node does that dies.
    pub(super) fn kill(&mut self) {
        self.program = None;
    }

    /// What it has logged since its start.
    pub(super) fn log(&self) -> String {
        self.program.as_ref().map(Program::log).unwrap_or_default()
    }

    /// What one of its metrics says; none where it has not counted that yet.
    pub(super) fn metric(&self, series: &str) -> Option<f64> {
        let text = answers(self.ports.metrics, "/metrics")?;
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
        value.parse().ok()
    }

    /// What its gate says of `application/argocd/shop?revision=…`: status, state and
    /// reason, as in `200 agrees EntitiesDelivered`, and all of it.
    #[track_caller]
    pub(super) fn gate(&self, question: &str) -> (String, Value) {
        let answer = answers(self.ports.gate, &format!("/v1/gate/{question}"));
        let answer = answer.expect("the gate answers");
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
        let status = head.split(' ').nth(1).unwrap_or_default();
        let body: Value = serde_json::from_str(body).expect("the gate answers in JSON");
        let text = |name: &str| body[name].as_str().unwrap_or("-");
        let said = format!("{status} {} {}", text("state"), text("reason"));
        (said, body)
    }

    /// Waits until its gate says this, and returns all of it.
    #[track_caller]
    pub(super) fn wait_for_gate(&self, question: &str, expected: &str) -> Value {
        let end = Instant::now() + PATIENCE;
        loop {
            let (said, body) = self.gate(question);
            if said == expected {
                return body;
            }
            assert!(Instant::now() < end, "{question}: {said}\n{body:#}");
            thread::sleep(Duration::from_millis(50)); // between two looks
        }
    }
}

/// The arguments of the Deployment without those that are given otherwise here; what an
/// operator edits is among them.
#[track_caller]
fn kept(container: &Value, edited: &[(&str, String)]) -> Vec<String> {
    let arguments = container["args"].as_array().expect("it has arguments");
    let arguments = arguments.iter().filter_map(Value::as_str);
    let is_kept = |argument: &&str| {
        let flag = argument
            .strip_prefix("--")
            .and_then(|it| it.split_once('='));
        let is_edited = |flag: &str| edited.iter().any(|(name, _)| flag == *name);
        let is_file = |flag: &str| CREDENTIALS.contains(&flag.trim_end_matches("-file"));
        // Nobody listens for events, unless a test does.
        flag.is_none_or(|(flag, _)| flag != "events-addr" && !is_file(flag) && !is_edited(flag))
    };
    arguments.filter(is_kept).map(str::to_owned).collect()
}

/// A kubeconfig with a token of the controller's ServiceAccount, and nothing else.
#[track_caller]
fn as_service_account(cluster: &Cluster, namespace: &str) -> String {
    let namespaced = format!("--namespace={namespace}");
    let token = cluster.done(&["create", "token", DEPLOYMENT, &namespaced], None);
    let text = fs::read_to_string(cluster.kubeconfig()).expect("the kubeconfig can be read");
    let own = text.replace("token: administrator", &format!("token: {}", token.trim()));
    assert_ne!(own, text, "the administrator's token is gone");
    own
}
