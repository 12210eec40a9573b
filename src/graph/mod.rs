//! The drawing of relations: entities as nodes, relations as edges.
//!
//! A drawing with too much in it shows nothing, so there is a limit to both:
//! what comes first is drawn first, then what relates to it, then what most point
//! to. Where a node stands is `layout`, how it looks `svg`; nothing of what the
//! entities are. Invariant: an edge's ends are nodes of the same graph.

mod fitting;
mod layout;
mod svg;

pub(crate) use layout::{Sheet, layout};
pub(crate) use svg::svg;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::iter;

/// The colours of a page, light and dark, and the rules of the drawing. The rules
/// for the words of a mark are the page's own.
pub(crate) const STYLE: &str = include_str!("drawing.css");

/// An entity that may be drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vertex<'a> {
    /// How it is drawn.
    pub node: Node,
    /// Whether it is drawn before others.
    pub comes_first: bool,
    /// Its relations, target by target.
    pub links: &'a [Link<'a>],
}

/// One target of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link<'a> {
    /// The relation's name.
    pub relation: &'a str,
    /// The target's identifier, as it is sent; none where a search is sent.
    pub identifier: Option<&'a str>,
    /// Indices of the vertices that it may be; mostly one, none if it is elsewhere.
    pub to: Vec<usize>,
}

/// An entity, or what a relation names without it being there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// Where its card leads; none for what is elsewhere.
    pub href: Option<String>,
    /// None for what is elsewhere: a relation names no blueprint.
    pub blueprint: Option<String>,
    /// As the catalog has it.
    pub identifier: String,
    /// What the catalog shows in its place.
    pub title: Option<String>,
    /// What there is to say of it.
    pub mark: Mark,
}

/// What there is to say of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// In a word, which is also the class of its card.
    pub word: &'static str,
    /// The sign that stands before the word.
    pub sign: &'static str,
    /// Whether the card says it.
    pub is_said: bool,
}

impl Mark {
    /// Named by a relation, and not there; it has its own lane, which says so.
    pub(crate) const ELSEWHERE: Self = Self {
        word: "elsewhere",
        sign: "",
        is_said: false,
    };
}

impl Node {
    /// What a person calls it.
    pub(crate) fn name(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.identifier)
    }

    fn elsewhere(identifier: &str) -> Self {
        Self {
            href: None,
            blueprint: None,
            identifier: identifier.to_owned(),
            title: None,
            mark: Mark::ELSEWHERE,
        }
    }
}

/// One target of one relation of an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge {
    /// Index of the node that has the relation.
    pub from: usize,
    /// Index of the node that it leads to.
    pub to: usize,
    /// The relation's name.
    pub relation: String,
}

/// Nodes, and the edges between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Graph {
    /// By index, as the edges name them.
    pub nodes: Vec<Node>,
    /// In the order of their sources and names.
    pub edges: Vec<Edge>,
    /// What there is no room for.
    pub left_out: LeftOut,
}

/// What a graph does not show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LeftOut {
    /// How many entities.
    pub nodes: usize,
    /// How many relations, of entities that are shown.
    pub edges: usize,
}

/// How much a graph may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// So many nodes.
    pub nodes: usize,
    /// So many edges.
    pub edges: usize,
}

impl Limits {
    /// What stays legible.
    pub(crate) const LEGIBLE: Self = Self {
        nodes: 300,
        edges: 1200,
    };
}

