//! The blueprints: created, read, changed, removed.
//!
//! Not for entities held against them. The limits are those of Port's OpenAPI
//! document (2026-01). Invariant: each relation leads to a blueprint that is
//! there.

use serde_json::{Map, Value, json};

use super::call::{Answer, Call};
use super::failure::Failure;
use super::moment;
use super::state::State;
use super::work::Work;
use crate::catalog::{BlueprintId, MemberName};

/// The types of a property.
const TYPES: [&str; 5] = ["string", "number", "boolean", "object", "array"];

/// What has members by name, besides the schema.
const MEMBERS: [&str; 4] = [
    "relations",
    "mirrorProperties",
    "calculationProperties",
    "aggregationProperties",
];

/// What the catalog says of a blueprint, and nobody else.
const OWN: [&str; 4] = ["createdAt", "createdBy", "updatedAt", "updatedBy"];

/// All blueprints.
pub(super) fn all(state: &State) -> Answer {
    let blueprints: Vec<&Value> = state.blueprints.values().collect();
    Answer::new(200, json!({"ok": true, "blueprints": blueprints}))
}

/// One blueprint.
pub(super) fn get(state: &State, id: &str) -> Result<Answer, Failure> {
    Ok(answer(200, found(state, id)?))
}

/// Creates a blueprint.
pub(super) fn create(work: &mut Work<'_>, call: &Call) -> Result<Answer, Failure> {
    let fields = body(call)?;
    let id = identifier(&fields)?;
    if work.state.blueprints.contains_key(&id) {
        return Err(Failure::taken("Blueprint", &id));
    }
    write(work, &id, fields, None, 201)
}

/// Replaces a blueprint.
pub(super) fn put(work: &mut Work<'_>, call: &Call, id: &str) -> Result<Answer, Failure> {
    let before = found(work.state, id)?.clone();
    let fields = body(call)?;
    write(work, id, fields, Some(&before), 200)
}

/// Replaces what is given of a blueprint. believed: a member that holds others,
/// such as `schema`, is replaced whole.
pub(super) fn patch(work: &mut Work<'_>, call: &Call, id: &str) -> Result<Answer, Failure> {
    let before = found(work.state, id)?.clone();
    let mut fields = before.as_object().cloned().unwrap_or_default();
    fields.extend(body(call)?);
    write(work, id, fields, Some(&before), 200)
}

/// Removes a blueprint that has no entities and that no other leads to.
/// believed: the code of the refusal; that there is one is documented.
pub(super) fn delete(work: &mut Work<'_>, id: &str) -> Result<Answer, Failure> {
    found(work.state, id)?;
    let has_entities = work.state.entities_of(id).next().is_some();
    let mut others = work.state.types.iter().filter(|(other, _)| *other != id);
    let is_target = others.any(|(_, other)| other.relations.values().any(|it| it.target == id));
    if has_entities || is_target {
        return Err(Failure::has_dependents("Blueprint", id));
    }
    work.remove_blueprint(id);
    Ok(Answer::new(200, json!({"ok": true})))
}

fn found<'s>(state: &'s State, id: &str) -> Result<&'s Value, Failure> {
    let blueprint = state.blueprints.get(id);
    blueprint.ok_or_else(|| Failure::not_found("Blueprint", id))
}

fn body(call: &Call) -> Result<Map<String, Value>, Failure> {
    let body = call.body.as_ref().and_then(Value::as_object);
    let mut fields = body
        .cloned()
        .ok_or_else(|| Failure::invalid("body must be object"))?;
    fields.retain(|name, _| !OWN.contains(&name.as_str()));
    Ok(fields)
}

fn answer(status: u16, blueprint: &Value) -> Answer {
    Answer::new(status, json!({"ok": true, "blueprint": blueprint}))
}

fn identifier(fields: &Map<String, Value>) -> Result<String, Failure> {
    let identifier = match fields.get("identifier") {
        Some(Value::String(identifier)) => identifier,
        Some(_) => return Err(Failure::invalid("body/identifier must be string")),
        None => return Err(missing("body", "identifier")),
    };
    match BlueprintId::parse(identifier) {
        Ok(id) => Ok(id.to_string()),
        Err(why) => Err(Failure::invalid(format!("body/identifier {why}"))),
    }
}

