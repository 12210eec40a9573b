//! The drawing as SVG inside a page.
//!
//! Colours and fonts are the page's style sheet's. Each card that
//! leads somewhere is a link, so that the keyboard reaches it; the wires say
//! nothing that the rows of the cards do not.

use maud::{Markup, html};

use super::fitting::{fitting, width as width_of};
use super::layout::{Card, Drawing, HEAD, Heading, PADDING, Point, Row, Wire};
use super::{Graph, Node};
use crate::legible::visible;

/// How many colours the lanes have before they begin anew.
pub(super) const HUES: usize = 8;
/// Radius of a wire's bends.
const BEND: i32 = 6;
/// Font sizes that texts are cut by; the style sheet has the same.
const NAME_SIZE: i32 = 13;
const SMALL_SIZE: i32 = 11;

/// The drawing; `name` tells the drawings of a page apart.
pub(crate) fn svg(graph: &Graph, drawing: &Drawing, name: &str) -> Markup {
    let hues = hues(graph, drawing);
    let (width, height) = (drawing.width, drawing.height);
    html! {
        svg class={"drawing " (name)} width=(width) height=(height)
            viewBox={"0 0 " (width) " " (height)}
            role="group" aria-label="Entities and their relations; the list says the same" {
            g aria-hidden="true" {
                @for (edge, wire) in drawing.wires.iter().enumerate() {
                    (wire_path(graph, edge, wire, hues[graph.edges[edge].to]))
                }
            }
            @for heading in &drawing.headings { (heading_text(heading)) }
            @for (index, card) in drawing.cards.iter().enumerate() {
                (card_link(graph, index, card, hues[index], name))
            }
        }
    }
}

/// The colour of each node: its lane's.
fn hues(graph: &Graph, drawing: &Drawing) -> Vec<usize> {
    let hue = |node: &Node| {
        let heading = drawing
            .headings
            .iter()
            .find(|heading| heading.blueprint == node.blueprint);
        heading.map_or(0, |heading| heading.lane % HUES)
    };
    graph.nodes.iter().map(hue).collect()
}

/// A node's name for scripts and tests: blueprint and identifier.
fn key(node: &Node) -> String {
    let blueprint = node.blueprint.as_deref().unwrap_or_default();
    visible(&format!("{blueprint}/{}", node.identifier))
}

fn heading_text(heading: &Heading) -> Markup {
    let Heading {
        lane,
        blueprint,
        count,
        goes_on,
        x,
        y,
        width,
    } = heading;
    let dot = match blueprint {
        Some(_) => format!("dot h{}", lane % HUES),
        None => "dot elsewhere".to_owned(),
    };
    let blueprint = blueprint.as_deref().unwrap_or("elsewhere");
    let room = width - 90;
    html! {
        circle class=(dot) cx=(x + 6) cy=(y - 4) r="4" {}
        text class="lane" x=(x + 17) y=(y) { (fitting(blueprint, NAME_SIZE, room)) }
        text class="count" x=(x + width) y=(y) text-anchor="end" {
            @if *goes_on { "continued" } @else { (count) }
        }
    }
}

fn card_link(graph: &Graph, index: usize, card: &Card, hue: usize, name: &str) -> Markup {
    let node = &graph.nodes[index];
    let id = format!("{name}-{index}");
    let class = format!("card h{hue} {}", node.mark.word);
    let body = card_body(graph, index, card);
    html! {
        @if let Some(href) = &node.href {
            a id=(id) class=(class) href=(href) data-node=(key(node)) { (body) }
        } @else {
            g id=(id) class=(class) data-node=(key(node)) { (body) }
        }
    }
}

