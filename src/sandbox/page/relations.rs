//! The drawing of relations, and the same as a list beside it.

use maud::{Markup, html};

use super::model::{Catalog, Entity};
use super::value::name;
use super::{address, frame::Page, teach};
use crate::catalog::Delivery;
use crate::graph::{self, Graph, LeftOut, Limits, Link, Mark, Node, Sheet, Vertex};
use crate::legible::{counted, visible};

/// A desktop's room for a drawing with a list beside it.
const BESIDE_A_LIST: Sheet = Sheet {
    width: 880,
    columns: 3,
};

/// The page.
pub(super) fn page(catalog: &Catalog<'_>) -> Page {
    let graph = drawn(catalog);
    Page {
        title: "Relations".to_owned(),
        tab: address::GRAPH,
        side: None,
        main: html! {
            h1 { "Relations" }
            @if graph.edges.is_empty() { (teach::no_graph()) }
            @if !graph.nodes.is_empty() { (both(&graph)) }
        },
    }
}

fn both(graph: &Graph) -> Markup {
    let (wide, narrow) = (
        graph::layout(graph, BESIDE_A_LIST),
        graph::layout(graph, Sheet::NARROW),
    );
    html! {
        (left_out(graph))
        div class="beside-each-other" {
            section aria-labelledby="drawing-title" {
                div class="tools" {
                    h2 id="drawing-title" { "Drawing" }
                    // The script shows these; without it there is nothing to press.
                    div id="zoom" role="group" aria-label="Size of the drawing" hidden {
                        button type="button" data-zoom="out" aria-label="Smaller" { "−" }
                        button type="button" data-zoom="fit" { "Fit" }
                        button type="button" data-zoom="in" aria-label="Larger" { "+" }
                    }
                }
                p id="board-help" class="note" {
                    "A line leads from a relation to the entity that it names. "
                    span class="script" {
                        "Drag or scroll to move; Ctrl and the wheel, two fingers, or + and − to zoom, 0 to see all."
                    }
                }
                div class="board" id="board" tabindex="0" role="region" aria-label="Drawing of relations"
                    aria-describedby="board-help" {
                    (graph::svg(graph, &wide, "wide"))
                    (graph::svg(graph, &narrow, "narrow"))
                }
            }
            section aria-labelledby="same-title" {
                h2 id="same-title" { "The same in words" }
                ul class="same" { (in_words(graph)) }
            }
        }
    }
}

fn left_out(graph: &Graph) -> Markup {
    let LeftOut { nodes, edges } = graph.left_out;
    html! {
        @if nodes > 0 || edges > 0 {
            p class="note" {
                "There is no room for " (counted(nodes, "entity", "entities")) " and "
                (counted(edges, "relation", "relations"))
                "; what is not delivered comes first. "
                a href=(address::ENTITIES) { "All entities" } " are in the list."
            }
        }
    }
}

fn in_words(graph: &Graph) -> Markup {
    html! {
        @for (index, node) in graph.nodes.iter().enumerate() {
            @if let (Some(blueprint), Some(href)) = (&node.blueprint, &node.href) {
                li data-key={"words " (visible(blueprint)) "/" (visible(&node.identifier))} {
                    a href=(href) { (name(node.name())) }
                    span class="soft" { " " (name(blueprint)) }
                    @if node.mark.is_said { " " span class={"state " (node.mark.word)} { (node.mark.word) } }
                    (ways(graph, index))
                }
            }
        }
    }
}

fn ways(graph: &Graph, node: usize) -> Markup {
    let edges: Vec<_> = graph
        .edges
        .iter()
        .filter(|edge| edge.from == node)
        .collect();
    html! {
        @if !edges.is_empty() {
            ul {
                @for edge in edges {
                    @let to = &graph.nodes[edge.to];
                    li {
                        span class="soft" { (name(&edge.relation)) } span aria-hidden="true" { " → " }
                        @match &to.href {
                            Some(href) => a href=(href) { (name(to.name())) },
                            None => { (name(to.name())) span class="soft" { " (not in the catalog)" } }
                        }
                    }
                }
            }
        }
    }
}

/// What is drawn; not the targets and runs, which relate to all and say nothing.
fn drawn(catalog: &Catalog<'_>) -> Graph {
    let shown: Vec<usize> = (0..catalog.entities.len())
        .filter(|it| !catalog.entities[*it].is_of_gitops())
        .collect();
    let links: Vec<Vec<Link<'_>>> = shown.iter().map(|it| links(catalog, *it, &shown)).collect();
    let vertices = shown.iter().zip(&links).map(|(index, links)| {
        let entity = &catalog.entities[*index];
        Vertex {
            node: node(entity),
            comes_first: mark(entity).is_said,
            links,
        }
    });
    let vertices: Vec<Vertex<'_>> = vertices.collect();
    graph::graph(&vertices, Limits::LEGIBLE)
}

fn links<'c>(catalog: &'c Catalog<'_>, index: usize, shown: &[usize]) -> Vec<Link<'c>> {
    let targets = catalog.targets(index).into_iter();
    let links = targets.map(|target| Link {
        relation: target.relation,
        identifier: Some(target.identifier),
        to: target
            .index
            .and_then(|index| shown.binary_search(&index).ok())
            .into_iter()
            .collect(),
    });
    links.collect()
}

fn node(entity: &Entity<'_>) -> Node {
    Node {
        href: Some(address::entity(entity.identity)),
        blueprint: Some(entity.identity.blueprint.clone()),
        identifier: entity.identity.identifier.clone(),
        title: entity.title().map(str::to_owned),
        mark: mark(entity),
    }
}

/// What is as it should be needs no word.
fn mark(entity: &Entity<'_>) -> Mark {
    let delivery = entity.declaration.as_ref().map(|it| it.delivery);
    let is_said = delivery.is_some_and(|it| it != Delivery::Delivered);
    Mark {
        word: delivery.map_or("undeclared", Delivery::as_str),
        sign: "●",
        is_said,
    }
}
