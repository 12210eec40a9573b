//! What is known of every declared object: the objects of the cluster, what
//! applications say that they declare, and how each of them stands.
//!
//! Pure: who calls gives the time. Invariants: what is answered about a state of an
//! object that has changed since is dropped; a target is told of when all that it
//! declares was looked at, as it is in the cluster after its last run; memory grows with the number of objects alone.

mod claims;
mod evidence;
mod few;
mod look;
mod plan;
mod reads;
mod said;
mod targets;
mod tracked;

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::entities::Live;
use crate::catalog::{Dialect, EntityKind, Identity};
use crate::report::delivery::{Course, Moment, Now};
use crate::report::{ObjectKey, Relate};
use few::Few;
use reads::Reads;
use targets::Target;
use tracked::{Tracked, warning};

pub(super) use look::{Answer, Question, Sought};
pub(super) use reads::{Read, Unread};
pub(super) use said::Said;

/// A number of an object.
pub(super) type Id = u32;

/// What the ledger is kept by.
#[derive(Clone, Debug)]
pub(super) struct Rules {
    pub dialect: Dialect,
    /// How often everything is looked at, in milliseconds.
    pub sweep: u64,
    /// Which relations a target leads to.
    pub relations: Vec<Relate>,
    /// Whether only what the applications of this shard declare is looked at and told
    /// of: the rest is another's.
    pub is_sharded: bool,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Ledger {
    rules: Rules,
    entities: Vec<Option<Box<Tracked>>>,
    free: Vec<Id>,
    by_key: BTreeMap<Arc<ObjectKey>, Id>,
    /// Who declares what.
    claims: BTreeMap<Arc<Identity>, Few<Id>>,
    targets: BTreeMap<Arc<str>, Target>,
    due: BTreeSet<(Moment, Id)>,
    reads: Reads,
    /// Where the sweep is, and when it goes on.
    swept: Option<Arc<Identity>>,
    sweep_at: Moment,
    /// When an object changed last, after all were known.
    changed_at: Option<Moment>,
    /// The kinds whose objects are all known.
    listed: BTreeSet<EntityKind>,
    /// The kinds of which the cluster says that they are not served.
    unserved: BTreeSet<EntityKind>,
    /// The objects that somebody may have to be told of.
    unsaid: BTreeSet<Id>,
    /// The targets that may have changed.
    touched: BTreeSet<Arc<str>>,
    /// When the wait of a host ends for an object that is awaited.
    ends: BTreeSet<(Moment, Id)>,
    /// The kinds whose CRD the exporter does not know.
    unseen: BTreeSet<EntityKind>,
    /// How long the last deliveries took, in milliseconds.
    lags: Vec<u64>,
}

impl Ledger {
    pub(super) fn new(rules: Rules) -> Self {
        Self {
            rules,
            entities: Vec::new(),
            free: Vec::new(),
            by_key: BTreeMap::new(),
            claims: BTreeMap::new(),
            targets: BTreeMap::new(),
            due: BTreeSet::new(),
            reads: Reads::default(),
            swept: None,
            sweep_at: Moment::default(),
            changed_at: None,
            listed: BTreeSet::new(),
            unserved: BTreeSet::new(),
            unsaid: BTreeSet::new(),
            touched: BTreeSet::new(),
            ends: BTreeSet::new(),
            unseen: BTreeSet::new(),
            lags: Vec::new(),
        }
    }

    /// An object is there, new or changed.
    pub(super) fn applied(&mut self, mut live: Live, declared: Identity, now: Now) {
        let is_listed = self.listed.contains(&live.key.kind);
        let id = self.tracked(&live.key, now);
        let tracked = self.at(id);
        live.key = Arc::clone(&tracked.key);
        let live = Box::new(live);
        match tracked.live.take() {
            Some(before) if before.is_same(&live) => {
                tracked.live = Some(live);
                return;
            }
            Some(before) if before.uid == live.uid => {
                tracked.before.get_or_insert(before);
                tracked.course.changed(now);
                tracked.is_new = true;
            }
            Some(_) | None => {
                tracked.course = Course::begun(now);
                tracked.before = None;
                match &live.condition {
                    Some(condition) => {
                        condition.recall(&mut tracked.course, live.generation);
                        tracked.warned = warning(condition);
                    }
                    None => tracked.warned = None,
                }
                tracked.is_new = is_listed;
                if is_listed {
                    tracked.course.changed(now);
                }
            }
        }
        tracked.live = Some(live);
        tracked.edition = tracked.edition.wrapping_add(1);
        self.reads.hurry(id, now.moment);
        if self.at(id).claims.is_empty() {
            self.claim(id, [declared].into(), now);
        }
        if is_listed {
            self.changed_at = Some(now.moment);
        }
        let at = match is_listed {
            true => self.at(id).course.next_look(),
            false => Some(now.moment),
        };
        if let Some(end) = self.at(id).wait_end() {
            self.ends.insert((end, id));
        }
        if self.is_of_shard(id) {
            self.plan(id, at);
        }
    }

