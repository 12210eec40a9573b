//! One declared object, and what is made of a look at it.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use serde_json::Value;

use super::few::Few;
use super::look::Question;
use super::said::Said;
use super::{Id, digest};
use crate::catalog::{Identity, Record};
use crate::controller::delivery::entities::Live;
use crate::reason::Reason;
use crate::report::delivery::{Body, Condition, Course, Moment, Now, Standing, differences};
use crate::report::{ObjectKey, Relate, Seen};

/// How long what is new is awaited before its condition says so, in milliseconds: most
/// of it is there by then, and needs one write less.
const QUIET: u64 = 10_000;

/// A declared object.
#[derive(Debug)]
pub(super) struct Tracked {
    pub(super) key: Arc<ObjectKey>,
    /// Nothing where an application declares it and the cluster does not have it.
    pub(super) live: Option<Box<Live>>,
    /// As it was before it changed, until that was looked at.
    pub(super) before: Option<Box<Live>>,
    pub(super) edition: u32,
    /// Who declares it: one application, or by mistake several.
    pub(super) targets: Few<Arc<str>>,
    /// What it declares; as the object says, until it is known what is sent.
    pub(super) claims: Few<Arc<Identity>>,
    /// Whether it was ever known what is sent.
    pub(super) is_made: bool,
    /// Whether anything is sent.
    pub(super) is_sent: bool,
    pub(super) course: Course,
    pub(super) due: Option<Moment>,
    /// Whether it changed since it was delivered last.
    pub(super) is_new: bool,
    /// Whether it was read after a run of its application, and not looked for since.
    pub(super) is_unlooked: bool,
    /// What the last Event said that called for something.
    pub(super) warned: Option<Reason>,
}

impl Tracked {
    /// Takes in a look at all that is sent of it: the first that is not there as it
    /// is declared decides.
    pub(super) fn look(
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
    pub(super) fn next_look(&self, now: Now) -> Option<Moment> {
        let next = self.course.next_look()?;
        let end = self.wait_end().filter(|end| *end > now.moment);
        Some(end.map_or(next, |end| next.min(end)))
    }

    /// When a host that waits for it is to do so no more.
    pub(super) fn wait_end(&self) -> Option<Moment> {
        let wait = self.live.as_ref()?.wait?;
        Some(self.course.begun_at().plus(wait.longest))
    }

    /// What is told on its target beside the count.
    pub(super) fn tell(&self, standing: &Standing, relations: &[Relate], seen: &mut Seen) {
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
    pub(super) fn said(&mut self) -> Option<Said> {
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
    pub(super) fn condition(&self, now: Now) -> Option<Condition> {
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

/// The reason of a condition, where an Event said it as well.
pub(super) fn warning(condition: &Condition) -> Option<Reason> {
    const KNOWN: [Reason; 7] = [
        Reason::UnseenByExporter,
        Reason::Rejected,
        Reason::NotSent,
        Reason::Overwritten,
        Reason::Vanished,
        Reason::Conflict,
        Reason::Lingering,
    ];
    condition.reason().filter(|it| KNOWN.contains(it))
}
