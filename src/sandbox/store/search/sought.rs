//! Which entities a query can find at all, by what it says of their names: so a search
//! for some of a hundred thousand looks at those alone.
//!
//! Not for whether one fits (`judge`). Invariant: what fits is among them, once and in
//! its order.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::state::{State, Stored};
use super::query::{Operator, Query, Subject};
use crate::catalog::Identity;

/// An entity with its identity.
type Entry<'s> = (&'s Identity, &'s Stored);

/// The entities that may fit a query, of one blueprint where that is given.
pub(super) fn candidates<'s>(
    state: &'s State,
    blueprint: Option<&str>,
    query: &Query,
) -> Box<dyn Iterator<Item = Entry<'s>> + 's> {
    match (named(state, blueprint, query), blueprint) {
        (Some(named), _) => {
            let entries = named.into_iter();
            Box::new(entries.filter_map(|it| state.entities.get_key_value(it)))
        }
        (None, Some(blueprint)) => Box::new(state.entities_of(blueprint)),
        (None, None) => Box::new(state.entities.iter()),
    }
}

/// Those that a query names; nothing where it names none, and finds some all the same.
fn named<'s>(
    state: &'s State,
    blueprint: Option<&str>,
    query: &Query,
) -> Option<BTreeSet<&'s Identity>> {
    match query {
        Query::All(queries) => {
            let blueprint = blueprint.or_else(|| queries.iter().find_map(blueprint_of));
            queries.iter().find_map(|it| named(state, blueprint, it))
        }
        Query::Any(queries) => {
            let named = queries.iter().map(|it| named(state, blueprint, it));
            let named: Option<Vec<_>> = named.collect();
            Some(named?.into_iter().flatten().collect())
        }
        Query::Compare {
            subject: Subject::Property(name),
            operator,
            value,
        } if name == "$identifier" => by_identifier(state, blueprint?, *operator, value),
        Query::Compare { .. } | Query::Related { .. } | Query::Among(_) => None,
    }
}

/// The one blueprint that a rule lets through.
fn blueprint_of(query: &Query) -> Option<&str> {
    match query {
        Query::Compare {
            subject: Subject::Property(name),
            operator: Operator::Equal,
            value: Value::String(blueprint),
        } if name == "$blueprint" => Some(blueprint),
        Query::All(_)
        | Query::Any(_)
        | Query::Compare { .. }
        | Query::Related { .. }
        | Query::Among(_) => None,
    }
}

fn by_identifier<'s>(
    state: &'s State,
    blueprint: &str,
    operator: Operator,
    value: &Value,
) -> Option<BTreeSet<&'s Identity>> {
    let identity = |identifier: &str| Identity {
        blueprint: blueprint.to_owned(),
        identifier: identifier.to_owned(),
    };
    match (operator, value) {
        (Operator::Equal | Operator::In, Value::String(one)) => {
            let found = state.entities.get_key_value(&identity(one));
            Some(found.into_iter().map(|(it, _)| it).collect())
        }
        (Operator::In, Value::Array(several)) => {
            let texts = several.iter().filter_map(Value::as_str);
            let found = texts.filter_map(|it| state.entities.get_key_value(&identity(it)));
            Some(found.map(|(it, _)| it).collect())
        }
        (Operator::BeginsWith, Value::String(beginning)) => {
            let from_there = state.entities.range(identity(beginning)..);
            let found = from_there.map(|(it, _)| it).take_while(|it| {
                it.blueprint == blueprint && it.identifier.starts_with(beginning.as_str())
            });
            Some(found.collect())
        }
        _ => None,
    }
}
