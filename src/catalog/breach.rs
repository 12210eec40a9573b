//! In what a value breaches a property's schema, told without the value.
//!
//! The one file that names the crate which validates JSON Schema. Invariant: a
//! breach holds what the schema says, and of the value only names and types: what
//! a property holds could be a secret.

use std::sync::Arc;

use jsonschema::error::{TypeKind, ValidationErrorKind as Kind};
use jsonschema::paths::LocationSegment;
use jsonschema::{Draft, ValidationError, Validator};
use serde_json::Value;

use crate::manifest::FieldPath;

/// One thing that is wrong with a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Breach {
    /// The value, or what in it is wrong.
    pub field: FieldPath,
    /// What is wrong.
    pub kind: BreachKind,
}

/// What can be wrong with a value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum BreachKind {
    /// Of another type.
    Type {
        /// Those that are taken, as JSON Schema calls them.
        expected: Vec<&'static str>,
        /// The value's.
        found: &'static str,
    },
    /// None of the values that are taken.
    Enum {
        /// Those.
        options: Vec<Value>,
        /// The one of them that is written nearly so.
        nearest: Option<String>,
    },
    /// A text that is not of this format.
    Format(String),
    /// A text that this regular expression does not match.
    Pattern(String),
    /// Too long or too short.
    Length {
        /// What is counted.
        unit: Unit,
        /// On which side the limit is.
        bound: Bound,
        /// How many are taken.
        limit: u64,
    },
    /// Too large or too small.
    Range {
        /// On which side the limit is.
        bound: Bound,
        /// The number.
        limit: Value,
    },
    /// Everything else: a clause that follows "must".
    Shape(String),
}

/// What the length of a value is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Of a text.
    Characters,
    /// Of a list.
    Items,
    /// Of a mapping.
    Members,
}

/// On which side of a value its limit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bound {
    /// The limit or more.
    Least,
    /// The limit or less.
    Most,
    /// More than the limit.
    Above,
    /// Less than the limit.
    Below,
}

/// A schema that values are held against.
#[derive(Clone, Debug)]
pub(super) struct Check {
    validator: Arc<Validator>,
}

impl Check {
    /// Compiles a schema of draft-07; `None` where it is none.
    pub(super) fn compile(schema: &Value) -> Option<Self> {
        let options = jsonschema::options().with_draft(Draft::Draft7);
        let validator = options.should_validate_formats(true).build(schema).ok()?;
        Some(Self {
            validator: Arc::new(validator),
        })
    }

