//! The values of an entity's properties against the schemas of its blueprint.
//!
//! Each value is held against its schema once, and each kind of breach is a rule
//! of its own below `rules`. Invariant: no message holds a value.

use super::typed::Typed;
use super::{Context, rules};
use crate::catalog::{Breach, BreachKind, EntityKind};
use crate::finding::{Finding, Severity};
use crate::manifest::{FieldPath, Object};

/// What a rule says of a breach.
pub(super) struct Said {
    pub(super) rule: &'static str,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// Every breach of every property.
pub(super) fn check(_: EntityKind, object: &Object<'_>, context: &Context<'_>) -> Vec<Finding> {
    let Some(typed) = Typed::of(object, context) else {
        return Vec::new();
    };
    let mut findings = Vec::new();
    for (name, schema, value) in typed.values() {
        let field = || FieldPath::of(&["spec", "properties", name]);
        match schema.breaches(value, field) {
            None => findings.push(rules::unchecked_property::finding(&typed, name)),
            Some(breaches) => findings.extend(breaches.iter().map(|breach| {
                let said = said(breach);
                let finding = typed
                    .finding(said.rule, Severity::Error, &[], said.message)
                    .in_field(breach.field.clone());
                match said.help {
                    Some(help) => finding.with_help(help),
                    None => finding,
                }
            })),
        }
    }
    findings
}

fn said(breach: &Breach) -> Said {
    let Breach { field, kind } = breach;
    let property = named(field);
    match kind {
        BreachKind::Type { expected, found } => {
            rules::property_type::said(&property, expected, found)
        }
        BreachKind::Enum { options, nearest } => {
            rules::property_enum::said(&property, options, nearest.as_deref())
        }
        BreachKind::Format(format) => rules::property_format::said(&property, format),
        BreachKind::Pattern(pattern) => rules::property_pattern::said(&property, pattern),
        BreachKind::Length { unit, bound, limit } => {
            rules::property_length::said(&property, *unit, *bound, *limit)
        }
        BreachKind::Range { bound, limit } => rules::property_range::said(&property, *bound, limit),
        BreachKind::Shape(must) => rules::property_shape::said(&property, must),
    }
}

/// A property, or what is below it, as a message names it: `dashboards[2]`.
fn named(field: &FieldPath) -> String {
    let path = field.to_string();
    let below = path.strip_prefix(".spec.properties").unwrap_or(&path);
    below.strip_prefix('.').unwrap_or(below).to_owned()
}
