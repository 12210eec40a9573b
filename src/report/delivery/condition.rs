//! The condition `Delivered` of an entity's status, and the wait that it may end.
//!
//! Nothing waits for it unless the entity or the operator asks for that. Invariant:
//! a host that does wait sees an end: `True`, `False`, or after the longest wait
//! `True` with the reason [`Reason::NotAwaited`].

use std::borrow::Cow;

use serde_json::{Value, json};

use super::{Course, Now, Standing};
use crate::reason::Reason;
use crate::report::Timestamp;
use crate::report::time::duration;

/// The type of the condition.
const TYPE: &str = "Delivered";

/// The longest wait that an entity may ask for, in milliseconds.
const MOST: u64 = 3_600_000;

/// Whether hosts wait, where the entity does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gate {
    /// Whether they do.
    pub is_on: bool,
    /// How long at most, in milliseconds.
    pub longest: u64,
}

/// A host waits for an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Wait {
    /// For so long at most, in milliseconds.
    pub longest: u64,
}

/// The statuses of conditions.
const STATUSES: [&str; 3] = ["True", "False", "Unknown"];

/// The condition as it stands in a status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Condition {
    /// `True`, `False` or `Unknown`.
    status: Cow<'static, str>,
    reason: Cow<'static, str>,
    message: Box<str>,
    observed_generation: i64,
    last_transition: Option<Timestamp>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            is_on: false,
            longest: 300_000,
        }
    }
}

impl Gate {
    /// What an entity's annotations `gate` and `gate-timeout` make of it. A wait
    /// that can't be read is the usual one.
    pub(crate) fn wait(self, gate: Option<&str>, timeout: Option<&str>) -> Option<Wait> {
        let is_on = match gate {
            Some("true") => true,
            Some("false") => false,
            Some(_) | None => self.is_on,
        };
        let asked = timeout.and_then(duration).filter(|it| *it > 0.0);
        let asked = asked.map(|seconds| (seconds * 1000.0) as u64);
        is_on.then(|| Wait {
            longest: asked.unwrap_or(self.longest).min(MOST),
        })
    }
}

impl Condition {
    /// The one in an object's status.
    pub(crate) fn read(object: &Value) -> Option<Self> {
        let conditions = object.pointer("/status/conditions")?.as_array()?;
        let condition = conditions.iter().find(|it| it["type"] == TYPE)?;
        let text = |name: &str| condition[name].as_str();
        let moved = text("lastTransitionTime");
        let condition = Self {
            status: word(text("status")?),
            reason: word(text("reason")?),
            message: text("message").unwrap_or_default().into(),
            observed_generation: condition["observedGeneration"].as_i64().unwrap_or_default(),
            last_transition: moved.and_then(Timestamp::parse),
        };
        Some(condition.kept())
    }

    /// As it is kept: of most the message follows from the reason, or tells nothing here.
    pub(crate) fn kept(self) -> Self {
        let message = match self.reason() {
            Some(Reason::Lingering) => self.message,
            Some(_) | None => Box::default(),
        };
        Self { message, ..self }
    }

    /// What is to be said of a standing that an object of this generation has had
    /// for `age` milliseconds, in place of what is said.
    pub(crate) fn of(
        standing: &Standing,
        generation: i64,
        age: u64,
        wait: Option<Wait>,
        before: Option<&Self>,
        now: Now,
    ) -> Self {
        let (status, reason, message) = match wait {
            Some(wait) => awaited(standing, age, wait),
            None => plain(standing),
        };
        let kept = before.filter(|it| *it.status == *status);
        Self {
            status: status.into(),
            reason: reason.as_str().into(),
            message: message.into(),
            observed_generation: generation,
            last_transition: kept.and_then(|it| it.last_transition).or(Some(now.time)),
        }
    }

    /// Whether writing it in place of another tells anything. A message that names
    /// other fields of what lingers does: it is what is known of them.
    pub(crate) fn is_news(&self, before: Option<&Self>) -> bool {
        before.is_none_or(|before| {
            self.status != before.status
                || self.reason != before.reason
                || self.observed_generation != before.observed_generation
                || (self.reason() == Some(Reason::Lingering) && self.message != before.message)
        })
    }

    /// Its reason; nothing where another program wrote another word.
    pub(crate) fn reason(&self) -> Option<Reason> {
        Reason::parse(&self.reason)
    }

    /// As it is written.
    pub(crate) fn to_json(&self) -> Value {
        let Self {
            status,
            reason,
            message,
            observed_generation,
            last_transition,
        } = self;
        json!({
            "type": TYPE,
            "status": status,
            "reason": reason,
            "message": message,
            "observedGeneration": observed_generation,
            "lastTransitionTime": last_transition.map(|it| it.to_string()),
        })
    }

    /// What it tells of the course of an object of a generation: whoever looked
    /// before wrote it.
    pub(crate) fn recall(&self, course: &mut Course, generation: i64) {
        let is_as_it_is = self.observed_generation == generation;
        match self.reason() {
            Some(Reason::Delivered | Reason::Vanished | Reason::Overwritten) => {
                course.was_delivered(is_as_it_is);
            }
            Some(Reason::Lingering) => {
                course.was_delivered(is_as_it_is);
                let left = Standing::left_of(&self.message).collect();
                course.left(left, &std::collections::BTreeSet::new());
            }
            Some(_) | None => {}
        }
    }
}

/// A word, which is not kept for each condition where it is one of ours.
fn word(text: &str) -> Cow<'static, str> {
    let reasons = Reason::ALL.iter().map(|it| it.as_str());
    let known = STATUSES.into_iter().chain(reasons).find(|it| *it == text);
    known.map_or_else(|| text.to_owned().into(), Cow::from)
}

/// What is said where nothing waits.
fn plain(standing: &Standing) -> (&'static str, Reason, String) {
    let status = match standing {
        Standing::Delivered | Standing::Lingering { .. } => "True",
        Standing::Refused { .. }
        | Standing::Unsent { .. }
        | Standing::Overwritten { .. }
        | Standing::Vanished
        | Standing::Conflict { .. }
        | Standing::Withheld => "False",
        Standing::Pending { .. } | Standing::Unseen { .. } | Standing::Unobserved { .. } => {
            "Unknown"
        }
    };
    (status, standing.reason(), standing.message())
}

/// What is said where a host waits: what may still come is waited for, and what
/// can't be told is not.
fn awaited(standing: &Standing, age: u64, wait: Wait) -> (&'static str, Reason, String) {
    let said = standing.message();
    match standing {
        Standing::Pending { .. }
        | Standing::Unseen { .. }
        | Standing::Refused { status: 404, .. }
            if age < wait.longest =>
        {
            let seconds = wait.longest / 1000;
            let message = format!("{said}; waits for it {seconds} s at most");
            ("Unknown", Reason::Waiting, message)
        }
        Standing::Pending { .. }
        | Standing::Unseen { .. }
        | Standing::Refused { status: 404, .. } => {
            let seconds = wait.longest / 1000;
            let message = format!("{said}; nothing waits for it after {seconds} s");
            ("True", Reason::NotAwaited, message)
        }
        Standing::Unobserved { .. } | Standing::Withheld => {
            let message = format!("{said}; nothing waits for it");
            ("True", Reason::NotAwaited, message)
        }
        Standing::Delivered
        | Standing::Lingering { .. }
        | Standing::Refused { .. }
        | Standing::Unsent { .. }
        | Standing::Overwritten { .. }
        | Standing::Vanished
        | Standing::Conflict { .. } => plain(standing),
    }
}
