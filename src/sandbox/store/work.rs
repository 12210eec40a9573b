//! One call being carried out: what it has changed so far, and how to take that
//! back.
//!
//! Invariant: nothing is written to blueprints, entities or integrations but
//! here, so that all of it can be taken back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::call::Call;
use super::failure::Failure;
use super::state::{Change, State, Stored, StoredIntegration};
use crate::catalog::{Blueprint, Identity};

/// One call being carried out.
pub(super) struct Work<'s> {
    pub(super) state: &'s mut State,
    /// The moment of its writes: later than that of every write before.
    pub(super) at: SystemTime,
    /// The caller's `User-Agent`.
    pub(super) user_agent: String,
    /// The caller's client id.
    pub(super) client: String,
    before: Before,
}

/// What was there before the call, of all that it has changed.
#[derive(Default)]
struct Before {
    entities: BTreeMap<Identity, Option<Stored>>,
    blueprints: BTreeMap<String, Option<Value>>,
    integrations: BTreeMap<String, Option<StoredIntegration>>,
}

impl<'s> Work<'s> {
    /// Begins with a call.
    pub(super) fn new(state: &'s mut State, call: &Call, now: SystemTime) -> Self {
        let at = to_millis(now);
        let next = state.last_write.map(|last| last + Duration::from_millis(1));
        Self {
            at: next.map_or(at, |next| next.max(at)),
            state,
            user_agent: call.user_agent.clone(),
            client: String::new(),
            before: Before::default(),
        }
    }

    /// Writes an entity.
    pub(super) fn put_entity(&mut self, identity: Identity, stored: Stored) {
        let before = self.state.entities.insert(identity.clone(), stored);
        self.before.entities.entry(identity).or_insert(before);
    }

    /// Removes an entity; whether it was there.
    pub(super) fn remove_entity(&mut self, identity: &Identity) -> bool {
        let before = self.state.entities.remove(identity);
        let was_there = before.is_some();
        let entry = self.before.entities.entry(identity.clone());
        entry.or_insert(before);
        was_there
    }

    /// Writes a blueprint.
    ///
    /// # Errors
    /// A value that is none.
    pub(super) fn put_blueprint(&mut self, identifier: &str, value: Value) -> Result<(), Failure> {
        let parsed = Blueprint::parse(&value).map_err(|why| Failure::invalid(why.to_string()))?;
        let parsed = Arc::new(parsed);
        self.state.types.insert(identifier.to_owned(), parsed);
        let before = self.state.blueprints.insert(identifier.to_owned(), value);
        let entry = self.before.blueprints.entry(identifier.to_owned());
        entry.or_insert(before);
        Ok(())
    }

    /// Removes a blueprint.
    pub(super) fn remove_blueprint(&mut self, identifier: &str) {
        self.state.types.remove(identifier);
        let before = self.state.blueprints.remove(identifier);
        let entry = self.before.blueprints.entry(identifier.to_owned());
        entry.or_insert(before);
    }

    /// Writes an integration.
    pub(super) fn put_integration(&mut self, id: &str, integration: StoredIntegration) {
        let before = self.state.integrations.insert(id.to_owned(), integration);
        let entry = self.before.integrations.entry(id.to_owned());
        entry.or_insert(before);
    }

    /// Removes an integration; whether it was there.
    pub(super) fn remove_integration(&mut self, id: &str) -> bool {
        let before = self.state.integrations.remove(id);
        let was_there = before.is_some();
        let entry = self.before.integrations.entry(id.to_owned());
        entry.or_insert(before);
        was_there
    }

    /// Ends the call and keeps what it changed, which is told.
    pub(super) fn keep(self) -> Vec<Change> {
        let Before {
            entities,
            blueprints,
            integrations,
        } = self.before;
        let state = self.state;
        let entities = entities.into_iter();
        let entities = entities.filter(|(it, before)| state.entities.get(it) != before.as_ref());
        let mut changes: Vec<Change> = entities.map(|(it, _)| Change::Entity(it)).collect();
        changes.extend(blueprints.into_keys().map(Change::Blueprint));
        changes.extend(integrations.into_keys().map(Change::Integration));
        if !changes.is_empty() {
            state.revision += 1;
            state.last_write = Some(self.at);
        }
        changes
    }

    /// Takes back all that was changed.
    pub(super) fn take_back(&mut self) {
        let Before {
            entities,
            blueprints,
            integrations,
        } = std::mem::take(&mut self.before);
        restore(&mut self.state.entities, entities);
        restore(&mut self.state.integrations, integrations);
        let types = &mut self.state.types;
        for (identifier, before) in &blueprints {
            match before.as_ref().map(Blueprint::parse) {
                Some(Ok(parsed)) => types.insert(identifier.clone(), Arc::new(parsed)),
                Some(Err(_)) | None => types.remove(identifier),
            };
        }
        restore(&mut self.state.blueprints, blueprints);
    }
}

fn restore<K: Ord, V>(map: &mut BTreeMap<K, V>, before: BTreeMap<K, Option<V>>) {
    for (key, value) in before {
        match value {
            Some(value) => map.insert(key, value),
            None => map.remove(&key),
        };
    }
}

/// The API's moments have no more digits.
fn to_millis(at: SystemTime) -> SystemTime {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos = since.subsec_millis() * 1_000_000;
    UNIX_EPOCH + Duration::new(since.as_secs(), nanos)
}
