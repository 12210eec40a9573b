//! The mapping's keeper: which fragments the mapping is made of, and when it is to be
//! pushed.
//!
//! Told what is seen of the fragments' ConfigMaps and their owners, and the time; says
//! what to ask and what to push. Not for asking and pushing (`controller::keeper`).
//! Invariants:
//!
//! 1. Of a ConfigMap count its names alone, and they only if its owner is in the policy
//!    and lists it, and if the policy lets that owner declare those blueprints.
//! 2. What does not count changes nothing: what was accepted of that ConfigMap before
//!    stays, as long as the policy would still take it.
//! 3. Nothing is gone that a complete list, or a deletion, has not shown as gone, and
//!    then only after the grace period.
//! 4. No mapping without blocks: an exporter with none deletes all that it owns.

mod accepted;
mod moment;
mod owner;
mod refusal;
mod round;
mod rules;
mod sighting;
#[cfg(test)]
mod tests;
mod told;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub(crate) use accepted::{Accepted, AcceptedError, AcceptedSet, of_part, to_parts};
pub(crate) use moment::Moment;
use moment::Unrest;
pub(crate) use owner::{Evidence, Homes, Owner, OwnerKind, Tracking};
pub(crate) use refusal::Refusal;
pub(crate) use round::{Fit, Round, Step};
pub(crate) use rules::Rules;
use sighting::Content;
pub(crate) use sighting::{MapKey, Sighting, is_paused};
pub(crate) use told::{Count, Due, Ended, Notice, Question};

/// The most bytes that all fragments of one owner may have.
const OWNER_LIMIT: usize = 1 << 20;

/// The most bytes of fragments whose owner is not proven that are kept in memory.
const UNPROVEN_LIMIT: usize = 32 << 20;

/// How long after a refusal of the guard the same is tried again, since what barred it
/// may be gone; also how long an unproven owner is left alone at most.
const AGAIN: u64 = 10 * 60 * 1000;

/// How often a mapping that is live is compared with the catalog again: somebody may
/// have taken our blocks out.
const COMPARE: u64 = 60 * 60 * 1000;

/// The pauses between attempts that failed.
const FIRST_PAUSE: u64 = 10_000;
const LONGEST_PAUSE: u64 = 5 * 60 * 1000;

/// How often an owner is asked before what it says counts: Flux writes its inventory
/// after it has applied, and Argo CD compares a moment later.
const PATIENCE: u32 = 4;

/// The state of it all.
#[derive(Debug)]
pub(crate) struct Keeper {
    rules: Rules,
    /// What the mapping is made of.
    accepted: AcceptedSet,
    /// What there is.
    maps: BTreeMap<MapKey, Map>,
    /// Since when something accepted is gone, or no more allowed.
    leaving: BTreeMap<MapKey, Moment>,
    was_listed: bool,
    unrest: Option<Unrest>,
    /// When the last attempt began.
    attempted: Option<Moment>,
    /// When the next one is due, whatever happens.
    retry: Option<Moment>,
    /// How many attempts in a row have failed.
    failures: u32,
    /// Whether the mapping of what is accepted is known to be live.
    is_live: bool,
    is_paused: bool,
    held: BTreeSet<MapKey>,
    questions: u64,
    notices: Vec<Notice>,
}

/// A ConfigMap that is there.
#[derive(Debug)]
struct Map {
    sighting: Sighting,
    standing: Standing,
}

#[derive(Debug)]
enum Standing {
    Unproven(Unproven),
    Refused(Refusal),
    Taken(Accepted),
}

/// A fragment whose owner is not known for sure.
#[derive(Debug)]
struct Unproven {
    content: Content,
    asked: u32,
    next: Ask,
    /// What the owners have said often enough.
    refusal: Option<Refusal>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    At(Moment),
    /// The question of this number is under way.
    Asked(u64),
}

impl Keeper {
    /// With what was accepted before.
    pub(crate) fn new(rules: Rules, accepted: AcceptedSet, now: Moment) -> Self {
        // What the policy does not take any more leaves as if it were gone.
        let revoked = accepted
            .iter()
            .filter(|(key, it)| rules.problem(key, it).is_some());
        let leaving = revoked.map(|(key, _)| (key.clone(), now)).collect();
        Self {
            rules,
            accepted,
            maps: BTreeMap::new(),
            leaving,
            was_listed: false,
            unrest: None,
            attempted: None,
            retry: None,
            failures: 0,
            is_live: false,
            is_paused: false,
            held: BTreeSet::new(),
            questions: 0,
            notices: Vec::new(),
        }
    }