/// The graph of some vertices.
pub(crate) fn graph(vertices: &[Vertex<'_>], limits: Limits) -> Graph {
    let shown = shown(vertices, limits.nodes);
    let mut nodes: Vec<Node> = shown.iter().map(|it| vertices[*it].node.clone()).collect();
    let node_of: BTreeMap<usize, usize> = shown.iter().copied().zip(0..).collect();
    let mut elsewhere: BTreeMap<&str, usize> = BTreeMap::new();
    let mut edges = Vec::new();
    let mut left_out = LeftOut {
        nodes: vertices.len() - shown.len(),
        edges: 0,
    };
    for (from, link) in links(vertices, &shown) {
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
    let comes_first = |node: usize| shown.get(node).is_some_and(|it| vertices[*it].comes_first);
    left_out.edges += bound(&mut edges, comes_first, limits.edges);
    Graph {
        nodes,
        edges,
        left_out,
    }
}

/// The vertices that are shown, sorted: those that come first, then who relates
/// to them, then those that most others point to, each with its neighbours, so
/// that a part of the whole is drawn and not its pieces.
fn shown(vertices: &[Vertex<'_>], limit: usize) -> Vec<usize> {
    let sources = sources(vertices);
    let neighbours = |index: usize| {
        let to = vertices[index].links.iter();
        let to = to.flat_map(|link| link.to.iter().copied());
        to.chain(sources[index].iter().copied())
    };
    let first = (0..vertices.len()).filter(|index| vertices[*index].comes_first);
    let beside = first.clone().flat_map(neighbours);
    let mut others: Vec<usize> = (0..vertices.len()).collect();
    others.sort_by_key(|index| Reverse(sources[*index].len()));
    let others = others
        .into_iter()
        .flat_map(|index| iter::once(index).chain(neighbours(index)));
    let mut shown = BTreeSet::new();
    for index in first.clone().chain(beside).chain(others) {
        if shown.len() == limit {
            break;
        }
        shown.insert(index);
    }
    shown.into_iter().collect()
}

/// Who points to each vertex.
fn sources(vertices: &[Vertex<'_>]) -> Vec<Vec<usize>> {
    let mut sources = vec![Vec::new(); vertices.len()];
    for (from, vertex) in vertices.iter().enumerate() {
        for to in vertex.links.iter().flat_map(|link| &link.to) {
            sources[*to].push(from);
        }
    }
    sources
}

/// The links of the vertices that are shown, with the index of their node.
fn links<'v>(
    vertices: &'v [Vertex<'v>],
    shown: &'v [usize],
) -> impl Iterator<Item = (usize, &'v Link<'v>)> {
    let shown = shown.iter().copied().enumerate();
    shown.flat_map(|(node, index)| vertices[index].links.iter().map(move |link| (node, link)))
}

/// Takes edges out until the limit is held, first those between nodes that don't
/// come first; how many were taken.
fn bound(edges: &mut Vec<Edge>, comes_first: impl Fn(usize) -> bool, limit: usize) -> usize {
    let excess = edges.len().saturating_sub(limit);
    let mut order: Vec<usize> = (0..edges.len()).collect();
    order.sort_by_key(|index| {
        let edge = &edges[*index];
        (!comes_first(edge.from) && !comes_first(edge.to), *index)
    });
    let kept: BTreeSet<usize> = order.into_iter().take(limit).collect();
    let mut index = 0..;
    edges.retain(|_| index.next().is_some_and(|index| kept.contains(&index)));
    excess
}

#[cfg(test)]
mod tests {
    use super::{LeftOut, Limits, Link, Mark, Node, Vertex, graph};

    fn vertex<'a>(name: &str, comes_first: bool, links: &'a [Link<'a>]) -> Vertex<'a> {
        let (blueprint, identifier) = name.split_once('/').unwrap_or_default();
        Vertex {
            node: Node {
                href: Some("#".to_owned()),
                blueprint: Some(blueprint.to_owned()),
                identifier: identifier.to_owned(),
                title: None,
                mark: Mark::ELSEWHERE,
            },
            comes_first,
            links,
        }
    }

    fn link<'a>(identifier: Option<&'a str>, to: &[usize]) -> Link<'a> {
        Link {
            relation: "r",
            identifier,
            to: to.to_vec(),
        }
    }

    /// The nodes and edges of a graph, and what is left out.
    #[track_caller]
    fn check(limits: Limits, nodes: &[&str], edges: &[&str], left_out: LeftOut) {
        let one = [link(Some("2"), &[1])];
        let two = [link(Some("3"), &[2]), link(Some("out"), &[])];
        let four = [link(None, &[])];
        let vertices = [
            vertex("a/1", false, &one),
            vertex("a/2", false, &two),
            vertex("a/3", false, &[]),
            vertex("b/4", true, &four),
        ];
        let graph = graph(&vertices, limits);
        let name = |index: usize| graph.nodes[index].identifier.as_str();
        let names: Vec<_> = (0..graph.nodes.len()).map(name).collect();
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
    fn what_comes_first_is_drawn_first_then_what_others_point_to() {
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