    /// Whether a value has no breach: much faster than to list them.
    pub(super) fn is_valid(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    /// Every breach of a value that stands `at` a field, in the order of the
    /// fields.
    pub(super) fn breaches(&self, value: &Value, at: &FieldPath) -> Vec<Breach> {
        let errors = self.validator.iter_errors(value);
        let mut breaches: Vec<Breach> = errors.map(|error| breach(&error, at)).collect();
        breaches.sort_by(|left, right| left.field.cmp(&right.field));
        without_consequences(breaches)
    }
}

/// A value of another type is none of those that are taken either; that is said
/// once.
fn without_consequences(breaches: Vec<Breach>) -> Vec<Breach> {
    let is_type = |breach: &&Breach| matches!(breach.kind, BreachKind::Type { .. });
    let mistyped: Vec<FieldPath> = breaches
        .iter()
        .filter(is_type)
        .map(|breach| breach.field.clone())
        .collect();
    let mut breaches = breaches;
    breaches.retain(|breach| is_type(&breach) || !mistyped.contains(&breach.field));
    breaches
}

fn breach(error: &ValidationError<'_>, at: &FieldPath) -> Breach {
    let mut field = at.clone();
    for segment in error.instance_path() {
        match segment {
            LocationSegment::Property(name) => field.enter_key(&name),
            LocationSegment::Index(index) => field.enter_index(index),
        }
    }
    let kind = kind(error.kind(), error.instance());
    Breach { field, kind }
}

fn kind(kind: &Kind, value: &Value) -> BreachKind {
    match kind {
        Kind::Type { kind } => BreachKind::Type {
            expected: match kind {
                TypeKind::Single(one) => vec![one.as_str()],
                TypeKind::Multiple(several) => several.iter().map(|one| one.as_str()).collect(),
            },
            found: type_of(value),
        },
        Kind::Enum { options } => one_of(options.as_array().cloned().unwrap_or_default(), value),
        Kind::Constant { expected_value } => one_of(vec![expected_value.as_ref().clone()], value),
        Kind::Format { format } => BreachKind::Format(format.clone()),
        Kind::Pattern { pattern } => BreachKind::Pattern(pattern.clone()),
        Kind::MinLength { limit } => length(Unit::Characters, Bound::Least, *limit),
        Kind::MaxLength { limit } => length(Unit::Characters, Bound::Most, *limit),
        Kind::MinItems { limit } => length(Unit::Items, Bound::Least, *limit),
        Kind::MaxItems { limit } => length(Unit::Items, Bound::Most, *limit),
        Kind::MinProperties { limit } => length(Unit::Members, Bound::Least, *limit),
        Kind::MaxProperties { limit } => length(Unit::Members, Bound::Most, *limit),
        Kind::Minimum { limit } => range(Bound::Least, limit),
        Kind::Maximum { limit } => range(Bound::Most, limit),
        Kind::ExclusiveMinimum { limit } => range(Bound::Above, limit),
        Kind::ExclusiveMaximum { limit } => range(Bound::Below, limit),
        other => BreachKind::Shape(shape(other)),
    }
}

fn length(unit: Unit, bound: Bound, limit: u64) -> BreachKind {
    BreachKind::Length { unit, bound, limit }
}

fn range(bound: Bound, limit: &Value) -> BreachKind {
    let limit = limit.clone();
    BreachKind::Range { bound, limit }
}

fn one_of(options: Vec<Value>, value: &Value) -> BreachKind {
    let names = options.iter().filter_map(Value::as_str);
    let nearest = value.as_str().and_then(|text| super::nearest(text, names));
    BreachKind::Enum {
        nearest: nearest.map(str::to_owned),
        options,
    }
}

fn shape(kind: &Kind) -> String {
    match kind {
        Kind::UniqueItems => "hold no item twice".to_owned(),
        Kind::MultipleOf { multiple_of } => format!("be a multiple of {multiple_of}"),
        Kind::Required { property } => match property.as_str() {
            Some(name) => format!("have `{name}`"),
            None => "have all that is required".to_owned(),
        },
        Kind::AdditionalProperties { unexpected } => {
            let names: Vec<String> = unexpected.iter().map(|name| format!("`{name}`")).collect();
            format!("not have {}", names.join(" or "))
        }
        other => format!("fit `{}` of its schema", other.keyword()),
    }
}

/// The type of a value, as JSON Schema calls it.
fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Bound, Breach, BreachKind, Check, Unit};
    use crate::manifest::FieldPath;

    #[track_caller]
    fn check(schema: Value, value: Value, expected: &[(&str, BreachKind)]) {
        let check = Check::compile(&schema).expect("a schema");
        let breaches = check.breaches(&value, &FieldPath::root());
        let found: Vec<(String, BreachKind)> = breaches
            .into_iter()
            .map(|Breach { field, kind }| (field.to_string(), kind))
            .collect();
        let expected = expected.iter().cloned();
        let expected: Vec<_> = expected
            .map(|(field, kind)| (field.to_owned(), kind))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn a_breach_names_what_is_taken() {
        let text = json!({"type": "string", "enum": ["Go", "Rust"]});
        check(text.clone(), json!("Rust"), &[]);
        let expected = BreachKind::Type {
            expected: vec!["string"],
            found: "number",
        };
        check(text.clone(), json!(1), &[(".", expected)]);
        let options = vec![json!("Go"), json!("Rust")];
        let nearest = Some("Rust".to_owned());
        check(
            text,
            json!("rust"),
            &[(".", BreachKind::Enum { options, nearest })],
        );
        check(
            json!({"pattern": "^#"}),
            json!("a"),
            &[(".", BreachKind::Pattern("^#".to_owned()))],
        );
        check(
            json!({"exclusiveMaximum": 3}),
            json!(3),
            &[(
                ".",
                BreachKind::Range {
                    bound: Bound::Below,
                    limit: json!(3),
                },
            )],
        );
    }

    #[test]
    fn a_breach_has_the_place_of_what_is_wrong() {
        let list = json!({"items": {"maxLength": 1}, "uniqueItems": true, "maxItems": 2});
        let length = |unit, limit| BreachKind::Length {
            unit,
            bound: Bound::Most,
            limit,
        };
        check(
            list,
            json!(["a", "a", "bc"]),
            &[
                (".", length(Unit::Items, 2)),
                (".", BreachKind::Shape("hold no item twice".to_owned())),
                ("[2]", length(Unit::Characters, 1)),
            ],
        );
    }

    #[test]
    fn formats_that_are_not_certain_are_annotations() {
        for format in [
            "url",
            "markdown",
            "yaml",
            "user",
            "blueprints",
            "team",
            "timer",
            "proto",
            "labeled-url",
            "idn-email",
        ] {
            check(json!({"format": format}), json!("-"), &[]);
        }
        for format in ["date-time", "email", "ipv4", "ipv6"] {
            let breach = BreachKind::Format(format.to_owned());
            check(json!({"format": format}), json!("-"), &[(".", breach)]);
        }
    }

    #[test]
    fn a_schema_that_is_none_checks_nothing() {
        assert!(Check::compile(&json!({"pattern": "("})).is_none());
    }
}
