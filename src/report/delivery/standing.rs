//! What is told of a declared entity: the word, and why in names alone.

use crate::catalog::Delivery;
use crate::reason::Reason;

/// How many names a message has.
const NAMES: usize = 10;

/// What became of an object that declares an entity, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It is in the catalog as it is declared.
    Delivered,
    /// It is not there, or in these fields not as it is declared.
    Pending { fields: Vec<String> },
    /// The exporter can't see objects of its kind: the CRD came after its start.
    Unseen { crd: String },
    /// The API does not take it; in these fields where it names some.
    Refused {
        status: u16,
        code: String,
        fields: Vec<String>,
    },
    /// The exporter sends nothing of it: the place in the mapping, and why.
    Unsent { place: String, why: String },
    /// Someone else changed these fields.
    Overwritten { fields: Vec<String> },
    /// It was there and is gone.
    Vanished,
    /// These fields left the object and are still there.
    Lingering { fields: Vec<String> },
    /// These objects declare the same entity.
    Conflict { others: Vec<String> },
    /// Nobody can say here: why.
    Unobserved { why: String },
    /// It says itself that it is not to be delivered.
    Withheld,
}

impl Standing {
    /// The word by which it is counted; nothing for what is not to be there.
    pub(crate) fn delivery(&self) -> Option<Delivery> {
        Some(match self {
            Self::Delivered => Delivery::Delivered,
            Self::Pending { .. } | Self::Unseen { .. } => Delivery::Pending,
            Self::Refused { .. } | Self::Unsent { .. } => Delivery::Rejected,
            Self::Overwritten { .. } => Delivery::Overwritten,
            Self::Vanished => Delivery::Vanished,
            Self::Lingering { .. } => Delivery::Lingering,
            Self::Conflict { .. } => Delivery::Conflict,
            Self::Unobserved { .. } => Delivery::NotObserved,
            Self::Withheld => return None,
        })
    }

    /// The reason of a condition and of an Event.
    pub(crate) fn reason(&self) -> Reason {
        match self {
            Self::Delivered => Reason::Delivered,
            Self::Pending { .. } => Reason::Pending,
            Self::Unseen { .. } => Reason::UnseenByExporter,
            Self::Refused { .. } => Reason::Rejected,
            Self::Unsent { .. } => Reason::NotSent,
            Self::Overwritten { .. } => Reason::Overwritten,
            Self::Vanished => Reason::Vanished,
            Self::Lingering { .. } => Reason::Lingering,
            Self::Conflict { .. } => Reason::Conflict,
            Self::Unobserved { .. } => Reason::NotObserved,
            Self::Withheld => Reason::NotDelivered,
        }
    }

    /// Whether somebody has to do something about it.
    pub(crate) fn is_warning(&self) -> bool {
        match self {
            Self::Unseen { .. }
            | Self::Refused { .. }
            | Self::Unsent { .. }
            | Self::Overwritten { .. }
            | Self::Vanished
            | Self::Conflict { .. } => true,
            Self::Delivered
            | Self::Pending { .. }
            | Self::Lingering { .. }
            | Self::Unobserved { .. }
            | Self::Withheld => false,
        }
    }

    /// What to tell its author: names and codes, and what to do.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Delivered => "the catalog has it as it is declared".to_owned(),
            Self::Pending { fields } if fields.is_empty() => {
                "the catalog does not have it yet".to_owned()
            }
            Self::Pending { fields } => {
                format!("the catalog has other values yet in {}", names(fields))
            }
            Self::Unseen { crd } => format!(
                "the exporter started before the CRD {crd} was created and sees none of its objects; restart the exporter"
            ),
            Self::Refused {
                status,
                code,
                fields,
            } => {
                let what = match (*status, fields.is_empty()) {
                    (404, _) => "; its blueprint or an entity that it relates to does not exist",
                    (_, true) => "; `glint-gitops preview` says what is wrong",
                    (_, false) => "",
                };
                let place = match fields.is_empty() {
                    true => String::new(),
                    false => format!(" in {}", names(fields)),
                };
                format!("the catalog refuses it with {status} {code}{place}{what}")
            }
            Self::Unsent { place, why } if place.is_empty() => {
                format!("the exporter sends nothing of it: {why}")
            }
            Self::Unsent { place, why } => {
                format!("the exporter sends nothing of it: the mapping's `{place}` {why}")
            }
            Self::Overwritten { fields } => format!(
                "someone else changed {} in the catalog; the exporter sends it again when the object changes or at its next resync",
                names(fields)
            ),
            Self::Vanished => "the catalog had it, and it is gone there; the exporter sends it again at its next resync".to_owned(),
            Self::Lingering { fields } => format!("{LEFT}{}", fields.join(", ")),
            Self::Conflict { others } => format!(
                "{} declares the same entity: the last that is sent wins, and whichever goes takes the entity with it; remove one",
                names(others)
            ),
            Self::Unobserved { why } => format!("nobody can say here: {why}"),
            Self::Withheld => {
                "it is not to be delivered: `gitops.glint.io/deliver` is `false`".to_owned()
            }
        }
    }

    /// The fields that a message of [`Self::Lingering`] names.
    pub(super) fn left_of(message: &str) -> impl Iterator<Item = String> + use<'_> {
        let fields = message.strip_prefix(LEFT).into_iter();
        fields.flat_map(|it| it.split(", ")).map(str::to_owned)
    }
}

/// What stands before all fields, so that the next that comes knows them.
const LEFT: &str = "the catalog has it as it is declared, and still holds what left the object: ";

fn names(names: &[String]) -> String {
    match names.len().checked_sub(NAMES) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..NAMES].join(", ")),
    }
}
