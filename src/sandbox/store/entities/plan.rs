//! How an entity becomes what a call wants it to be.
//!
//! Not for writing it (`keep`). Invariant: all is decided before anything is
//! written, so that an entity which is refused leaves nothing behind.

use serde_json::{Map, Value, json};

use super::super::call::Call;
use super::super::failure::Failure;
use super::super::search::{Query, matches};
use super::super::state::{State, Stored};
use super::super::work::Work;
use super::body::{Field, Link, Named, Team, Wanted};
use super::keep::{bare, create_bare, rename, store};
use super::{check, identity};
use crate::catalog::{Blueprint, Identity, Record};

/// How many entities a search may relate one to.
const RELATED: usize = 100;

/// What a call's query says of its writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct How {
    upsert: bool,
    merge: bool,
    pub(super) validation_only: bool,
    create_missing: bool,
}

impl How {
    pub(super) fn of(call: &Call) -> Self {
        Self {
            upsert: call.flag("upsert"),
            merge: call.flag("merge"),
            validation_only: call.flag("validation_only"),
            create_missing: call.flag("create_missing_related_entities"),
        }
    }

    /// What a `POST` starts from: without `upsert`, `merge` says nothing.
    pub(super) fn start(self) -> Start {
        match (self.upsert, self.merge) {
            (false, _) => Start::Nothing,
            (true, false) => Start::Over,
            (true, true) => Start::Into,
        }
    }
}

/// What a write starts from where the entity is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start {
    /// That is refused.
    Nothing,
    /// From nothing: what is not given is gone.
    Over,
    /// From what is there: what is not given stays.
    Into,
}

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) identity: Identity,
    pub(super) created: bool,
}

/// Writes an entity: the one of a path, or the one that the body names.
///
/// # Errors
/// Whatever the API says instead; then nothing was written.
pub(super) fn write(
    work: &mut Work<'_>,
    blueprint: &Blueprint,
    of_path: Option<&Identity>,
    wanted: Wanted,
    start: Start,
    how: &How,
) -> Result<Written, Failure> {
    let named = named(work, blueprint, of_path, wanted.identifier.as_ref())?;
    let before = of_path.unwrap_or(&named);
    let before = work.state.entities.get(before).cloned();
    if start == Start::Nothing && before.is_some() {
        return Err(Failure::taken("Entity", &named.identifier));
    }
    let is_renamed = of_path.is_some_and(|of_path| *of_path != named);
    if is_renamed && work.state.entities.contains_key(&named) {
        return Err(Failure::taken("Entity", &named.identifier));
    }
    if blueprint.team_inherited && wanted.team != Field::Absent {
        return Err(Failure::team_inherited(blueprint.identifier.as_str()));
    }
    check::properties(blueprint, &wanted.properties)?;
    let (links, missing) = linked(work.state, blueprint, &named, &wanted.relations, how)?;
    let base = before.as_ref().filter(|_| start == Start::Into);
    let record = filled(work.state, &named, base, wanted, links);
    check::required(blueprint, &record)?;

    missing
        .into_iter()
        .for_each(|missing| create_bare(work, missing));
    if let Some(of_path) = of_path.filter(|_| is_renamed) {
        rename(work, of_path, &named);
    }
    let created = before.is_none();
    store(work, record, before);
    Ok(Written {
        identity: named,
        created,
    })
}

/// Which entity is meant. A body without an identifier gets one from the API.
fn named(
    work: &Work<'_>,
    blueprint: &Blueprint,
    of_path: Option<&Identity>,
    identifier: Option<&Named>,
) -> Result<Identity, Failure> {
    let blueprint = blueprint.identifier.as_str();
    match (identifier, of_path) {
        (Some(Named::Plain(id)), _) => Ok(identity(blueprint, id)),
        (Some(Named::Query(query)), _) => one_that(work, blueprint, query),
        (None, Some(of_path)) => Ok(of_path.clone()),
        (None, None) => {
            let number = work.state.entities_of(blueprint).count();
            let mut names = (number..).map(|it| identity(blueprint, &format!("{blueprint}_{it}")));
            let free = names.find(|name| !work.state.entities.contains_key(name));
            free.ok_or_else(|| Failure::invalid("body must have an identifier"))
        }
    }
}

