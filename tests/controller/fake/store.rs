//! The objects of the fake, kind by kind, and what happened to them.
//!
//! Not for what a write makes of an object (`write`), nor for the wire. Invariant:
//! each change has a version of its own, greater than all before, and stands in the
//! history of its kind until it is forgotten.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use k8s_openapi::jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::watch;

use super::answer::Refusal;
use super::kind::{BUILT_IN, Kind};
use super::object::{has_finalizers, is_same};

/// How many changes of a kind are remembered, for watches that fell behind.
const HISTORY: usize = 4096;

/// Namespace (empty where there is none) and name, in the order of an API server's
/// lists.
pub(crate) type Key = (String, String);

/// What an object is that is only written down when somebody reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) uid: String,
    pub(crate) resource_version: u64,
}

impl Identity {
    /// The metadata of such an object, as JSON, with these labels and annotations (both
    /// as JSON).
    pub(crate) fn metadata(&self, labels: &Value, annotations: &Value) -> String {
        let Self {
            namespace,
            name,
            uid,
            resource_version,
        } = self;
        let metadata = json!({
            "namespace": namespace, "name": name, "uid": uid, "generation": 1,
            "resourceVersion": resource_version.to_string(),
            "creationTimestamp": "2026-11-23T10:00:00Z",
            "labels": labels, "annotations": annotations,
        });
        metadata.to_string()
    }
}

/// Writes such an object down, as JSON.
pub(super) type Producer = Arc<dyn Fn(&Identity) -> String + Send + Sync>;

/// An object, as it is kept.
#[derive(Clone)]
pub(super) enum Held {
    Whole(Arc<Value>),
    Lazy(Identity, Producer),
}

impl Held {
    /// Itself.
    pub(super) fn object(&self) -> Arc<Value> {
        match self {
            Self::Whole(object) => Arc::clone(object),
            Self::Lazy(identity, produce) => {
                let text = produce(identity);
                let object = serde_json::from_str(&text);
                Arc::new(object.expect("a closure of the test writes JSON"))
            }
        }
    }
}

/// What happened to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    Added,
    Modified,
    Deleted,
}

/// A change.
#[derive(Clone)]
pub(super) struct Change {
    pub(super) revision: u64,
    pub(super) what: What,
    /// As it is now, or was last.
    pub(super) object: Arc<Value>,
    /// As it was before.
    pub(super) before: Option<Arc<Value>>,
}

/// The objects of one kind.
pub(super) struct Collection {
    pub(super) kind: Kind,
    pub(super) is_served: bool,
    pub(super) objects: BTreeMap<Key, Held>,
    pub(super) history: VecDeque<Change>,
    /// The newest version whose change is no more in the history.
    pub(super) forgotten: u64,
    /// How often its watches were told that they are too old.
    pub(super) expiries: u64,
    /// Whether its watches tell nothing for now.
    pub(super) is_held: bool,
}

impl Collection {
    fn forget(&mut self, revision: u64) {
        self.history.clear();
        self.forgotten = revision;
        self.expiries += 1;
    }
}

/// All there is.
pub(super) struct Store {
    pub(super) collections: Vec<Collection>,
    pub(super) revision: u64,
    /// What time it is. Only a test changes it.
    pub(super) now: Timestamp,
    /// How often all watches were cut.
    pub(super) cuts: u64,
    /// How often all watches were sent a bookmark.
    pub(super) bookmarks: u64,
    /// How many objects and names were made up.
    pub(super) count: u64,
    /// Wakes the watches.
    pub(super) changed: watch::Sender<()>,
}

impl Store {
    /// One that serves what every cluster serves.
    pub(super) fn new() -> Self {
        let now = "2026-11-23T10:00:00Z".parse();
        let mut store = Self {
            collections: Vec::new(),
            revision: 1,
            now: now.expect("a time"),
            cuts: 0,
            bookmarks: 0,
            count: 0,
            changed: watch::Sender::new(()),
        };
        for kind in BUILT_IN {
            store.serve(kind);
        }
        store
    }

    /// Serves a kind from now on; objects that it had are there again.
    pub(super) fn serve(&mut self, kind: Kind) {
        match self.collections.iter_mut().find(|it| it.kind == kind) {
            Some(collection) => collection.is_served = true,
            None => self.collections.push(Collection {
                kind,
                is_served: true,
                objects: BTreeMap::new(),
                history: VecDeque::new(),
                forgotten: self.revision,
                expiries: 0,
                is_held: false,
            }),
        }
    }