/// Writes a blueprint as it will be answered, after everything about it is right.
fn write(
    work: &mut Work<'_>,
    id: &str,
    mut fields: Map<String, Value>,
    before: Option<&Value>,
    status: u16,
) -> Result<Answer, Failure> {
    if identifier(&fields)? != id {
        return Err(Failure::invalid(
            "the sandbox gives no blueprint another identifier",
        ));
    }
    check_texts(&fields)?;
    check_schema(fields.get("schema"))?;
    for name in MEMBERS {
        let members = fields.entry(name).or_insert_with(|| json!({}));
        check_names(&format!("body/{name}"), members)?;
    }
    if let Some(Value::Object(relations)) = fields.get_mut("relations") {
        for (name, relation) in relations {
            check_relation(work.state, id, name, relation)?;
        }
    }
    let at = Value::from(moment::written(work.at));
    let by = Value::from(work.client.as_str());
    let created = |name: &str, now: &Value| {
        let value = before.and_then(|before| before.get(name));
        value.unwrap_or(now).clone()
    };
    fields.insert("createdAt".to_owned(), created("createdAt", &at));
    fields.insert("createdBy".to_owned(), created("createdBy", &by));
    fields.insert("updatedAt".to_owned(), at);
    fields.insert("updatedBy".to_owned(), by);
    let value = Value::Object(fields);
    work.put_blueprint(id, value.clone())?;
    Ok(answer(status, &value))
}

fn missing(at: &str, name: &str) -> Failure {
    Failure::invalid(format!("{at} must have required property '{name}'"))
}

fn check_texts(fields: &Map<String, Value>) -> Result<(), Failure> {
    let title = fields
        .get("title")
        .ok_or_else(|| missing("body", "title"))?;
    let length = title.as_str().map(|title| title.chars().count());
    if !length.is_some_and(|length| (1..=100).contains(&length)) {
        let message = "body/title must be string of 1 to 100 characters";
        return Err(Failure::invalid(message));
    }
    let description = fields.get("description");
    let length = description.map(|it| it.as_str().map(|text| text.chars().count()));
    match length {
        Some(None) => Err(Failure::invalid("body/description must be string")),
        Some(Some(length)) if length > 200 => {
            let message = "body/description must NOT have more than 200 characters";
            Err(Failure::invalid(message))
        }
        Some(Some(_)) | None => Ok(()),
    }
}

fn check_schema(schema: Option<&Value>) -> Result<(), Failure> {
    let schema = schema.ok_or_else(|| missing("body", "schema"))?;
    let properties = schema.get("properties");
    let properties = properties.ok_or_else(|| missing("body/schema", "properties"))?;
    check_names("body/schema/properties", properties)?;
    for (name, property) in properties.as_object().into_iter().flatten() {
        let at = format!("body/schema/properties/{name}");
        let kind = property.get("type").ok_or_else(|| missing(&at, "type"))?;
        if !kind.as_str().is_some_and(|kind| TYPES.contains(&kind)) {
            let message = format!("{at}/type must be equal to one of the allowed values");
            return Err(Failure::invalid(message));
        }
    }
    Ok(())
}

fn check_names(at: &str, members: &Value) -> Result<(), Failure> {
    let members = members.as_object();
    let members = members.ok_or_else(|| Failure::invalid(format!("{at} must be object")))?;
    for name in members.keys() {
        MemberName::parse(name)
            .map_err(|why| Failure::invalid(format!("{at} property name {why}")))?;
    }
    Ok(())
}

/// Holds a relation against its schema and gives it the values that it has by
/// default.
fn check_relation(
    state: &State,
    blueprint: &str,
    name: &str,
    relation: &mut Value,
) -> Result<(), Failure> {
    let at = format!("body/relations/{name}");
    let Value::Object(fields) = relation else {
        return Err(Failure::invalid(format!("{at} must be object")));
    };
    let mut flags = [false; 2];
    for (flag, key) in flags.iter_mut().zip(["required", "many"]) {
        match fields.entry(key).or_insert(Value::Bool(false)) {
            Value::Bool(value) => *flag = *value,
            _ => return Err(Failure::invalid(format!("{at}/{key} must be boolean"))),
        }
    }
    if flags == [true, true] {
        let message = format!("{at} must not be required and many");
        return Err(Failure::invalid(message));
    }
    match fields.get("target") {
        None => Err(missing(&at, "target")),
        Some(Value::String(target)) => {
            let is_there = target == blueprint || state.blueprints.contains_key(target);
            let missing = || Failure::not_found("Blueprint", target);
            is_there.then_some(()).ok_or_else(missing)
        }
        Some(_) => Err(Failure::invalid(format!("{at}/target must be string"))),
    }
}
