//! What happens to each entity, in the order in which it is told.

use std::collections::BTreeMap;

use super::state::State;
use crate::catalog::Identity;
use crate::diff::{Changed, Declared, Diff, Fields, Moved};

/// What happens to an entity that is there afterwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Event<'a> {
    /// It is new.
    Created(&'a Declared),
    /// Something else is sent of it, or less.
    Changed(&'a Changed),
    /// It is declared elsewhere, or under another identity.
    Moved(&'a Moved),
}

impl<'a> Event<'a> {
    /// Which entity.
    pub(super) fn identity(self) -> &'a Identity {
        &self.declared().identity
    }

    /// As it is afterwards.
    pub(super) const fn declared(self) -> &'a Declared {
        match self {
            Self::Created(declared) => declared,
            Self::Changed(changed) => &changed.after,
            Self::Moved(moved) => &moved.after,
        }
    }

    /// What it is called.
    pub(super) fn state(self) -> State {
        match self {
            Self::Created(_) => State::Created,
            Self::Changed(changed) => state(changed),
            Self::Moved(_) => State::Moved,
        }
    }

    /// What else of it differs; none where only a lock knows the earlier side.
    pub(super) fn fields(self) -> Option<&'a Fields> {
        match self {
            Self::Created(_) => None,
            Self::Changed(changed) => changed.fields.as_ref(),
            Self::Moved(moved) => moved.fields.as_ref(),
        }
    }

    /// Whether fields should be known and are not.
    pub(super) fn is_vague(self) -> bool {
        match self {
            Self::Created(_) => false,
            Self::Changed(_) | Self::Moved(_) => self.fields().is_none(),
        }
    }
}

/// Changed, or only less of it is sent.
pub(super) fn state(changed: &Changed) -> State {
    match &changed.fields {
        Some(fields) if fields.changes.is_empty() => State::Lingering,
        Some(_) | None => State::Changed,
    }
}

/// By blueprint, sorted by identity.
pub(super) fn events(diff: &Diff) -> BTreeMap<&str, Vec<Event<'_>>> {
    let Diff {
        created,
        changed,
        moved,
        // They are told before all others, and on their own.
        deleted: _,
        unchanged: _,
    } = diff;
    let created = created.iter().map(Event::Created);
    let changed = changed.iter().map(Event::Changed);
    let moved = moved.iter().map(Event::Moved);
    let mut events: Vec<Event<'_>> = created.chain(changed).chain(moved).collect();
    events.sort_by_key(|event| event.identity());
    let mut by_blueprint: BTreeMap<&str, Vec<Event<'_>>> = BTreeMap::new();
    for event in events {
        let blueprint = event.identity().blueprint.as_str();
        by_blueprint.entry(blueprint).or_default().push(event);
    }
    by_blueprint
}

/// How many there are of each kind, `1 created, 2 changed`.
pub(super) fn counts(events: &[Event<'_>]) -> String {
    let mut counts: BTreeMap<State, usize> = BTreeMap::new();
    for event in events {
        *counts.entry(event.state()).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(state, count)| format!("{count} {}", state.word()))
        .collect();
    counts.join(", ")
}
