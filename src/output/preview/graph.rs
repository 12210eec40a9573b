//! What the drawing of a preview shows: entities as nodes, relations as edges.
//!
//! A drawing with too much in it shows nothing, so there is a limit to both:
//! what changes comes first, then what relates to it, then what most point to. Nothing of where a node
//! stands or how it looks: that is `layout` and `svg`. Invariant: an edge's ends
//! are nodes of the same graph.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::iter;

use super::entries::{Entry, Link};
use super::state::State;

/// An entity, or what a relation names without it being there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    /// Index of the entry; none for what is elsewhere.
    pub entry: Option<usize>,
    /// None for what is elsewhere: a relation names no blueprint.
    pub blueprint: Option<String>,
    /// As the catalog has it.
    pub identifier: String,
    /// What the catalog shows in its place.
    pub title: Option<String>,
    /// What happens to it.
    pub state: State,
}

impl Node {
    /// What a person calls it.
    pub(super) fn name(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.identifier)
    }

    fn of(index: usize, entry: &Entry<'_>) -> Self {
        Self {
            entry: Some(index),
            blueprint: Some(entry.identity.blueprint.clone()),
            identifier: entry.identity.identifier.clone(),
            title: entry.title().map(str::to_owned),
            state: entry.state,
        }
    }

    fn elsewhere(identifier: &str) -> Self {
        Self {
            entry: None,
            blueprint: None,
            identifier: identifier.to_owned(),
            title: None,
            state: State::Elsewhere,
        }
    }
}

/// One target of one relation of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    /// Index of the node that has the relation.
    pub from: usize,
    /// Index of the node that it leads to.
    pub to: usize,
    /// The relation's name.
    pub relation: String,
}

/// Nodes, and the edges between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Graph {
    /// By index, as the edges name them.
    pub nodes: Vec<Node>,
    /// In the order of their sources and names.
    pub edges: Vec<Edge>,
    /// What there is no room for.
    pub left_out: LeftOut,
}

/// What a graph does not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LeftOut {
    /// How many entities.
    pub nodes: usize,
    /// How many relations, of entities that are shown.
    pub edges: usize,
}

/// How much a graph may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// So many nodes.
    pub nodes: usize,
    /// So many edges.
    pub edges: usize,
}

impl Limits {
    /// What stays legible.
    pub(super) const LEGIBLE: Self = Self {
        nodes: 300,
        edges: 1200,
    };
}

/// The graph of some entries.
pub(super) fn graph(entries: &[Entry<'_>], limits: Limits) -> Graph {
    let shown = shown(entries, limits.nodes);
    let mut nodes: Vec<Node> = shown
        .iter()
        .map(|it| Node::of(*it, &entries[*it]))
        .collect();
    let node_of: BTreeMap<usize, usize> = shown.iter().copied().zip(0..).collect();
    let mut elsewhere: BTreeMap<&str, usize> = BTreeMap::new();
    let mut edges = Vec::new();
    let mut left_out = LeftOut {
        nodes: entries.len() - shown.len(),
        edges: 0,
    };
    for (from, link) in links(entries, &shown) {
        let mut targets: Vec<Option<usize>> =
            link.to.iter().map(|to| node_of.get(to).copied()).collect();
        if let (true, Some(identifier)) = (link.to.is_empty(), link.identifier) {
            let has_room = nodes.len() < limits.nodes;
            if has_room && !elsewhere.contains_key(identifier) {
                elsewhere.insert(identifier, nodes.len());
                nodes.push(Node::elsewhere(identifier));
            }
            targets.push(elsewhere.get(identifier).copied());
        }
        left_out.edges += targets.iter().filter(|to| to.is_none()).count();
        edges.extend(targets.into_iter().flatten().map(|to| Edge {
            from,
            to,
            relation: link.relation.to_owned(),
        }));
    }
    left_out.edges += bound(&mut edges, &nodes, limits.edges);
    Graph {
        nodes,
        edges,
        left_out,
    }
}

/// The entries that are shown, sorted: what changes, then who relates to that,
/// then those that most others point to, each with its neighbours, so that a part
/// of the whole is drawn and not its pieces.
fn shown(entries: &[Entry<'_>], limit: usize) -> Vec<usize> {
    let changes = |index: &usize| entries[*index].state != State::Unchanged;
    let neighbours = |index: usize| {
        let entry = &entries[index];
        let to = entry.links.iter().flat_map(|link| link.to.iter().copied());
        to.chain(entry.from.iter().map(|(from, _)| *from))
    };
    let changing = (0..entries.len()).filter(changes);
    let beside = changing.clone().flat_map(neighbours);
    let mut others: Vec<usize> = (0..entries.len()).collect();
    others.sort_by_key(|index| Reverse(entries[*index].from.len()));
    let others = others
        .into_iter()
        .flat_map(|index| iter::once(index).chain(neighbours(index)));
    let mut shown = BTreeSet::new();
    for index in changing.clone().chain(beside).chain(others) {
        if shown.len() == limit {
            break;
        }
        shown.insert(index);
    }
    shown.into_iter().collect()
}

/// The links of the entries that are shown, with the index of their node.
fn links<'e>(
    entries: &'e [Entry<'e>],
    shown: &'e [usize],
) -> impl Iterator<Item = (usize, &'e Link<'e>)> {
    let shown = shown.iter().copied().enumerate();
    shown.flat_map(|(node, index)| entries[index].links.iter().map(move |link| (node, link)))
}

