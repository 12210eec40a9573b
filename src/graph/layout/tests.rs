//! What a drawing must be, whatever the graph.

use proptest::collection::vec;
use proptest::prelude::{Strategy, any, prop_assert, prop_assert_eq, proptest};

use super::super::{Edge, Graph, LeftOut, Mark, Node};
use super::{Card, Drawing, Point, Sheet, layout};

/// `service/a system/b > 0 1 team`: nodes, and edges by index.
fn graph(nodes: &[&str], edges: &[(usize, usize, &str)]) -> Graph {
    let node = |name: &&str| {
        let (blueprint, identifier) = name.split_once('/').unwrap();
        Node {
            href: None,
            blueprint: (!blueprint.is_empty()).then(|| blueprint.to_owned()),
            identifier: identifier.to_owned(),
            title: None,
            mark: Mark::ELSEWHERE,
        }
    };
    let edge = |(from, to, relation): &(usize, usize, &str)| Edge {
        from: *from,
        to: *to,
        relation: (*relation).to_owned(),
    };
    Graph {
        nodes: nodes.iter().map(node).collect(),
        edges: edges.iter().map(edge).collect(),
        left_out: LeftOut::default(),
    }
}

fn any_graph() -> impl Strategy<Value = Graph> {
    let node = (0..9_usize, any::<bool>());
    let sizes = vec(node, 1..300);
    (sizes, vec((any::<usize>(), any::<usize>()), 0..600)).prop_map(|(nodes, edges)| {
        let count = nodes.len();
        let nodes = nodes
            .iter()
            .enumerate()
            .map(|(index, (blueprint, titled))| Node {
                href: None,
                blueprint: (*blueprint > 0).then(|| format!("blueprint-{blueprint}")),
                identifier: format!("entity-{index}"),
                title: titled.then(|| format!("Entity {index}")),
                mark: Mark::ELSEWHERE,
            });
        let mut edges: Vec<Edge> = edges
            .iter()
            .map(|(from, to)| Edge {
                from: from % count,
                to: to % count,
                relation: "relation".to_owned(),
            })
            .collect();
        edges.sort_by_key(|edge| edge.from);
        Graph {
            nodes: nodes.collect(),
            edges,
            left_out: LeftOut::default(),
        }
    })
}

/// The blueprint of each column's lanes, and the cards below it.
#[track_caller]
fn check(graph: &Graph, columns: usize, expected: &[&str]) {
    let sheet = Sheet {
        columns,
        ..Sheet::WIDE
    };
    let drawing = layout(graph, sheet);
    let mut seen: Vec<(i32, i32, String)> = Vec::new();
    for heading in &drawing.headings {
        let blueprint = heading.blueprint.as_deref().unwrap_or("elsewhere");
        seen.push((heading.x, heading.y, format!("[{blueprint}]")));
    }
    for (node, card) in graph.nodes.iter().zip(&drawing.cards) {
        seen.push((card.x, card.y, node.identifier.clone()));
    }
    seen.sort();
    let mut lines: Vec<String> = Vec::new();
    let mut column = None;
    for (x, _, text) in seen {
        match lines.last_mut() {
            Some(line) if column == Some(x) => line.push_str(&format!(" {text}")),
            Some(_) | None => lines.push(text),
        }
        column = Some(x);
    }
    assert_eq!(lines, expected);
}

#[test]
fn relations_lead_to_the_right() {
    let shop = graph(
        &["team/t", "system/s", "service/a", "service/b"],
        &[
            (1, 0, "team"),
            (2, 1, "system"),
            (2, 3, "needs"),
            (3, 1, "system"),
        ],
    );
    check(&shop, 4, &["[service] a b", "[system] s", "[team] t"]);
}

#[test]
fn cards_stand_near_those_that_they_relate_to() {
    let crossed = graph(
        &["a/1", "a/2", "a/3", "b/x", "b/y"],
        &[(0, 4, "r"), (1, 4, "r"), (2, 3, "r")],
    );
    check(&crossed, 4, &["[a] 3 1 2", "[b] x y"]);
}

#[test]
fn what_is_elsewhere_stands_last() {
    let graph = graph(&["/out", "z/in"], &[(1, 0, "r")]);
    check(&graph, 4, &["[z] in", "[elsewhere] out"]);
}

