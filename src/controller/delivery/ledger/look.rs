//! Looks: what is sent of objects and what the catalog has of it, taken in.
//!
//! Invariant: what is found of a state of an object that has changed since is dropped.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Id, Ledger};
use crate::catalog::{Delivery, Identity, Record};
use crate::controller::delivery::mapping::Made;
use crate::report::delivery::{AWAITED, Now, Refusal, Standing, fields};

/// One object to look at.
#[derive(Clone, Debug)]
pub(in crate::controller::delivery) struct Sought {
    pub id: Id,
    /// Which state of it.
    pub(super) edition: u32,
    pub object: Value,
    /// As it was, where it has just changed.
    pub before: Option<Value>,
}

/// What was found of one object.
#[derive(Clone, Debug)]
pub(in crate::controller::delivery) struct Answer {
    id: Id,
    edition: u32,
    /// What is sent of it.
    made: Made,
    /// The fields of what was sent before it changed.
    before: BTreeSet<String>,
}

/// What the API is to be asked.
#[derive(Clone, Debug)]
pub(in crate::controller::delivery) struct Question {
    pub id: Id,
    pub(super) edition: u32,
    pub(super) digest: u64,
    pub identity: Identity,
    pub body: Value,
}

impl Sought {
    /// What was found to be sent of it, now and before.
    pub(in crate::controller::delivery) fn made(&self, made: Made, before: Option<Made>) -> Answer {
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
    pub(in crate::controller::delivery) fn identities(&self) -> impl Iterator<Item = &Identity> {
        let sent = match &self.made {
            Made::Sent(sent) => sent.as_slice(),
            Made::Unsent { .. } | Made::Withheld | Made::Unknown { .. } => &[],
        };
        sent.iter().map(|(identity, _)| identity)
    }
}

impl Ledger {
    /// Takes in a look, and says what to ask the API of those that are not there, so
    /// many at most.
    pub(in crate::controller::delivery) fn see(
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
    pub(in crate::controller::delivery) fn judge(
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
        tracked.is_unlooked &= tracked.course.is_in_doubt();
        let at = tracked.next_look(now);
        if let Some(end) = tracked.wait_end()
            && (at.is_none() || end <= now.moment)
        {
            self.ends.remove(&(end, id));
        }
        self.lags.extend(lag);
        let at = at.filter(|_| self.is_of_shard(id));
        self.plan(id, at);
        self.unsaid.insert(id);
        self.touch(id);
    }
}
