//! What is known of every declared object: the objects of the cluster, what
//! applications say that they declare, and how each of them stands.
//!
//! Pure: who calls gives the time. Invariants: what is answered about a state of an
//! object that has changed since is dropped; a target is told of when all that it
//! declares was looked at; memory grows with the number of objects alone.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Bound;
use std::sync::Arc;

use serde_json::Value;

use super::entities::{Live, shown};
use super::mapping::Made;
use crate::catalog::{Delivery, Dialect, EntityKind, Identity, Record};
use crate::controller::report::targets::{Declared, Deliveries};
use crate::report::delivery::{
    AWAITED, Body, Condition, Course, Evidence, Hazard, KindEvidence, Moment, Now, Refusal,
    Standing, differences, fields,
};
use crate::report::{ObjectKey, Relate, Seen, Timestamp};

/// How long what is new is awaited before its condition says so, in milliseconds: most
/// of it is there by then, and needs one write less.
const QUIET: u64 = 10_000;

/// How much earlier than it is due something is looked at together with others, in
/// milliseconds.
const TOGETHER: u64 = 100;

/// How many objects the sweep looks at in one go: as many as one search names.
const SWEPT: usize = 100;

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

/// One object to look at.
#[derive(Clone, Debug)]
pub(super) struct Sought {
    pub id: Id,
    /// Which state of it.
    edition: u32,
    pub object: Value,
    /// As it was, where it has just changed.
    pub before: Option<Value>,
}

/// What was found of one object.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    id: Id,
    edition: u32,
    /// What is sent of it.
    made: Made,
    /// The fields of what was sent before it changed.
    before: BTreeSet<String>,
}

/// What the API is to be asked.
#[derive(Clone, Debug)]
pub(super) struct Question {
    pub id: Id,
    edition: u32,
    digest: u64,
    pub identity: Identity,
    pub body: Value,
}

/// What is to be said of an object.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Said {
    pub is_warning: bool,
    pub reason: &'static str,
    pub message: String,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Ledger {
    rules: Rules,
    entities: Vec<Option<Box<Tracked>>>,
    free: Vec<Id>,
    by_key: BTreeMap<Arc<ObjectKey>, Id>,
    /// Who declares what.
    claims: BTreeMap<Arc<Identity>, Vec<Id>>,
    targets: BTreeMap<Arc<str>, Target>,
    due: BTreeSet<(Moment, Id)>,
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
    /// The kinds whose CRD the exporter does not know.
    unseen: BTreeSet<EntityKind>,
    /// How long the last deliveries took, in milliseconds.
    lags: Vec<u64>,
}

/// A declared object.
#[derive(Debug)]
struct Tracked {
    key: Arc<ObjectKey>,
    /// Nothing where an application declares it and the cluster does not have it.
    live: Option<Box<Live>>,
    /// As it was before it changed, until that was looked at.
    before: Option<Box<Live>>,
    edition: u32,
    /// Who declares it: one application, or by mistake several.
    targets: Vec<Arc<str>>,
    /// What it declares; as the object says, until it is known what is sent.
    claims: Vec<Arc<Identity>>,
    /// Whether it was ever known what is sent.
    is_made: bool,
    /// Whether anything is sent.
    is_sent: bool,
    course: Course,
    due: Option<Moment>,
    /// Whether it changed since it was delivered last.
    is_new: bool,
    /// What the last Event said that called for something.
    warned: Option<&'static str>,
}

/// An application.
#[derive(Debug)]
struct Target {
    declared: Arc<Declared>,
    entities: Vec<Id>,
    /// A digest of what was told last.
    told: Option<u64>,
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
            swept: None,
            sweep_at: Moment::default(),
            changed_at: None,
            listed: BTreeSet::new(),
            unserved: BTreeSet::new(),
            unsaid: BTreeSet::new(),
            touched: BTreeSet::new(),
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
                        tracked.warned = warning(condition.reason());
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
        if tracked.claims.is_empty() {
            self.claim(id, [declared].into(), now);
        }
        if is_listed {
            self.changed_at = Some(now.moment);
        }
        let at = match is_listed {
            true => self.at(id).course.next_look(),
            false => Some(now.moment),
        };
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

