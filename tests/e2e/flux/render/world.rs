//! The controller on a cluster where its package is applied, beside Flux; and one
//! GlintRender with what is before and after it.
//!
//! Invariant: nobody but the package gives the controller a right.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::cluster::{Cluster, condition};
use crate::flux::Flux;
use crate::flux::fixture::Archive;
use crate::flux::kustomization::Kustomization;
use crate::peers;
use crate::process::{Logs, Program, answers, port, work};

/// GlintRenders, as kubectl knows them.
pub(super) const KIND: &str = "glintrenders.gitops.glint.io";
/// ExternalArtifacts, as kubectl knows them.
pub(super) const ARTIFACT: &str = "externalartifacts.source.toolkit.fluxcd.io";

/// Flux, and the controller beside it.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) flux: Flux<'a>,
    pub(super) controller: Controller,
}

impl World<'static> {
    /// The one of all tests that leave the controller as it is.
    pub(super) fn shared() -> &'static Self {
        static CLUSTER: OnceLock<Cluster> = OnceLock::new();
        static SHARED: OnceLock<World<'static>> = OnceLock::new();
        SHARED.get_or_init(|| World::on(CLUSTER.get_or_init(Cluster::start)))
    }
}

impl<'a> World<'a> {
    /// Applies the package to a cluster that has nothing yet, and starts all.
    pub(super) fn on(cluster: &'a Cluster) -> Self {
        let flux = Flux::installed(cluster);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/flux/render");
        let apply = [
            "apply",
            "--server-side",
            "--validate=strict",
            "--warnings-as-errors",
            "--kustomize",
            folder,
        ];
        let output = cluster.kubectl(&apply, None);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{said}");
        assert_eq!(said, "");
        cluster.wait_established(KIND);
        let controller = Controller::start(cluster, &flux);
        Self { flux, controller }
    }

    pub(super) fn cluster(&self) -> &'a Cluster {
        self.flux.cluster()
    }

    /// A GlintRender by its name, in a new namespace of this name.
    #[track_caller]
    pub(super) fn app<'w>(&'w self, name: &'w str) -> App<'w> {
        self.cluster().namespace(name);
        App { world: self, name }
    }
}

/// The program under test, as the Deployment of the package starts it.
#[derive(Debug)]
pub(super) struct Controller {
    program: Program,
    storage: PathBuf,
    served_at: u16,
}

impl Controller {
    /// Starts one, and waits until it calls itself ready.
    pub(super) fn start(cluster: &Cluster, flux: &Flux<'_>) -> Self {
        Self::serving(cluster, flux, port())
    }

    /// Starts one that serves where another one has served before.
    pub(super) fn serving(cluster: &Cluster, flux: &Flux<'_>, served_at: u16) -> Self {
        let home = work("render");
        let (storage, health) = (home.join("data"), port());
        fs::create_dir(&storage).expect("a folder for artifacts");
        let kubeconfig = kubeconfig(cluster, &home);
        let mut controller = Command::new(crate::GLINT);
        controller.args(["controller", "render"]);
        controller.arg("--storage-path").arg(&storage);
        controller.arg("--kustomize-path");
        controller.arg(peers::program("kustomize"));
        let sources = flux.url("");
        let sources = sources.trim_start_matches("http://").trim_end_matches('/');
        controller.args([
            format!("--storage-addr=127.0.0.1:{served_at}"),
            format!("--storage-adv-addr=127.0.0.1:{served_at}"),
            format!("--metrics-addr=127.0.0.1:{}", port()),
            format!("--health-addr=127.0.0.1:{health}"),
            format!("--allow-hosts={sources}"),
        ]);
        controller
            .env("KUBECONFIG", kubeconfig)
            .env("RUNTIME_NAMESPACE", "flux-system")
            .env("POD_NAME", format!("glint-render-{health}"))
            .env("HOME", &home)
            .env("TMPDIR", &home);
        let logs = Logs::new("render");
        let mut program = Program::start("glint-render", &logs, &home, &controller);
        program.wait_until(|| answers(health, "/readyz").is_some_and(|it| it.contains(" 200 ")));
        Self {
            program,
            storage,
            served_at,
        }
    }

    /// The port where it serves.
    pub(super) fn served_at(&self) -> u16 {
        self.served_at
    }

    /// A file of its storage.
    pub(super) fn stored(&self, path: &str) -> PathBuf {
        self.storage.join(path)
    }

    /// What it logged.
    pub(super) fn log(&self) -> String {
        self.program.log()
    }
}

/// A kubeconfig of the package's ServiceAccount, as the kubelet would give it.
fn kubeconfig(cluster: &Cluster, home: &Path) -> PathBuf {
    let token = cluster.done(
        &["create", "token", "glint-render", "--namespace=flux-system"],
        None,
    );
    let administrators = fs::read_to_string(cluster.kubeconfig()).expect("a kubeconfig");
    let own = administrators.replace(
        "user: {token: administrator}",
        &format!("user: {{token: {}}}", token.trim()),
    );
    assert_ne!(own, administrators);
    let path = home.join("kubeconfig");
    fs::write(&path, own).expect("a kubeconfig is written");
    path
}

/// A GlintRender, its GitRepository `source`, and the Kustomization of its name that
/// applies its ExternalArtifact: all in a namespace of that name.
#[derive(Clone, Copy, Debug)]
pub(super) struct App<'w> {
    pub(super) world: &'w World<'w>,
    pub(super) name: &'w str,
}

