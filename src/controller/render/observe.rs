//! The first step of a reconciliation: what there is.
//!
//! Reads the object, its source and its ExternalArtifact from the cluster, each alive,
//! and all of the object's own namespace. Decides nothing (`drift`) and writes nothing.

use serde_json::Value;

use super::failure::Failure;
use super::resource::{Artifact, Condition, GlintRender};
use super::words::{self, ARTIFACT_KIND, GROUP, KIND, MANAGED_BY, REQUESTED_AT};
use crate::cluster::{Cluster, ClusterError};

/// The name of a GlintRender, and of its ExternalArtifact.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) namespace: String,
    pub(super) name: String,
}

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.namespace, self.name)
    }
}

/// What there is.
#[derive(Clone, Debug)]
pub(super) struct Observed {
    pub(super) key: Key,
    pub(super) render: GlintRender,
    /// The ExternalArtifact of that name, whoever made it.
    pub(super) produced: Option<Produced>,
}

/// An ExternalArtifact.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Produced {
    pub(super) uid: String,
    pub(super) artifact: Option<Artifact>,
    pub(super) conditions: Vec<Condition>,
    /// When its reconciliation was asked for.
    pub(super) requested: Option<String>,
    /// Its producer, where that is another one than the GlintRender of its name.
    pub(super) foreign: Option<String>,
    /// The object's labels, references and spec, as this program wrote them or not.
    pub(super) object: Value,
}

/// Reads an object and its ExternalArtifact; `None` where there is no such object.
///
/// # Errors
/// The API server does not answer, or gives an object of another form.
pub(super) async fn observe(cluster: &Cluster, key: &Key) -> Result<Option<Observed>, Failure> {
    let Some(render) = read(cluster, key).await? else {
        return Ok(None);
    };
    let produced = cluster
        .get(&words::artifacts(), Some(&key.namespace), &key.name)
        .await
        .map_err(|error| Failure::cluster(&error))?;
    Ok(Some(Observed {
        key: key.clone(),
        render,
        produced: produced.map(|object| Produced::of(key, object)),
    }))
}

async fn read(cluster: &Cluster, key: &Key) -> Result<Option<GlintRender>, Failure> {
    let found = cluster
        .get(&words::renders(), Some(&key.namespace), &key.name)
        .await
        .map_err(|error| Failure::cluster(&error))?;
    let Some(found) = found else {
        return Ok(None);
    };
    // The API server holds objects to the schema of a CRD that may be an older one.
    serde_json::from_value(found)
        .map(Some)
        .map_err(|error| unfit(key, &error))
}

fn unfit(key: &Key, error: &serde_json::Error) -> Failure {
    let error = ClusterError::Failed {
        cluster: String::new(),
        verb: "read",
        object: format!("glintrenders {key}"),
        status: None,
        reason: format!("{error}; is its CRD the one of this version?"),
    };
    Failure::cluster(&error)
}

/// The source that an object names; `None` where it is not there. Only the object's
/// own namespace is asked: whoever may write there may read there.
///
/// # Errors
/// The API server does not answer.
pub(super) async fn source(
    cluster: &Cluster,
    observed: &Observed,
) -> Result<Option<Value>, Failure> {
    let reference = &observed.render.spec.source_ref;
    let resource = words::sources(reference.kind);
    let namespace = Some(observed.key.namespace.as_str());
    let found = cluster.get(&resource, namespace, &reference.name).await;
    found.map_err(|error| Failure::cluster(&error))
}

impl Produced {
    /// Reads an ExternalArtifact that has the name of a GlintRender.
    pub(super) fn of(key: &Key, object: Value) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        let requested = object["metadata"]["annotations"][REQUESTED_AT].as_str();
        Self {
            uid: text("/metadata/uid").unwrap_or_default().to_owned(),
            artifact: serde_json::from_value(object["status"]["artifact"].clone()).ok(),
            conditions: serde_json::from_value(object["status"]["conditions"].clone())
                .unwrap_or_default(),
            requested: requested.map(str::to_owned),
            foreign: foreign(key, &object),
            object,
        }
    }
}

/// Who makes an ExternalArtifact, where it is not the GlintRender of its name: as
/// told by its `spec.sourceRef`, which every producer sets, else by its label, else by
/// whoever wrote its status.
fn foreign(key: &Key, object: &Value) -> Option<String> {
    let reference = &object["spec"]["sourceRef"];
    let text = |field: &str| reference[field].as_str();
    let group = text("apiVersion").and_then(|it| it.split('/').next());
    let namespace = text("namespace").unwrap_or(&key.namespace);
    if let (Some(kind), Some(name)) = (text("kind"), text("name")) {
        let is_ours =
            group == Some(GROUP) && kind == KIND && name == key.name && namespace == key.namespace;
        return (!is_ours).then(|| format!("{kind} {namespace}/{name}"));
    }
    let label = object["metadata"]["labels"][MANAGED_BY].as_str();
    let manager = object
        .pointer("/metadata/managedFields/0/manager")
        .and_then(Value::as_str);
    let producer = label.or(manager).unwrap_or("another producer");
    Some(format!("`{producer}`"))
}

/// What a person does about an ExternalArtifact that is another producer's.
pub(super) fn taken(key: &Key, owner: &str) -> String {
    format!(
        "{ARTIFACT_KIND} {key} belongs to {owner} and is left alone; give this {KIND} another name, or remove the other producer's"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Key, Produced, taken};

    #[track_caller]
    fn check(object: Value, expected: Option<&str>) {
        let key = Key {
            namespace: "shop".to_owned(),
            name: "pay".to_owned(),
        };
        let produced = Produced::of(&key, object);
        assert_eq!(produced.foreign.as_deref(), expected);
    }

    #[test]
    fn an_external_artifact_is_its_producers() {
        let of = |api_version: &str, kind: &str, name: &str| {
            json!({"spec": {"sourceRef": {
                "apiVersion": api_version, "kind": kind, "name": name, "namespace": "shop",
            }}})
        };
        check(of("gitops.glint.io/v1alpha1", "GlintRender", "pay"), None);
        check(
            of("gitops.glint.io/v1alpha1", "GlintRender", "web"),
            Some("GlintRender shop/web"),
        );
        check(
            of(
                "source.extensions.fluxcd.io/v1beta1",
                "ArtifactGenerator",
                "pay",
            ),
            Some("ArtifactGenerator shop/pay"),
        );
        check(
            json!({"metadata": {"labels": {"app.kubernetes.io/managed-by": "werf"}}}),
            Some("`werf`"),
        );
        check(
            json!({"metadata": {"managedFields": [{"manager": "kubectl"}]}}),
            Some("`kubectl`"),
        );
        check(json!({}), Some("`another producer`"));
        let key = Key {
            namespace: "shop".to_owned(),
            name: "pay".to_owned(),
        };
        assert_eq!(
            taken(&key, "ArtifactGenerator shop/gen"),
            "ExternalArtifact shop/pay belongs to ArtifactGenerator shop/gen and is left alone; give this GlintRender another name, or remove the other producer's"
        );
    }
}
