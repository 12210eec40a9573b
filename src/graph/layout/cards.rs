//! The cards: how tall each is, and where it stands in its column.

use super::columns::Part;
use super::lanes::Lane;
use super::{Grid, MARGIN};
use crate::graph::Graph;

/// Space between two cards of a lane: wires that pass the column run there.
pub(super) const GAP: i32 = 18;
/// Height of a lane's name.
pub(super) const HEADING: i32 = 34;
/// Space below a lane, if another follows.
pub(super) const LANE_GAP: i32 = 16;
/// Height of a card's first line, which holds the name; wires end in its middle.
pub(in crate::graph) const HEAD: i32 = 30;
/// Height of its second line, where there is one.
const SECOND: i32 = 17;
/// Height of a relation's row.
const ROW: i32 = 19;
/// Space left and right of a card's text.
pub(in crate::graph) const PADDING: i32 = 15;
/// Space below the last row.
const BOTTOM: i32 = 6;
/// A card has at most so many rows; the last one stands for all that follow.
const ROWS: usize = 12;

/// A node and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::graph) struct Card {
    /// Left edge.
    pub x: i32,
    /// Upper edge.
    pub y: i32,
    /// Width.
    pub width: i32,
    /// Height.
    pub height: i32,
    /// Index of its column.
    pub column: usize,
    /// One for each relation, in the order of the edges.
    pub rows: Vec<Row>,
}

impl Card {
    /// Where wires end, in height.
    pub(super) const fn entry(&self) -> i32 {
        self.y + HEAD / 2
    }
}

/// A line of a card that wires start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::graph) struct Row {
    /// Its middle.
    pub y: i32,
    /// Indices of the edges; more than one only in the last row of many.
    pub edges: Vec<usize>,
}

/// A lane's name above its cards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::graph) struct Heading {
    /// Which lane it is, counted from 0 in the lanes' order.
    pub lane: usize,
    /// The blueprint; none for what is elsewhere.
    pub blueprint: Option<String>,
    /// How many nodes the whole lane has.
    pub count: usize,
    /// Whether the lane began in an earlier column.
    pub goes_on: bool,
    /// Left edge.
    pub x: i32,
    /// The line that the text stands on.
    pub y: i32,
    /// Width.
    pub width: i32,
}

/// What [`place`] makes.
pub(super) struct Placed {
    pub headings: Vec<Heading>,
    /// In the nodes' order.
    pub cards: Vec<Card>,
    pub height: i32,
}

/// The height of each node's card.
pub(super) fn heights(graph: &Graph) -> Vec<i32> {
    let rows = rows(graph);
    let nodes = graph.nodes.iter().zip(&rows);
    nodes
        .map(|(node, rows)| {
            let has_second = node.title.is_some() || node.mark.is_said;
            let second = if has_second { SECOND } else { 0 };
            let bottom = if rows.is_empty() && !has_second {
                0
            } else {
                BOTTOM
            };
            HEAD + second + rows.len() as i32 * ROW + bottom
        })
        .collect()
}

/// The edges of each row of each node's card.
fn rows(graph: &Graph) -> Vec<Vec<Vec<usize>>> {
    let mut rows: Vec<Vec<Vec<usize>>> = vec![Vec::new(); graph.nodes.len()];
    for (index, edge) in graph.edges.iter().enumerate() {
        let rows = &mut rows[edge.from];
        match rows.len() {
            ROWS => rows[ROWS - 1].push(index),
            _ => rows.push(vec![index]),
        }
    }
    rows
}

/// Gives every card its place, column by column.
pub(super) fn place(graph: &Graph, lanes: &[Lane], columns: &[Vec<Part>], grid: Grid) -> Placed {
    let heights = heights(graph);
    let mut rows = rows(graph);
    let mut headings = Vec::new();
    let mut cards: Vec<Option<Card>> = vec![None; graph.nodes.len()];
    let mut lowest = MARGIN;
    for (column, parts) in columns.iter().enumerate() {
        let x = grid.left(column);
        let mut y = MARGIN;
        for part in parts {
            headings.push(heading(lanes, part, x, y, grid));
            y += HEADING;
            for node in &lanes[part.lane].nodes[part.nodes.clone()] {
                let height = heights[*node];
                let edges = std::mem::take(&mut rows[*node]);
                cards[*node] = Some(Card {
                    x,
                    y,
                    width: grid.card,
                    height,
                    column,
                    rows: row_places(edges, y + height - BOTTOM),
                });
                y += height + GAP;
            }
            y += LANE_GAP;
        }
        lowest = lowest.max(y - LANE_GAP);
    }
    Placed {
        headings,
        // Every node is in a lane, and every lane in the columns.
        cards: cards.into_iter().flatten().collect(),
        height: lowest,
    }
}

/// Rows stand at the end of a card, whose text ends at `end`.
fn row_places(edges: Vec<Vec<usize>>, end: i32) -> Vec<Row> {
    let first = end - edges.len() as i32 * ROW;
    let rows = edges.into_iter().enumerate();
    rows.map(|(at, edges)| Row {
        y: first + at as i32 * ROW + ROW / 2,
        edges,
    })
    .collect()
}

fn heading(lanes: &[Lane], part: &Part, x: i32, y: i32, grid: Grid) -> Heading {
    let lane = &lanes[part.lane];
    Heading {
        lane: part.lane,
        blueprint: lane.blueprint.clone(),
        count: lane.nodes.len(),
        goes_on: part.nodes.start > 0,
        x,
        y: y + HEADING - 14,
        width: grid.card,
    }
}
