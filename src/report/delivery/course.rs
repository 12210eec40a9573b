//! One entity's course: what a series of looks at it says.
//!
//! Not for when the looks are made of all entities (`controller`), only for when
//! this one is worth the next. Invariants: the API is asked for its verdict once for
//! each body, and again only after a pause that grows; what was delivered is called
//! gone or changed by others when two looks said so.

use std::collections::BTreeSet;

use serde_json::Value;

use super::compare::{Knowledge, compare, differences, lingering};
use super::{Moment, Now, Standing};
use crate::catalog::{Delivery, Record};
use crate::report::Timestamp;

/// The pause before the first look, in milliseconds; a played exporter sends at once.
const FIRST: u64 = 250;

/// The longest pause between two looks at what is to be waited for.
const LONGEST: u64 = 300_000;

/// How long the exporter has, before the API is asked what is wrong: it collects for
/// two seconds.
const EXPORTER: u64 = 3_000;

/// How long what an entity relates to has to come: it may be on its way as well.
const RELATED: u64 = 15_000;

/// How much later a look is that confirms another.
const CONFIRM: u64 = 1_000;

/// How long a verdict is believed at first, and at most.
const VERDICT: [u64; 2] = [60_000, 1_800_000];

/// What the exporter sends of an entity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body<'a> {
    /// As JSON.
    pub json: &'a Value,
    /// Another for another body.
    pub digest: u64,
}

/// Why the API does not take an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The API's word.
    pub code: String,
    /// The fields of the entity that it names.
    pub fields: Vec<String>,
}

/// What is known of an entity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Course {
    /// What is told; nothing before it is known.
    standing: Option<Standing>,
    /// Since when it is as it is.
    begun: Moment,
    /// What looks are counted from: that, or what happened since.
    paced: Moment,
    /// When it was last looked at.
    looked: Option<Moment>,
    /// Since when the cluster declares it so, where that is known.
    since: Option<Timestamp>,
    delivered: Delivered,
    /// The fields that it had and has no more.
    left: BTreeSet<String>,
    /// When it was first seen otherwise than it was.
    doubt: Option<Moment>,
    verdict: Option<Box<Verdict>>,
}

/// Which body the catalog was seen to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Delivered {
    Never,
    /// One of an earlier state of the object.
    Earlier,
    /// The one of the object as it is, whatever it is.
    AsItIs,
    /// The one of this digest.
    Body(u64),
}

#[derive(Clone, Debug, PartialEq)]
struct Verdict {
    body: u64,
    at: Moment,
    /// How long it is believed.
    pause: u64,
    refusal: Option<Refusal>,
}

impl Course {
    /// The course of an object that was there before anybody looked.
    pub(crate) fn begun(now: Now) -> Self {
        Self {
            standing: None,
            begun: now.moment,
            paced: now.moment,
            looked: None,
            since: None,
            delivered: Delivered::Never,
            left: BTreeSet::new(),
            doubt: None,
            verdict: None,
        }
    }

    /// It was seen delivered before, by another: as it is, or as it was.
    pub(crate) fn was_delivered(&mut self, is_as_it_is: bool) {
        self.delivered = match is_as_it_is {
            true => Delivered::AsItIs,
            false => Delivered::Earlier,
        };
    }

    /// The object is another now.
    pub(crate) fn changed(&mut self, now: Now) {
        self.begun = now.moment;
        self.paced = now.moment;
        self.looked = None;
        self.since = Some(now.time);
        self.doubt = None;
        // What is sent may still be the same: that is seen at the next look.
        if self.delivered == Delivered::AsItIs {
            self.delivered = Delivered::Earlier;
        }
    }

    /// Whether a body was seen in the catalog.
    pub(crate) fn has_delivered(&self, digest: u64) -> bool {
        self.delivered == Delivered::Body(digest)
    }

    /// It declares another entity than before, which may be there or not.
    pub(crate) fn renamed(&mut self) {
        self.standing = None;
        self.delivered = Delivered::Never;
        self.left.clear();
        self.doubt = None;
        self.verdict = None;
    }

    /// Its application was synced at that time, so that the cluster declares it so
    /// since then at the latest; and it is worth a look.
    pub(crate) fn synced(&mut self, at: Option<Timestamp>) {
        self.since = self.since.max(at);
    }

