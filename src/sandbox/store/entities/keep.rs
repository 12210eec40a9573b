//! Entities written as they were decided to be, with what the catalog notes about
//! them.
//!
//! Not for deciding (`plan`). Invariants: `$datasource` is the `User-Agent` of who
//! created an entity and stays that; a write that changes nothing is none.

use serde_json::{Map, json};

use super::super::moment;
use super::super::state::Stored;
use super::super::work::Work;
use super::delete::relink;
use crate::catalog::{Identity, Record};

/// Writes an entity, in the place of what was there before.
pub(super) fn store(work: &mut Work<'_>, record: Record, before: Option<Stored>) {
    let is_same = before.as_ref().is_some_and(|before| {
        let mut record = record.clone();
        record.rest = before.record.rest.clone();
        record == before.record
    });
    if is_same {
        return;
    }
    let datasource = before.as_ref().map(|before| before.datasource.clone());
    let datasource = datasource.unwrap_or_else(|| work.user_agent.clone());
    put(work, record, datasource, before);
}

/// Creates an entity that another leads to. Its `$datasource` tells that it came
/// so (port-k8s-exporter#163); for other callers than the exporter its form is
/// believed. So is that nothing is required of it.
pub(super) fn create_bare(work: &mut Work<'_>, identity: Identity) {
    let datasource = created_for(&work.user_agent);
    put(work, bare(identity), datasource, None);
}

/// The `$datasource` of what is created only because another leads to it.
fn created_for(user_agent: &str) -> String {
    let name = user_agent.strip_prefix("port-").unwrap_or(user_agent);
    format!("port-auto-{name}")
}

/// Writes an entity with what the catalog notes about it.
pub(super) fn put(
    work: &mut Work<'_>,
    mut record: Record,
    datasource: String,
    before: Option<Stored>,
) {
    let created_at = before.as_ref().map_or(work.at, |before| before.created_at);
    let created_by = before
        .as_ref()
        .and_then(|it| it.record.rest.get("createdBy"));
    let created_by = created_by.cloned().unwrap_or_else(|| json!(work.client));
    let notes = [
        ("createdAt", json!(moment::written(created_at))),
        ("createdBy", created_by),
        ("updatedAt", json!(moment::written(work.at))),
        ("updatedBy", json!(work.client)),
        ("$datasource", json!(datasource)),
    ];
    record.rest = notes
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect();
    let stored = Stored {
        datasource,
        created_at,
        updated_at: work.at,
        updated_by: work.user_agent.clone(),
        revision: work.state.revision + 1,
        record,
    };
    work.put_entity(stored.record.identity.clone(), stored);
}

/// Gives an entity another identifier, wherever it is named. believed: that those
/// which lead to it go on doing so.
pub(super) fn rename(work: &mut Work<'_>, from: &Identity, to: &Identity) {
    work.remove_entity(from);
    relink(work, from, Some(&to.identifier));
}

/// An entity of which nothing is known.
pub(super) fn bare(identity: Identity) -> Record {
    Record {
        identity,
        title: None,
        icon: None,
        team: Vec::new(),
        properties: Map::new(),
        relations: Map::new(),
        rest: Map::new(),
    }
}