#[test]
fn lanes_share_columns_where_there_are_too_few() {
    let graph = graph(&["a/1", "b/2", "c/3"], &[(0, 1, "r"), (1, 2, "r")]);
    check(&graph, 2, &["[a] 1 [b] 2", "[c] 3"]);
    check(&graph, 1, &["[a] 1 [b] 2 [c] 3"]);
}

#[test]
fn a_tall_lane_goes_on_in_the_next_column() {
    let names: Vec<String> = (10..40).map(|index| format!("a/{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let drawing = layout(&graph(&names, &[]), Sheet::WIDE);
    let goes_on: Vec<bool> = drawing.headings.iter().map(|it| it.goes_on).collect();
    assert_eq!(goes_on, [false, true, true]);
}

#[test]
fn a_wire_leads_from_its_row_to_the_head_of_its_target() {
    let graph = graph(&["a/1", "b/2"], &[(0, 1, "r")]);
    let drawing = layout(&graph, Sheet::WIDE);
    let [from, to] = drawing.cards.as_slice() else {
        panic!("two cards");
    };
    let wire = &drawing.wires[0].points;
    let row = Point {
        x: from.x + from.width,
        y: from.rows[0].y,
    };
    assert_eq!(wire.first(), Some(&row));
    let head = Point {
        x: to.x,
        y: to.y + super::HEAD / 2,
    };
    assert_eq!(wire.last(), Some(&head));
}

#[test]
fn nothing_is_drawn_of_nothing() {
    let drawing = layout(&graph(&[], &[]), Sheet::WIDE);
    assert_eq!((drawing.cards.len(), drawing.wires.len()), (0, 0));
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn every_drawing_is_whole_and_legible(graph in any_graph(), columns in 1..5_usize) {
        let sheet = Sheet { columns, ..Sheet::WIDE };
        let drawing = layout(&graph, sheet);
        prop_assert_eq!(&drawing, &layout(&graph, sheet));
        prop_assert_eq!(drawing.cards.len(), graph.nodes.len());
        prop_assert_eq!(drawing.wires.len(), graph.edges.len());
        prop_assert!(first_overlap(&drawing.cards).is_none());
        prop_assert!(first_outside(&drawing).is_none());
        prop_assert!(first_hidden(&drawing).is_none());
    }
}

fn first_overlap(cards: &[Card]) -> Option<(&Card, &Card)> {
    let apart = |one: &Card, other: &Card| {
        one.column != other.column
            || one.y + one.height <= other.y
            || other.y + other.height <= one.y
    };
    let pairs = cards
        .iter()
        .enumerate()
        .flat_map(|(at, one)| cards[at + 1..].iter().map(move |other| (one, other)));
    let mut pairs = pairs;
    pairs.find(|(one, other)| !apart(one, other))
}

fn first_outside(drawing: &Drawing) -> Option<Point> {
    let ends = drawing.cards.iter().map(|card| Point {
        x: card.x + card.width,
        y: card.y + card.height,
    });
    let points = drawing
        .wires
        .iter()
        .flat_map(|wire| wire.points.iter().copied());
    let inside = |point: &Point| {
        (0..=drawing.width).contains(&point.x) && (0..=drawing.height).contains(&point.y)
    };
    ends.chain(points).find(|point| !inside(point))
}

/// The first part of a wire that runs under a card.
fn first_hidden(drawing: &Drawing) -> Option<(&[Point], &Card)> {
    let parts = drawing.wires.iter().flat_map(|wire| wire.points.windows(2));
    let mut pairs = parts.flat_map(|part| drawing.cards.iter().map(move |card| (part, card)));
    pairs.find(|(part, card)| {
        let (low, high) = (part[0].x.min(part[1].x), part[0].x.max(part[1].x));
        let (top, bottom) = (part[0].y.min(part[1].y), part[0].y.max(part[1].y));
        low < card.x + card.width && card.x < high && top < card.y + card.height && card.y < bottom
            || (top == bottom
                && low < card.x + card.width
                && card.x < high
                && (card.y..card.y + card.height).contains(&top))
    })
}