    /// An object is gone.
    pub(super) fn deleted(&mut self, key: &ObjectKey, now: Now) {
        let Some(id) = self.by_key.get(key).copied() else {
            return;
        };
        self.claim(id, BTreeSet::new(), now);
        self.plan(id, None);
        self.unsaid.remove(&id);
        let tracked = self.at(id);
        tracked.live = None;
        tracked.before = None;
        tracked.is_made = false;
        tracked.is_sent = false;
        tracked.edition = tracked.edition.wrapping_add(1);
        tracked.course = Course::begun(now);
        tracked.warned = None;
        self.reads.hurry(id, now.moment);
        self.touch(id);
        self.forget(id);
    }

    /// All objects of a kind are known.
    pub(super) fn listed(&mut self, kind: EntityKind) {
        self.unserved.remove(&kind);
        self.listed.insert(kind);
        self.touched.extend(self.targets.keys().cloned());
    }

    /// A kind is not served; what was there of it is not.
    pub(super) fn unserved(&mut self, kind: EntityKind, now: Now) {
        self.unserved.insert(kind);
        let of_kind = self.by_key.keys().filter(|key| key.kind == kind);
        let keys: Vec<Arc<ObjectKey>> = of_kind.cloned().collect();
        for key in keys {
            self.deleted(&key, now);
        }
        self.listed(kind);
    }

    /// Whether everything of the cluster is known.
    pub(super) fn is_listed(&self) -> bool {
        EntityKind::ALL
            .iter()
            .all(|kind| self.listed.contains(kind))
    }

    /// When an object changed last, after all were known.
    pub(super) fn last_change(&self) -> Option<Moment> {
        self.changed_at
    }

    /// A live object.
    pub(super) fn live(&self, id: Id) -> Option<&Live> {
        self.get(id)?.live.as_deref()
    }

    /// The object of a key, made where there is none.
    fn tracked(&mut self, key: &ObjectKey, now: Now) -> Id {
        if let Some(id) = self.by_key.get(key) {
            return *id;
        }
        let key = Arc::new(key.clone());
        let tracked = Box::new(Tracked {
            key: Arc::clone(&key),
            live: None,
            before: None,
            edition: 0,
            targets: Few::None,
            claims: Few::None,
            is_made: false,
            is_sent: false,
            course: Course::begun(now),
            due: None,
            is_new: false,
            is_unlooked: false,
            warned: None,
        });
        let id = match self.free.pop() {
            Some(id) => {
                self.entities[id as usize] = Some(tracked);
                id
            }
            None => {
                self.entities.push(Some(tracked));
                let last = self.entities.len() - 1;
                Id::try_from(last).expect("a cluster holds fewer objects")
            }
        };
        self.by_key.insert(key, id);
        id
    }

    /// Forgets one that neither the cluster nor an application has.
    fn forget(&mut self, id: Id) {
        let tracked = self.at(id);
        if tracked.live.is_none() && tracked.targets.is_empty() {
            let key = Arc::clone(&tracked.key);
            self.plan(id, None);
            self.unsaid.remove(&id);
            self.by_key.remove(&key);
            self.entities[id as usize] = None;
            self.free.push(id);
        }
    }

    /// Whether it is this shard's to look at.
    fn is_of_shard(&self, id: Id) -> bool {
        let is_declared = self.get(id).is_some_and(|it| !it.targets.is_empty());
        is_declared || !self.rules.is_sharded
    }

    /// The object, unless it changed since.
    fn current(&mut self, id: Id, edition: u32) -> Option<&mut Tracked> {
        let tracked = self.entities.get_mut(id as usize)?.as_deref_mut()?;
        (tracked.edition == edition && tracked.live.is_some()).then_some(tracked)
    }

    fn get(&self, id: Id) -> Option<&Tracked> {
        self.entities.get(id as usize)?.as_deref()
    }

    fn at(&mut self, id: Id) -> &mut Tracked {
        let tracked = self.entities[id as usize].as_deref_mut();
        tracked.expect("only `forget` empties a place, and takes its number out of all indices")
    }
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
