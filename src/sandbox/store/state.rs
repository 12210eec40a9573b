//! What the catalog holds.
//!
//! Not for what may become of it (the other files of `store`). Invariant: the
//! parsed form of each blueprint is that of the value kept for it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::call::Method;
use super::session::Session;
use crate::catalog::{Blueprint, Identity, Record};

/// How many calls are remembered, unless someone wants more.
pub(crate) const CALLS: usize = 500;

/// Everything that the catalog holds.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// By identifier, as the API gives them.
    pub blueprints: BTreeMap<String, Value>,
    /// By blueprint and identifier.
    pub entities: BTreeMap<Identity, Stored>,
    /// By installation id.
    pub integrations: BTreeMap<String, StoredIntegration>,
    /// The last calls, the oldest first: [`CALLS`] of them.
    pub calls: VecDeque<Logged>,
    /// How many calls there were in all.
    pub calls_total: u64,
    /// How often anything was written; what a file of the state is compared by.
    pub revision: u64,
    /// The blueprints again, parsed, and shared with who holds entities against them:
    /// a schema is compiled at its first use.
    pub(super) types: BTreeMap<String, Arc<Blueprint>>,
    /// When the last write was: no two have one moment.
    pub(super) last_write: Option<SystemTime>,
    /// Who may call, and how often.
    pub(super) session: Session,
}

/// An entity with what the catalog knows of it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Stored {
    /// As it is answered.
    pub record: Record,
    /// The `User-Agent` of who created it, which stays whoever writes to it then.
    pub datasource: String,
    /// When it was created.
    pub created_at: SystemTime,
    /// When something about it last changed.
    pub updated_at: SystemTime,
    /// The `User-Agent` of who last changed it.
    pub updated_by: String,
    /// The state's revision when something about it last changed.
    pub revision: u64,
}

/// An integration with what hangs on it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StoredIntegration {
    /// `title`, `version`, `installationAppType`, `config` and what else was sent,
    /// as it was sent.
    pub fields: Map<String, Value>,
    /// When it was created.
    pub created_at: SystemTime,
    /// When it was last written to, be it with nothing.
    pub updated_at: SystemTime,
    /// When someone last asked for a resync without writing to it.
    pub resync_requested: Option<SystemTime>,
    /// Up to five objects of each kind, as the exporter showed them.
    pub examples: BTreeMap<String, Vec<Value>>,
    /// What the exporter logged, the oldest first.
    pub logs: VecDeque<Value>,
}

/// A call that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Logged {
    /// When.
    pub at: SystemTime,
    /// By whom.
    pub user_agent: String,
    /// What it did.
    pub method: Method,
    /// As on the wire.
    pub path: String,
    /// As on the wire.
    pub query: String,
    /// What it was answered with.
    pub status: u16,
}

/// What changed; for the page, which looks for itself what it is now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// An entity was created, changed or deleted.
    Entity(Identity),
    /// So was a blueprint.
    Blueprint(String),
    /// So was an integration.
    Integration(String),
    /// What is known of the followed directory changed.
    Following,
}

impl State {
    /// The blueprint of that identifier, parsed.
    pub(crate) fn blueprint(&self, identifier: &str) -> Option<&Arc<Blueprint>> {
        self.types.get(identifier)
    }

    /// The entities of a blueprint, in the order of their identifiers.
    pub(crate) fn entities_of<'s>(
        &'s self,
        blueprint: &str,
    ) -> impl Iterator<Item = (&'s Identity, &'s Stored)> + use<'s> {
        let blueprint = blueprint.to_owned();
        let first = Identity {
            blueprint: blueprint.clone(),
            identifier: String::new(),
        };
        let from_there = self.entities.range(first..);
        from_there.take_while(move |(identity, _)| identity.blueprint == blueprint)
    }

    /// Remembers a call, and no more than so many.
    pub(super) fn log(&mut self, call: Logged, kept: usize) {
        self.calls_total += 1;
        self.calls.push_back(call);
        while self.calls.len() > kept {
            self.calls.pop_front();
        }
    }
}
