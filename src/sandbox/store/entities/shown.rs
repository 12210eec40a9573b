//! Which fields of an entity an answer holds.

use serde_json::{Map, Value};

use super::super::call::Call;
use crate::catalog::Record;

/// What of an entity is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Shape {
    include: Vec<String>,
    exclude: Vec<String>,
}

impl Shape {
    /// As a query says: `include=identifier&include=properties.tier`.
    pub(in super::super) fn of_query(call: &Call) -> Self {
        let names = |key| {
            let once = call.parameters(key);
            once.chain(call.parameters(&format!("{key}[]"))).collect()
        };
        Self {
            include: names("include"),
            exclude: names("exclude"),
        }
    }

    /// As lists of a body say: `$identifier`, and bare names of properties and
    /// relations.
    pub(in super::super) fn of_body(body: &Value) -> Self {
        let names = |key| {
            let names = body
                .get(key)
                .and_then(Value::as_array)
                .into_iter()
                .flatten();
            names.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self {
            include: names("include"),
            exclude: names("exclude"),
        }
    }

    fn holds(&self, field: &str, member: Option<&str>) -> bool {
        let matches = |name: &String| {
            let name = name.strip_prefix('$').unwrap_or(name);
            let path = member.map(|member| format!("{field}.{member}"));
            name == field || path.is_some_and(|path| path == name) || member == Some(name)
        };
        let included = self.include.is_empty() || self.include.iter().any(matches);
        included && !self.exclude.iter().any(matches)
    }
}

/// An entity with the fields that are asked for.
pub(in super::super) fn shown(record: &Record, shape: &Shape) -> Value {
    let Value::Object(fields) = record.to_json() else {
        return Value::Null;
    };
    if *shape == Shape::default() {
        return Value::Object(fields);
    }
    let mut kept = Map::new();
    for (field, value) in fields {
        match (field.as_str(), value) {
            ("properties" | "relations", Value::Object(members)) => {
                let is_asked = shape.holds(&field, None);
                let members: Map<String, Value> = members
                    .into_iter()
                    .filter(|(name, _)| shape.holds(&field, Some(name)))
                    .collect();
                if is_asked || !members.is_empty() {
                    kept.insert(field, Value::Object(members));
                }
            }
            (_, value) => {
                let name = field.strip_prefix('$').unwrap_or(&field);
                if shape.holds(name, None) {
                    kept.insert(field, value);
                }
            }
        }
    }
    Value::Object(kept)
}