/// Takes edges out until the limit is held, first those between nodes that stay
/// as they are; how many were taken.
fn bound(edges: &mut Vec<Edge>, nodes: &[Node], limit: usize) -> usize {
    let excess = edges.len().saturating_sub(limit);
    let stays = |node: usize| match nodes[node].state {
        State::Unchanged | State::Elsewhere => true,
        State::Deleted | State::Created | State::Changed | State::Moved | State::Lingering => false,
    };
    let mut order: Vec<usize> = (0..edges.len()).collect();
    order.sort_by_key(|index| {
        let edge = &edges[*index];
        (stays(edge.from) && stays(edge.to), *index)
    });
    let kept: BTreeSet<usize> = order.into_iter().take(limit).collect();
    let mut index = 0..;
    edges.retain(|_| index.next().is_some_and(|index| kept.contains(&index)));
    excess
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{LeftOut, Limits, graph};
    use crate::diff::diff;
    use crate::output::preview::entries::entries;
    use crate::output::preview::tests::{page, side};

    /// The nodes and edges of a graph, and what is left out.
    #[track_caller]
    fn check(limits: Limits, nodes: &[&str], edges: &[&str], left_out: LeftOut) {
        let to = |target: serde_json::Value| json!({"relations": {"r": target}});
        let all = [
            ("a/1", "a.yaml", to(json!("2"))),
            ("a/2", "a.yaml", to(json!(["3", "out", "3"]))),
            ("a/3", "a.yaml", json!({})),
            (
                "b/4",
                "a.yaml",
                to(json!({"combinator": "and", "rules": []})),
            ),
        ];
        let (before, after) = (side(&all[..2]), side(&all));
        let mut changes = diff(&side(&all), &after);
        changes.created = diff(&before, &after).created.split_off(1);
        let entries = entries(&page(&before, &after, &changes));
        let graph = graph(&entries, limits);
        let name = |index: usize| graph.nodes[index].identifier.as_str();
        let names: Vec<_> = graph
            .nodes
            .iter()
            .map(|it| it.identifier.as_str())
            .collect();
        assert_eq!(names, nodes);
        let ways = graph.edges.iter();
        let ways: Vec<_> = ways
            .map(|it| format!("{}>{}", name(it.from), name(it.to)))
            .collect();
        assert_eq!(
            (ways, graph.left_out),
            (edges.iter().map(|it| (*it).to_owned()).collect(), left_out)
        );
    }

    #[test]
    fn every_relation_is_an_edge_once_and_what_is_elsewhere_a_node() {
        let nothing = LeftOut::default();
        let nodes = ["1", "2", "3", "4", "out"];
        check(Limits::LEGIBLE, &nodes, &["1>2", "2>3", "2>out"], nothing);
    }

    #[test]
    fn what_changes_is_drawn_first_then_what_others_point_to() {
        let limits = Limits { nodes: 2, edges: 9 };
        check(limits, &["2", "4"], &[], LeftOut { nodes: 2, edges: 2 });
    }

    #[test]
    fn edges_have_a_limit_too() {
        let limits = Limits { nodes: 9, edges: 1 };
        check(
            limits,
            &["1", "2", "3", "4", "out"],
            &["1>2"],
            LeftOut { nodes: 0, edges: 2 },
        );
    }
}
