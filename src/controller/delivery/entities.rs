//! The `Entity` and `ClusterEntity` objects of the cluster, each reduced at once to
//! what a mapping may read of it.
//!
//! Kept are labels, annotations, the creation's time and the spec, as compact JSON:
//! 100,000 of them have to fit. Not kept is what grows and no mapping of entities
//! reads: managed fields, the copy of the whole object that kubectl leaves in an
//! annotation, and of the status all but our condition. What a mapping of others reads
//! of it is not computed (`mapping`).

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::catalog::{Dialect, EntityKind, Identity, annotation};
use crate::controller::frame::ObjectRef;
use crate::report::ObjectKey;
use crate::report::delivery::{Condition, Gate, Wait};

/// The copy of the object that `kubectl apply` leaves behind.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// An object of the cluster.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Live {
    /// Shared with the ledger, once it knows the object.
    pub key: Arc<ObjectKey>,
    pub uid: Box<str>,
    pub generation: i64,
    /// `{metadata: {annotations, creationTimestamp, labels}, spec}`.
    text: Box<str>,
    /// What its status says; nothing in a dialect without one.
    pub condition: Option<Box<Condition>>,
    /// Whether a host may wait for it.
    pub wait: Option<Wait>,
}

impl Live {
    /// Reads an object of the cluster; and the identity that it declares.
    pub(super) fn reduce(kind: EntityKind, mut object: Value, gate: Gate) -> (Self, Identity) {
        let condition = Condition::read(&object).map(Box::new);
        let spec = object["spec"].take();
        let mut metadata = object["metadata"].take();
        let text = |metadata: &Value, name: &str| {
            let text = metadata[name].as_str();
            text.unwrap_or_default().to_owned()
        };
        let name = text(&metadata, "name");
        let uid = text(&metadata, "uid").into_boxed_str();
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
        for name in ["annotations", "creationTimestamp", "labels"] {
            let value = metadata[name].take();
            if !value.is_null() {
                kept.insert(name.to_owned(), value);
            }
        }
        let kept = json!({"metadata": kept, "spec": spec});
        let live = Self {
            key: Arc::new(ObjectKey {
                kind,
                namespace,
                name,
            }),
            uid,
            generation,
            text: kept.to_string().into_boxed_str(),
            condition,
            wait,
        };
        (live, declared)
    }

    /// Whether it is the same object, and a mapping reads the same of it.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let Self {
            key: _,
            uid,
            generation,
            text,
            condition: _,
            wait,
        } = other;
        self.uid == *uid
            && self.generation == *generation
            && self.text == *text
            && self.wait == *wait
    }

    /// Another number where it is another object, or a mapping may read otherwise of it.
    pub(super) fn digest(&self) -> u64 {
        let Self {
            key: _,
            uid,
            generation,
            text,
            condition: _,
            wait,
        } = self;
        let mut hasher = DefaultHasher::new();
        let wait = wait.map(|Wait { longest }| longest);
        (uid, generation, text, wait).hash(&mut hasher);
        hasher.finish()
    }

    /// The object, as far as it was kept.
    pub(super) fn to_json(&self, dialect: Dialect) -> Value {
        let mut object: Value = serde_json::from_str(&self.text).unwrap_or_default();
        let ObjectKey {
            kind,
            namespace,
            name,
        } = &*self.key;
        object["apiVersion"] = dialect.api_version().into();
        object["kind"] = kind.as_str().into();
        let metadata = &mut object["metadata"];
        metadata["name"] = name.as_str().into();
        metadata["uid"] = (*self.uid).into();
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
            uid: self.uid.to_string(),
        }
    }

    /// Its status with a condition, as it is applied: to this very object.
    pub(super) fn status(&self, dialect: Dialect, condition: &Condition) -> Value {
        let ObjectKey {
            kind,
            namespace,
            name,
        } = &*self.key;
        let mut metadata = json!({"name": name, "uid": self.uid});
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

    use super::Live;
    use crate::catalog::{Dialect, EntityKind};
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
        let (live, declared) = Live::reduce(EntityKind::Entity, object, Gate::default());
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
