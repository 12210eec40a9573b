//! Argo CD with our plugin: the shipped `plugin.yaml` and the program under test
//! in a sidecar's place, and what comes of applications that ask for them.

mod application;
mod fixture;
mod repository;

mod crds;
mod deletion;
mod governed;
mod parameters;
mod parity;
mod preview;
mod refusal;
mod rights;
mod speed;
mod sync;

pub(crate) use application::{Application, spec};
pub(crate) use fixture::{ArgoCd, install};
pub(crate) use repository::Repository;

use serde_json::Value;

/// The manifest of an entity with one property.
pub(crate) fn entity(name: &str, language: &str) -> String {
    format!(
        "apiVersion: glint.io/v1
kind: Entity
metadata: {{name: {name}}}
spec: {{blueprint: service, identifier: {name}, properties: {{language: {language}}}}}
"
    )
}

/// The kind and name of each resource that Argo CD says is an Application's, in
/// its order, with its sync status.
pub(crate) fn resources(application: &Value) -> Vec<String> {
    let resources = application["status"]["resources"].as_array();
    let line = |resource: &Value| {
        let text = |field: &str| resource[field].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", text("kind"), text("name"), text("status"))
    };
    resources.into_iter().flatten().map(line).collect()
}

/// The name of the one ConfigMap that holds a fragment in a namespace whose name
/// starts as said.
pub(crate) fn fragments(argo: &ArgoCd, namespace: &str) -> Vec<String> {
    let names = argo.cluster().names("configmaps", namespace);
    names
        .into_iter()
        .filter(|name| name.starts_with("glint-"))
        .collect()
}

/// What Argo CD makes of our exit code 2 and what we wrote to stderr.
pub(crate) fn render_failed(application: &str, stderr: &str) -> String {
    format!(
        "Failed to load target state: failed to generate manifest for source 1 of 1: \
         rpc error: code = Unknown desc = CMP processing failed for application \
         \"{application}\": error generating manifests in cmp: rpc error: code = Unknown desc = \
         error generating manifests: `glint-gitops argocd generate` failed exit status 2: {stderr}"
    )
}
