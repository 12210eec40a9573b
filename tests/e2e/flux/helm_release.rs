//! Flux's helm-controller beside kustomize-controller, and one HelmRelease.
//!
//! There is no source-controller: a chart is the artifact of an ExternalArtifact.

use std::process::Command;

use serde_json::{Value, json};

use super::Flux;
use crate::cluster::condition;
use crate::peers;
use crate::process::{Logs, Program, answers, port, work};

const KIND: &str = "helmreleases.helm.toolkit.fluxcd.io";

/// A running helm-controller.
#[derive(Debug)]
pub(crate) struct HelmController<'a> {
    flux: &'a Flux<'a>,
    _controller: Program,
}

impl<'a> HelmController<'a> {
    /// Installs HelmReleases beside Flux, and starts their controller.
    pub(crate) fn beside(flux: &'a Flux<'a>) -> Self {
        let crds = peers::program("helm-crds").display().to_string();
        let cluster = flux.cluster();
        cluster.done(&["apply", "--server-side", "--filename", &crds], None);
        cluster.wait_established(KIND);
        let (home, health) = (work("helm-controller"), port());
        let mut controller = Command::new(peers::program("helm-controller"));
        controller.args([
            "--feature-gates=ExternalArtifact=true",
            "--requeue-dependency=5s",
            "--http-retry=1",
            "--interval-jitter-percentage=0",
            "--events-addr=",
        ]);
        controller.arg(format!("--metrics-addr=127.0.0.1:{}", port()));
        controller.arg(format!("--health-addr=127.0.0.1:{health}"));
        controller
            .env("KUBECONFIG", cluster.kubeconfig())
            .env("RUNTIME_NAMESPACE", "flux-system")
            .env("HOME", &home)
            .env("TMPDIR", &home);
        let logs = Logs::new("helm-controller");
        let mut controller = Program::start("helm-controller", &logs, &home, &controller);
        controller.wait_until(|| answers(health, "/readyz").is_some_and(|it| it.contains(" 200 ")));
        Self {
            flux,
            _controller: controller,
        }
    }

    /// A HelmRelease by its name, in a namespace of this name.
    pub(crate) fn release(&self, name: &'a str) -> HelmRelease<'a> {
        HelmRelease {
            flux: self.flux,
            name,
        }
    }
}

/// A HelmRelease, and the ExternalArtifact of its name that is its chart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HelmRelease<'a> {
    flux: &'a Flux<'a>,
    name: &'a str,
}

impl HelmRelease<'_> {
    /// Publishes a chart of this version, and returns the version that helm-controller
    /// makes of it and of its digest.
    #[track_caller]
    pub(crate) fn publish(self, version: &str, templates: &[String]) -> String {
        let chart = format!("apiVersion: v2\nname: {}\nversion: {version}\n", self.name);
        let templates = templates.join("---\n");
        // What the archive calls `./Chart.yaml` is in the chart's folder for Helm.
        let files = [("Chart.yaml", &*chart), ("templates/all.yaml", &*templates)];
        let archive = self.flux.archive(&files);
        let revision = format!("{version}@{}", archive.digest);
        let artifact = self.flux.kustomization(self.name);
        artifact.publish_as(&revision, &archive);
        let digest = archive.digest.trim_start_matches("sha256:");
        format!("{version}+{}", &digest[..12])
    }

    /// Applies it, with these annotations.
    #[track_caller]
    pub(crate) fn apply(self, annotations: &Value) -> Self {
        let release = json!({
            "apiVersion": "helm.toolkit.fluxcd.io/v2",
            "kind": "HelmRelease",
            "metadata": {
                "name": self.name, "namespace": self.name, "annotations": annotations,
            },
            "spec": {
                "interval": "1h",
                "timeout": "30s",
                "chartRef": {"kind": "ExternalArtifact", "name": self.name},
            },
        });
        self.flux.cluster().apply(&release.to_string());
        self
    }

    /// Waits until this version of its chart is what it has tried last, with this word of
    /// its condition `Ready`: `True UpgradeSucceeded`.
    #[track_caller]
    pub(crate) fn tried(self, version: &str, word: &str) -> Value {
        self.wait(|it| {
            let ready = condition(it, "Ready").cloned().unwrap_or_default();
            let text = |name: &str| ready[name].as_str().unwrap_or_default().to_owned();
            it["status"]["lastAttemptedRevision"] == version
                && format!("{} {}", text("status"), text("reason")) == word
        })
    }

    /// Lets Flux look at it again, and waits until it has.
    #[track_caller]
    pub(crate) fn reconcile(self) -> Value {
        let annotation = "reconcile.fluxcd.io/requestedAt=again";
        let namespace = format!("--namespace={}", self.name);
        let arguments = ["annotate", KIND, self.name, &namespace, annotation];
        self.flux.cluster().done(&arguments, None);
        self.wait(|it| {
            it["status"]["lastHandledReconcileAt"] == "again"
                && condition(it, "Ready").is_some_and(|it| it["status"] == "True")
        })
    }

    #[track_caller]
    fn wait(self, wanted: impl Fn(&Value) -> bool) -> Value {
        let cluster = self.flux.cluster();
        cluster.wait_for(KIND, self.name, self.name, wanted)
    }
}
