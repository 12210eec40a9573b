//! The cluster that the played exporter sees: objects, and which kinds are served.
//!
//! Not for what the exporter knows of it (`player`), which may be older. Invariant: an
//! object has a name, and the fields that the API server sets.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::exporter::{Kind, Kinds, is_cluster_scoped};

/// An object's identity in the cluster, whatever its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    /// Empty for the core group.
    pub group: String,
    /// `Entity`.
    pub kind: String,
    /// Empty for what belongs to no namespace.
    pub namespace: String,
    /// Never empty.
    pub name: String,
}

/// Something that happened to an object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Change {
    /// It was created, or is now so.
    Applied(Value),
    /// It is so in a cluster, with all that the API server has set.
    Stored(Key, Arc<Value>),
    /// It is gone; with a CRD go the objects of its kind.
    Deleted(Key),
}

/// What is in the cluster.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cluster {
    objects: BTreeMap<Key, Arc<Value>>,
    /// What the discovery of a real one said, from which all kinds but those of later
    /// CRDs are known then.
    pub(super) served: Option<Kinds>,
    /// The API server does not answer.
    pub(super) is_down: bool,
    /// Kinds that the exporter's role may not list.
    pub(super) forbidden: BTreeSet<Kind>,
    /// The kinds of which all objects are here, where that is not so of all kinds.
    pub(super) listed: Option<BTreeSet<Kind>>,
    /// The kinds that objects were of, each as an object that has nothing else: a kind
    /// is served whether or not it has objects.
    seen: BTreeMap<Kind, Value>,
    /// The last `resourceVersion`.
    version: u64,
}

