//! The last step of an object's life: what was made of it goes before it does.

use serde_json::{Value, json};

use super::failure::Failure;
use super::observe::Observed;
use super::resource::GlintRender;
use super::words::{self, FINALIZER};
use crate::cluster::Cluster;

/// Whether an object is about to go.
pub(super) fn is_going(render: &GlintRender) -> bool {
    render.metadata.deletion_timestamp.is_some()
}

/// Sees that an object does not go before what is made of it.
///
/// # Errors
/// The API server does not take it, or somebody else wrote at the same time.
pub(super) async fn hold(cluster: &Cluster, observed: &Observed) -> Result<(), Failure> {
    if finalizers(&observed.render).contains(&FINALIZER) {
        return Ok(());
    }
    let mut all = finalizers(&observed.render);
    all.push(FINALIZER);
    set(cluster, observed, &all).await
}

/// Takes away the ExternalArtifact, where it is the object's, and lets the object go.
/// The files are each replica's own to take away.
///
/// # Errors
/// As for [`hold`].
pub(super) async fn release(cluster: &Cluster, observed: &Observed) -> Result<(), Failure> {
    let mut left = finalizers(&observed.render);
    if !left.contains(&FINALIZER) {
        return Ok(());
    }
    let key = &observed.key;
    let is_ours = |produced: &super::observe::Produced| produced.foreign.is_none();
    if observed.produced.as_ref().is_some_and(is_ours) {
        let (resource, namespace) = (words::artifacts(), Some(key.namespace.as_str()));
        let deleted = cluster.delete(&resource, namespace, &key.name).await;
        deleted.map_err(|error| Failure::cluster(&error))?;
    }
    left.retain(|it| *it != FINALIZER);
    set(cluster, observed, &left).await
}

fn finalizers(render: &GlintRender) -> Vec<&str> {
    let finalizers = render.metadata.finalizers.iter().flatten();
    finalizers.map(String::as_str).collect()
}

/// A list is replaced as a whole, so that the version must be the one that was read.
async fn set(cluster: &Cluster, observed: &Observed, all: &[&str]) -> Result<(), Failure> {
    let key = &observed.key;
    let version = observed.render.metadata.resource_version.as_deref();
    let mut metadata = json!({"finalizers": all});
    if let Some(version) = version {
        metadata["resourceVersion"] = Value::from(version);
    }
    let patch = json!({"metadata": metadata});
    let (resource, namespace) = (words::renders(), Some(key.namespace.as_str()));
    let merged = cluster.merge(&resource, namespace, &key.name, &patch).await;
    merged.map(drop).map_err(|error| Failure::cluster(&error))
}