    /// Fields that it had and has no more; those that came back left nothing.
    pub(crate) fn left(&mut self, before: BTreeSet<String>, now: &BTreeSet<String>) {
        self.left.extend(before);
        self.left.retain(|field| !now.contains(field));
    }

    /// What is told of it; nothing before it is known.
    pub(crate) fn standing(&self) -> Option<&Standing> {
        self.standing.as_ref()
    }

    /// It is so for a reason that no look finds.
    pub(crate) fn stands(&mut self, standing: Standing, now: Now) {
        self.looked = Some(now.moment);
        self.doubt = None;
        self.standing = Some(standing);
    }

    /// Since when it is as it is.
    pub(crate) fn begun_at(&self) -> Moment {
        self.begun
    }

    /// How long it has been as it is, in milliseconds.
    pub(crate) fn age(&self, now: Now) -> u64 {
        now.moment.since(self.begun)
    }

    /// Whether it is in the catalog, as far as was seen.
    pub(crate) fn is_there(&self) -> bool {
        match &self.standing {
            Some(
                Standing::Delivered | Standing::Lingering { .. } | Standing::Overwritten { .. },
            ) => true,
            Some(Standing::Pending { fields }) => !fields.is_empty(),
            Some(_) | None => false,
        }
    }

    /// Takes in a look.
    pub(crate) fn see(&mut self, body: Body<'_>, record: Option<&Record>, now: Now) {
        self.looked = Some(now.moment);
        self.delivered = match self.delivered {
            Delivered::AsItIs => Delivered::Body(body.digest),
            Delivered::Body(digest) if digest != body.digest => Delivered::Earlier,
            delivered => delivered,
        };
        let refusal = self.refusal(body.digest, now);
        let knowledge = Knowledge {
            was_delivered: match record {
                Some(_) => self.delivered == Delivered::Body(body.digest),
                None => self.delivered != Delivered::Never,
            },
            is_rejected: refusal.is_some(),
            since: self.since,
            left: std::mem::take(&mut self.left),
        };
        let delivery = compare(body.json, record, &knowledge);
        self.left = knowledge.left;
        let fields = || {
            record
                .map(|it| differences(body.json, it))
                .unwrap_or_default()
        };
        let standing = match delivery {
            Delivery::Delivered => Standing::Delivered,
            Delivery::Lingering => Standing::Lingering {
                fields: record
                    .map(|it| lingering(it, &self.left))
                    .unwrap_or_default(),
            },
            Delivery::Rejected => match refusal {
                Some(refusal) => refusal.into(),
                None => Standing::Pending { fields: fields() },
            },
            Delivery::Overwritten => Standing::Overwritten { fields: fields() },
            Delivery::Vanished => Standing::Vanished,
            Delivery::Pending | Delivery::Conflict | Delivery::NotObserved => {
                Standing::Pending { fields: fields() }
            }
        };
        match standing {
            Standing::Delivered | Standing::Lingering { .. } => {
                self.delivered = Delivered::Body(body.digest);
                self.verdict = None;
                self.doubt = None;
                self.standing = Some(standing);
            }
            Standing::Overwritten { .. } | Standing::Vanished => self.doubt(standing, now),
            _ => {
                self.doubt = None;
                self.standing = Some(standing);
            }
        }
    }

    /// What two looks have to say.
    fn doubt(&mut self, standing: Standing, now: Now) {
        let is_known = self.standing.as_ref().map(Standing::reason) == Some(standing.reason());
        match self.doubt {
            _ if is_known => self.standing = Some(standing),
            Some(first) if now.moment.since(first) >= CONFIRM => {
                self.paced = now.moment;
                self.doubt = None;
                self.standing = Some(standing);
            }
            Some(_) => {}
            None => self.doubt = Some(now.moment),
        }
    }