fn card_body(graph: &Graph, index: usize, card: &Card) -> Markup {
    let node = &graph.nodes[index];
    let Card {
        x,
        y,
        width,
        height,
        column: _,
        rows,
    } = card;
    let left = x + PADDING;
    let right = x + width - PADDING;
    let inside = width - 2 * PADDING;
    let said = match node.mark.is_said {
        true => format!("{} {}", node.mark.sign, node.mark.word),
        false => String::new(),
    };
    let beside = if said.is_empty() { 0 } else { 76 };
    html! {
        title { (key(node)) @if !said.is_empty() { ": " (node.mark.word) } }
        rect class="face" x=(x) y=(y) width=(width) height=(height) rx="7" {}
        rect class="edge" x=(x + 6) y=(y + 8) width="3" height=(height - 16) rx="1.5" {}
        text class="name" x=(left) y=(y + HEAD / 2 + 5) {
            (fitting(node.name(), NAME_SIZE, inside))
        }
        @if node.title.is_some() {
            text class="id" x=(left) y=(y + HEAD + 9) {
                (fitting(&node.identifier, SMALL_SIZE, inside - beside))
            }
        }
        @if !said.is_empty() {
            text class="state" x=(if node.title.is_some() { right } else { left }) y=(y + HEAD + 9)
                text-anchor=(if node.title.is_some() { "end" } else { "start" }) { (said) }
        }
        @for row in rows { (relation_row(graph, row, left, right)) }
    }
}

fn relation_row(graph: &Graph, row: &Row, left: i32, right: i32) -> Markup {
    let Row { y, edges } = row;
    let y = y + 4;
    let (name, target) = match edges.as_slice() {
        [edge] => {
            let edge = &graph.edges[*edge];
            (
                edge.relation.as_str(),
                graph.nodes[edge.to].identifier.as_str(),
            )
        }
        several => {
            let text = format!("… {} more relations", several.len());
            return html! { text class="relation" x=(left) y=(y) { (text) } };
        }
    };
    // The name has at most half of the room, the target all that is left.
    let room = right - left - 10;
    let name = fitting(name, SMALL_SIZE, room / 2);
    let target = fitting(target, SMALL_SIZE, room - width_of(&name, SMALL_SIZE));
    html! {
        text class="relation" x=(left) y=(y) { (name) }
        text class="target" x=(right) y=(y) text-anchor="end" { (target) }
    }
}

fn wire_path(graph: &Graph, edge: usize, wire: &Wire, hue: usize) -> Markup {
    let edge = &graph.edges[edge];
    let (from, to) = (&graph.nodes[edge.from], &graph.nodes[edge.to]);
    let class = format!("wire h{hue} {} f{} t{}", to.mark.word, edge.from, edge.to);
    html! {
        path class=(class) d=(path(&wire.points))
            data-from=(key(from)) data-relation=(visible(&edge.relation)) data-to=(key(to)) {}
    }
}

/// The way with rounded bends, and an arrow's head at its end.
fn path(points: &[Point]) -> String {
    let Some((first, rest)) = points.split_first() else {
        return String::new();
    };
    let mut path = format!("M{} {}", first.x, first.y);
    let mut before = first;
    for pair in rest.windows(2) {
        let (bend, after) = (&pair[0], &pair[1]);
        let (start, end) = (towards(bend, before), towards(bend, after));
        path.push_str(&format!(
            "L{} {}Q{} {} {} {}",
            start.x, start.y, bend.x, bend.y, end.x, end.y
        ));
        before = bend;
    }
    if let Some(end) = rest.last() {
        let back = if before.x < end.x { -6 } else { 6 };
        path.push_str(&format!("L{} {}", end.x, end.y));
        path.push_str(&format!("m{back} -4l{} 4l{back} 4", -back));
    }
    path
}

/// The place so far from a bend towards another point that two bends never meet.
fn towards(bend: &Point, other: &Point) -> Point {
    let part = |from: i32, to: i32| {
        let whole = to - from;
        from + whole.signum() * (whole.abs() / 2).min(BEND)
    };
    Point {
        x: part(bend.x, other.x),
        y: part(bend.y, other.y),
    }
}