    /// What an application declares, and when it was synced.
    pub(super) fn declared(&mut self, declared: Arc<Declared>, now: Now) {
        let name: Arc<str> = declared.target.as_str().into();
        let before = self.targets.get(&name).map(|it| Arc::clone(&it.declared));
        let is_run = before.as_ref().is_none_or(|before| {
            before.synced_at != declared.synced_at || before.revision != declared.revision
        });
        let mut entities = Vec::new();
        if !declared.is_elsewhere {
            for key in &declared.entities {
                let id = self.tracked(key, now);
                let tracked = self.at(id);
                if !tracked.targets.contains(&name) {
                    tracked.targets.push(Arc::clone(&name));
                }
                if is_run {
                    tracked.course.synced(declared.synced_at);
                }
                let is_settled = tracked.live.is_some() && tracked.due.is_none();
                if (is_run || !tracked.course.is_known()) && is_settled {
                    let moment = now.moment.plus(TOGETHER);
                    self.plan(id, Some(moment));
                }
                entities.push(id);
            }
        }
        let told = self.targets.get(&name).and_then(|it| it.told);
        let target = Target {
            declared,
            entities,
            told,
        };
        let before = self.targets.insert(Arc::clone(&name), target);
        if let Some(before) = before {
            self.release(&name, before.entities);
        }
        self.touched.insert(name);
    }

    /// An application is gone.
    pub(super) fn gone(&mut self, target: &str) {
        if let Some((name, target)) = self.targets.remove_entry(target) {
            self.touched.remove(&name);
            self.release(&name, target.entities);
        }
    }

    /// Nobody tells any more what applications declare.
    pub(super) fn undeclared(&mut self) {
        let targets: Vec<Arc<str>> = self.targets.keys().cloned().collect();
        for target in targets {
            self.gone(&target);
        }
    }

    /// Frees those that a target does not declare any more.
    fn release(&mut self, target: &Arc<str>, entities: Vec<Id>) {
        let now = self.targets.get(target).map(|it| it.entities.clone());
        let kept: BTreeSet<Id> = now.unwrap_or_default().into_iter().collect();
        for id in entities.into_iter().filter(|id| !kept.contains(id)) {
            self.at(id).targets.retain(|it| it != target);
            self.forget(id);
        }
    }

    /// When there is something to look at; nothing before all is known.
    pub(super) fn next_look(&self) -> Option<Moment> {
        let due = self.due.first().map(|(moment, _)| *moment);
        let sweep = (!self.claims.is_empty()).then_some(self.sweep_at);
        match self.is_listed() {
            true => [due, sweep].into_iter().flatten().min(),
            false => None,
        }
    }

    /// Whether anything is awaited, so that news of the exporter is worth having.
    pub(super) fn is_awaiting(&self) -> bool {
        !self.due.is_empty()
    }

    /// When an object changed last, after all were known.
    pub(super) fn last_change(&self) -> Option<Moment> {
        self.changed_at
    }

    /// What to look at now, so many at most, those of one blueprint side by side.
    pub(super) fn round(&mut self, most: usize, now: Now) -> Vec<Sought> {
        let until = now.moment.plus(TOGETHER);
        let due = self.due.iter().take_while(|(at, _)| *at <= until);
        let mut ids: BTreeSet<Id> = due.map(|(_, id)| *id).take(most).collect();
        if self.sweep_at <= now.moment {
            ids.extend(self.sweep(now));
        }
        for id in &ids {
            self.plan(*id, None);
        }
        let mut ids: Vec<Id> = ids.into_iter().collect();
        ids.sort_by(|one, other| self.first_claim(*one).cmp(&self.first_claim(*other)));
        let dialect = self.rules.dialect;
        let sought = ids.into_iter().filter_map(|id| {
            let tracked = self.entities.get(id as usize)?.as_ref()?;
            let live = tracked.live.as_ref()?;
            Some(Sought {
                id,
                edition: tracked.edition,
                object: live.to_json(dialect),
                before: tracked.before.as_ref().map(|it| it.to_json(dialect)),
            })
        });
        sought.collect()
    }