impl<'w> App<'w> {
    /// Makes files the artifact of its source.
    #[track_caller]
    pub(super) fn commit(self, revision: &str, files: &[(&str, &str)]) -> Archive {
        let archive = self.world.flux.archive(files);
        self.commit_archive(revision, &archive);
        archive
    }

    /// Makes an archive the artifact of its source.
    #[track_caller]
    pub(super) fn commit_archive(self, revision: &str, archive: &Archive) {
        let source = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "GitRepository",
            "metadata": {"name": "source", "namespace": self.name},
            "spec": {"interval": "1m", "url": "https://git.example.com/shop.git"},
        });
        self.world.cluster().apply(&source.to_string());
        let source = ("GitRepository", self.name, "source");
        self.world.flux.publish(source, revision, archive);
    }

    /// Commits one entity `pay` with a description, and a ConfigMap.
    #[track_caller]
    pub(super) fn commit_entity(self, revision: &str, description: &str) -> Archive {
        let entity = self.entity(description);
        let settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n";
        let kustomization = format!(
            "namespace: {}\nresources: [entity.yaml, settings.yaml]\n",
            self.name
        );
        self.commit(
            revision,
            &[
                ("deploy/kustomization.yaml", &kustomization),
                ("deploy/entity.yaml", &entity),
                ("deploy/settings.yaml", settings),
            ],
        )
    }

    /// The entity `pay` in its namespace.
    pub(super) fn entity(self, description: &str) -> String {
        format!(
            "apiVersion: glint.io/v1
kind: Entity
metadata: {{name: pay, namespace: {namespace}}}
spec:
  blueprint: service
  identifier: {namespace}-pay
  properties: {{description: {description}}}
",
            namespace = self.name
        )
    }

    /// Applies it, with these fields in its spec beside those that all have.
    #[track_caller]
    pub(super) fn render(self, fields: Value) -> Self {
        let object = self.object(fields);
        self.world.cluster().apply(&object.to_string());
        self
    }

    /// It as its author writes it.
    pub(super) fn object(self, fields: Value) -> Value {
        let mut object = json!({
            "apiVersion": "gitops.glint.io/v1alpha1",
            "kind": "GlintRender",
            "metadata": {"name": self.name, "namespace": self.name},
            "spec": {
                "sourceRef": {"kind": "GitRepository", "name": "source"},
                "path": "./deploy",
                "interval": "1h",
            },
        });
        for (name, value) in fields.as_object().expect("fields are a map") {
            object["spec"][name] = value.clone();
        }
        object
    }

    /// Waits until a revision of its source is rendered, and returns the artifact's.
    #[track_caller]
    pub(super) fn rendered(self, origin: &str) -> String {
        let object = self.wait(|object| {
            object["status"]["originRevision"] == origin
                && object["status"]["observedGeneration"] == object["metadata"]["generation"]
                && condition(object, "Ready").is_some_and(|it| it["status"] == "True")
        });
        let revision = &object["status"]["artifact"]["revision"];
        revision.as_str().expect("a revision").to_owned()
    }

    /// Waits until it is not ready for this reason, and returns the message.
    #[track_caller]
    pub(super) fn failed(self, reason: &str) -> String {
        let object = self.wait(|object| {
            condition(object, "Ready")
                .is_some_and(|it| it["status"] == "False" && it["reason"] == reason)
        });
        let ready = condition(&object, "Ready").expect("it was waited for");
        ready["message"].as_str().expect("a message").to_owned()
    }

    #[track_caller]
    pub(super) fn wait(self, wanted: impl Fn(&Value) -> bool) -> Value {
        let cluster = self.world.cluster();
        cluster.wait_for(KIND, self.name, self.name, wanted)
    }

    /// The Kustomization that applies what it makes.
    pub(super) fn kustomization(self) -> Kustomization<'w> {
        self.world.flux.kustomization(self.name)
    }

    /// Its ExternalArtifact's artifact; null where there is none.
    #[track_caller]
    pub(super) fn artifact(self) -> Value {
        let object = self.world.cluster().get(ARTIFACT, self.name, self.name);
        object.map_or(Value::Null, |object| object["status"]["artifact"].clone())
    }

    /// The files of its artifact, fetched as Flux does.
    #[track_caller]
    pub(super) fn fetched(self) -> BTreeMap<String, Vec<u8>> {
        let folder = tempfile::tempdir().expect("a folder");
        let archive = folder.path().join("archive");
        let artifact = self.artifact();
        let url = artifact["url"].as_str().expect("an address");
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--fail", "--max-time", "30", "--output"]);
        curl.arg(&archive).arg(url);
        assert!(curl.status().expect("curl runs").success(), "{url}");
        let root = folder.path().join("root");
        fs::create_dir(&root).expect("a folder");
        let mut tar = Command::new("tar");
        tar.arg("--extract")
            .arg("--gzip")
            .arg("--file")
            .arg(&archive);
        tar.arg("--directory").arg(&root);
        assert!(tar.status().expect("tar runs").success());
        let mut files = BTreeMap::new();
        read(&root, &root, &mut files);
        files
    }

    /// The description of its entity in the cluster.
    #[track_caller]
    pub(super) fn description(self) -> Value {
        let entity = self
            .world
            .cluster()
            .get("entities.glint.io", self.name, "pay");
        entity.map_or(Value::Null, |it| {
            it["spec"]["properties"]["description"].clone()
        })
    }
}

/// All files below a folder.
fn read(root: &Path, folder: &Path, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(root, &path, files);
            continue;
        }
        let name = path.strip_prefix(root).expect("below the root");
        let text = fs::read(&path).expect("a file");
        files.insert(name.display().to_string(), text);
    }
}
