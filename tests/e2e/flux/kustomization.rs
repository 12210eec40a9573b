//! One Kustomization, its artifact, and what Flux says of it.

use regex::Regex;
use serde_json::{Value, json};

use super::Flux;
use super::fixture::{Archive, Gate};
use crate::cluster::condition;

const KIND: &str = "kustomizations.kustomize.toolkit.fluxcd.io";

/// A Kustomization, and the ExternalArtifact of its name that it applies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kustomization<'a> {
    flux: &'a Flux<'a>,
    namespace: &'a str,
    name: &'a str,
}

impl<'a> Kustomization<'a> {
    pub(super) fn new(flux: &'a Flux<'a>, namespace: &'a str, name: &'a str) -> Self {
        Self {
            flux,
            namespace,
            name,
        }
    }

    /// Publishes files as its artifact, and returns their revision.
    #[track_caller]
    pub(crate) fn publish(self, files: &[(&str, &str)]) -> String {
        let archive = self.flux.archive(files);
        let revision = format!("main@{}", archive.digest);
        self.publish_as(&revision, &archive);
        revision
    }

    /// Publishes a stream as the only file of its artifact.
    #[track_caller]
    pub(crate) fn publish_stream(self, stream: &str) -> String {
        self.publish(&[("manifests.yaml", stream)])
    }

    /// Publishes an archive as its artifact under a revision, in its namespace,
    /// which comes with it.
    #[track_caller]
    pub(crate) fn publish_as(self, revision: &str, archive: &Archive) {
        let artifact = json!({
            "apiVersion": "source.toolkit.fluxcd.io/v1",
            "kind": "ExternalArtifact",
            "metadata": {"name": self.name, "namespace": self.namespace},
        });
        let namespace = json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": self.namespace},
        });
        let cluster = self.flux.cluster();
        cluster.apply(&format!("{namespace}\n---\n{artifact}"));
        let source = ("ExternalArtifact", self.namespace, self.name);
        self.flux.publish(source, revision, archive);
    }

    /// Applies it, with these fields in its spec beside those that all have.
    #[track_caller]
    pub(crate) fn apply(self, fields: Value) -> Self {
        let mut kustomization = json!({
            "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
            "kind": "Kustomization",
            "metadata": {"name": self.name, "namespace": self.namespace},
            "spec": {
                "interval": "1h",
                "retryInterval": "5s",
                "timeout": "30s",
                "prune": true,
                "path": "./",
                "sourceRef": {"kind": "ExternalArtifact", "name": self.name},
            },
        });
        let Value::Object(fields) = fields else {
            panic!("the fields of a spec are a map: {fields}");
        };
        if self.flux.gate == Gate::Closed {
            kustomization["metadata"]["labels"] = json!({"sharding.fluxcd.io/key": "closed"});
        }
        for (name, value) in fields {
            kustomization["spec"][name] = value;
        }
        self.flux.cluster().apply(&kustomization.to_string());
        self
    }

    /// Waits until a revision is applied by the spec as it is now.
    #[track_caller]
    pub(crate) fn ready(self, revision: &str) -> Value {
        self.wait(|kustomization| {
            kustomization["status"]["lastAppliedRevision"] == revision
                && is_current(kustomization)
                && condition(kustomization, "Ready").is_some_and(|ready| ready["status"] == "True")
        })
    }

    /// Waits until it is not ready for this reason, and returns the message without
    /// what is another one each time.
    #[track_caller]
    pub(crate) fn failed(self, reason: &str) -> String {
        let failed = |kustomization: &Value| {
            condition(kustomization, "Ready")
                .is_some_and(|ready| ready["status"] == "False" && ready["reason"] == reason)
        };
        let kustomization = self.wait(failed);
        let ready = condition(&kustomization, "Ready").expect("it was waited for");
        same_each_time(ready["message"].as_str().expect("a message"))
    }

    /// Lets Flux apply it again, and waits until it has.
    #[track_caller]
    pub(crate) fn reconcile(self) -> Value {
        let requested = self.get()["metadata"]["resourceVersion"].clone();
        let requested = requested.as_str().expect("a version").to_owned();
        self.request(&requested);
        self.wait(|kustomization| kustomization["status"]["lastHandledReconcileAt"] == requested)
    }

    /// Asks Flux to apply it again; what is asked for is answered in its status.
    #[track_caller]
    pub(crate) fn request(self, what: &str) {
        self.annotate("reconcile.fluxcd.io/requestedAt", what);
    }

    /// Gives it an annotation.
    #[track_caller]
    pub(crate) fn annotate(self, name: &str, value: &str) {
        let annotation = format!("{name}={value}");
        let namespace = format!("--namespace={}", self.namespace);
        let arguments = [
            "annotate",
            KIND,
            self.name,
            &namespace,
            "--overwrite",
            &annotation,
        ];
        self.flux.cluster().done(&arguments, None);
    }

    /// Waits until it is as `wanted`.
    #[track_caller]
    pub(crate) fn wait(self, wanted: impl Fn(&Value) -> bool) -> Value {
        let cluster = self.flux.cluster();
        cluster.wait_for(KIND, self.namespace, self.name, wanted)
    }

    /// Deletes it, which prunes what it applied, and waits until it is gone.
    #[track_caller]
    pub(crate) fn delete(self) {
        let namespace = format!("--namespace={}", self.namespace);
        let arguments = ["delete", KIND, self.name, &namespace, "--wait=false"];
        let cluster = self.flux.cluster();
        cluster.done(&arguments, None);
        cluster.wait_gone(KIND, self.namespace, self.name);
    }

    /// It as it is now.
    #[track_caller]
    pub(crate) fn get(self) -> Value {
        let kustomization = self.flux.cluster().get(KIND, self.namespace, self.name);
        kustomization.expect("the Kustomization is there")
    }
}

/// A message without digests, ports and the names of temporary folders.
fn same_each_time(message: &str) -> String {
    let varies = [
        ("sha256:[0-9a-f]{64}", "sha256:DIGEST"),
        (r"127\.0\.0\.1:\d+", "127.0.0.1:PORT"),
        (r"/\S*/kustomization-\d+/", "/TMP/"),
    ];
    varies
        .iter()
        .fold(message.to_owned(), |message, (pattern, stands)| {
            let pattern = Regex::new(pattern).expect("a pattern");
            pattern.replace_all(&message, *stands).into_owned()
        })
}

/// Whether Flux has seen the spec as it is.
fn is_current(object: &Value) -> bool {
    object["status"]["observedGeneration"] == object["metadata"]["generation"]
}

/// What Flux keeps of the objects that it applied: `NAMESPACE_NAME_GROUP_KIND`
/// each, sorted.
pub(crate) fn inventory(kustomization: &Value) -> Vec<&str> {
    let entries = kustomization["status"]["inventory"]["entries"].as_array();
    let ids = entries.into_iter().flatten();
    let mut ids: Vec<_> = ids.filter_map(|entry| entry["id"].as_str()).collect();
    ids.sort_unstable();
    ids
}