    /// The next that the sweep looks at. So many at a time and so far apart that all
    /// have had their turn at the end of its time.
    fn sweep(&mut self, now: Now) -> Vec<Id> {
        let from = match self.swept.take() {
            Some(last) => Bound::Excluded(last),
            None => Bound::Unbounded,
        };
        let mut ids = Vec::new();
        for (identity, claimants) in self.claims.range((from, Bound::Unbounded)) {
            ids.extend(claimants.iter().filter(|id| self.is_of_shard(**id)));
            if ids.len() >= SWEPT {
                self.swept = Some(Arc::clone(identity));
                break;
            }
        }
        let steps = self.claims.len().div_ceil(SWEPT).max(1);
        self.sweep_at = now.moment.plus(self.rules.sweep / steps as u64);
        ids
    }

    /// Looks at everything soon: something happened to the exporter.
    pub(super) fn hurry(&mut self, now: Now) {
        let awaited: Vec<Id> = self.due.iter().map(|(_, id)| *id).collect();
        for id in awaited {
            self.at(id).course.hurry(now);
            let at = self.at(id).course.next_look();
            self.plan(id, at);
        }
        self.sweep_at = now.moment;
    }

    /// Looks at everything at once: the mapping is another, or much is gone.
    pub(super) fn look_at_all(&mut self, now: Now) {
        let live = self.by_key.values().copied();
        let live: Vec<Id> = live
            .filter(|id| self.get(*id).is_some_and(|it| it.live.is_some()))
            .filter(|id| self.is_of_shard(*id))
            .collect();
        for id in live {
            self.plan(id, Some(now.moment));
        }
    }

    /// Puts back what could not be looked at.
    pub(super) fn put_back(&mut self, ids: impl IntoIterator<Item = Id>, at: Moment) {
        for id in ids {
            if self.get(id).is_some_and(|it| it.live.is_some()) {
                self.plan(id, Some(at));
            }
        }
    }

    /// Takes in a look, and says what to ask the API of those that are not there, so
    /// many at most.
    pub(super) fn see(
        &mut self,
        answers: Vec<Answer>,
        found: &BTreeMap<Identity, Record>,
        most: usize,
        now: Now,
    ) -> Vec<Question> {
        let mut questions = Vec::new();
        for answer in &answers {
            self.make(answer, now);
        }
        for answer in answers {
            let Some(question) = self.see_one(answer, found, now) else {
                continue;
            };
            if questions.len() < most {
                questions.push(question);
            }
        }
        questions
    }

    /// Takes in what is sent of an object.
    fn make(&mut self, answer: &Answer, now: Now) {
        let Some(tracked) = self.current(answer.id, answer.edition) else {
            return;
        };
        tracked.before = None;
        let sent: &[(Identity, Value)] = match &answer.made {
            Made::Sent(sent) => sent,
            Made::Unsent { .. } | Made::Withheld | Made::Unknown { .. } => &[],
        };
        let fields = sent.iter().flat_map(|(_, body)| fields(body)).collect();
        tracked.course.left(answer.before.clone(), &fields);
        let is_sent = !sent.is_empty();
        let was_sent = std::mem::replace(&mut tracked.is_sent, is_sent);
        // One of which nothing is sent keeps its place, for the sweep.
        if is_sent {
            let claimed = sent.iter().map(|(identity, _)| identity.clone());
            self.claim(answer.id, claimed.collect(), now);
        }
        if is_sent != was_sent {
            self.wake_rivals(answer.id, now);
        }
        self.at(answer.id).is_made = true;
    }

    fn see_one(
        &mut self,
        answer: Answer,
        found: &BTreeMap<Identity, Record>,
        now: Now,
    ) -> Option<Question> {
        let Answer {
            id, edition, made, ..
        } = answer;
        self.current(id, edition)?;
        let others = self.rivals(id, &made);
        let kind = self.at(id).key.kind;
        let crd = self.rules.dialect.crd_name(kind);
        let is_unseen = self.unseen.contains(&kind);
        let tracked = self.at(id);
        let mut question = None;
        let standing = match made {
            Made::Sent(_) if !others.is_empty() => Some(Standing::Conflict { others }),
            Made::Sent(sent) => {
                question = tracked.look(id, sent, found, now);
                let standing = tracked.course.standing();
                let is_awaited = matches!(standing, Some(Standing::Pending { .. }))
                    && tracked.course.age(now) >= AWAITED;
                (is_unseen && is_awaited).then_some(Standing::Unseen { crd })
            }
            Made::Unsent { place, why } => Some(Standing::Unsent { place, why }),
            Made::Withheld => Some(Standing::Withheld),
            Made::Unknown { why } => Some(Standing::Unobserved { why }),
        };
        if let Some(standing) = standing {
            tracked.course.stands(standing, now);
        }
        self.seen(id, now);
        question
    }

