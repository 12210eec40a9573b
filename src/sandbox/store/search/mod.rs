//! Searching entities: the calls, and their pages.
//!
//! Not for what a rule means (`judge`) or how it is written (`query`).

mod judge;
mod query;
mod related;
mod sought;

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

pub(super) use self::query::Query;
use super::call::{Answer, Call};
use super::entities::{Shape, found_blueprint, shown};
use super::failure::Failure;
use super::state::{State, Stored};
use crate::catalog::Identity;

/// How many entities a page of a blueprint's search holds, unless asked for
/// another number, and at most.
const PAGE: usize = 200;
const PAGE_MOST: usize = 1000;

/// The same for the entities of a data source. believed: nobody documents this
/// call; Ocean asks for pages of 5000.
const DATASOURCE_PAGE: usize = 5000;

/// All entities that fit a query.
pub(super) fn everywhere(state: &State, call: &Call, now: SystemTime) -> Result<Answer, Failure> {
    let body = call.body.as_ref().unwrap_or(&Value::Null);
    let query = Query::wide(body, "body")?;
    let query = related::resolved(state, &query);
    let shape = Shape::of_query(call);
    let found = sought::candidates(state, None, &query);
    let found = found.filter(|(_, stored)| judge::fits(state, stored, &query, now));
    let found: Vec<(&Identity, &Stored)> = found.collect();
    let mut blueprints: Vec<&str> = found.iter().map(|(it, _)| it.blueprint.as_str()).collect();
    blueprints.dedup();
    let entities = found
        .iter()
        .map(|(_, stored)| shown(&stored.record, &shape));
    let entities: Vec<Value> = entities.collect();
    let body = json!({"ok": true, "matchingBlueprints": blueprints, "entities": entities});
    Ok(Answer::new(200, body))
}

/// A page of the entities of one blueprint that fit a query.
pub(super) fn in_blueprint(
    state: &State,
    call: &Call,
    blueprint: &str,
    now: SystemTime,
) -> Result<Answer, Failure> {
    found_blueprint(state, blueprint)?;
    let body = call.body.as_ref().unwrap_or(&Value::Null);
    let query = match body.get("query") {
        None => Query::All(Vec::new()),
        Some(query) => Query::wide(query, "body/query")?,
    };
    let query = related::resolved(state, &query);
    let shape = Shape::of_body(body);
    let fitting = sought::candidates(state, Some(blueprint), &query);
    let fitting = fitting.filter(|(_, stored)| judge::fits(state, stored, &query, now));
    let (page, next) = page(fitting, body, PAGE, PAGE_MOST)?;
    let entities = page.iter().map(|(_, stored)| shown(&stored.record, &shape));
    Ok(paged(entities.collect(), next))
}

/// A page of the entities whose `$datasource` begins and ends so.
pub(super) fn of_datasource(state: &State, call: &Call) -> Result<Answer, Failure> {
    let body = call.body.as_ref().unwrap_or(&Value::Null);
    let text = |name: &str| {
        let text = body.get(name).and_then(Value::as_str);
        text.ok_or_else(|| Failure::invalid(format!("body/{name} must be string")))
    };
    let (prefix, suffix) = (text("datasource_prefix")?, text("datasource_suffix")?);
    let owned = state.entities.iter().filter(|(_, stored)| {
        let datasource = &stored.datasource;
        datasource.starts_with(prefix) && datasource.ends_with(suffix)
    });
    let (page, next) = page(owned, body, DATASOURCE_PAGE, DATASOURCE_PAGE)?;
    let entities = page.iter().map(|(identity, _)| {
        let Identity {
            blueprint,
            identifier,
        } = identity;
        json!({"identifier": identifier, "blueprint": blueprint})
    });
    Ok(paged(entities.collect(), next))
}

/// The entities of a blueprint that fit a narrow query, which knows no time, in
/// their order.
pub(super) fn matches(state: &State, blueprint: &str, query: &Query) -> Vec<Identity> {
    let entities = state.entities_of(blueprint);
    let found = entities.filter(|(_, stored)| judge::fits(state, stored, query, UNIX_EPOCH));
    found.map(|(identity, _)| identity.clone()).collect()
}

/// The entities of a page and, where there are more, by what the next one is
/// asked for.
type Page<'s> = (Vec<(&'s Identity, &'s Stored)>, Option<String>);

fn page<'s>(
    entities: impl Iterator<Item = (&'s Identity, &'s Stored)>,
    body: &Value,
    default: usize,
    most: usize,
) -> Result<Page<'s>, Failure> {
    let limit = match body.get("limit") {
        None => default,
        Some(limit) => {
            let limit = limit.as_u64().and_then(|limit| usize::try_from(limit).ok());
            let limit = limit.filter(|limit| (1..=most).contains(limit));
            let message = || Failure::invalid(format!("body/limit must be >= 1 and <= {most}"));
            limit.ok_or_else(message)?
        }
    };
    let from = match body.get("from") {
        None => None,
        Some(from) => Some(read_mark(from).ok_or_else(|| Failure::invalid("body/from is none"))?),
    };
    let mut after = entities.filter(|(identity, _)| from.as_ref().is_none_or(|it| *identity > it));
    let page: Vec<_> = after.by_ref().take(limit).collect();
    let is_last = after.next().is_none();
    let next = page
        .last()
        .filter(|_| !is_last)
        .map(|(identity, _)| mark(identity));
    Ok((page, next))
}

fn paged(entities: Vec<Value>, next: Option<String>) -> Answer {
    let mut body = json!({"ok": true, "entities": entities});
    if let Some(next) = next {
        body["next"] = Value::from(next);
    }
    Answer::new(200, body)
}

/// What names the last entity of a page.
fn mark(identity: &Identity) -> String {
    let Identity {
        blueprint,
        identifier,
    } = identity;
    URL_SAFE_NO_PAD.encode(json!([blueprint, identifier]).to_string())
}

fn read_mark(mark: &Value) -> Option<Identity> {
    let text = URL_SAFE_NO_PAD.decode(mark.as_str()?).ok()?;
    let (blueprint, identifier) = serde_json::from_slice(&text).ok()?;
    Some(Identity {
        blueprint,
        identifier,
    })
}
