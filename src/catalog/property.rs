//! What a property takes: the API's JSON Schema, and the same as every validator
//! reads it.
//!
//! The API's schemas hold words of its own (`icon`, `spec`, `enumColors`), which
//! say nothing about a value, and formats that only it knows (`url`, `team`): a
//! validator takes those for annotations, `idn-email` too, as it is not known that
//! the API checks them. Invariant: nothing is left of a schema but keywords of draft-07 whose
//! values have the type that the draft asks for, so that one strange property
//! costs nobody the others.

use std::sync::OnceLock;

use serde_json::{Map, Value};

use super::breach::{Breach, Check};
use crate::manifest::FieldPath;

/// What a property takes.
#[derive(Clone, Debug)]
pub(crate) struct PropertySchema {
    /// As the API gives it.
    api: Value,
    /// Compiled when the first value is held against it; `None` where that fails.
    check: OnceLock<Option<Check>>,
}

impl PartialEq for PropertySchema {
    fn eq(&self, other: &Self) -> bool {
        self.api == other.api
    }
}

impl PropertySchema {
    /// The schema that a blueprint of the API's gives.
    pub(super) fn new(api: Value) -> Self {
        Self {
            api,
            check: OnceLock::new(),
        }
    }

    /// `string`, `number`, `boolean`, `object` or `array`; the API has no other.
    pub(crate) fn type_name(&self) -> Option<&str> {
        self.api.get("type").and_then(Value::as_str)
    }

    /// The schema without the API's own words: JSON Schema, draft-07.
    pub(crate) fn to_draft_07(&self) -> Value {
        of(&self.api)
    }

    /// In what a value breaches the schema, `at` being where it stands. `None`
    /// where the schema itself can't be used, such as for a `pattern` that is no
    /// regular expression.
    pub(crate) fn breaches(
        &self,
        value: &Value,
        at: impl FnOnce() -> FieldPath,
    ) -> Option<Vec<Breach>> {
        let check = self
            .check
            .get_or_init(|| Check::compile(&self.to_draft_07()));
        let check = check.as_ref()?;
        Some(match check.is_valid(value) {
            true => Vec::new(),
            false => check.breaches(value, &at()),
        })
    }
}

fn of(schema: &Value) -> Value {
    let fields = schema.as_object().into_iter().flatten();
    let kept = fields.filter_map(|(keyword, value)| {
        let value = kept(keyword, value)?;
        Some((keyword.clone(), value))
    });
    Value::Object(kept.collect())
}

/// A keyword's value, where it is one of the draft's.
fn kept(keyword: &str, value: &Value) -> Option<Value> {
    match keyword {
        "default" | "const" => Some(value.clone()),
        "title" | "description" | "format" | "pattern" | "$comment" => {
            same(value.is_string(), value)
        }
        "type" => same(value.is_string() || is_strings(value), value),
        "enum" | "examples" => same(value.is_array(), value),
        "required" => same(is_strings(value), value),
        "uniqueItems" => same(value.is_boolean(), value),
        "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
            same(value.is_u64(), value)
        }
        "minimum" | "maximum" | "exclusiveMinimum" | "exclusiveMaximum" | "multipleOf" => {
            same(value.is_number(), value)
        }
        "items" | "additionalProperties" | "not" | "propertyNames" | "contains" => below(value),
        "properties" | "patternProperties" => value.as_object().map(members),
        "anyOf" | "oneOf" | "allOf" => {
            let schemas = value.as_array().filter(|schemas| !schemas.is_empty())?;
            Some(schemas.iter().map(of).collect())
        }
        _ => None,
    }
}

fn same(is_right: bool, value: &Value) -> Option<Value> {
    is_right.then(|| value.clone())
}

fn below(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(_) => Some(value.clone()),
        Value::Object(_) => Some(of(value)),
        Value::Null | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
    }
}

fn members(members: &Map<String, Value>) -> Value {
    let schemas = members.iter();
    let schemas = schemas.filter_map(|(name, schema)| Some((name.clone(), below(schema)?)));
    Value::Object(schemas.collect())
}

fn is_strings(value: &Value) -> bool {
    let items = value.as_array();
    items.is_some_and(|items| items.iter().all(Value::is_string))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::of;

    #[track_caller]
    fn check(schema: Value, expected: Value) {
        assert_eq!(of(&schema), expected);
    }

    #[test]
    fn what_limits_a_value_stays() {
        let limits = json!({
            "type": "array",
            "items": {"type": "string", "format": "url", "pattern": "^https:", "maxLength": 9},
            "minItems": 1,
            "uniqueItems": true,
            "default": [],
        });
        check(limits.clone(), limits);
    }

    #[test]
    fn the_apis_own_words_and_broken_ones_go() {
        check(
            json!({
                "type": "string",
                "icon": "Git",
                "spec": "open-api",
                "enum": ["a"],
                "enumColors": {"a": "red"},
                "minLength": "3",
                "exclusiveMinimum": true,
                "items": {"enumColors": {}},
            }),
            json!({"type": "string", "enum": ["a"], "items": {}}),
        );
        check(json!("string"), json!({}));
    }
}