    /// Takes in what the API says of questions: nothing of those that it takes.
    pub(super) fn judge(
        &mut self,
        questions: Vec<Question>,
        mut refused: BTreeMap<Identity, Refusal>,
        now: Now,
    ) {
        for question in questions {
            let refusal = refused.remove(&question.identity);
            let Some(tracked) = self.current(question.id, question.edition) else {
                continue;
            };
            tracked.course.judge(question.digest, refusal, now);
            self.seen(question.id, now);
        }
    }

    /// After a look or a verdict.
    fn seen(&mut self, id: Id, now: Now) {
        let tracked = self.at(id);
        let is_delivered =
            tracked.course.standing().and_then(Standing::delivery) == Some(Delivery::Delivered);
        let lag = match is_delivered && std::mem::take(&mut tracked.is_new) {
            true => Some(tracked.course.age(now)),
            false => None,
        };
        let at = tracked.next_look(now);
        self.lags.extend(lag);
        let at = at.filter(|_| self.is_of_shard(id));
        self.plan(id, at);
        self.unsaid.insert(id);
        self.touch(id);
    }

    /// The other live objects of which the exporter sends the same entity.
    fn rivals(&mut self, id: Id, made: &Made) -> Vec<String> {
        let Made::Sent(sent) = made else {
            return Vec::new();
        };
        let claimed = sent
            .iter()
            .filter_map(|(identity, _)| self.claims.get(identity));
        let rivals: BTreeSet<Id> = claimed.flatten().copied().filter(|it| *it != id).collect();
        let mut others = Vec::new();
        for rival in rivals {
            let tracked = self.at(rival);
            if tracked.is_sent {
                others.push(shown(&tracked.key));
            }
        }
        others
    }

    /// What an object declares from now on. Who declares the same, or did, is looked
    /// at again.
    fn claim(&mut self, id: Id, claimed: BTreeSet<Identity>, now: Now) {
        let before = std::mem::take(&mut self.at(id).claims);
        let is_same =
            before.len() == claimed.len() && before.iter().all(|it| claimed.contains(&**it));
        if is_same {
            self.at(id).claims = before;
            return;
        }
        let tracked = self.at(id);
        if tracked.is_made {
            tracked.course.renamed();
        }
        for identity in before {
            let Some(claimants) = self.claims.get_mut(&identity) else {
                continue;
            };
            claimants.retain(|it| *it != id);
            let left = claimants.clone();
            if left.is_empty() {
                self.claims.remove(&identity);
            }
            for rival in left {
                self.plan(rival, Some(now.moment));
            }
        }
        let claims: Vec<Arc<Identity>> = claimed.into_iter().map(Arc::new).collect();
        for identity in &claims {
            let claimants = self.claims.entry(Arc::clone(identity)).or_default();
            claimants.push(id);
        }
        self.at(id).claims = claims;
        self.wake_rivals(id, now);
    }

    /// Has those looked at that declare the same, once there are others.
    fn wake_rivals(&mut self, id: Id, now: Now) {
        let claims = self.at(id).claims.clone();
        let rivals = claims.iter().filter_map(|it| self.claims.get(it));
        let rivals: Vec<Id> = rivals.flatten().copied().filter(|it| *it != id).collect();
        // It may be another shard's, and then nobody knows yet what is sent of it.
        if !rivals.is_empty() && !self.at(id).is_made {
            self.plan(id, Some(now.moment));
        }
        for rival in rivals {
            self.plan(rival, Some(now.moment));
        }
    }

