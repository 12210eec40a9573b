//! Parity: an application that moves from Argo CD's own source to our plugin
//! keeps each of its objects, whole, but for what we add. A difference would
//! rename or prune what runs.
//!
//! Both renders are the real repo-server's, under one Application's name, which
//! Helm's releases and the tracking ids contain. They are asked for by Argo CD's
//! API; nothing is synced, and the controller passes these Applications over.
//! The API masks the data of Secrets, so that of those all else is compared.
//! Where a field of a native source has no counterpart, a test shows the way to
//! move, or what is missing.

mod directory;
mod helm;
mod kustomize;

use serde_json::{Value, json};

use super::{ArgoCd, Repository};
use crate::additions::difference;

/// An Application that Argo CD renders by itself, and then by our plugin.
struct Parity {
    name: &'static str,
    namespace: &'static str,
    repository: Repository,
    path: &'static str,
    moved_to: &'static str,
}

impl Parity {
    /// The Application of this name, whose source is the folder `app` of a new
    /// repository.
    fn new(name: &'static str) -> Self {
        Self {
            name,
            namespace: "argocd",
            repository: ArgoCd::shared().repository(name),
            path: "app",
            moved_to: "app",
        }
    }

    /// In another namespace than Argo CD's.
    fn within(mut self, namespace: &'static str) -> Self {
        ArgoCd::shared().cluster().namespace(namespace);
        self.namespace = namespace;
        self
    }

    /// With a folder of this project as `app`.
    fn copy(self, from: &str) -> Self {
        self.repository.copy(from, "app");
        self
    }

    /// With a file.
    fn file(self, path: &str, text: &str) -> Self {
        self.repository.write(path, text);
        self
    }

    /// Of another folder.
    fn at(mut self, path: &'static str) -> Self {
        (self.path, self.moved_to) = (path, path);
        self
    }

    /// Whose source is another folder once it has moved.
    fn moved_to(mut self, path: &'static str) -> Self {
        self.moved_to = path;
        self
    }

    /// Compares what `native` gives (members of the source beside repository and
    /// path) with what our plugin gives for `parameters` (by name: a text, a
    /// list or a map). `expected` are kinds and names of what Argo CD gives,
    /// with `APP` for the Application's name.
    #[track_caller]
    fn check(&self, native: &Value, parameters: &Value, expected: &str) {
        let commit = self.repository.commit();
        let before = self.render(self.path, native, &commit);
        let before = before.expect("Argo CD renders it");
        let names: Vec<_> = before.iter().map(shown).collect();
        let expected = expected.replace("APP", self.name);
        let expected: Vec<_> = expected.split_whitespace().collect();
        assert_eq!(names, expected, "Argo CD gives for {native}");
        let after = self.render(self.moved_to, &plugin(parameters), &commit);
        let after = after.expect("we render it");
        if let Some(difference) = difference(before, after) {
            panic!("{native} is not {parameters}: {difference}");
        }
    }

    /// Kinds and names of what a source gives, with `APP` for the Application's.
    #[track_caller]
    fn names(&self, members: &Value) -> String {
        let objects = self.render(self.path, members, &self.repository.commit());
        let objects = objects.expect("it renders");
        let names: Vec<_> = objects.iter().map(shown).collect();
        names.join(" ").replace(self.name, "APP")
    }

    /// Neither gives anything, and each says why.
    #[track_caller]
    fn check_refused(&self, native: &Value, parameters: &Value, [theirs, ours]: [&str; 2]) {
        let commit = self.repository.commit();
        let refusal = self.render(self.path, native, &commit);
        let refusal = refusal.expect_err("Argo CD refuses");
        assert!(refusal.contains(theirs), "{refusal}");
        self.check_refusal(parameters, ours);
    }

    /// We give nothing, and say why.
    #[track_caller]
    fn check_refusal(&self, parameters: &Value, ours: &str) {
        let commit = self.repository.commit();
        let refusal = self.render(self.moved_to, &plugin(parameters), &commit);
        let refusal = refusal.expect_err("we refuse");
        assert!(refusal.contains(ours), "{refusal}");
    }

    /// The objects in the order of their identities, or Argo CD's message.
    #[track_caller]
    fn render(&self, path: &str, members: &Value, commit: &str) -> Result<Vec<Value>, String> {
        let argo = ArgoCd::shared();
        let mut source = self.repository.native(path);
        // Not the branch: where that stands is cached for minutes.
        source["targetRevision"] = commit.into();
        for (name, member) in members.as_object().expect("members of a source") {
            source[name] = member.clone();
        }
        let application = json!({
            "metadata": {
                "name": self.name,
                "namespace": self.namespace,
                "annotations": {"argocd.argoproj.io/skip-reconcile": "true"},
            },
            "spec": {
                "project": "default",
                "destination": {
                    "server": "https://kubernetes.default.svc",
                    "namespace": self.name,
                },
                "source": source,
            },
        });
        // It answers once its own cache has the Application.
        let path = "/api/v1/applications?upsert=true&validate=false";
        let made = argo.api(path, Some(&application));
        let plugin = &made["spec"]["source"]["plugin"]["name"];
        assert_eq!(plugin, &members["plugin"]["name"], "{made}");
        let answer = argo.api(
            &format!(
                "/api/v1/applications/{}/manifests?appNamespace={}",
                self.name, self.namespace
            ),
            None,
        );
        if let Some(message) = answer["message"].as_str() {
            return Err(message.to_owned());
        }
        let manifests = answer["manifests"].as_array().expect("manifests");
        let mut objects: Vec<Value> = manifests
            .iter()
            .map(|text| serde_json::from_str(text.as_str().expect("text")).expect("JSON"))
            .collect();
        // Stable: of two with one identity, Argo CD applies the last one.
        objects.sort_by_key(identity);
        Ok(objects)
    }
}

/// Our plugin as a member of a source, with parameters by name.
fn plugin(parameters: &Value) -> Value {
    let parameters = parameters.as_object().expect("parameters by name");
    let parameters: Vec<_> = parameters
        .iter()
        .map(|(name, value)| match value {
            Value::String(_) => json!({"name": name, "string": value}),
            Value::Array(_) => json!({"name": name, "array": value}),
            Value::Object(_) => json!({"name": name, "map": value}),
            Value::Null | Value::Bool(_) | Value::Number(_) => panic!("{name}: {value}"),
        })
        .collect();
    json!({"plugin": {"name": "glint-gitops", "parameters": parameters}})
}

/// What Kubernetes tells an object by.
fn identity(object: &Value) -> [String; 4] {
    let text = |pointer| {
        let value = object.pointer(pointer).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let version = text("/apiVersion");
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    [
        text("/kind"),
        group.to_owned(),
        text("/metadata/namespace"),
        text("/metadata/name"),
    ]
}

/// An object's kind and name, `…/-` where it has none yet.
fn shown(object: &Value) -> String {
    let [kind, _, _, name] = identity(object);
    let name = if name.is_empty() { "-" } else { &name };
    format!("{kind}/{name}")
}
