//! The targets of this cluster: what is known of each, and which of them is to be
//! reported when.
//!
//! Pure: events in, batches out, the clock is an argument. Memory is bounded by the
//! number of objects: each is in the queue once, with what it told last or, where too
//! many wait, with nothing, so that it is read again in its turn. Invariants: nothing is
//! due where nothing changed; a target is in one batch at a time; what a batch could not
//! report is due again.

mod batch;
mod declared;
mod target;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::board::Standing;
use super::sighting::{Choice, Fingerprint, Sighting, digest};
use super::unreported::Debt;
use crate::controller::frame::ObjectRef;
use crate::report::Timestamp;
use target::Target;

pub(super) use batch::{Batch, Item, News, Outcome, Sent};
#[cfg(test)]
pub(crate) use declared::Deployed;
pub(crate) use declared::{Declared, Deliveries, TargetChange};

/// How many targets are reported at once: their upserts fill two requests.
const BATCH: usize = 40;

/// How long a change waits for others, so that one request tells several.
const GATHER: Duration = Duration::from_millis(200);

/// The same at the start, while objects are listed: batches are to be full then.
const GATHER_LISTED: Duration = Duration::from_secs(10);

/// How long what became of entities waits for others: many are looked at at a time, and
/// told of one by one. What is due within that time goes along with what is due.
const GATHER_SEEN: Duration = Duration::from_secs(2);

/// How many results are kept while they wait.
const KEPT: usize = 2_000;

/// When what could not be read or sent is tried again.
const RETRY: Duration = Duration::from_secs(5);

/// When a target that the catalog refuses is tried again, and at most.
const REFUSED: (Duration, Duration) = (Duration::from_secs(30), Duration::from_secs(1_800));

/// All that are known.
#[derive(Debug)]
pub(super) struct Targets {
    is_all: bool,
    since: Timestamp,
    known: BTreeMap<String, Target>,
    /// Those that are due, and in no batch.
    queue: BTreeSet<(Instant, String)>,
    /// Those that are in a batch.
    under_way: BTreeSet<String>,
    /// Those that are gone.
    removals: BTreeSet<String>,
    held: Held,
    is_settled: bool,
    /// How many results are kept.
    kept: usize,
    /// Nothing is sent before.
    closed_until: Option<Instant>,
    changes: BTreeMap<String, TargetChange>,
    standings: Vec<Stands>,
}

/// The targets that the catalog held at the start: of others nothing has to be read.
#[derive(Debug)]
enum Held {
    /// Nobody knows yet, and so nothing is sent.
    Unknown,
    /// These.
    These(BTreeSet<String>),
    /// That was long ago: all that waited then are told.
    Past,
}

impl Held {
    /// Whether a target was among them; nothing where nobody knows.
    fn has(&self, target: &str) -> Option<bool> {
        match self {
            Self::These(held) => Some(held.contains(target)),
            Self::Unknown | Self::Past => None,
        }
    }
}

/// How a target stands from now on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Stands {
    /// So.
    Now(Arc<Standing>),
    /// Nowhere.
    No(ObjectRef),
}

impl Targets {
    /// None are known yet. `is_all`: applications without entities are reported too;
    /// `since`: when the watch began.
    pub(super) fn new(is_all: bool, since: Timestamp) -> Self {
        Self {
            is_all,
            since,
            known: BTreeMap::new(),
            queue: BTreeSet::new(),
            under_way: BTreeSet::new(),
            removals: BTreeSet::new(),
            held: Held::Unknown,
            is_settled: false,
            kept: 0,
            closed_until: None,
            changes: BTreeMap::new(),
            standings: Vec::new(),
        }
    }

    /// The catalog holds these targets of this cluster: the start may begin.
    pub(super) fn found(&mut self, held: BTreeSet<String>) {
        self.held = Held::These(held);
    }

    /// An object is there.
    pub(super) fn sighted(&mut self, sighting: Sighting, now: Instant) {
        let is_known = self.known.contains_key(&sighting.target);
        let is_held = self.held.has(&sighting.target) == Some(true);
        let has_entities = !sighting.declaration.entities.is_empty();
        match sighting.choice {
            Choice::Ignore if is_known || is_held => self.gone(&sighting.target),
            Choice::Ignore => {}
            Choice::Report => self.take(sighting, now),
            // What was reported once is kept right, also without its entities.
            Choice::Open if self.is_all || has_entities || is_known || is_held => {
                self.take(sighting, now);
            }
            Choice::Open => {}
        }
    }