    /// Whether a target may have changed, and it can be told what of it did.
    pub(super) fn has_deliveries(&self) -> bool {
        self.is_listed() && !self.touched.is_empty()
    }

    /// What to tell of a target's entities, where that is news and all are known.
    pub(super) fn deliveries(&mut self) -> Option<Deliveries> {
        if !self.is_listed() {
            return None;
        }
        while let Some(name) = self.touched.pop_first() {
            let Some(deliveries) = self.deliveries_of(&name) else {
                continue;
            };
            let digest = digest(&format!("{deliveries:?}"));
            if let Some(target) = self.targets.get_mut(&name)
                && target.told != Some(digest)
            {
                target.told = Some(digest);
                return Some(deliveries);
            }
        }
        None
    }

    fn deliveries_of(&self, name: &str) -> Option<Deliveries> {
        let Target {
            declared, entities, ..
        } = self.targets.get(name)?;
        let mut seen = Seen::default();
        let mut counts: BTreeMap<Delivery, usize> = BTreeMap::new();
        let related = self.rules.relations.iter();
        seen.related = related
            .map(|it| (it.name.to_string(), Vec::new()))
            .collect();
        if declared.is_elsewhere {
            counts.insert(Delivery::NotObserved, declared.entities.len());
        }
        for id in entities {
            let tracked = self.get(*id)?;
            if tracked.live.is_none() {
                *counts.entry(Delivery::Pending).or_default() += 1;
                continue;
            }
            if !tracked.course.is_known() {
                return None;
            }
            let standing = tracked.course.standing()?;
            if let Some(delivery) = standing.delivery() {
                *counts.entry(delivery).or_default() += 1;
            }
            tracked.tell(standing, &self.rules.relations, &mut seen);
        }
        seen.deliveries = Some(counts);
        Some(Deliveries {
            target: declared.target.clone(),
            seen,
            revision: declared.revision.clone(),
        })
    }

    /// What is to be said and written of an object; taken out once.
    pub(super) fn unsaid(&mut self, now: Now) -> Option<(Id, Option<Said>, Option<Condition>)> {
        let has_status = self.rules.dialect == Dialect::Glint;
        while let Some(id) = self.unsaid.pop_first() {
            if !self.is_of_shard(id) {
                continue;
            }
            let Some(Some(tracked)) = self.entities.get_mut(id as usize) else {
                continue;
            };
            let said = tracked.said();
            let condition = match has_status {
                true => tracked.condition(now),
                false => None,
            };
            if said.is_some() || condition.is_some() {
                return Some((id, said, condition));
            }
        }
        None
    }

    /// A condition was written, or somebody else has to.
    pub(super) fn written(&mut self, id: Id, condition: Condition) {
        if let Some(Some(tracked)) = self.entities.get_mut(id as usize)
            && let Some(live) = &mut tracked.live
        {
            live.condition = Some(Box::new(condition));
        }
    }

    /// It is to be written again.
    pub(super) fn unwritten(&mut self, id: Id) {
        if self.get(id).is_some_and(|it| it.live.is_some()) {
            self.unsaid.insert(id);
        }
    }

    /// A live object.
    pub(super) fn live(&self, id: Id) -> Option<&Live> {
        self.get(id)?.live.as_deref()
    }

    /// How many are in which state.
    pub(super) fn counts(&self) -> BTreeMap<Delivery, usize> {
        let mut counts = BTreeMap::new();
        for tracked in self.entities.iter().flatten() {
            if self.rules.is_sharded && tracked.targets.is_empty() {
                continue;
            }
            let standing = tracked.live.as_ref().and(tracked.course.standing());
            if let Some(delivery) = standing.and_then(Standing::delivery) {
                *counts.entry(delivery).or_default() += 1;
            }
        }
        counts
    }

    /// How long deliveries took since this was last asked, in milliseconds.
    pub(super) fn lags(&mut self) -> Vec<u64> {
        std::mem::take(&mut self.lags)
    }

