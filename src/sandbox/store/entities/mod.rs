//! The calls for entities: read, written, deleted, one and many.
//!
//! Not for what an entity must be (`check`) or how one becomes another (`plan`).

mod body;
mod breach;
mod check;
mod delete;
mod keep;
mod plan;
mod shown;

use std::sync::Arc;

use serde_json::{Value, json};

use self::body::{Form, Wanted};
use self::plan::{How, Start, Written};
use super::call::{Answer, Call};
use super::failure::Failure;
use super::state::{State, Stored};
use super::work::Work;
use crate::catalog::{Blueprint, Identity};

pub(super) use self::delete::{delete, delete_all, delete_bulk};
pub(super) use self::shown::{Shape, shown};

/// How many entities one call may write.
const BULK: usize = 20;

/// All entities of a blueprint.
pub(super) fn all(state: &State, call: &Call, blueprint: &str) -> Result<Answer, Failure> {
    found_blueprint(state, blueprint)?;
    let shape = Shape::of_query(call);
    let entities = state.entities_of(blueprint);
    let entities: Vec<Value> = entities.map(|(_, it)| shown(&it.record, &shape)).collect();
    Ok(Answer::new(200, json!({"ok": true, "entities": entities})))
}

/// How many entities a blueprint has.
pub(super) fn count(state: &State, blueprint: &str) -> Result<Answer, Failure> {
    found_blueprint(state, blueprint)?;
    let count = state.entities_of(blueprint).count();
    Ok(Answer::new(200, json!({"ok": true, "count": count})))
}

/// One entity.
pub(super) fn get(
    state: &State,
    call: &Call,
    blueprint: &str,
    id: &str,
) -> Result<Answer, Failure> {
    let entity = found(state, &identity(blueprint, id))?;
    let shape = Shape::of_query(call);
    let entity = shown(&entity.record, &shape);
    Ok(Answer::new(200, json!({"ok": true, "entity": entity})))
}

/// Creates an entity, or writes over one with `upsert`, or into it with `merge`.
/// An older edition of the API's document answers 200 where the entity was there;
/// the one followed here knows only 201.
pub(super) fn upsert(work: &mut Work<'_>, call: &Call, id: &str) -> Result<Answer, Failure> {
    let how = How::of(call);
    let blueprint = found_blueprint(work.state, id)?.clone();
    let wanted = Wanted::read(call.body.as_ref(), Form::Whole)?;
    let start = how.start();
    let written = plan::write(work, &blueprint, None, wanted, start, &how)?;
    Ok(answered(work, 201, written, &how))
}

/// The same for up to 20 entities, each on its own. believed: in their order, so that
/// one which leads to a later one is refused.
pub(super) fn upsert_bulk(work: &mut Work<'_>, call: &Call, id: &str) -> Result<Answer, Failure> {
    let how = How::of(call);
    let bodies = many(call, BULK, "items")?;
    let blueprint = found_blueprint(work.state, id)?.clone();
    let start = how.start();
    let (mut entities, mut errors) = (Vec::new(), Vec::new());
    for (index, body) in bodies.iter().enumerate() {
        let written = Wanted::read(Some(body), Form::Whole)
            .and_then(|wanted| plan::write(work, &blueprint, None, wanted, start, &how));
        match written {
            Ok(Written { identity, created }) => entities.push(json!({
                "identifier": identity.identifier, "index": index, "created": created,
            })),
            Err(failure) => {
                let identifier = body.get("identifier").and_then(Value::as_str);
                errors.push(failure.entry(index, identifier.unwrap_or("unknown")));
            }
        }
    }
    if how.validation_only {
        work.take_back();
    }
    let status = if errors.is_empty() { 200 } else { 207 };
    let body = json!({"ok": true, "entities": entities, "errors": errors});
    Ok(Answer::new(status, body))
}

/// Writes into an entity that is there.
pub(super) fn patch(
    work: &mut Work<'_>,
    call: &Call,
    blueprint: &str,
    id: &str,
) -> Result<Answer, Failure> {
    change(
        work,
        call,
        &identity(blueprint, id),
        Form::Part,
        Start::Into,
    )
}

/// Writes over an entity that is there.
pub(super) fn put(
    work: &mut Work<'_>,
    call: &Call,
    blueprint: &str,
    id: &str,
) -> Result<Answer, Failure> {
    change(
        work,
        call,
        &identity(blueprint, id),
        Form::Whole,
        Start::Over,
    )
}

fn change(
    work: &mut Work<'_>,
    call: &Call,
    identity: &Identity,
    form: Form,
    start: Start,
) -> Result<Answer, Failure> {
    let how = How::of(call);
    let blueprint = found_blueprint(work.state, &identity.blueprint)?.clone();
    found(work.state, identity)?;
    let wanted = Wanted::read(call.body.as_ref(), form)?;
    let written = plan::write(work, &blueprint, Some(identity), wanted, start, &how)?;
    Ok(answered(work, 200, written, &how))
}

fn answered(work: &mut Work<'_>, status: u16, written: Written, how: &How) -> Answer {
    let entity = work.state.entities.get(&written.identity);
    let entity = entity.map(|it| it.record.to_json());
    if how.validation_only {
        work.take_back();
    }
    Answer::new(status, json!({"ok": true, "entity": entity}))
}

/// The `entities` of a call for many.
fn many<'c>(call: &'c Call, most: usize, unit: &str) -> Result<&'c [Value], Failure> {
    let entities = call.body.as_ref().and_then(|body| body.get("entities"));
    let Some(entities) = entities else {
        return Err(Failure::invalid(
            "body must have required property 'entities'",
        ));
    };
    let entities = entities.as_array();
    let entities = entities.ok_or_else(|| Failure::invalid("body/entities must be array"))?;
    let wrong = |how: String| {
        Err(Failure::invalid(format!(
            "body/entities must NOT have {how}"
        )))
    };
    match entities.len() {
        0 => wrong(format!("fewer than 1 {unit}")),
        count if count > most => wrong(format!("more than {most} {unit}")),
        _ => Ok(entities),
    }
}

fn identity(blueprint: &str, identifier: &str) -> Identity {
    Identity {
        blueprint: blueprint.to_owned(),
        identifier: identifier.to_owned(),
    }
}

fn found<'s>(state: &'s State, identity: &Identity) -> Result<&'s Stored, Failure> {
    found_blueprint(state, &identity.blueprint)?;
    let entity = state.entities.get(identity);
    entity.ok_or_else(|| Failure::not_found("Entity", &identity.identifier))
}

/// The blueprint that a path names.
pub(super) fn found_blueprint<'s>(
    state: &'s State,
    id: &str,
) -> Result<&'s Arc<Blueprint>, Failure> {
    let blueprint = state.blueprint(id);
    blueprint.ok_or_else(|| Failure::not_found("Blueprint", id))
}