    /// Whether it was seen otherwise than it is told, so that another look has to say so.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.doubt.is_some()
    }

    /// Whether the API is worth being asked why it is not there.
    pub(crate) fn is_question(&self, digest: u64, now: Now) -> bool {
        let is_open = match &self.standing {
            Some(
                Standing::Pending { .. }
                | Standing::Refused { .. }
                | Standing::Overwritten { .. }
                | Standing::Vanished,
            ) => true,
            Some(_) | None => false,
        };
        // What was there when this began has had its time.
        let has_waited = self.since.is_none() || self.age(now) >= EXPORTER;
        let is_known = self.verdict.as_ref().is_some_and(|verdict| {
            verdict.body == digest && now.moment.since(verdict.at) < verdict.pause
        });
        is_open && has_waited && !is_known
    }

    /// Takes in the API's verdict on a body: nothing where it takes it.
    pub(crate) fn judge(&mut self, digest: u64, refusal: Option<Refusal>, now: Now) {
        let [first, most] = VERDICT;
        let is_open = refusal.as_ref().is_some_and(|it| it.status == 404);
        let before = self.verdict.take().filter(|it| it.body == digest);
        let pause = match (before, is_open) {
            (Some(before), _) => before.pause.saturating_mul(2).min(most),
            (None, true) => RELATED,
            (None, false) => first,
        };
        self.verdict = Some(Box::new(Verdict {
            body: digest,
            at: now.moment,
            pause,
            refusal,
        }));
        match (self.refusal(digest, now), &self.standing) {
            (Some(refusal), _) => {
                self.doubt = None;
                self.standing = Some(refusal.into());
            }
            (None, Some(Standing::Refused { .. })) => {
                self.standing = Some(Standing::Pending { fields: Vec::new() });
            }
            (None, _) => {}
        }
    }

    /// Something happened that may bring it: looks come quickly again.
    pub(crate) fn hurry(&mut self, now: Now) {
        self.paced = now.moment;
        self.looked = None;
    }

    /// Whether it was looked at since it is as it is.
    pub(crate) fn is_known(&self) -> bool {
        self.standing.is_some() && self.looked.is_some_and(|it| it >= self.begun)
    }

    /// When it is worth the next look; nothing where only the sweep looks again.
    pub(crate) fn next_look(&self) -> Option<Moment> {
        let Some(looked) = self.looked else {
            return Some(self.paced.plus(FIRST));
        };
        if self.doubt.is_some() {
            return Some(looked.plus(CONFIRM));
        }
        match &self.standing {
            // Asked again by and by, as the blueprint may change.
            Some(Standing::Refused { status, .. }) if *status != 404 => {
                let verdict = self.verdict.as_ref();
                verdict.map(|verdict| verdict.at.plus(verdict.pause))
            }
            None
            | Some(
                Standing::Pending { .. }
                | Standing::Unseen { .. }
                | Standing::Refused { .. }
                | Standing::Overwritten { .. }
                | Standing::Vanished,
            ) => {
                let pause = (looked.since(self.paced) / 2).clamp(FIRST, LONGEST);
                Some(looked.plus(pause))
            }
            Some(
                Standing::Delivered
                | Standing::Lingering { .. }
                | Standing::Unsent { .. }
                | Standing::Conflict { .. }
                | Standing::Unobserved { .. }
                | Standing::Withheld,
            ) => None,
        }
    }

    /// What the API is known to say of a body.
    fn refusal(&self, digest: u64, now: Now) -> Option<Refusal> {
        let verdict = self.verdict.as_ref().filter(|it| it.body == digest)?;
        let refusal = verdict.refusal.clone()?;
        let may_come = refusal.status == 404 && self.age(now) < RELATED;
        let is_new = self.since.is_some();
        (!(may_come && is_new)).then_some(refusal)
    }
}

impl From<Refusal> for Standing {
    fn from(refusal: Refusal) -> Self {
        let Refusal {
            status,
            code,
            fields,
        } = refusal;
        Self::Refused {
            status,
            code,
            fields,
        }
    }
}

/// The names of the members that a body has with a value: `properties.tier`.
pub(crate) fn fields(body: &Value) -> BTreeSet<String> {
    let groups = ["properties", "relations"].into_iter();
    let fields = groups.flat_map(|group| {
        let members = body.get(group).and_then(Value::as_object);
        let set = members.into_iter().flatten();
        let set = set.filter(|(_, value)| !value.is_null());
        set.map(move |(name, _)| format!("{group}.{name}"))
    });
    fields.collect()
}
