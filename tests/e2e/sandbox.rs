//! `sandbox --cluster`: what is in a real cluster, in a catalog on loopback.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cluster::Cluster;
use crate::process::{Logs, PATIENCE, Program, work};
use crate::relay::Relay;

const KINDS: [&str; 2] = ["entities.glint.io", "clusterentities.glint.io"];

/// A sandbox that follows a cluster, with its catalog.
#[derive(Debug)]
pub(crate) struct Sandbox {
    program: Program,
    folder: PathBuf,
    /// Where its API is.
    pub(crate) url: String,
}

impl Sandbox {
    /// Starts one on a cluster.
    pub(crate) fn start(cluster: &Cluster) -> Self {
        Self::with(&cluster.kubeconfig())
    }

    fn with(kubeconfig: &Path) -> Self {
        Self::launch(kubeconfig, &["--port=0".to_owned()])
    }

    /// Starts one whose catalog is kept in a file, at a port: one that is started after
    /// it in its place is the same catalog, with an exporter that was started anew.
    pub(crate) fn kept(cluster: &Cluster, data: &Path, port: u16) -> Self {
        let arguments = [
            format!("--port={port}"),
            format!("--data={}", data.display()),
        ];
        Self::launch(&cluster.kubeconfig(), &arguments)
    }

    fn launch(kubeconfig: &Path, arguments: &[String]) -> Self {
        let folder = work("sandbox");
        let mut command = Command::new(crate::GLINT);
        command
            .args(["sandbox", "--cluster"])
            .args(arguments)
            .env("HOME", &folder)
            .env("KUBECONFIG", kubeconfig);
        let mut program = Program::start("sandbox", &Logs::new("sandbox"), &folder, &command);
        program.wait_until(|| true);
        let sandbox = Self {
            program,
            folder,
            url: String::new(),
        };
        let url = sandbox.wait("its address", || {
            let log = sandbox.program.log();
            let mut lines = log.lines();
            let url = lines.find(|line| line.starts_with("http://"));
            url.map(str::to_owned)
        });
        Self { url, ..sandbox }
    }

