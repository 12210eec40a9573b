//! The ExternalArtifact as it is applied: the object, then its status.
//!
//! The object first, so that whoever reads the status finds whose it is; the status
//! only once the file is on the disk. Both are applied on the server's side, the
//! status whole: its conditions are a plain list to Flux's CRD, and so have one owner.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::observe::{Key, Observed, Produced};
use super::resource::{Artifact, Condition, GlintRender};
use super::source::Source;
use super::words::{
    self, ARTIFACT_KIND, KIND, MANAGED_BY, ORIGIN_REVISION, RENDER_LABEL, SHARD_LABEL,
};
use crate::artifact::{Digest, PathKey, Stored};
use crate::cluster::{Cluster, ClusterError};

/// What makes an object's paths unguessable: its uid, which only those can read who can
/// read the URL too. So every replica knows it by itself.
pub(super) fn path_key(render: &GlintRender) -> PathKey {
    PathKey::new(render.metadata.uid.clone().unwrap_or_default())
}

/// The artifact as the status has it. One that is as it was keeps its time.
pub(super) fn artifact(
    address: &str,
    stored: &Stored,
    content: &Digest,
    source: &Source,
    before: Option<&Artifact>,
    now: &str,
) -> Artifact {
    let Stored { path, digest, size } = stored;
    let mut artifact = Artifact {
        url: format!("{}/{path}", origin(address)),
        path: path.clone(),
        revision: source.revision_of(content),
        digest: digest.to_string(),
        last_update_time: now.to_owned(),
        size: i64::try_from(*size).ok(),
        metadata: BTreeMap::from([(
            ORIGIN_REVISION.to_owned(),
            source.origin_revision().to_owned(),
        )]),
    };
    if let Some(before) = before {
        let known = std::mem::replace(
            &mut artifact.last_update_time,
            before.last_update_time.clone(),
        );
        if artifact != *before {
            artifact.last_update_time = known;
        }
    }
    artifact
}

/// The address that is advertised, as Flux takes it: a host, or a URL's beginning.
fn origin(address: &str) -> String {
    match address.contains("://") {
        true => address.trim_end_matches('/').to_owned(),
        false => format!("http://{address}"),
    }
}

/// The ExternalArtifact without its status.
pub(super) fn object(key: &Key, render: &GlintRender, controller: &str) -> Value {
    let Key { namespace, name } = key;
    let uid = render.metadata.uid.as_deref().unwrap_or_default();
    let mut labels = json!({MANAGED_BY: controller, RENDER_LABEL: uid});
    let shard = render.metadata.labels.as_ref();
    if let Some(shard) = shard.and_then(|labels| labels.get(SHARD_LABEL)) {
        labels[SHARD_LABEL] = Value::from(shard.as_str());
    }
    json!({
        "apiVersion": words::source_api_version(),
        "kind": ARTIFACT_KIND,
        "metadata": {
            "namespace": namespace,
            "name": name,
            "labels": labels,
            "ownerReferences": [{
                "apiVersion": words::api_version(),
                "kind": KIND,
                "name": name,
                "uid": uid,
                "controller": true,
            }],
        },
        "spec": {"sourceRef": {
            "apiVersion": words::api_version(),
            "kind": KIND,
            "namespace": namespace,
            "name": name,
        }},
    })
}

/// Whether an object has all that would be applied.
pub(super) fn is_applied(live: &Value, wanted: &Value) -> bool {
    match (live, wanted) {
        (Value::Object(live), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| live.get(key).is_some_and(|live| is_applied(live, wanted))),
        (Value::Array(live), Value::Array(wanted)) => wanted
            .iter()
            .all(|wanted| live.iter().any(|live| is_applied(live, wanted))),
        (live, wanted) => live == wanted,
    }
}

/// Applies the object where it is not as it should be.
pub(super) async fn apply_object(
    cluster: &Cluster,
    controller: &str,
    observed: &Observed,
) -> Result<(), ClusterError> {
    let wanted = object(&observed.key, &observed.render, controller);
    let produced = observed.produced.as_ref();
    if produced.is_some_and(|produced| is_applied(&produced.object, &wanted)) {
        return Ok(());
    }
    let resource = words::artifacts();
    let applied = cluster.apply(&resource, &wanted, controller).await;
    applied.map(drop)
}

