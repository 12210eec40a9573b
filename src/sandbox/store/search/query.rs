//! Search queries, read from JSON.
//!
//! Two dialects: the *wide* one of the search calls, and the *narrow* one that
//! stands in an entity for its identifier, a relation or its teams. Not for what a
//! rule means (`judge`).

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::failure::Failure;
use crate::catalog::Identity;

/// A query.
#[derive(Clone, Debug, PartialEq)]
pub(in super::super) enum Query {
    /// All of these hold.
    All(Vec<Self>),
    /// One of these holds.
    Any(Vec<Self>),
    /// A value is so.
    Compare {
        /// Whose value.
        subject: Subject,
        /// How it is held against `value`.
        operator: Operator,
        /// Null where the operator takes none.
        value: Value,
    },
    /// The entity is related to another.
    Related {
        /// The blueprint of the others.
        blueprint: String,
        /// Their identifiers.
        identifiers: Vec<String>,
        /// Which way; both with `None`.
        direction: Option<Direction>,
        /// By relations that are required, or by those that are not; by all with
        /// `None`.
        required: Option<bool>,
    },
    /// The entity is one of these.
    Among(BTreeSet<Identity>),
}

/// Whose value is looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Subject {
    /// A property, a relation, or with `$` what every entity has.
    Property(String),
    /// Each property of this type and format.
    Typed {
        /// `string`, …
        kind: String,
        /// `url`, …
        format: Option<String>,
    },
}

/// Along the relations, or against them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Direction {
    /// What the other depends on.
    Upstream,
    /// What depends on the other.
    Downstream,
}

/// How two values are held against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Operator {
    Equal,
    NotEqual,
    More,
    MoreOrEqual,
    Less,
    LessOrEqual,
    Contains,
    ContainsAny,
    DoesNotContain,
    BeginsWith,
    DoesNotBeginWith,
    EndsWith,
    DoesNotEndWith,
    In,
    NotIn,
    Between,
    NotBetween,
    IsEmpty,
    IsNotEmpty,
    IsExpired,
    IsNotExpired,
}

/// Each operator as the API spells it.
const OPERATORS: [(&str, Operator); 21] = [
    ("=", Operator::Equal),
    ("!=", Operator::NotEqual),
    (">", Operator::More),
    (">=", Operator::MoreOrEqual),
    ("<", Operator::Less),
    ("<=", Operator::LessOrEqual),
    ("contains", Operator::Contains),
    ("containsAny", Operator::ContainsAny),
    ("doesNotContains", Operator::DoesNotContain),
    ("beginsWith", Operator::BeginsWith),
    ("doesNotBeginsWith", Operator::DoesNotBeginWith),
    ("endsWith", Operator::EndsWith),
    ("doesNotEndsWith", Operator::DoesNotEndWith),
    ("in", Operator::In),
    ("notIn", Operator::NotIn),
    ("between", Operator::Between),
    ("notBetween", Operator::NotBetween),
    ("isEmpty", Operator::IsEmpty),
    ("isNotEmpty", Operator::IsNotEmpty),
    ("isExpired", Operator::IsExpired),
    ("isNotExpired", Operator::IsNotExpired),
];

/// Those of the narrow dialect.
const NARROW: [Operator; 4] = [
    Operator::Equal,
    Operator::In,
    Operator::ContainsAny,
    Operator::Contains,
];

/// How deep groups may stand in each other.
const DEPTH: usize = 20;

impl Query {
    /// Reads the query of a search call that stands `at` a place of the body.
    pub(in super::super) fn wide(value: &Value, at: &str) -> Result<Self, Failure> {
        group(value, at, true, DEPTH)
    }

    /// Reads a query that stands in an entity.
    pub(in super::super) fn narrow(value: &Value, at: &str) -> Result<Self, Failure> {
        group(value, at, false, DEPTH)
    }
}

fn group(value: &Value, at: &str, is_wide: bool, depth: usize) -> Result<Query, Failure> {
    let rules = value.get("rules").and_then(Value::as_array);
    let rules = rules.ok_or_else(|| wrong(at, "must have an array 'rules'"))?;
    let Some(depth) = depth.checked_sub(1) else {
        return Err(wrong(at, "is too deep"));
    };
    let rules = rules.iter().enumerate().map(|(index, one)| {
        let at = format!("{at}/rules/{index}");
        match one.get("combinator") {
            Some(_) => group(one, &at, is_wide, depth),
            None => rule(one, &at, is_wide),
        }
    });
    let rules: Vec<Query> = rules.collect::<Result<_, _>>()?;
    match value.get("combinator").and_then(Value::as_str) {
        Some("and") => Ok(Query::All(rules)),
        Some("or") => Ok(Query::Any(rules)),
        Some(_) | None => Err(wrong(at, "must have a 'combinator': and, or")),
    }
}

fn rule(value: &Value, at: &str, is_wide: bool) -> Result<Query, Failure> {
    let name = text(value, "operator").ok_or_else(|| wrong(at, "must have an 'operator'"))?;
    if name == "relatedTo" && is_wide {
        return related(value, at);
    }
    let known = OPERATORS.iter().find(|(known, _)| *known == name);
    let operator = known.map(|(_, operator)| *operator);
    let operator = operator.filter(|operator| is_wide || NARROW.contains(operator));
    let operator = operator.ok_or_else(|| wrong(at, "has an unknown operator"))?;
    let subject = match (text(value, "property"), value.get("propertySchema")) {
        (Some(property), _) => Subject::Property(property),
        (None, Some(schema)) if is_wide => Subject::Typed {
            kind: text(schema, "type")
                .ok_or_else(|| wrong(at, "must have 'propertySchema/type'"))?,
            format: text(schema, "format"),
        },
        (None, _) => return Err(wrong(at, "must have a string 'property'")),
    };
    let value = match value.get("value") {
        Some(value) => value.clone(),
        None if operator.takes_none() => Value::Null,
        None => return Err(wrong(at, "must have a 'value'")),
    };
    Ok(Query::Compare {
        subject,
        operator,
        value,
    })
}

impl Operator {
    fn takes_none(self) -> bool {
        matches!(
            self,
            Self::IsEmpty | Self::IsNotEmpty | Self::IsExpired | Self::IsNotExpired
        )
    }
}

fn related(value: &Value, at: &str) -> Result<Query, Failure> {
    let blueprint = text(value, "blueprint");
    let blueprint = blueprint.ok_or_else(|| wrong(at, "must have a string 'blueprint'"))?;
    let strings = |values: &[Value]| {
        let texts = values.iter().map(|it| it.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<String>>>()
    };
    let identifiers = match value.get("value") {
        Some(Value::String(one)) => Some(vec![one.clone()]),
        Some(Value::Array(many)) => strings(many),
        Some(_) | None => None,
    };
    let direction = match text(value, "direction").as_deref() {
        None => None,
        Some("upstream") => Some(Direction::Upstream),
        Some("downstream") => Some(Direction::Downstream),
        Some(_) => return Err(wrong(at, "must have a 'direction': upstream, downstream")),
    };
    Ok(Query::Related {
        blueprint,
        identifiers: identifiers.ok_or_else(|| wrong(at, "must have a 'value' of strings"))?,
        direction,
        required: value.get("required").and_then(Value::as_bool),
    })
}

fn text(value: &Value, key: &str) -> Option<String> {
    value.get(key).and_then(Value::as_str).map(str::to_owned)
}

fn wrong(at: &str, what: &str) -> Failure {
    Failure::invalid(format!("{at} {what}"))
}