    fn take(&mut self, sighting: Sighting, now: Instant) {
        let name = sighting.target.clone();
        self.removals.remove(&name);
        let known = self.known.get(&name);
        let is_first = known.is_none();
        let is_repeated = known.is_some_and(|it| it.latest == sighting.fingerprint);
        let (room, gather) = (KEPT - self.kept.min(KEPT), self.gather());
        let target = self.known.entry(name.clone());
        let target = target.or_insert_with(|| Target::new(&sighting));
        let (declared, standing) = target.renewed(&sighting);
        if is_first || *target.declared != declared {
            target.declared = Arc::new(declared);
            let change = TargetChange::Changed(Arc::clone(&target.declared));
            self.changes.insert(name.clone(), change);
        }
        if is_first || *target.standing != standing {
            target.standing = Arc::new(standing);
            self.standings
                .push(Stands::Now(Arc::clone(&target.standing)));
        }
        let unreported = &mut target.unreported;
        unreported.see(&name, &sighting.result, self.since, is_first);
        target.latest = sighting.fingerprint;
        let due = match is_repeated && target.due.is_some() {
            true => target.due,
            false => target.due_for(&sighting, now, gather),
        };
        self.kept -= usize::from(target.result.take().is_some());
        if due.is_some() && room > 0 && !sighting.is_incomplete {
            target.result = Some(Box::new(sighting.result));
            self.kept += 1;
        }
        self.schedule(&name, due);
    }

    /// An object is gone, or is to be reported no more.
    pub(super) fn gone(&mut self, name: &str) {
        self.leave(name);
        self.removals.insert(name.to_owned());
    }

    /// An object is somebody else's: it is not looked after here, and its target stays.
    pub(super) fn leave(&mut self, name: &str) {
        self.schedule(name, None);
        if let Some(target) = self.known.remove(name) {
            self.kept -= usize::from(target.result.is_some());
            let subject = target.declared.subject.clone();
            self.standings.push(Stands::No(subject));
            let target = name.to_owned();
            self.changes
                .insert(name.to_owned(), TargetChange::Gone { target });
        }
    }