    /// What the mapping is made of.
    pub(crate) fn accepted(&self) -> &AcceptedSet {
        &self.accepted
    }

    /// How many there are of each.
    pub(crate) fn count(&self) -> Count {
        let standings = self.maps.values().map(|map| &map.standing);
        let is_refused = |it: &&Standing| match it {
            Standing::Refused(_) => true,
            Standing::Unproven(it) => it.refusal.is_some(),
            Standing::Taken(_) => false,
        };
        let is_unproven = |it: &&Standing| match it {
            Standing::Unproven(it) => it.refusal.is_none(),
            Standing::Refused(_) | Standing::Taken(_) => false,
        };
        Count {
            accepted: self.accepted.len(),
            held: self.held.len(),
            refused: standings.clone().filter(is_refused).count(),
            unproven: standings.filter(is_unproven).count(),
            leaving: self.leaving.len(),
        }
    }

    /// All that there is has been seen, since whatever it was that began the list.
    pub(crate) fn listed(&mut self, now: Moment) {
        if !self.was_listed {
            self.was_listed = true;
            self.note(now);
        }
        let absent = self
            .accepted
            .keys()
            .filter(|key| !self.maps.contains_key(*key));
        for key in absent {
            self.leaving.entry(key.clone()).or_insert(now);
        }
    }

    /// A ConfigMap is there, or has changed.
    pub(crate) fn seen(&mut self, sighting: Sighting, now: Moment) {
        let key = sighting.key.clone();
        let is_allowed = |it: &Accepted| self.rules.problem(&key, it).is_none();
        if self.accepted.get(&key).is_none_or(is_allowed) {
            self.leaving.remove(&key);
        }
        let earlier = self.maps.get(&key);
        if earlier.is_some_and(|map| map.sighting == sighting) {
            return;
        }
        // A question about what it was before says nothing about what it is.
        let standing = self.judged(&sighting, now);
        let mut sighting = sighting;
        if let Standing::Refused(refusal) = &standing {
            self.notice(&sighting, refusal.clone());
            // Nothing of what is not looked at is kept.
            sighting.content = Err(refusal.clone());
        }
        self.maps.insert(key, Map { sighting, standing });
        self.note(now);
    }

    /// A ConfigMap is deleted.
    pub(crate) fn gone(&mut self, key: &MapKey, now: Moment) {
        let was_there = self.maps.remove(key).is_some();
        if self.accepted.contains_key(key) {
            self.leaving.entry(key.clone()).or_insert(now);
        }
        if was_there {
            self.note(now);
        }
    }

    /// The mapping's own ConfigMap says whether anything may be pushed.
    pub(crate) fn pause(&mut self, is_paused: bool) {
        self.is_paused = is_paused;
    }

    /// Somebody has approved what was held: it is tried at once.
    pub(crate) fn approved(&mut self, now: Moment) {
        self.retry = Some(now);
    }

    /// Whom to ask now. Each has to be answered.
    pub(crate) fn questions(&mut self, now: Moment) -> Vec<Question> {
        let mut questions = Vec::new();
        for (key, map) in &mut self.maps {
            let Standing::Unproven(unproven) = &mut map.standing else {
                continue;
            };
            if matches!(unproven.next, Ask::At(at) if at <= now) {
                self.questions += 1;
                unproven.next = Ask::Asked(self.questions);
                questions.push(Question {
                    number: self.questions,
                    key: key.clone(),
                    owners: unproven.content.owners.clone(),
                });
            }
        }
        questions
    }

