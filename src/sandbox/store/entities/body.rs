//! What a call wants an entity to be, read from its body.
//!
//! Not for whether its blueprint takes that (`check`). Invariant: what is read has
//! the shape that Port's OpenAPI document (2026-01) gives.

use serde_json::{Map, Value};

use super::super::failure::Failure;
use super::super::search::Query;
use crate::catalog::{EntityId, MemberName};

/// Which calls' body it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// That of `POST` and `PUT`, which may hold more than is known.
    Whole,
    /// That of `PATCH`, in which null clears a title, an icon and the teams.
    Part,
}

/// A field of a body.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Field<T> {
    /// Not there.
    Absent,
    /// Null.
    Null,
    /// A value.
    Given(T),
}

/// What a call wants an entity to be.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) identifier: Option<Named>,
    pub(super) title: Field<String>,
    pub(super) icon: Field<String>,
    pub(super) team: Field<Team>,
    pub(super) properties: Map<String, Value>,
    pub(super) relations: Vec<(String, Link)>,
}

/// How an entity is named.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Named {
    /// By its identifier.
    Plain(String),
    /// By what it is like.
    Query(Query),
}

/// The teams of an entity.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Team {
    /// Their names.
    Names(Vec<String>),
    /// What they are like.
    Query(Query),
}

/// Where a relation leads.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Link {
    /// Nowhere.
    Nothing,
    /// To one entity.
    One(String),
    /// To many.
    Many(Vec<String>),
    /// To those that are so.
    Query(Query),
}

impl Wanted {
    /// Reads a body.
    ///
    /// # Errors
    /// One of another shape: `invalid_request`.
    pub(super) fn read(body: Option<&Value>, form: Form) -> Result<Self, Failure> {
        let fields = body.and_then(Value::as_object);
        let fields = fields.ok_or_else(|| Failure::invalid("body must be object"))?;
        if form == Form::Part {
            only_known(fields)?;
        }
        Ok(Self {
            identifier: fields.get("identifier").map(named).transpose()?,
            title: text(fields, "title", form)?,
            icon: text(fields, "icon", form)?,
            team: team(fields, form)?,
            properties: properties(fields, form)?,
            relations: relations(fields)?,
        })
    }
}

fn only_known(fields: &Map<String, Value>) -> Result<(), Failure> {
    let known = [
        "identifier",
        "title",
        "icon",
        "team",
        "properties",
        "relations",
    ];
    match fields.keys().all(|key| known.contains(&key.as_str())) {
        true => Ok(()),
        false => Err(Failure::invalid("body must NOT have additional properties")),
    }
}

fn named(value: &Value) -> Result<Named, Failure> {
    match value {
        Value::String(text) => Ok(Named::Plain(entity_id("body/identifier", text)?)),
        Value::Object(_) => Query::narrow(value, "body/identifier").map(Named::Query),
        _ => Err(Failure::invalid("body/identifier must be string")),
    }
}

fn entity_id(at: &str, text: &str) -> Result<String, Failure> {
    match EntityId::parse(text) {
        Ok(id) => Ok(id.to_string()),
        Err(why) => Err(Failure::invalid(format!("{at} {why}"))),
    }
}

fn text(fields: &Map<String, Value>, key: &str, form: Form) -> Result<Field<String>, Failure> {
    match fields.get(key) {
        None => Ok(Field::Absent),
        Some(Value::Null) if form == Form::Part => Ok(Field::Null),
        Some(Value::String(text)) => Ok(Field::Given(text.clone())),
        Some(_) => Err(Failure::invalid(format!("body/{key} must be string"))),
    }
}

fn team(fields: &Map<String, Value>, form: Form) -> Result<Field<Team>, Failure> {
    let wrong = || Failure::invalid("body/team must be string, array of strings or query");
    match fields.get("team") {
        None => Ok(Field::Absent),
        Some(Value::Null) if form == Form::Part => Ok(Field::Null),
        Some(Value::String(team)) if team.is_empty() => Ok(Field::Null),
        Some(Value::String(team)) => Ok(Field::Given(Team::Names(vec![team.clone()]))),
        Some(Value::Array(teams)) => {
            let names = teams.iter().map(|team| team.as_str().map(str::to_owned));
            let names: Option<Vec<String>> = names.collect();
            Ok(Field::Given(Team::Names(names.ok_or_else(wrong)?)))
        }
        Some(query @ Value::Object(_)) => Ok(Field::Given(Team::Query(Query::narrow(
            query,
            "body/team",
        )?))),
        Some(_) => Err(wrong()),
    }
}

fn properties(fields: &Map<String, Value>, form: Form) -> Result<Map<String, Value>, Failure> {
    let properties = match fields.get("properties") {
        None => return Ok(Map::new()),
        Some(Value::Object(properties)) => properties,
        Some(_) => return Err(Failure::invalid("body/properties must be object")),
    };
    if form == Form::Part {
        for name in properties.keys() {
            MemberName::parse(name)
                .map_err(|why| Failure::invalid(format!("body/properties property name {why}")))?;
        }
    }
    Ok(properties.clone())
}

fn relations(fields: &Map<String, Value>) -> Result<Vec<(String, Link)>, Failure> {
    match fields.get("relations") {
        None => Ok(Vec::new()),
        Some(Value::Object(relations)) => {
            let links = relations.iter();
            let links = links.map(|(name, value)| Ok((name.clone(), link(name, value)?)));
            links.collect()
        }
        Some(_) => Err(Failure::invalid("body/relations must be object")),
    }
}

fn link(name: &str, value: &Value) -> Result<Link, Failure> {
    let at = format!("body/relations/{name}");
    match value {
        Value::Null => Ok(Link::Nothing),
        Value::String(target) => Ok(Link::One(entity_id(&at, target)?)),
        Value::Array(targets) => {
            let targets = targets.iter().map(|target| match target {
                Value::String(target) => entity_id(&at, target),
                _ => Err(Failure::invalid(format!("{at} must hold strings"))),
            });
            Ok(Link::Many(targets.collect::<Result<_, _>>()?))
        }
        Value::Object(_) => Query::narrow(value, &at).map(Link::Query),
        Value::Bool(_) | Value::Number(_) => {
            let message = format!("{at} must be string, array, null or query");
            Err(Failure::invalid(message))
        }
    }
}
