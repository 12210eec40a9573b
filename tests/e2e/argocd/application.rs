//! One Application, and what Argo CD says of it.

use std::time::Duration;

use serde_json::{Value, json};

use super::ArgoCd;

/// How long a refresh takes at most that Argo CD has heard of.
const SOON: Duration = Duration::from_secs(20);

/// An Application by its name, which is also its destination namespace.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Application<'a> {
    argo: &'a ArgoCd,
    name: &'a str,
}

/// The spec of an Application that syncs by itself, prunes, and makes its
/// destination namespace, which [`ArgoCd::application`] fills in.
pub(crate) fn spec(source: Value) -> Value {
    json!({
        "project": "default",
        "destination": {"server": "https://kubernetes.default.svc"},
        "source": source,
        "syncPolicy": {
            "automated": {"prune": true},
            "syncOptions": ["CreateNamespace=true"],
            "retry": {"limit": 5, "backoff": {"duration": "1s", "factor": 1}},
        },
    })
}

impl<'a> Application<'a> {
    pub(super) fn new(argo: &'a ArgoCd, name: &'a str) -> Self {
        Self { argo, name }
    }

    /// Applies the Application with this spec.
    #[track_caller]
    pub(crate) fn apply(self, mut spec: Value) -> Self {
        if spec["destination"]["namespace"].is_null() {
            spec["destination"]["namespace"] = self.name.into();
        }
        let application = json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {
                "name": self.name,
                "namespace": "argocd",
                "finalizers": ["resources-finalizer.argocd.argoproj.io/foreground"],
            },
            "spec": spec,
        });
        self.argo.cluster().apply(&application.to_string());
        self
    }

    /// Waits until the cluster is as this commit says, by a sync that succeeded.
    #[track_caller]
    pub(crate) fn synced(self, commit: &str) -> Value {
        self.wait(|application| {
            let status = &application["status"];
            status["sync"]["status"] == "Synced"
                && status["sync"]["revision"] == commit
                && status["operationState"]["phase"] == "Succeeded"
        })
    }

    /// Waits until the Application is as `wanted`.
    #[track_caller]
    pub(crate) fn wait(self, wanted: impl Fn(&Value) -> bool) -> Value {
        self.argo
            .cluster()
            .wait_for("applications.argoproj.io", "argocd", self.name, wanted)
    }

    /// Waits until it has a condition of this type, and returns its message.
    #[track_caller]
    pub(crate) fn condition(self, kind: &str) -> String {
        let application = self.wait(|application| condition(application, kind).is_some());
        condition(&application, kind)
            .expect("it was waited for")
            .to_owned()
    }

    /// Lets Argo CD look at the repository, and waits until it has.
    #[track_caller]
    pub(crate) fn refresh(self) -> Value {
        self.refresh_as("normal")
    }

    /// Lets Argo CD render again even what it has rendered already.
    #[track_caller]
    pub(crate) fn hard_refresh(self) -> Value {
        self.refresh_as("hard")
    }

    fn refresh_as(self, level: &str) -> Value {
        let key = "argocd.argoproj.io/refresh";
        let asked = |level: Option<&str>| {
            self.patch(&json!({"metadata": {"annotations": {key: level}}}));
        };
        let is_done = |application: &Value| application["metadata"]["annotations"][key].is_null();
        let cluster = self.argo.cluster();
        // One that comes while Argo CD writes the status can be overlooked; it
        // hears of it again by a change.
        for _ in 0..3 {
            asked(Some(level));
            let kind = "applications.argoproj.io";
            if let Some(state) = cluster.watched(kind, "argocd", self.name, SOON, is_done) {
                return state;
            }
            asked(None);
        }
        asked(Some(level));
        self.wait(is_done)
    }

    /// Syncs by hand, and waits until that has ended.
    #[track_caller]
    pub(crate) fn sync(self, prune: bool) -> Value {
        let started = self.get()["status"]["operationState"]["startedAt"].clone();
        let operation = json!({
            "initiatedBy": {"username": "somebody"},
            "sync": {"prune": prune, "syncOptions": ["CreateNamespace=true"]},
        });
        self.patch(&json!({ "operation": operation }));
        self.wait(|application| {
            let state = &application["status"]["operationState"];
            application["operation"].is_null()
                && state["startedAt"] != started
                && !state["finishedAt"].is_null()
        })
    }

    /// Merges a patch into it.
    #[track_caller]
    pub(crate) fn patch(self, patch: &Value) {
        let patch = patch.to_string();
        let arguments = [
            "patch",
            "applications.argoproj.io",
            self.name,
            "--namespace=argocd",
        ];
        let arguments = [&arguments[..], &["--type=merge", "--patch", &patch]].concat();
        self.argo.cluster().done(&arguments, None);
    }

    /// Deletes it with all that it made, and waits until it is gone.
    #[track_caller]
    pub(crate) fn delete(self) {
        let cluster = self.argo.cluster();
        let kind = "applications.argoproj.io";
        cluster.done(
            &[
                "delete",
                kind,
                self.name,
                "--namespace=argocd",
                "--wait=false",
            ],
            None,
        );
        cluster.wait_gone(kind, "argocd", self.name);
    }

    /// It as it is now.
    #[track_caller]
    pub(crate) fn get(self) -> Value {
        let application = self
            .argo
            .cluster()
            .get("applications.argoproj.io", "argocd", self.name);
        application.expect("the Application is there")
    }
}

/// The message of a condition.
pub(crate) fn condition<'a>(application: &'a Value, kind: &str) -> Option<&'a str> {
    let conditions = application["status"]["conditions"].as_array()?;
    let condition = conditions
        .iter()
        .find(|condition| condition["type"] == kind)?;
    condition["message"].as_str()
}
