//! What the keeper tells, and is told, beside what is seen.

use std::collections::BTreeSet;

use super::accepted::AcceptedSet;
use super::moment::Moment;
use super::owner::Owner;
use super::refusal::Refusal;
use super::round::Round;
use super::sighting::MapKey;

/// Whom to ask for a proof.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Question {
    /// Tells it from an earlier one about the same ConfigMap.
    pub number: u64,
    /// About which ConfigMap.
    pub key: MapKey,
    /// Of whom.
    pub owners: Vec<Owner>,
}

/// Something that the author of a ConfigMap has to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    /// Which one.
    pub key: MapKey,
    /// Which object of that name.
    pub uid: String,
    /// Why it does not count.
    pub refusal: Refusal,
    /// Whether something that was accepted before stays.
    pub was_accepted: bool,
}

/// What is to be done now.
#[derive(Debug)]
pub(crate) enum Due {
    /// Nothing before something happens.
    Nothing,
    /// Nothing before this moment.
    At(Moment),
    /// The mapping stays the same; what it is made of does not.
    Accept(AcceptedSet),
    /// The mapping is to be pushed.
    Push(Round),
}

/// What came of an attempt.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ended {
    /// What is live now, and noted; none where that is as before.
    pub accepted: Option<AcceptedSet>,
    /// What stays at its accepted state.
    pub held: BTreeSet<MapKey>,
    /// Whether the guard bars it.
    pub is_barred: bool,
    /// Whether it could not be done.
    pub has_failed: bool,
}

/// How many there are of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// What the mapping is made of.
    pub accepted: usize,
    /// Changes that the guard holds back.
    pub held: usize,
    /// ConfigMaps that do not count.
    pub refused: usize,
    /// ConfigMaps whose owner is not known yet.
    pub unproven: usize,
    /// What is gone and still in the mapping.
    pub leaving: usize,
}