/// The one entity that a query describes; it is never created.
fn one_that(work: &Work<'_>, blueprint: &str, query: &Query) -> Result<Identity, Failure> {
    let mut found = matches(work.state, blueprint, query);
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(_), false) => {
            let message = "body/identifier matches more than one entity";
            Err(Failure::invalid(message))
        }
        (None, _) => Err(Failure::not_found("Entity", "unknown")),
    }
}

/// Where each relation leads, and which entities must be created for that.
type Linked = (Map<String, Value>, Vec<Identity>);

fn linked(
    state: &State,
    blueprint: &Blueprint,
    own: &Identity,
    relations: &[(String, Link)],
    how: &How,
) -> Result<Linked, Failure> {
    let (mut links, mut missing) = (Map::new(), Vec::new());
    for (name, link) in relations {
        let Some(relation) = blueprint.relations.get(name) else {
            let message = format!("relations/{name} is not in \"{}\"", blueprint.identifier);
            return Err(Failure::mismatch(message));
        };
        let targets = match (link, relation.many) {
            (Link::Nothing, _) => {
                let nothing = if relation.many {
                    json!([])
                } else {
                    Value::Null
                };
                links.insert(name.clone(), nothing);
                continue;
            }
            (Link::One(_), true) | (Link::Many(_), false) => {
                return Err(Failure::many(name, relation.many));
            }
            (Link::One(target), false) => vec![target.clone()],
            (Link::Many(targets), true) => targets.clone(),
            (Link::Query(query), is_many) => {
                let found = matches(state, &relation.target, query);
                let found: Vec<String> = found.into_iter().map(|it| it.identifier).collect();
                if found.len() > if is_many { RELATED } else { 1 } {
                    return Err(Failure::many(name, is_many));
                }
                found
            }
        };
        for target in &targets {
            let target = identity(&relation.target, target);
            let is_there = state.entities.contains_key(&target) || target == *own;
            if is_there || missing.contains(&target) {
                continue;
            }
            if !how.create_missing {
                return Err(Failure::not_found("Entity", &target.identifier));
            }
            if state.blueprint(&target.blueprint).is_none() {
                return Err(Failure::not_found("Blueprint", &target.blueprint));
            }
            missing.push(target);
        }
        let value = match relation.many {
            true => json!(targets),
            false => Value::from(targets.into_iter().next()),
        };
        links.insert(name.clone(), value);
    }
    Ok((links, missing))
}

/// The entity as it is after the call, without what the catalog notes about it.
fn filled(
    state: &State,
    identity: &Identity,
    base: Option<&Stored>,
    wanted: Wanted,
    links: Map<String, Value>,
) -> Record {
    let Wanted {
        identifier: _,
        title,
        icon,
        team,
        properties,
        relations: _,
    } = wanted;
    let empty = || bare(identity.clone());
    let mut record = base.map_or_else(empty, |stored| stored.record.clone());
    record.identity = identity.clone();
    fill(&mut record.title, title);
    fill(&mut record.icon, icon);
    match team {
        Field::Absent => {}
        Field::Null => record.team = Vec::new(),
        Field::Given(Team::Names(names)) => record.team = names,
        Field::Given(Team::Query(query)) => {
            let teams = matches(state, "_team", &query);
            record.team = teams.into_iter().map(|team| team.identifier).collect();
        }
    }
    record.properties.extend(properties);
    record.relations.extend(links);
    record
}

fn fill(field: &mut Option<String>, wanted: Field<String>) {
    match wanted {
        Field::Absent => {}
        Field::Null => *field = None,
        Field::Given(text) => *field = Some(text),
    }
}