    /// Whether a target is reported.
    pub(super) fn knows(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// Somebody looked what became of entities.
    pub(super) fn delivered(&mut self, deliveries: Deliveries, now: Instant) {
        let Some(target) = self.known.get_mut(&deliveries.target) else {
            return;
        };
        // What is said of another run says nothing of this one.
        if deliveries.deployed != target.declared.deployed {
            return;
        }
        let standing = target.standing.with(&deliveries);
        if *target.standing != standing {
            target.standing = Arc::new(standing);
            self.standings
                .push(Stands::Now(Arc::clone(&target.standing)));
        }
        if target.told == Some(digest(&deliveries.seen)) {
            target.seen = None;
            return;
        }
        target.seen = Some(deliveries.seen);
        let soon = now + GATHER_SEEN;
        let due = target.due.map_or(soon, |due| due.min(soon));
        self.schedule(&deliveries.target, Some(due));
    }

    /// The time of the start is over: all objects were listed, and what the catalog held
    /// of others is taken care of.
    pub(super) fn settle(&mut self, now: Instant) {
        self.is_settled = true;
        // Nothing more is to come that they wait for.
        let soon = now + GATHER;
        let names: Vec<String> = self.queue.iter().map(|(_, name)| name.clone()).collect();
        for name in names {
            self.schedule(&name, Some(soon));
        }
    }

    /// Nothing is sent before: the catalog can't be asked.
    pub(super) fn close_until(&mut self, until: Instant) {
        self.closed_until = Some(until);
    }

    /// When there is something to do.
    pub(super) fn next_due(&self, now: Instant) -> Option<Instant> {
        if let Held::Unknown = self.held {
            return None;
        }
        let has_removal = self.removals.iter().any(|it| !self.under_way.contains(it));
        let due = match has_removal || self.soon(now).count() == BATCH {
            true => now,
            false => self.queue.first()?.0,
        };
        Some(self.closed_until.map_or(due, |until| due.max(until)))
    }

    /// How many are to be reported or removed, those included of which that is under way.
    pub(super) fn waiting(&self) -> usize {
        let removals = self.removals.iter();
        let idle = removals.filter(|it| !self.under_way.contains(*it));
        self.queue.len() + self.under_way.len() + idle.count()
    }

    /// What is to be done now.
    pub(super) fn batch(&mut self, now: Instant) -> Option<Batch> {
        let is_closed = self.closed_until.is_some_and(|until| now < until);
        if is_closed || matches!(self.held, Held::Unknown) {
            return None;
        }
        self.closed_until = None;
        let removals = self.removals.iter();
        let removals = removals.filter(|it| !self.under_way.contains(*it));
        let removals: Vec<String> = removals.take(BATCH).cloned().collect();
        if !removals.is_empty() {
            self.under_way.extend(removals.iter().cloned());
            return Some(Batch::Remove(removals));
        }
        // One that is due takes those along that would be soon.
        let is_due = self.queue.first().is_some_and(|(due, _)| *due <= now);
        let soon: Vec<String> = self.soon(now).cloned().collect();
        if self.is_settled && self.queue.is_empty() && self.under_way.is_empty() {
            self.held = Held::Past;
        }
        if !is_due && soon.len() < BATCH {
            return None;
        }
        let items = soon.iter().filter_map(|name| self.item(name));
        Some(Batch::Report(items.collect()))
    }

    /// Those that are due or will be in a moment, as many as a batch holds.
    fn soon(&self, now: Instant) -> impl Iterator<Item = &String> {
        let end = now + self.gather().max(GATHER_SEEN);
        let soon = self.queue.iter().take_while(move |(due, _)| *due <= end);
        soon.take(BATCH).map(|(_, name)| name)
    }

    fn gather(&self) -> Duration {
        match self.is_settled {
            true => GATHER,
            false => GATHER_LISTED,
        }
    }

    fn item(&mut self, name: &str) -> Option<Item> {
        self.schedule(name, None);
        let target = self.known.get_mut(name)?;
        self.under_way.insert(name.to_owned());
        let is_new = target.reported.is_none() && self.held.has(name) == Some(false);
        let news = match target.result.take() {
            Some(result) => {
                self.kept -= 1;
                News::Told(result)
            }
            None if !target.has_news() => News::None,
            None => News::Reread,
        };
        let (debt, first) = match news {
            News::None => (Debt::default(), None),
            News::Told(_) | News::Reread => target.unreported.take(),
        };
        Some(Item {
            target: name.to_owned(),
            subject: target.declared.subject.clone(),
            news,
            seen: target.seen.take(),
            debt,
            first,
            is_new,
        })
    }

    /// What became of a target of a batch.
    pub(super) fn finished(&mut self, sent: Sent, now: Instant) {
        let Sent {
            target: name,
            seen,
            debt,
            outcome,
        } = sent;
        self.under_way.remove(&name);
        if let Held::These(held) = &mut self.held {
            held.insert(name.clone());
        }
        let Some(target) = self.known.get_mut(&name) else {
            return;
        };
        let (is_reported, again) = match outcome {
            Outcome::Gone => return self.gone(&name),
            Outcome::Reported(result) => {
                if let Some(result) = result {
                    target.reported(&name, &result);
                }
                (true, None)
            }
            Outcome::Reread(result) => {
                target.unreported.see(&name, &result, self.since, false);
                if target.due.is_none() {
                    target.latest = Fingerprint::of(&result);
                }
                target.reported(&name, &result);
                (true, None)
            }
            Outcome::Refused => {
                let (first, most) = REFUSED;
                let wait = first.saturating_mul(1 << target.refusals.min(10)).min(most);
                target.refusals += 1;
                (false, Some(now + wait))
            }
            Outcome::Failed => (false, Some(now + RETRY)),
        };
        match is_reported {
            true => target.told = seen.as_ref().map(digest).or(target.told),
            false => {
                target.unreported.give_back(debt);
                target.seen = target.seen.take().or(seen);
            }
        }
        let has_news = target.has_news() || target.seen.is_some();
        let due = match (has_news, target.due, again) {
            (false, _, _) => None,
            (true, Some(due), Some(again)) => Some(due.max(again)),
            (true, due, again) => due.or(again).or(Some(now + GATHER)),
        };
        if due.is_none() {
            self.kept -= usize::from(target.result.take().is_some());
        }
        self.schedule(&name, due);
    }

    /// Targets were removed, or could not be.
    pub(super) fn removed(&mut self, names: &[String], is_done: bool) {
        for name in names {
            self.under_way.remove(name);
            if is_done {
                self.removals.remove(name);
                if let Held::These(held) = &mut self.held {
                    held.remove(name);
                }
            }
            // Made again meanwhile.
            let due = self.known.get(name).and_then(|target| target.due);
            self.schedule(name, due);
        }
    }

    /// Puts a target into the queue, or takes it out.
    fn schedule(&mut self, name: &str, due: Option<Instant>) {
        let Some(target) = self.known.get_mut(name) else {
            return;
        };
        if let Some(before) = target.due {
            self.queue.remove(&(before, name.to_owned()));
        }
        target.due = due;
        if let Some(due) = due.filter(|_| !self.under_way.contains(name)) {
            self.queue.insert((due, name.to_owned()));
        }
    }

    /// A change that nobody was told of.
    pub(super) fn next_change(&mut self) -> Option<TargetChange> {
        self.changes.pop_first().map(|(_, change)| change)
    }

    /// Whether there is one.
    pub(super) fn has_changes(&self) -> bool {
        !self.changes.is_empty()
    }

    /// How targets stand that stood otherwise before.
    pub(super) fn standings(&mut self) -> Vec<Stands> {
        std::mem::take(&mut self.standings)
    }
}