/// Applies the status where it is another one. Without an artifact there is no
/// ExternalArtifact to have one.
pub(super) async fn apply_status(
    cluster: &Cluster,
    controller: &str,
    key: &Key,
    before: Option<&Produced>,
    artifact: Option<&Artifact>,
    ready: &Condition,
) -> Result<(), ClusterError> {
    let conditions = std::slice::from_ref(ready);
    let is_same = before.is_some_and(|before| {
        before.artifact.as_ref() == artifact && before.conditions == conditions
    });
    if is_same {
        return Ok(());
    }
    let Key { namespace, name } = key;
    let mut status = json!({"conditions": conditions});
    if let Some(artifact) = artifact {
        status["artifact"] = json!(artifact);
    }
    let object = json!({
        "apiVersion": words::source_api_version(),
        "kind": ARTIFACT_KIND,
        "metadata": {"namespace": namespace, "name": name},
        "status": status,
    });
    let resource = words::artifacts();
    let applied = cluster.apply_status(&resource, &object, controller).await;
    applied.map(drop)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{artifact, is_applied, object};
    use crate::artifact::{Digest, Stored};
    use crate::controller::render::observe::Key;
    use crate::controller::render::resource::GlintRender;
    use crate::controller::render::source::Source;

    fn key() -> Key {
        Key {
            namespace: "shop".to_owned(),
            name: "pay".to_owned(),
        }
    }

    #[test]
    fn the_object_tells_whose_it_is_and_takes_the_shard_along() {
        let render: GlintRender = serde_json::from_value(json!({
            "apiVersion": "gitops.glint.io/v1alpha1",
            "kind": "GlintRender",
            "metadata": {
                "name": "pay", "namespace": "shop", "uid": "7",
                "labels": {"sharding.fluxcd.io/key": "one", "team": "shop"},
            },
            "spec": {"sourceRef": {"kind": "GitRepository", "name": "shop"}},
        }))
        .unwrap();
        let object = object(&key(), &render, "glint-render");
        assert_eq!(
            object,
            json!({
                "apiVersion": "source.toolkit.fluxcd.io/v1",
                "kind": "ExternalArtifact",
                "metadata": {
                    "namespace": "shop",
                    "name": "pay",
                    "labels": {
                        "app.kubernetes.io/managed-by": "glint-render",
                        "gitops.glint.io/render": "7",
                        "sharding.fluxcd.io/key": "one",
                    },
                    "ownerReferences": [{
                        "apiVersion": "gitops.glint.io/v1alpha1", "kind": "GlintRender",
                        "name": "pay", "uid": "7", "controller": true,
                    }],
                },
                "spec": {"sourceRef": {
                    "apiVersion": "gitops.glint.io/v1alpha1", "kind": "GlintRender",
                    "namespace": "shop", "name": "pay",
                }},
            })
        );
        let mut live = object.clone();
        live["metadata"]["generation"] = json!(1);
        live["metadata"]["labels"]["other"] = json!("x");
        assert!(is_applied(&live, &object));
        live["spec"]["sourceRef"]["name"] = json!("other");
        assert!(!is_applied(&live, &object));
    }

    #[test]
    fn an_artifact_that_is_as_it_was_keeps_its_time() {
        let source = Source {
            named: "GitRepository shop".to_owned(),
            url: None,
            artifact_url: String::new(),
            digest: Digest::sha256(b""),
            size: None,
            revision: "main@sha1:1".to_owned(),
            origin: None,
        };
        let stored = Stored {
            path: "externalartifact/a.tar.gz".to_owned(),
            digest: Digest::sha256(b"bytes"),
            size: 5,
        };
        let content = Digest::sha256(b"content");
        let made =
            |before, now| artifact("glint-render.flux", &stored, &content, &source, before, now);
        let first = made(None, "first");
        assert_eq!(
            first.url,
            "http://glint-render.flux/externalartifact/a.tar.gz"
        );
        assert_eq!(
            first.metadata["org.opencontainers.image.revision"],
            "main@sha1:1"
        );
        assert_eq!(made(Some(&first), "later"), first);
        let mut other = first.clone();
        other.digest = "sha256:0".to_owned();
        assert_eq!(made(Some(&other), "later").last_update_time, "later");
    }
}
