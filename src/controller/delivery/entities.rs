//! The `Entity` and `ClusterEntity` objects of the cluster, each reduced at once to
//! what a mapping may read of it.
//!
//! Kept are labels, annotations, uid, the creation's time and the spec, as little as
//! tells them from other objects (`packed`): 100,000 of them have to fit. Not kept is what grows and no mapping of entities
//! reads: managed fields, the copy of the whole object that kubectl leaves in an
//! annotation, and of the status all but our condition. What a mapping of others reads
//! of it is not computed (`mapping`).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::packed::{Packed, Shapes};
use crate::catalog::{Dialect, EntityKind, Identity, annotation};
use crate::cluster::Parts::{self, All, Members};
use crate::cluster::Read;
use crate::controller::frame::ObjectRef;
use crate::report::ObjectKey;
use crate::report::delivery::{Condition, Gate, Wait};

/// The copy of the object that `kubectl apply` leaves behind.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What is read of the objects.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfEntities;

impl Read for OfEntities {
    const PARTS: Parts = Members(&[
        (
            "metadata",
            Members(&[
                ("annotations", All),
                ("creationTimestamp", All),
                ("generation", All),
                ("labels", All),
                ("name", All),
                ("namespace", All),
                ("resourceVersion", All),
                ("uid", All),
            ]),
        ),
        ("spec", All),
        ("status", Members(&[("conditions", All)])),
    ]);
}

/// An object of the cluster.
#[derive(Clone, Debug)]
pub(super) struct Live {
    /// Shared with the ledger, once it knows the object.
    pub key: Arc<ObjectKey>,
    /// A digest of its uid.
    pub uid: u64,
    pub generation: i64,
    /// `{metadata: {annotations, creationTimestamp, labels, uid}, spec}`.
    packed: Packed,
    /// A digest of that.
    digest: u64,
    /// What its status says; nothing in a dialect without one.
    pub condition: Option<Box<Condition>>,
    /// Whether a host may wait for it.
    pub wait: Option<Wait>,
}

impl Live {
    /// Reads an object of the cluster; and the identity that it declares.
    pub(super) fn reduce(
        kind: EntityKind,
        mut object: Value,
        gate: Gate,
        shapes: &mut Shapes,
    ) -> (Self, Identity) {
        let condition = Condition::read(&object).map(Box::new);
        let spec = object["spec"].take();
        let mut metadata = object["metadata"].take();
        let text = |metadata: &Value, name: &str| {
            let text = metadata[name].as_str();
            text.unwrap_or_default().to_owned()
        };
        let name = text(&metadata, "name");
        let uid = digest(&text(&metadata, "uid"));
        let namespace = metadata["namespace"].as_str().map(str::to_owned);
        let generation = metadata["generation"].as_i64().unwrap_or_default();
        if let Some(annotations) = metadata["annotations"].as_object_mut() {
            annotations.remove(LAST_APPLIED);
        }
        let annotation = |name: &str| metadata["annotations"][name].as_str();
        let wait = gate.wait(
            annotation(annotation::GATE),
            annotation(annotation::GATE_TIMEOUT),
        );
        let declared = Identity {
            blueprint: text(&spec, "blueprint"),
            identifier: text(&spec, "identifier"),
        };
        let mut kept = Map::new();
        for name in ["annotations", "creationTimestamp", "labels", "uid"] {
            let value = metadata[name].take();
            if !value.is_null() {
                kept.insert(name.to_owned(), value);
            }
        }
        let kept = json!({"metadata": kept, "spec": spec}).to_string();
        let live = Self {
            key: Arc::new(ObjectKey {
                kind,
                namespace,
                name,
            }),
            uid,
            generation,
            packed: shapes.pack(&kept),
            digest: digest(&kept),
            condition,
            wait,
        };
        (live, declared)
    }

    /// Whether it is the same object, and a mapping reads the same of it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }

    /// Another number where it is another object, or a mapping may read otherwise of it.
    pub(super) fn digest(&self) -> u64 {
        let Self {
            key: _,
            uid,
            generation,
            packed: _,
            digest,
            condition: _,
            wait,
        } = self;
        let mut hasher = DefaultHasher::new();
        let wait = wait.map(|Wait { longest }| longest);
        (uid, generation, digest, wait).hash(&mut hasher);
        hasher.finish()
    }