    /// Waits until something is there.
    #[track_caller]
    pub(crate) fn wait<T>(&self, what: &str, look: impl Fn() -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look() {
                return found;
            }
            assert!(
                Instant::now() < end,
                "{what}: {}\n{}",
                self.program.log(),
                self.entities().join(" ")
            );
            thread::sleep(Duration::from_millis(50)); // between two looks
        }
    }

    /// What the API answers.
    pub(crate) fn call(&self, method: &str, path: &str, body: &Value) -> Value {
        let credentials = json!({"clientId": "sandbox", "clientSecret": "sandbox"});
        let token = self.send("POST", "/v1/auth/access_token", &credentials, "");
        let token = token["accessToken"].as_str().unwrap_or_default();
        self.send(method, path, body, token)
    }

    fn send(&self, method: &str, path: &str, body: &Value, token: &str) -> Value {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--max-time", "30", "--request", method]);
        curl.args(["--header", "Content-Type: application/json"]);
        curl.args(["--header", &format!("Authorization: Bearer {token}")]);
        curl.args(["--data", "@-"])
            .arg(format!("{}{path}", self.url));
        // Not by a file: several tests ask the same sandbox at the same time.
        let pipes = curl.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut curl = pipes.expect("curl runs");
        let mut stdin = curl.stdin.take().expect("curl has a stdin");
        let written = stdin.write_all(body.to_string().as_bytes());
        written.expect("curl takes a body");
        drop(stdin);
        let output = curl.wait_with_output().expect("curl ends");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }

    /// All entities of the catalog, sorted: `service/pay`.
    pub(crate) fn entities(&self) -> Vec<String> {
        let all = json!({"combinator": "and", "rules": []});
        let found = self.call("POST", "/v1/entities/search", &all);
        let found = found["entities"].as_array().cloned().unwrap_or_default();
        let mut names: Vec<String> = found
            .iter()
            .map(|it| format!("{}/{}", text(&it["blueprint"]), text(&it["identifier"])))
            .collect();
        names.sort();
        names
    }

    #[track_caller]
    fn wait_for_entities(&self, expected: &[&str]) {
        self.wait(&format!("{expected:?}"), || {
            (self.entities() == expected).then_some(())
        });
    }

    /// What `publish --cluster` plans with a whole config.
    #[track_caller]
    fn plan(&self, cluster: &Cluster, config: &Value) -> Value {
        let file = self.folder.join("config.json");
        fs::write(&file, config.to_string()).expect("a config is written");
        let mut publish = Command::new(crate::GLINT);
        publish.args([
            "publish",
            "--cluster",
            "--replace",
            "--dry-run",
            "--format=json",
        ]);
        publish
            .args(["--integration=k8s-sandbox", "--mapping"])
            .arg(file);
        publish.env_clear().env("HOME", &self.folder);
        publish
            .env("KUBECONFIG", cluster.kubeconfig())
            .env("GLINT_API_URL", &self.url)
            .env("GLINT_CLIENT_ID", "sandbox")
            .env("GLINT_CLIENT_SECRET", "sandbox");
        let output = publish.output().expect("glint-gitops runs");
        let plan = serde_json::from_slice(&output.stdout);
        plan.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
    }

    #[track_caller]
    pub(crate) fn wait_for_line(&self, line: &str) {
        self.wait(line, || self.program.log().contains(line).then_some(()));
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn entity(name: &str, tier: u64) -> String {
    json!({
        "apiVersion": "glint.io/v1", "kind": "Entity",
        "metadata": {
            "name": name, "namespace": "shop",
            "annotations": {"gitops.glint.io/application": "checkout"},
        },
        "spec": {"blueprint": "service", "identifier": name, "properties": {"tier": tier}},
    })
    .to_string()
}

#[test]
fn a_sandbox_follows_what_is_in_a_cluster() {
    let cluster = Cluster::start();
    cluster.install_crds();
    cluster.namespace("shop");
    cluster.apply(&entity("pay", 1));

    let sandbox = Sandbox::start(&cluster);
    sandbox.wait_for_line("cluster test: 1 entity");
    sandbox.wait_for_entities(&["service/pay"]);

    cluster.apply(&entity("web", 1));
    sandbox.wait_for_entities(&["service/pay", "service/web"]);
    cluster.apply(&entity("web", 2));
    sandbox.wait("a new tier", || {
        let web = sandbox.call("GET", "/v1/blueprints/service/entities/web", &Value::Null);
        (web["entity"]["properties"]["tier"] == 2).then_some(())
    });
    publish_knows_all_that_is_there(&cluster, &sandbox);
    cluster.done(&["delete", "entity", "web", "--namespace=shop"], None);
    sandbox.wait_for_entities(&["service/pay"]);

    follows_a_mapping_of_others(&cluster, &sandbox);

    cluster.done(&["delete", "crd", KINDS[0]], None);
    sandbox.wait_for_entities(&["team/kept"]);
    sandbox.wait_for_line("the cluster serves no `glint.io/v1/entities`");
}

/// The plan is exact where its config is one of others, of which no witness could tell,
/// and a kind that the cluster lacks is never let through.
fn publish_knows_all_that_is_there(cluster: &Cluster, sandbox: &Sandbox) {
    let block = |kind: &str| {
        json!({
            "kind": kind,
            "selector": {"query": ".metadata.uid != null and .metadata.name != \"web\""},
            "glint": {"entity": {"mappings": [{
                "identifier": ".metadata.name",
                "blueprint": "\"service\"",
                "properties": {"tier": ".spec.properties.tier"},
            }]}},
        })
    };
    let plan = sandbox.plan(
        cluster,
        &json!({"resources": [block("glint.io/v1/entities")]}),
    );
    let deleted = json!([{"blueprint": "service", "identifier": "web", "reason": "unsent"}]);
    let (verdict, gone, new) = (&plan["verdict"], &plan["deleted"], &plan["created"]);
    assert_eq!([verdict, gone, new], [&json!("free"), &deleted, &json!([])]);

    let plan = sandbox.plan(cluster, &json!({"resources": [block("glint.io/v1/nopes")]}));
    assert_eq!(plan["verdict"], "refused");
    let hazards = plan["hazards"].as_array().expect("there are some");
    let unresolved = hazards.iter().find(|it| it["name"] == "unresolved-kind");
    assert_eq!(
        text(&unresolved.expect("it is one of them")["message"]),
        ".resources[0]: kind `glint.io/v1/nopes` is not served by the cluster: the exporter skips \
         the block and deletes its entities"
    );
}

/// Objects are what the API server has, and their kind is watched once a mapping asks
/// for it.
fn follows_a_mapping_of_others(cluster: &Cluster, sandbox: &Sandbox) {
    let team = json!({
        "identifier": "team", "title": "Team",
        "schema": {"properties": {
            "manager": {"type": "string"}, "namespace": {"type": "string"},
        }},
    });
    sandbox.call("POST", "/v1/blueprints", &team);
    let labelled = |name: &str| {
        json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "namespace": "shop", "labels": {"team": "yes"}},
        })
        .to_string()
    };
    cluster.apply(&labelled("kept"));
    let path = "/v1/integration/k8s-sandbox";
    let integration = sandbox.call("GET", path, &Value::Null);
    let mut config = integration["integration"]["config"].clone();
    let block = json!({
        "kind": "v1/configmaps",
        "selector": {"query": ".metadata.labels.team == \"yes\""},
        "glint": {"entity": {"mappings": [{
            "identifier": ".metadata.name",
            "blueprint": "\"team\"",
            "properties": {
                "manager": ".metadata.managedFields[0].manager",
                "namespace": ".metadata.namespace",
            },
        }]}},
    });
    config["resources"]
        .as_array_mut()
        .expect("the generated mapping has blocks")
        .push(block);
    sandbox.call(
        "PATCH",
        &format!("{path}/config"),
        &json!({"config": config}),
    );
    sandbox.wait_for_entities(&["service/pay", "team/kept"]);
    let kept = sandbox.call("GET", "/v1/blueprints/team/entities/kept", &Value::Null);
    assert_eq!(
        kept["entity"]["properties"],
        json!({"manager": "kubectl", "namespace": "shop"})
    );
    cluster.apply(&labelled("new"));
    sandbox.wait_for_entities(&["service/pay", "team/kept", "team/new"]);
    cluster.done(&["delete", "configmap", "new", "--namespace=shop"], None);
    sandbox.wait_for_entities(&["service/pay", "team/kept"]);
}