impl Key {
    /// The key of an object; `None` where it lacks what a key needs.
    pub(crate) fn of(object: &Value) -> Option<Self> {
        let Kind { group, kind, .. } = Kind::of(object)?;
        let text = |name: &str| object["metadata"][name].as_str().unwrap_or_default();
        let name = Some(text("name")).filter(|name| !name.is_empty())?;
        let namespace = match (is_cluster_scoped(&kind), text("namespace")) {
            (true, _) => "",
            (false, "") => "default",
            (false, namespace) => namespace,
        };
        Some(Self {
            group,
            kind,
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    }

    /// The key of an object of a cluster, which has a namespace if it says one.
    #[cfg(any(feature = "controller", test))]
    pub(crate) fn stored(object: &Value) -> Option<Self> {
        let namespace = object["metadata"]["namespace"].as_str().unwrap_or_default();
        Some(Self {
            namespace: namespace.to_owned(),
            ..Self::of(object)?
        })
    }
}

impl Cluster {
    /// Changes an object, at this time (RFC 3339, whole seconds).
    pub(super) fn change(&mut self, change: Change, now: &str) {
        match change {
            Change::Applied(object) => self.apply(object, now),
            Change::Stored(key, object) => {
                self.see_kind_of(&object);
                self.objects.insert(key, object);
            }
            Change::Deleted(key) => {
                if let Some(object) = self.objects.remove(&key) {
                    self.remove_kind_of(&object);
                }
            }
        }
    }

    /// The objects of a kind, in any version, in the order of namespaces and names.
    pub(super) fn of_kind(&self, kind: &Kind) -> BTreeMap<Key, Arc<Value>> {
        let objects = self.objects.iter();
        objects
            .filter(|(key, _)| key.group == kind.group && key.kind == kind.kind)
            .map(|(key, object)| (key.clone(), Arc::clone(object)))
            .collect()
    }

    /// What discovery says now.
    pub(super) fn kinds(&self) -> Kinds {
        let objects = self.objects.values().map(AsRef::as_ref);
        let crds = objects.filter(|object| is_crd(object));
        if let Some(served) = &self.served {
            return served.with_crds(crds);
        }
        let told: Vec<&Value> = crds.chain(self.seen.values()).collect();
        Kinds::of_cluster(&told)
    }

    /// Whether the objects of a kind can be listed.
    pub(super) fn lists(&self, kind: &Kind) -> bool {
        let is_listed = self
            .listed
            .as_ref()
            .is_none_or(|listed| listed.contains(kind));
        !self.is_down && is_listed && !self.forbidden.contains(kind) && self.kinds().serves(kind)
    }

    fn apply(&mut self, mut object: Value, now: &str) {
        let Some(key) = Key::of(&object) else {
            return;
        };
        self.see_kind_of(&object);
        let before = self.objects.get(&key).cloned();
        if let Some(before) = &before
            && same(before, &object)
        {
            return;
        }
        self.version += 1;
        set_metadata(&mut object, before.as_deref(), &key, self.version, now);
        self.objects.insert(key, Arc::new(object));
    }

    fn see_kind_of(&mut self, object: &Value) {
        if let Some(kind) = Kind::of(object) {
            let bare = json!({"apiVersion": object["apiVersion"], "kind": object["kind"]});
            self.seen.insert(kind, bare);
        }
    }

    /// With a CRD the API server deletes the objects of its kind.
    fn remove_kind_of(&mut self, crd: &Value) {
        if !is_crd(crd) {
            return;
        }
        let (group, kind) = (&crd["spec"]["group"], &crd["spec"]["names"]["kind"]);
        self.objects
            .retain(|key, _| key.group != *group || key.kind != *kind);
        self.seen
            .retain(|seen, _| seen.group != *group || seen.kind != *kind);
        if let (Some(served), Some(group), Some(kind)) =
            (&mut self.served, group.as_str(), kind.as_str())
        {
            served.lose(group, kind);
        }
    }
}

fn is_crd(object: &Value) -> bool {
    object["kind"] == "CustomResourceDefinition"
}

/// Whether the stored object says already what is applied: as written, or with what
/// the API server has set.
fn same(stored: &Value, applied: &Value) -> bool {
    let (Some(stored), Some(applied)) = (stored.as_object(), applied.as_object()) else {
        return false;
    };
    let plain = |object: &Map<String, Value>| {
        let mut object = object.clone();
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            for name in SET {
                metadata.remove(name);
            }
        }
        object
    };
    stored == applied || plain(stored) == plain(applied)
}

/// What the API server sets, where the object does not say it.
const SET: [&str; 5] = [
    "creationTimestamp",
    "generation",
    "namespace",
    "resourceVersion",
    "uid",
];

fn set_metadata(object: &mut Value, before: Option<&Value>, key: &Key, version: u64, now: &str) {
    let old = |name: &str| before.map(|before| before["metadata"][name].clone());
    let is_same_spec = before.is_some_and(|before| before["spec"] == object["spec"]);
    let generation = match old("generation").and_then(|it| it.as_u64()) {
        None => 1,
        Some(generation) if is_same_spec => generation,
        Some(generation) => generation + 1,
    };
    let set = [
        old("creationTimestamp").unwrap_or_else(|| json!(now)),
        json!(generation),
        json!(key.namespace),
        json!(version.to_string()),
        old("uid").unwrap_or_else(|| json!(uid(key))),
    ];
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    for (name, value) in SET.into_iter().zip(set) {
        let is_empty = value.as_str() == Some("");
        if !is_empty {
            metadata.entry(name).or_insert(value);
        }
    }
}

/// A uid that depends on nothing but the key.
fn uid(key: &Key) -> String {
    let Key {
        group,
        kind,
        namespace,
        name,
    } = key;
    let digest = Sha256::digest(format!("{group}/{kind}/{namespace}/{name}"));
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| &hex[from..to];
    format!(
        "{}-{}-4{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(12, 15),
        part(15, 18),
        part(18, 30)
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::{Change, Cluster, Key};
    use crate::exporter::{Kind, Kinds};

    #[test]
    fn the_api_server_sets_what_a_file_lacks() {
        let mut cluster = Cluster::default();
        let entity = |tier: u64| {
            json!({"apiVersion": "glint.io/v1", "kind": "Entity", "metadata": {"name": "pay"},
                   "spec": {"properties": {"tier": tier}}})
        };
        let key = Key::of(&entity(1)).unwrap();
        let mut stored = Vec::new();
        for tier in [1, 1, 2] {
            cluster.change(Change::Applied(entity(tier)), "2026-11-23T03:14:29Z");
            stored.push(cluster.objects[&key]["metadata"].clone());
        }
        let metadata = |generation: u64, version: &str| {
            json!({
                "name": "pay", "namespace": "default", "generation": generation,
                "creationTimestamp": "2026-11-23T03:14:29Z", "resourceVersion": version,
                "uid": stored[0]["uid"],
            })
        };
        let expected = [metadata(1, "1"), metadata(1, "1"), metadata(2, "2")];
        assert_eq!(stored, expected);
    }

    #[test]
    fn an_object_of_a_cluster_stays_as_it_is() {
        let mut cluster = Cluster::default();
        let settings = json!({"apiVersion": "example.com/v1", "kind": "Settings",
            "metadata": {"name": "all", "uid": "1", "managedFields": [{"manager": "kubectl"}]}});
        let key = Key::stored(&settings).unwrap();
        assert_eq!(key.namespace, "");
        let stored = Change::Stored(key.clone(), Arc::new(settings.clone()));
        cluster.change(stored, "2026-11-23T03:14:29Z");
        assert_eq!(*cluster.objects[&key], settings);
    }

    #[test]
    fn what_discovery_said_is_all_but_for_later_crds() {
        let kind = Kind::of(&json!({"apiVersion": "late.io/v1", "kind": "Entity"})).unwrap();
        let pods = Kind::of(&json!({"apiVersion": "v1", "kind": "Pod"})).unwrap();
        let mut cluster = Cluster {
            served: Some(Kinds::served([(pods, ["pods", "pod"].map(str::to_owned))])),
            ..Cluster::default()
        };
        let serves = |cluster: &Cluster| {
            ["v1/pods", "apps/v1/deployments", "late.io/v1/entities"]
                .map(|text| cluster.kinds().resolve(text).is_ok())
        };
        assert_eq!(serves(&cluster), [true, false, false]);
        cluster.change(Change::Applied(crd()), "");
        assert_eq!(serves(&cluster), [true, false, true]);
        assert!(cluster.lists(&kind));
        cluster.change(Change::Deleted(Key::of(&crd()).unwrap()), "");
        assert_eq!(serves(&cluster), [true, false, false]);
    }

    fn crd() -> Value {
        json!({
            "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
            "metadata": {"name": "entities.late.io"},
            "spec": {"group": "late.io", "names": {"kind": "Entity", "plural": "entities"},
                     "versions": [{"name": "v1", "served": true}]},
        })
    }

    #[test]
    fn with_a_crd_go_the_objects_of_its_kind() {
        let mut cluster = Cluster::default();
        let crd = crd();
        let key = Key::of(&crd).unwrap();
        let object = |group: &str| {
            json!({"apiVersion": format!("{group}/v1"), "kind": "Entity",
                   "metadata": {"name": "x"}})
        };
        for object in [crd, object("late.io"), object("glint.io")] {
            cluster.change(Change::Applied(object), "");
        }
        cluster.change(Change::Deleted(key), "");
        let left: Vec<&str> = cluster
            .objects
            .keys()
            .map(|key| key.group.as_str())
            .collect();
        assert_eq!(left, ["glint.io"]);
        assert!(cluster.kinds().resolve("late.io/v1/entities").is_err());
    }
}
