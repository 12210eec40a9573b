//! What a blueprint takes of an entity.
//!
//! Not for a body's shape (`body`). Invariant: no message holds a value.

use serde_json::{Map, Value};

use super::super::failure::Failure;
use super::breach::must;
use crate::catalog::{Blueprint, Record};
use crate::manifest::FieldPath;

/// Holds the properties that a call gives against the blueprint's.
///
/// # Errors
/// The first that it does not take: `blueprint_schema_mismatch`. That a property
/// nobody declared is refused with this code is believed, not documented.
pub(super) fn properties(blueprint: &Blueprint, given: &Map<String, Value>) -> Result<(), Failure> {
    for (name, value) in given {
        let at = format!("properties/{name}");
        if blueprint.computed.contains_key(name) {
            let message = format!("{at} is computed by blueprint \"{}\"", blueprint.identifier);
            return Err(Failure::mismatch(message));
        }
        let Some(schema) = blueprint.properties.get(name) else {
            let message = format!("{at} is not in the schema of \"{}\"", blueprint.identifier);
            return Err(Failure::mismatch(message));
        };
        if value.is_null() {
            continue;
        }
        let breaches = schema.breaches(value, || FieldPath::of(&["properties", name]));
        if let Some(breach) = breaches.unwrap_or_default().first() {
            let place = breach
                .field
                .to_string()
                .replace(['.', '['], "/")
                .replace(']', "");
            let place = place.trim_start_matches('/');
            return Err(Failure::mismatch(format!("{place} {}", must(&breach.kind))));
        }
    }
    Ok(())
}

/// Holds a whole entity against what its blueprint asks for.
///
/// # Errors
/// The first required property or relation that it is without.
pub(super) fn required(blueprint: &Blueprint, record: &Record) -> Result<(), Failure> {
    let is_missing = |value: Option<&Value>| value.is_none_or(Value::is_null);
    let mut properties = blueprint.required.iter();
    if let Some(name) = properties.find(|name| is_missing(record.properties.get(*name))) {
        let message = format!("properties must have required property '{name}'");
        return Err(Failure::mismatch(message));
    }
    let mut relations = blueprint.relations.iter();
    let missing = relations
        .find(|(name, relation)| relation.required && is_missing(record.relations.get(*name)));
    match missing {
        Some((name, _)) => Err(Failure::required_relation(name)),
        None => Ok(()),
    }
}