    /// What was kept of it.
    fn kept(&self) -> Value {
        serde_json::from_str(&self.packed.text()).unwrap_or_default()
    }

    /// The object, as far as it was kept.
    pub(super) fn to_json(&self, dialect: Dialect) -> Value {
        let mut object = self.kept();
        let ObjectKey {
            kind,
            namespace,
            name,
        } = &*self.key;
        object["apiVersion"] = dialect.api_version().into();
        object["kind"] = kind.as_str().into();
        let metadata = &mut object["metadata"];
        metadata["name"] = name.as_str().into();
        metadata["generation"] = self.generation.into();
        if let Some(namespace) = namespace {
            metadata["namespace"] = namespace.as_str().into();
        }
        object
    }

    /// As Events name it.
    pub(super) fn reference(&self, dialect: Dialect) -> ObjectRef {
        let ObjectKey {
            kind,
            namespace,
            name,
        } = ObjectKey::clone(&self.key);
        ObjectRef {
            api_version: dialect.api_version().to_owned(),
            kind: kind.as_str().to_owned(),
            namespace,
            name,
            uid: self.kept()["metadata"]["uid"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        }
    }

    /// Its status with a condition, as it is applied: to this very object.
    pub(super) fn status(&self, dialect: Dialect, condition: &Condition) -> Value {
        let ObjectKey {
            kind,
            namespace,
            name,
        } = &*self.key;
        let mut metadata = json!({"name": name, "uid": self.kept()["metadata"]["uid"]});
        if let Some(namespace) = namespace {
            metadata["namespace"] = namespace.as_str().into();
        }
        json!({
            "apiVersion": dialect.api_version(),
            "kind": kind.as_str(),
            "metadata": metadata,
            "status": {"conditions": [condition.to_json()]},
        })
    }
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

/// `Entity shop/pay`.
pub(super) fn shown(key: &ObjectKey) -> String {
    match &key.namespace {
        Some(namespace) => format!("{} {namespace}/{}", key.kind, key.name),
        None => format!("{} {}", key.kind, key.name),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Live, OfEntities, Shapes};
    use crate::catalog::{Dialect, EntityKind};
    use crate::cluster::Read;
    use crate::report::delivery::{Gate, Wait};

    #[test]
    fn what_a_mapping_may_read_is_kept_and_nothing_else() {
        let object = json!({
            "apiVersion": "glint.io/v1", "kind": "Entity",
            "metadata": {
                "name": "pay", "namespace": "shop", "uid": "u", "generation": 3,
                "resourceVersion": "77", "creationTimestamp": "2026-11-23T10:00:00Z",
                "labels": {"team": "payments"},
                "annotations": {
                    "glint.io/title": "Pay",
                    "gitops.glint.io/gate": "true",
                    "gitops.glint.io/gate-timeout": "1m",
                    "kubectl.kubernetes.io/last-applied-configuration": "{}",
                },
                "managedFields": [{"manager": "argocd"}],
            },
            "spec": {"blueprint": "service", "identifier": "pay", "properties": {"tier": 1}},
            "status": {"conditions": []},
        });
        let read = OfEntities::PARTS.of(&object.to_string());
        let read = read.expect("it is JSON");
        let (live, declared) = Live::reduce(
            EntityKind::Entity,
            read,
            Gate::default(),
            &mut Shapes::default(),
        );
        assert_eq!(declared.to_string(), "service/pay");
        assert_eq!(live.wait, Some(Wait { longest: 60_000 }));
        assert_eq!(
            live.to_json(Dialect::Glint),
            json!({
                "apiVersion": "glint.io/v1", "kind": "Entity",
                "metadata": {
                    "name": "pay", "namespace": "shop", "uid": "u", "generation": 3,
                    "creationTimestamp": "2026-11-23T10:00:00Z",
                    "labels": {"team": "payments"},
                    "annotations": {
                        "glint.io/title": "Pay",
                        "gitops.glint.io/gate": "true",
                        "gitops.glint.io/gate-timeout": "1m",
                    },
                },
                "spec": {"blueprint": "service", "identifier": "pay", "properties": {"tier": 1}},
            })
        );
    }
}