#[test]
fn a_kind_that_came_after_the_exporters_start_is_not_seen_before_the_next_one() {
    let cluster = Cluster::start();
    cluster.namespace("shop");
    let sandbox = Sandbox::start(&cluster);
    sandbox.wait_for_line(
        "kind `glint.io/v1/entities` is skipped, and what the exporter owns of it is deleted: the \
         cluster had no such kind when the exporter started",
    );
    sandbox.wait_for_line("the cluster serves no `glint.io/v1/entities`");

    cluster.install_crds();
    cluster.apply(&entity("pay", 1));
    sandbox.wait_for_line("`glint.io/v1/entities` came to be served after the exporter's start");
    sandbox.wait_for_line("cluster test: 1 entity, 1 pending");
    assert_eq!(sandbox.entities(), Vec::<String>::new());
    drop(sandbox);

    Sandbox::start(&cluster).wait_for_entities(&["service/pay"]);
}

#[test]
fn what_was_seen_stays_while_the_cluster_can_not_be_read() {
    let cluster = Cluster::start();
    cluster.install_crds();
    cluster.namespace("shop");
    cluster.apply(&entity("pay", 1));
    let kubeconfig = fs::read_to_string(cluster.kubeconfig()).expect("a kubeconfig");
    let port = cluster.port();
    let relay = Relay::to(port);
    let folder = work("relay");
    let file = folder.join("kubeconfig");
    let relayed = kubeconfig.replace(&port.to_string(), &relay.port.to_string());
    fs::write(&file, relayed).expect("a kubeconfig is written");

    let sandbox = Sandbox::with(&file);
    sandbox.wait_for_entities(&["service/pay"]);
    relay.cut();
    sandbox.wait_for_line("the cluster `test` can't be read");
    cluster.done(&["delete", "entity", "pay", "--namespace=shop"], None);
    cluster.apply(&entity("web", 1));
    assert_eq!(sandbox.entities(), ["service/pay"]);
    relay.mend();
    sandbox.wait_for_entities(&["service/web"]);
    sandbox.wait_for_line("cluster test can be read again");
    let log = sandbox.program.log();
    assert_eq!(log.matches("can't be read").count(), 1, "{log}");
    fs::remove_dir_all(folder).expect("the folder was there");
}
