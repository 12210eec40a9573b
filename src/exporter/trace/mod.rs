//! Where a value of the catalog comes from: the expression that gave it, what
//! each step of that gave, and the object's field at its beginning.
//!
//! For what has been sent already, so that each evaluation here ends: it is a
//! part of one that did. Not here: in which file the field stands (`render`
//! knows), and what the catalog makes of the value. Invariant: a field is named
//! as the origin only if jq took its value as it is, or if the same value stands
//! there, and then it is said which of the two.

mod field;
mod split;
mod steps;

use serde_json::Value as Json;

use super::config::Config;
use super::jq::Environment;
use super::preview::Sent;
use crate::manifest::FieldPath;

pub(crate) use field::Member;

/// A value and the way to it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Trace {
    /// What the catalog calls it.
    pub member: Member,
    /// What is sent.
    pub value: Json,
    /// The expression, as it stands in the config; none for a search query,
    /// which has several.
    pub expression: Option<String>,
    /// Where in the config.
    pub place: FieldPath,
    /// From the object to the value.
    pub steps: Vec<Step>,
    /// Where it begins.
    pub origin: Origin,
}

/// One part of an expression, and what it gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    /// The part's text.
    pub text: String,
    /// How deep it stands in the one before it.
    pub depth: usize,
    /// What it gives.
    pub said: Said,
}

/// What a part of an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Said {
    /// Its first output.
    Value(Json),
    /// No output.
    Nothing,
    /// A failure, in jq's words.
    Failure(String),
}

/// Where a value begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// It is the value of this field of the object.
    Field(FieldPath),
    /// It is computed, and this field of the object has the same value.
    SameAs(FieldPath),
    /// It stands in the mapping itself.
    Mapping,
    /// It is computed, from these fields as far as that can be told.
    Computed(Vec<FieldPath>),
}

/// How each value of a request came to be, or one of them; in the order in which
/// the request is written.
pub(crate) fn trace(
    config: &Config,
    sent: &Sent,
    object: &Json,
    environment: &Environment,
    wanted: Option<&Member>,
) -> Vec<Trace> {
    let traces = field::Request::of(config, sent, object, environment);
    let members = Member::all(&sent.request);
    let members = match wanted {
        Some(member) => vec![member.clone()],
        None => members,
    };
    members
        .into_iter()
        .filter_map(|member| traces.as_ref()?.trace(member))
        .collect()
}

#[cfg(test)]
mod tests;
