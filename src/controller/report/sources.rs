//! The Flux sources of Kustomizations and HelmReleases: they tell the repository.
//!
//! Each is read once for each revision that is made of it. Invariant: of a source
//! nothing is kept but its address and reference, which is what a report reads.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::cluster::{Cluster, ClusterError, Name};

/// The kinds with an address: the kind, as `Cluster::resolve` takes it.
const KINDS: [(&str, &str); 3] = [
    (
        "GitRepository",
        "source.toolkit.fluxcd.io/v1/gitrepositories",
    ),
    (
        "OCIRepository",
        "source.toolkit.fluxcd.io/v1/ocirepositories",
    ),
    (
        "HelmRepository",
        "source.toolkit.fluxcd.io/v1/helmrepositories",
    ),
];

/// A source that an object names.
type Key = (&'static str, Name);

/// What is known of a source: the revision that it had, and its spec.
type Known = (String, Option<Value>);

/// The sources that were read. A clone knows the same.
#[derive(Clone, Debug)]
pub(super) struct Sources {
    cluster: Cluster,
    known: Arc<Mutex<BTreeMap<Key, Known>>>,
}

impl Sources {
    pub(super) fn new(cluster: Cluster) -> Self {
        Self {
            cluster,
            known: Arc::default(),
        }
    }

    /// The source of an object; nothing where it has none that tells an address, or
    /// where that may not be read.
    ///
    /// # Errors
    /// The cluster can't be asked now.
    pub(super) async fn of(&self, object: &Value) -> Result<Option<Value>, ClusterError> {
        let Some((kind, path, name)) = named(object) else {
            return Ok(None);
        };
        let revision = object["status"]["lastAttemptedRevision"].as_str();
        let revision = revision.unwrap_or_default();
        let mut known = self.known.lock().await;
        let key = (kind, name);
        match known.get(&key) {
            Some((of, source)) if of == revision => return Ok(source.clone()),
            Some(_) | None => {}
        }
        let source = self.read(path, &key.1).await?;
        known.insert(key, (revision.to_owned(), source.clone()));
        Ok(source)
    }

    async fn read(&self, path: &str, name: &Name) -> Result<Option<Value>, ClusterError> {
        let Some(resource) = self.cluster.resolve(path).await? else {
            return Ok(None);
        };
        let namespace = name.namespace.as_deref();
        match self.cluster.get(&resource, namespace, &name.name).await {
            Ok(found) => Ok(found.map(|source| kept(&source))),
            Err(
                error @ ClusterError::Failed {
                    status: Some(403), ..
                },
            ) => {
                tracing::warn!(%error, "reports lack the repository");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

fn kept(source: &Value) -> Value {
    let spec = &source["spec"];
    json!({"spec": {"url": spec["url"], "ref": spec["ref"]}})
}

/// The source that an object is made from.
fn named(object: &Value) -> Option<(&'static str, &'static str, Name)> {
    let spec = &object["spec"];
    let chart = &spec["chart"]["spec"]["sourceRef"];
    let mut references = [&spec["sourceRef"], chart, &spec["chartRef"]].into_iter();
    let reference = references.find(|it| it.is_object())?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let kind = reference["kind"].as_str()?;
    let (kind, path) = KINDS.into_iter().find(|(known, _)| *known == kind)?;
    let own = text(&object["metadata"]["namespace"]);
    let name = Name {
        namespace: text(&reference["namespace"]).or(own),
        name: text(&reference["name"])?,
    };
    Some((kind, path, name))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::named;

    fn shown(spec: &Value) -> Option<String> {
        let object = json!({"metadata": {"namespace": "apps"}, "spec": spec});
        let (kind, _, name) = named(&object)?;
        Some(format!("{kind} {}/{}", name.namespace?, name.name))
    }

    #[test]
    fn a_source_is_of_the_object_s_namespace_unless_it_says_otherwise() {
        let git = json!({"sourceRef": {"kind": "GitRepository", "name": "shop"}});
        assert_eq!(shown(&git).as_deref(), Some("GitRepository apps/shop"));
        let chart = json!({"chart": {"spec": {"sourceRef": {
            "kind": "HelmRepository", "name": "charts", "namespace": "flux-system"
        }}}});
        let expected = "HelmRepository flux-system/charts";
        assert_eq!(shown(&chart).as_deref(), Some(expected));
        let oci = json!({"chartRef": {"kind": "OCIRepository", "name": "shop"}});
        assert_eq!(shown(&oci).as_deref(), Some("OCIRepository apps/shop"));
    }

    #[test]
    fn what_tells_no_address_is_not_read() {
        let artifact = json!({"sourceRef": {"kind": "ExternalArtifact", "name": "shop"}});
        assert_eq!(shown(&artifact), None);
        assert_eq!(shown(&json!({})), None);
    }
}
