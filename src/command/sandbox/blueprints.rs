//! The blueprints of the sandbox's catalog: those that were given, and those that
//! nobody gave.
//!
//! Invariant: what somebody else made or changed is left alone.

use serde_json::Value;

use super::caller::Caller;
use super::inferred::Inferred;
use crate::exporter::Request;
use crate::sandbox::{Method, Store};

/// What needs another blueprint to be there.
const NEEDY: [&str; 3] = ["relations", "mirrorProperties", "aggregationProperties"];

/// Makes them.
pub(super) struct Blueprints {
    store: Store,
    caller: Caller,
    inferred: Inferred,
}

impl Blueprints {
    pub(super) fn new(store: Store) -> Self {
        Self {
            caller: Caller::new(store.clone()),
            store,
            inferred: Inferred::default(),
        }
    }

    /// Creates those that were given, as far as they are not there; which were refused,
    /// and why.
    pub(super) fn give(&self, given: &[Value]) -> Vec<String> {
        let identifier = |blueprint: &Value| {
            let identifier = blueprint["identifier"].as_str();
            identifier.unwrap_or_default().to_owned()
        };
        let new = given.iter().filter(|it| !self.has(&identifier(it)));
        let new: Vec<&Value> = new.collect();
        // Each may relate to any other: first all without that, then all as they are.
        let bare = new.iter().map(|blueprint| {
            let mut bare = (*blueprint).clone();
            if let Some(fields) = bare.as_object_mut() {
                fields.retain(|name, _| !NEEDY.contains(&name.as_str()));
            }
            self.create(&identifier(blueprint), bare)
        });
        let whole = new.iter();
        let whole = whole.map(|it| self.change(&identifier(it), (*it).clone()));
        bare.chain(whole).filter_map(Result::err).collect()
    }

    /// Makes those that entities of no known blueprint need, and adds to those that
    /// were made so what is new; which were refused, and why.
    pub(super) fn infer<'r>(
        &mut self,
        requests: impl Iterator<Item = &'r Request> + Clone,
    ) -> Vec<String> {
        self.inferred.learn(requests);
        let mut refused = Vec::new();
        for (identifier, body) in self.inferred.bare() {
            if !self.has(identifier) {
                refused.extend(self.create(identifier, body).err());
            }
        }
        for (identifier, body) in self.inferred.bare() {
            let is_inferred = |held: &&Value| held["description"] == body["description"];
            let held = self.store.read(|state| {
                let held = state.blueprints.get(identifier);
                held.filter(is_inferred).cloned()
            });
            let gain = held.and_then(|held| self.inferred.gain(identifier, &held));
            refused.extend(gain.and_then(|gain| self.change(identifier, gain).err()));
        }
        refused
    }

    fn has(&self, identifier: &str) -> bool {
        let store = &self.store;
        store.read(|state| state.blueprints.contains_key(identifier))
    }

    fn create(&self, identifier: &str, blueprint: Value) -> Result<(), String> {
        let made = self.caller.call(Method::Post, "/v1/blueprints", blueprint);
        made.map(drop).map_err(|why| refused(identifier, &why))
    }

    fn change(&self, identifier: &str, change: Value) -> Result<(), String> {
        let path = format!("/v1/blueprints/{identifier}");
        let made = self.caller.call(Method::Patch, &path, change);
        made.map(drop).map_err(|why| refused(identifier, &why))
    }
}

fn refused(identifier: &str, why: &str) -> String {
    format!("the blueprint `{identifier}` is refused: {why}")
}