    /// What tells of the exporter as a whole.
    pub(super) fn evidence(
        &self,
        created: &BTreeMap<EntityKind, Timestamp>,
        integration_changed: Option<Timestamp>,
        now: Now,
    ) -> Evidence {
        let served = EntityKind::ALL.into_iter();
        let served = served.filter(|kind| !self.unserved.contains(kind));
        let mut kinds: Vec<KindEvidence> = served
            .map(|kind| KindEvidence {
                kind,
                created: created.get(&kind).copied(),
                there: 0,
                awaited: 0,
                vanished: 0,
            })
            .collect();
        for tracked in self.entities.iter().flatten() {
            let kind = tracked.key.kind;
            let Some(seen) = kinds.iter_mut().find(|it| it.kind == kind) else {
                continue;
            };
            match tracked.live.as_ref().and(tracked.course.standing()) {
                Some(Standing::Vanished) => seen.vanished += 1,
                Some(Standing::Pending { .. } | Standing::Unseen { .. })
                    if !tracked.course.is_there() && tracked.course.age(now) >= AWAITED =>
                {
                    seen.awaited += 1;
                }
                Some(_) if tracked.course.is_there() => seen.there += 1,
                Some(_) | None => {}
            }
        }
        Evidence {
            kinds,
            integration_changed,
        }
    }

