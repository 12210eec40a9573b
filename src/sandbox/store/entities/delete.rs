//! Entities deleted, and what becomes of those that lead to them.
//!
//! A *dependent* leads to an entity by a relation that it must have (Port's page
//! on advanced API use): deleting the entity is refused, or deletes its dependents
//! too. believed: any other relation to it is emptied.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::call::{Answer, Call};
use super::super::failure::Failure;
use super::super::state::State;
use super::super::work::Work;
use super::{found, found_blueprint, identity, keep, many};
use crate::catalog::Identity;

/// How many entities one call may delete.
const BULK: usize = 100;

/// Deletes one entity.
pub(in super::super) fn delete(
    work: &mut Work<'_>,
    call: &Call,
    blueprint: &str,
    id: &str,
) -> Result<Answer, Failure> {
    let identity = identity(blueprint, id);
    found(work.state, &identity)?;
    remove(work, &[identity], call.flag("delete_dependents"))?;
    Ok(Answer::new(200, json!({"ok": true})))
}

/// Deletes up to 100 entities of a blueprint, or none of them. believed: those
/// that are not there are passed over, and a dependent that is deleted by the same
/// call keeps it from being carried out all the same.
pub(in super::super) fn delete_bulk(
    work: &mut Work<'_>,
    call: &Call,
    blueprint: &str,
) -> Result<Answer, Failure> {
    found_blueprint(work.state, blueprint)?;
    let entities = many(call, BULK, "items")?;
    let ids: Option<Vec<&str>> = entities.iter().map(Value::as_str).collect();
    let ids = ids.ok_or_else(|| Failure::invalid("body/entities must hold strings"))?;
    let wanted: BTreeSet<Identity> = ids.iter().map(|id| identity(blueprint, id)).collect();
    let there = wanted
        .into_iter()
        .filter(|it| work.state.entities.contains_key(it));
    let there: Vec<Identity> = there.collect();
    remove(work, &there, call.flag("delete_dependents"))?;
    let deleted: Vec<&str> = there.iter().map(|it| it.identifier.as_str()).collect();
    Ok(Answer::new(
        200,
        json!({"ok": true, "deletedEntities": deleted}),
    ))
}

/// Deletes every entity of a blueprint, and the blueprint where that is asked for.
pub(in super::super) fn delete_all(
    work: &mut Work<'_>,
    call: &Call,
    blueprint: &str,
) -> Result<Answer, Failure> {
    found_blueprint(work.state, blueprint)?;
    let all = work.state.entities_of(blueprint);
    let all: Vec<Identity> = all.map(|(identity, _)| identity.clone()).collect();
    remove(work, &all, false)?;
    if call.flag("delete_blueprint") {
        super::super::blueprints::delete(work, blueprint)?;
    }
    Ok(Answer::new(200, json!({"ok": true})))
}

fn remove(
    work: &mut Work<'_>,
    entities: &[Identity],
    with_dependents: bool,
) -> Result<(), Failure> {
    let mut gone: BTreeSet<Identity> = BTreeSet::new();
    let mut next: Vec<Identity> = entities.to_vec();
    while let Some(identity) = next.pop() {
        let dependents = dependents(work.state, &identity);
        if let Some(_dependent) = dependents.first().filter(|_| !with_dependents) {
            return Err(Failure::has_dependents("Entity", &identity.identifier));
        }
        if gone.insert(identity) {
            next.extend(dependents);
        }
    }
    for identity in &gone {
        work.remove_entity(identity);
    }
    gone.iter()
        .for_each(|identity| relink(work, identity, None));
    Ok(())
}

/// The entities that can't be without this one, itself left out.
fn dependents(state: &State, identity: &Identity) -> Vec<Identity> {
    let sources = sources(state, &identity.blueprint, true);
    let dependents = sources.iter().flat_map(|(source, relation)| {
        let entities = state.entities_of(source);
        entities.filter(|(_, it)| leads_to(it.record.relations.get(relation), &identity.identifier))
    });
    let dependents = dependents.map(|(dependent, _)| dependent.clone());
    dependents.filter(|it| it != identity).collect()
}

/// The blueprints that lead to one, each with the relation.
fn sources(state: &State, target: &str, required_only: bool) -> Vec<(String, String)> {
    let mut sources = Vec::new();
    for (id, blueprint) in &state.types {
        let relations = blueprint.relations.iter();
        let wanted = relations.filter(|(_, relation)| {
            relation.target == target && (relation.required || !required_only)
        });
        sources.extend(wanted.map(|(name, _)| (id.clone(), name.clone())));
    }
    sources
}

fn leads_to(relation: Option<&Value>, id: &str) -> bool {
    match relation {
        Some(Value::String(target)) => target == id,
        Some(Value::Array(targets)) => targets.iter().any(|target| target == id),
        Some(_) | None => false,
    }
}

/// Lets what leads to an entity lead to another identifier, or nowhere.
pub(super) fn relink(work: &mut Work<'_>, from: &Identity, to: Option<&str>) {
    for (source, relation) in sources(work.state, &from.blueprint, false) {
        let leading = work.state.entities_of(&source);
        let leading = leading
            .filter(|(_, it)| leads_to(it.record.relations.get(&relation), &from.identifier));
        let leading: Vec<_> = leading.map(|(_, stored)| stored.clone()).collect();
        for stored in leading {
            let mut record = stored.record.clone();
            if let Some(value) = record.relations.get_mut(&relation) {
                lead(value, &from.identifier, to);
            }
            keep::put(work, record, stored.datasource.clone(), Some(stored));
        }
    }
}

fn lead(value: &mut Value, from: &str, to: Option<&str>) {
    match value {
        Value::Array(targets) => {
            targets.retain(|target| to.is_some() || target != from);
            let same = targets.iter_mut().filter(|target| *target == from);
            same.for_each(|target| *target = Value::from(to));
        }
        other => *other = Value::from(to),
    }
}