    /// Takes what the owners of a question say, in its order; none where one could not
    /// be read.
    pub(crate) fn answered(
        &mut self,
        question: &Question,
        evidence: &[Option<Evidence>],
        now: Moment,
    ) {
        let Some(map) = self.maps.get_mut(&question.key) else {
            return;
        };
        let Standing::Unproven(unproven) = &mut map.standing else {
            return;
        };
        if unproven.next != Ask::Asked(question.number) {
            return;
        }
        let mut said = question.owners.iter().zip(evidence);
        let proven = said.find_map(|(owner, evidence)| match evidence {
            Some(Evidence::Owned { project }) => Some(Accepted {
                owner: owner.clone(),
                project: project.clone(),
                fragment: Arc::clone(&unproven.content.fragment),
            }),
            Some(Evidence::NotListed | Evidence::Elsewhere | Evidence::Absent) | None => None,
        });
        match proven {
            Some(accepted) => self.proven(&question.key, accepted),
            None => {
                unproven.asked += 1;
                unproven.next = Ask::At(now.plus(pause(1000, unproven.asked, AGAIN)));
                let refusal = refused(question, evidence);
                let refusal = refusal.filter(|_| unproven.asked >= PATIENCE);
                if unproven.refusal == refusal {
                    return;
                }
                unproven.refusal.clone_from(&refusal);
                let sighting = map.sighting.clone();
                refusal
                    .into_iter()
                    .for_each(|refusal| self.notice(&sighting, refusal));
            }
        }
        self.note(now);
    }

    /// What is to be done now.
    pub(crate) fn due(&mut self, now: Moment) -> Due {
        if !self.was_listed || self.is_paused {
            return Due::Nothing;
        }
        let over = self.unrest.map(|unrest| match self.has_open_questions() {
            true => unrest.longest(),
            false => unrest.over(),
        });
        match over.or(self.next_time()) {
            None => return Due::Nothing,
            Some(at) if at > now => return Due::At(at),
            Some(_) => {}
        }
        self.unrest = None;
        self.attempted = Some(now);
        if self.retry.is_some_and(|at| at <= now) {
            // Whoever may write a config may have done so.
            self.is_live = false;
            self.retry = None;
        }
        let target = self.target(now);
        let after = self.rules.mapping(&target);
        let is_live = self.is_live && after == self.rules.mapping(&self.accepted);
        if after.resources().is_empty() || (is_live && target == self.accepted) {
            let next = *self.retry.get_or_insert(now.plus(COMPARE));
            return Due::At(self.next_time().unwrap_or(next));
        }
        match is_live {
            true => Due::Accept(target),
            false => Due::Push(Round::new(self.accepted.clone(), target)),
        }
    }

    /// Takes what came of it.
    pub(crate) fn ended(&mut self, ended: Ended, now: Moment) {
        let Ended {
            accepted,
            held,
            is_barred,
            has_failed,
        } = ended;
        if let Some(accepted) = accepted {
            self.is_live = true;
            self.accepted = accepted;
            let (rules, accepted, maps) = (&self.rules, &self.accepted, &self.maps);
            self.leaving.retain(|key, _| {
                let is_revoked = |it: &Accepted| rules.problem(key, it).is_some();
                let accepted = accepted.get(key);
                accepted.is_some_and(|it| !maps.contains_key(key) || is_revoked(it))
            });
        }
        self.failures = match has_failed {
            true => self.failures.saturating_add(1),
            false => 0,
        };
        self.held = held;
        let wait = match (has_failed, is_barred) {
            (true, _) => pause(FIRST_PAUSE, self.failures - 1, LONGEST_PAUSE),
            (false, true) => AGAIN,
            (false, false) => COMPARE,
        };
        self.retry = Some(now.plus(wait));
    }

    /// What is to be said, once.
    pub(crate) fn notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    /// When there is a question to ask.
    pub(crate) fn next_question(&self, now: Moment) -> Option<Moment> {
        let asks = self.maps.values().filter_map(|map| match &map.standing {
            Standing::Unproven(Unproven {
                next: Ask::At(at), ..
            }) => Some(*at),
            Standing::Unproven(_) | Standing::Refused(_) | Standing::Taken(_) => None,
        });
        asks.min().map(|at| at.max(now))
    }

    /// Which object of that name there is, for an Event about it.
    pub(crate) fn uid(&self, key: &MapKey) -> Option<&str> {
        Some(&self.maps.get(key)?.sighting.uid)
    }

    fn judged(&self, sighting: &Sighting, now: Moment) -> Standing {
        match &sighting.content {
            Err(refusal) => Standing::Refused(refusal.clone()),
            Ok(content) if self.unproven() + content.size > UNPROVEN_LIMIT => {
                Standing::Refused(Refusal::Crowded)
            }
            Ok(content) => Standing::Unproven(Unproven {
                content: content.clone(),
                asked: 0,
                next: Ask::At(now),
                refusal: None,
            }),
        }
    }

