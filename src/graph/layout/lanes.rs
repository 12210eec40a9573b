//! Which lanes there are, and in which order lanes and their cards stand.
//!
//! Lanes are ordered so that most relations lead to the right, cards so that
//! they stand near those that they relate to. Both by well-known heuristics (the
//! greedy one for feedback arcs, and barycentres), with ties broken by name.

use std::collections::BTreeMap;

use crate::graph::Graph;

/// All nodes of one blueprint, in the order of their cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lane {
    /// None for what is elsewhere, which stands last.
    pub blueprint: Option<String>,
    /// Indices of nodes; never empty.
    pub nodes: Vec<usize>,
}

/// How often the cards' order is mended; more changes nothing that one would see.
const SWEEPS: usize = 6;

pub(super) fn lanes(graph: &Graph) -> Vec<Lane> {
    let mut lanes = ordered(graph, by_blueprint(graph));
    for _ in 0..SWEEPS {
        sweep(graph, &mut lanes);
    }
    lanes
}

/// Lanes by name, nodes by what is done to them and by name.
fn by_blueprint(graph: &Graph) -> Vec<Lane> {
    let mut nodes: BTreeMap<(bool, Option<&str>), Vec<usize>> = BTreeMap::new();
    for (index, node) in graph.nodes.iter().enumerate() {
        let blueprint = node.blueprint.as_deref();
        let key = (blueprint.is_none(), blueprint);
        nodes.entry(key).or_default().push(index);
    }
    let lanes = nodes.into_iter().map(|((_, blueprint), mut nodes)| {
        nodes.sort_by_key(|index| &graph.nodes[*index].identifier);
        Lane {
            blueprint: blueprint.map(str::to_owned),
            nodes,
        }
    });
    lanes.collect()
}

/// Next is always the lane that gives most relations more than it takes from
/// those that are left.
fn ordered(graph: &Graph, lanes: Vec<Lane>) -> Vec<Lane> {
    let lane_of = lane_of(graph, &lanes);
    let between = graph.edges.iter();
    let between: Vec<(usize, usize)> = between
        .map(|edge| (lane_of[edge.from], lane_of[edge.to]))
        .filter(|(from, to)| from != to)
        .collect();
    let mut surplus = vec![0_i64; lanes.len()];
    for (from, to) in &between {
        surplus[*from] += 1;
        surplus[*to] -= 1;
    }
    let mut left: Vec<Option<Lane>> = lanes.into_iter().map(Some).collect();
    let mut ordered = Vec::new();
    // Of equal ones the first, by name.
    let best = |left: &[Option<Lane>], surplus: &[i64]| {
        let candidates = (0..left.len()).filter(|lane| left[*lane].is_some());
        candidates.max_by_key(|lane| (surplus[*lane], std::cmp::Reverse(*lane)))
    };
    while let Some(next) = best(&left, &surplus) {
        ordered.extend(left[next].take());
        for (from, to) in &between {
            surplus[*to] += i64::from(*from == next);
            surplus[*from] -= i64::from(*to == next);
        }
    }
    ordered.sort_by_key(|lane| lane.blueprint.is_none());
    ordered
}

/// Moves each card towards the middle of those that it relates to in other lanes.
fn sweep(graph: &Graph, lanes: &mut [Lane]) {
    for at in 0..lanes.len() {
        let place = places(graph, lanes);
        let lane_of = lane_of(graph, lanes);
        let wanted = |node: usize| {
            let neighbours = graph.edges.iter().filter_map(|edge| match edge {
                edge if edge.from == node => Some(edge.to),
                edge if edge.to == node => Some(edge.from),
                _ => None,
            });
            let places: Vec<f64> = neighbours
                .filter(|other| lane_of[*other] != at)
                .map(|other| place[other])
                .collect();
            match places.len() {
                0 => place[node],
                count => places.iter().sum::<f64>() / count as f64,
            }
        };
        let mut keyed: Vec<_> = lanes[at]
            .nodes
            .iter()
            .map(|it| (wanted(*it), *it))
            .collect();
        // Stable: those that want the same place keep their order.
        keyed.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        lanes[at].nodes = keyed.into_iter().map(|(_, node)| node).collect();
    }
}

/// Where each node stands in its lane, between 0 and 1.
fn places(graph: &Graph, lanes: &[Lane]) -> Vec<f64> {
    let mut places = vec![0.0; graph.nodes.len()];
    for lane in lanes {
        for (at, node) in lane.nodes.iter().enumerate() {
            places[*node] = (at as f64 + 0.5) / lane.nodes.len() as f64;
        }
    }
    places
}

fn lane_of(graph: &Graph, lanes: &[Lane]) -> Vec<usize> {
    let mut lane_of = vec![0; graph.nodes.len()];
    for (at, lane) in lanes.iter().enumerate() {
        for node in &lane.nodes {
            lane_of[*node] = at;
        }
    }
    lane_of
}