    /// What is wrong with the exporter, as far as it concerns single objects.
    pub(super) fn suspect(&mut self, hazards: &[Hazard], now: Now) {
        let unseen = hazards.iter().filter_map(|hazard| match hazard {
            Hazard::LateCrd(kind) => Some(*kind),
            Hazard::Silent(_) | Hazard::LostCluster => None,
        });
        let unseen: BTreeSet<EntityKind> = unseen.collect();
        let new: BTreeSet<EntityKind> = unseen.difference(&self.unseen).copied().collect();
        self.unseen = unseen;
        let concerned = self
            .by_key
            .iter()
            .filter(|(key, _)| new.contains(&key.kind));
        let concerned: Vec<Id> = concerned.map(|(_, id)| *id).collect();
        for id in concerned {
            let tracked = self.at(id);
            let is_awaited = matches!(tracked.course.standing(), Some(Standing::Pending { .. }));
            if tracked.live.is_some() && is_awaited {
                self.plan(id, Some(now.moment));
            }
        }
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
            targets: Vec::new(),
            claims: Vec::new(),
            is_made: false,
            is_sent: false,
            course: Course::begun(now),
            due: None,
            is_new: false,
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

    fn plan(&mut self, id: Id, at: Option<Moment>) {
        let before = std::mem::replace(&mut self.at(id).due, at);
        if let Some(before) = before {
            self.due.remove(&(before, id));
        }
        if let Some(at) = at {
            self.due.insert((at, id));
        }
    }

    /// Whether it is this shard's to look at.
    fn is_of_shard(&self, id: Id) -> bool {
        let is_declared = self.get(id).is_some_and(|it| !it.targets.is_empty());
        is_declared || !self.rules.is_sharded
    }

    fn touch(&mut self, id: Id) {
        let targets = self.at(id).targets.clone();
        self.touched.extend(targets);
    }

    fn first_claim(&self, id: Id) -> Option<&Arc<Identity>> {
        self.get(id)?.claims.first()
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

impl Tracked {
    /// Takes in a look at all that is sent of it: the first that is not there as it
    /// is declared decides.
    fn look(
        &mut self,
        id: Id,
        sent: Vec<(Identity, Value)>,
        found: &BTreeMap<Identity, Record>,
        now: Now,
    ) -> Option<Question> {
        let bodies: Vec<&Value> = sent.iter().map(|(_, body)| body).collect();
        let digest = digest(&bodies.iter().map(ToString::to_string).collect::<String>());
        let is_short = |(identity, body): &&(Identity, Value)| {
            let record = found.get(identity);
            record.is_none_or(|record| !differences(body, record).is_empty())
        };
        let (identity, body) = sent.iter().find(is_short).or(sent.first())?;
        let seen = Body { json: body, digest };
        self.is_new &= !self.course.has_delivered(digest);
        self.course.see(seen, found.get(identity), now);
        self.course.is_question(digest, now).then(|| Question {
            id,
            edition: self.edition,
            digest,
            identity: identity.clone(),
            body: body.clone(),
        })
    }

    /// When it is worth the next look: at the end of a wait at the latest.
    fn next_look(&self, now: Now) -> Option<Moment> {
        let next = self.course.next_look()?;
        let wait = self.live.as_ref().and_then(|live| live.wait);
        let left = wait.map(|wait| wait.longest.saturating_sub(self.course.age(now)));
        let end = left.filter(|left| *left > 0);
        Some(end.map_or(next, |left| next.min(now.moment.plus(left))))
    }

    /// What is told on its target beside the count.
    fn tell(&self, standing: &Standing, relations: &[Relate], seen: &mut Seen) {
        let Some(identity) = self.claims.first() else {
            return;
        };
        let code = match standing {
            Standing::Refused { code, .. } => Some(code.as_str()),
            Standing::Unsent { .. } => Some("not_sent"),
            Standing::Unseen { .. } => Some("unseen_by_exporter"),
            Standing::Conflict { .. } => Some("identity_conflict"),
            Standing::Delivered
            | Standing::Pending { .. }
            | Standing::Overwritten { .. }
            | Standing::Vanished
            | Standing::Lingering { .. }
            | Standing::Unobserved { .. }
            | Standing::Withheld => None,
        };
        let code = code.map(|code| ((**identity).clone(), code.to_owned()));
        seen.rejected.extend(code);
        if !self.course.is_there() {
            return;
        }
        for relation in relations {
            if identity.blueprint == relation.blueprint.as_str()
                && let Entry::Occupied(mut related) = seen.related.entry(relation.name.to_string())
            {
                related.get_mut().push(identity.identifier.clone());
            }
        }
    }

    /// What an Event is to say of it.
    fn said(&mut self) -> Option<Said> {
        self.live.as_ref()?;
        let standing = self.course.standing()?;
        let reason = standing.reason();
        match (standing, self.warned) {
            (_, Some(warned)) if warned == reason => return None,
            (standing, _) if standing.is_warning() => self.warned = Some(reason),
            (Standing::Delivered, Some(_)) => self.warned = None,
            (Standing::Lingering { .. }, _) => self.warned = Some(reason),
            (_, _) => return None,
        }
        Some(Said {
            is_warning: standing.is_warning(),
            reason,
            message: standing.message(),
        })
    }

    /// What its status is to say, where that is news.
    fn condition(&self, now: Now) -> Option<Condition> {
        let live = self.live.as_ref()?;
        let standing = self.course.standing()?;
        let age = self.course.age(now);
        let is_early =
            live.wait.is_none() && matches!(standing, Standing::Pending { .. }) && age < QUIET;
        // Who never had to do with the catalog keeps an empty status.
        let is_nobodys =
            *standing == Standing::Withheld && live.condition.is_none() && live.wait.is_none();
        if is_early || is_nobodys {
            return None;
        }
        let before = live.condition.as_deref();
        let condition = Condition::of(standing, live.generation, age, live.wait, before, now);
        condition.is_news(before).then_some(condition)
    }
}

impl Sought {
    /// What was found to be sent of it, now and before.
    pub(super) fn made(&self, made: Made, before: Option<Made>) -> Answer {
        let before = match before {
            Some(Made::Sent(sent)) => sent.iter().flat_map(|(_, body)| fields(body)).collect(),
            Some(Made::Unsent { .. } | Made::Withheld | Made::Unknown { .. }) | None => {
                BTreeSet::new()
            }
        };
        Answer {
            id: self.id,
            edition: self.edition,
            made,
            before,
        }
    }
}

impl Answer {
    /// The entities to look for.
    pub(super) fn identities(&self) -> impl Iterator<Item = &Identity> {
        let sent = match &self.made {
            Made::Sent(sent) => sent.as_slice(),
            Made::Unsent { .. } | Made::Withheld | Made::Unknown { .. } => &[],
        };
        sent.iter().map(|(identity, _)| identity)
    }
}

/// The reason of a condition, where an Event said it as well.
fn warning(reason: &str) -> Option<&'static str> {
    let known = [
        "UnseenByExporter",
        "Rejected",
        "NotSent",
        "Overwritten",
        "Vanished",
        "Conflict",
        "Lingering",
    ];
    known.into_iter().find(|it| *it == reason)
}

fn digest(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}