    /// How many bytes wait for a proof.
    fn unproven(&self) -> usize {
        let sizes = self.maps.values().filter_map(|map| match &map.standing {
            Standing::Unproven(it) => Some(it.content.size),
            Standing::Refused(_) | Standing::Taken(_) => None,
        });
        sizes.sum()
    }

    fn proven(&mut self, key: &MapKey, accepted: Accepted) {
        let problem = self.rules.problem(key, &accepted);
        let problem = problem.or_else(|| self.too_much(key, &accepted));
        let Some(map) = self.maps.get_mut(key) else {
            return;
        };
        let sighting = map.sighting.clone();
        map.standing = match &problem {
            None => Standing::Taken(accepted),
            Some(refusal) => Standing::Refused(refusal.clone()),
        };
        if let Some(refusal) = problem {
            self.notice(&sighting, refusal);
        }
    }

    fn too_much(&self, key: &MapKey, accepted: &Accepted) -> Option<Refusal> {
        let size = |it: &Accepted| it.fragment.to_json().len();
        let others = self.maps.iter().filter(|(other, _)| *other != key);
        let taken = others.filter_map(|(_, map)| match &map.standing {
            Standing::Taken(it) if it.owner == accepted.owner => Some(size(it)),
            Standing::Taken(_) | Standing::Unproven(_) | Standing::Refused(_) => None,
        });
        let all = taken.sum::<usize>() + size(accepted);
        (all > OWNER_LIMIT).then(|| Refusal::TooMuch(accepted.owner.clone()))
    }

    /// What the mapping is to be made of.
    fn target(&self, now: Moment) -> AcceptedSet {
        let is_over = |key: &MapKey| {
            let since = self.leaving.get(key);
            since.is_some_and(|since| now.since(*since) >= self.rules.grace)
        };
        let stays = self.accepted.iter().filter(|(key, _)| !is_over(key));
        let mut target: AcceptedSet = stays.map(|(key, it)| (key.clone(), it.clone())).collect();
        for (key, map) in &self.maps {
            if let Standing::Taken(accepted) = &map.standing
                && !map.sighting.is_paused
            {
                target.insert(key.clone(), accepted.clone());
            }
        }
        target
    }

    /// When to try next if nothing changes: what is gone leaves, an attempt is repeated.
    fn next_time(&self) -> Option<Moment> {
        let ends = self.leaving.values().map(|at| at.plus(self.rules.grace));
        let ends = ends.filter(|at| self.attempted.is_none_or(|last| *at > last));
        ends.chain(self.retry).min()
    }

    /// Whether there is a ConfigMap of which nobody has said anything yet.
    fn has_open_questions(&self) -> bool {
        let mut standings = self.maps.values().map(|map| &map.standing);
        standings.any(|it| match it {
            Standing::Unproven(it) => it.refusal.is_none(),
            Standing::Refused(_) | Standing::Taken(_) => false,
        })
    }

    fn note(&mut self, now: Moment) {
        self.unrest = Some(Unrest::with(self.unrest, now));
    }

    fn notice(&mut self, sighting: &Sighting, refusal: Refusal) {
        self.notices.push(Notice {
            key: sighting.key.clone(),
            uid: sighting.uid.clone(),
            refusal,
            was_accepted: self.accepted.contains_key(&sighting.key),
        });
    }
}

/// What the owners say against it; nothing where one of them said nothing.
fn refused(question: &Question, evidence: &[Option<Evidence>]) -> Option<Refusal> {
    let evidence: Vec<&Evidence> = evidence.iter().map(Option::as_ref).collect::<Option<_>>()?;
    let owner = question.owners.first()?.clone();
    Some(match evidence.first()? {
        Evidence::Owned { .. } | Evidence::NotListed => Refusal::Forged(owner),
        Evidence::Elsewhere => Refusal::Elsewhere(owner),
        Evidence::Absent => Refusal::NoSuchOwner(owner),
    })
}

/// Twice as long each time.
fn pause(first: u64, times: u32, longest: u64) -> u64 {
    first.saturating_mul(1 << times.min(20)).min(longest)
}