    /// Serves a kind with objects that are only written down when somebody reads them.
    pub(super) fn serve_lazily(
        &mut self,
        kind: Kind,
        keys: impl IntoIterator<Item = Key>,
        producer: &Producer,
    ) {
        self.serve(kind);
        self.revision += 1;
        for key in keys {
            let identity = Identity {
                namespace: key.0.clone(),
                name: key.1.clone(),
                uid: self.uid(),
                resource_version: self.revision,
            };
            let held = Held::Lazy(identity, Arc::clone(producer));
            self.of_mut(&kind).objects.insert(key, held);
        }
        // No watch was told of them.
        let revision = self.revision;
        self.of_mut(&kind).forget(revision);
        self.changed.send_replace(());
    }

    /// Lets every version that a client can know be too old.
    pub(super) fn forget(&mut self) {
        self.revision += 1;
        let revision = self.revision;
        let collections = self.collections.iter_mut();
        collections.for_each(|collection| collection.forget(revision));
        self.changed.send_replace(());
    }

    /// A kind that is served.
    pub(super) fn kind(&self, group: &str, version: &str, plural: &str) -> Result<Kind, Refusal> {
        let is_it = |it: &&Collection| {
            let Kind {
                group: its_group,
                version: its_version,
                plural: its_plural,
                ..
            } = it.kind;
            it.is_served && (its_group, its_version, its_plural) == (group, version, plural)
        };
        let found = self.collections.iter().find(is_it);
        found.map(|it| it.kind).ok_or_else(Refusal::unserved)
    }

    /// The objects of a kind, served or not.
    #[track_caller]
    pub(super) fn of(&self, kind: &Kind) -> &Collection {
        let found = self.collections.iter().find(|it| it.kind == *kind);
        found.unwrap_or_else(|| panic!("{} was never installed", kind.qualified()))
    }

    /// The same, to change it.
    #[track_caller]
    pub(super) fn of_mut(&mut self, kind: &Kind) -> &mut Collection {
        let found = self.collections.iter_mut().find(|it| it.kind == *kind);
        found.unwrap_or_else(|| panic!("{} was never installed", kind.qualified()))
    }

    pub(super) fn get(&self, kind: &Kind, key: &Key) -> Option<Arc<Value>> {
        self.of(kind).objects.get(key).map(Held::object)
    }

    /// The time, as objects have it.
    pub(super) fn time(&self) -> String {
        self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// A uid that no object has.
    pub(super) fn uid(&mut self) -> String {
        self.count += 1;
        format!("00000000-0000-4000-8000-{:012x}", self.count)
    }

    /// Stores an object, or lets it go where it was only kept by a finalizer. What
    /// changes nothing is no change.
    pub(super) fn put(
        &mut self,
        kind: &Kind,
        key: &Key,
        before: Option<Arc<Value>>,
        mut object: Value,
    ) -> Arc<Value> {
        if let Some(before) = before.as_ref().filter(|before| is_same(before, &object)) {
            return Arc::clone(before);
        }
        self.revision += 1;
        object["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let is_deleted = !object["metadata"]["deletionTimestamp"].is_null();
        let object = Arc::new(object);
        let collection = self.of_mut(kind);
        let what = match (before.is_some(), is_deleted && !has_finalizers(&object)) {
            (_, true) => What::Deleted,
            (true, false) => What::Modified,
            (false, false) => What::Added,
        };
        match what {
            What::Deleted => drop(collection.objects.remove(key)),
            What::Added | What::Modified => {
                let held = Held::Whole(Arc::clone(&object));
                collection.objects.insert(key.clone(), held);
            }
        }
        self.remember(kind, what, Arc::clone(&object), before);
        object
    }

    /// Lets an object go.
    pub(super) fn remove(&mut self, kind: &Kind, key: &Key, before: Arc<Value>) -> Arc<Value> {
        self.revision += 1;
        let mut object = before.as_ref().clone();
        object["metadata"]["resourceVersion"] = self.revision.to_string().into();
        let object = Arc::new(object);
        self.of_mut(kind).objects.remove(key);
        self.remember(kind, What::Deleted, Arc::clone(&object), Some(before));
        object
    }

    fn remember(
        &mut self,
        kind: &Kind,
        what: What,
        object: Arc<Value>,
        before: Option<Arc<Value>>,
    ) {
        let revision = self.revision;
        let collection = self.of_mut(kind);
        collection.history.push_back(Change {
            revision,
            what,
            object,
            before,
        });
        if collection.history.len() > HISTORY
            && let Some(oldest) = collection.history.pop_front()
        {
            collection.forgotten = oldest.revision;
        }
        self.changed.send_replace(());
    }
}
