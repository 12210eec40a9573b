//! Which entities are related to others, directly or through more of them.
//!
//! After Port's page on relation operators. believed: that relations are followed
//! to the end. Invariant: an entity is not related to itself by a ring.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::state::State;
use super::query::{Direction, Query};
use crate::catalog::Identity;

/// The query with each rule about related entities replaced by those entities.
pub(super) fn resolved(state: &State, query: &Query) -> Query {
    let all = |queries: &[Query]| queries.iter().map(|it| resolved(state, it)).collect();
    match query {
        Query::All(queries) => Query::All(all(queries)),
        Query::Any(queries) => Query::Any(all(queries)),
        Query::Compare { .. } | Query::Among(_) => query.clone(),
        Query::Related {
            blueprint,
            identifiers,
            direction,
            required,
        } => {
            let start = identifiers.iter().map(|identifier| Identity {
                blueprint: blueprint.clone(),
                identifier: identifier.clone(),
            });
            let start: BTreeSet<Identity> = start.collect();
            let edges = edges(state, *required);
            let mut found = BTreeSet::new();
            if *direction != Some(Direction::Downstream) {
                found.extend(reached(&start, |from| &from.0, |to| &to.1, &edges));
            }
            if *direction != Some(Direction::Upstream) {
                found.extend(reached(&start, |from| &from.1, |to| &to.0, &edges));
            }
            Query::Among(found.difference(&start).cloned().collect())
        }
    }
}

/// An entity, and one that it leads to.
type Edge = (Identity, Identity);

fn edges(state: &State, required: Option<bool>) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (identity, stored) in &state.entities {
        let Some(blueprint) = state.blueprint(&identity.blueprint) else {
            continue;
        };
        for (name, relation) in &blueprint.relations {
            if required.is_some_and(|required| required != relation.required) {
                continue;
            }
            let value = stored.record.relations.get(name);
            edges.extend(targets(value).map(|target| {
                let target = Identity {
                    blueprint: relation.target.clone(),
                    identifier: target.to_owned(),
                };
                (identity.clone(), target)
            }));
        }
    }
    edges
}

/// The identifiers in a relation's value.
pub(super) fn targets(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let many = match value {
        Some(Value::Array(targets)) => targets.as_slice(),
        Some(one) => std::slice::from_ref(one),
        None => &[],
    };
    many.iter().filter_map(Value::as_str)
}

fn reached<'e>(
    start: &BTreeSet<Identity>,
    from: impl Fn(&'e Edge) -> &'e Identity,
    to: impl Fn(&'e Edge) -> &'e Identity,
    edges: &'e [Edge],
) -> BTreeSet<Identity> {
    let mut reached: BTreeSet<Identity> = start.clone();
    loop {
        let next = edges.iter().filter(|edge| reached.contains(from(edge)));
        let next: Vec<Identity> = next.map(|edge| to(edge).clone()).collect();
        let before = reached.len();
        reached.extend(next);
        if reached.len() == before {
            return reached;
        }
    }
}
