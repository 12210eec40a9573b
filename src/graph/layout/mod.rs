//! Where each card and wire of the drawing stands, in CSS pixels.
//!
//! Each blueprint is a lane of cards, lanes stand in columns, and relations run
//! as wires in the channels right of the columns. A card has a row for each of
//! its relations: a wire starts at its row, so that a label can never lie on
//! another. Nothing of colours and markup, which are `svg`'s.
//!
//! Invariants: the same graph gives the same drawing; no two cards overlap; no
//! wire runs under a card; nothing stands outside of the drawing.

mod cards;
mod columns;
mod lanes;
mod wires;

pub(super) use cards::{Card, HEAD, Heading, PADDING, Row};
pub(super) use wires::{Point, Wire};

use super::Graph;

/// What a drawing has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sheet {
    /// The whole width.
    pub width: i32,
    /// At most so many columns.
    pub columns: usize,
}

impl Sheet {
    /// For a desktop, and for paper.
    pub(crate) const WIDE: Self = Self {
        width: 1200,
        columns: 4,
    };
    /// For a phone.
    pub(crate) const NARROW: Self = Self {
        width: 358,
        columns: 1,
    };

    /// Shares the width among columns, of which there is at least one.
    fn grid(self, columns: usize) -> Grid {
        let each = (self.width - 2 * MARGIN) / columns as i32;
        let card = (each * 7 / 10).min(264);
        Grid {
            card,
            channel: (each - card).min(148),
        }
    }
}

/// Where the columns stand.
#[derive(Clone, Copy)]
struct Grid {
    /// Width of a card.
    card: i32,
    /// Width of the channel right of each column.
    channel: i32,
}

impl Grid {
    /// The left edge of a column.
    const fn left(self, column: usize) -> i32 {
        column as i32 * (self.card + self.channel) + MARGIN
    }
}

/// Between the drawing's edges and what is in it: room for a focus ring.
const MARGIN: i32 = 3;

/// A graph with a place for everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Drawing {
    /// Its whole width.
    pub(super) width: i32,
    /// Its whole height.
    pub(super) height: i32,
    /// The lanes' names; one for each column that a lane goes on in.
    pub(super) headings: Vec<Heading>,
    /// One for each node, in the nodes' order.
    pub(super) cards: Vec<Card>,
    /// One for each edge, in the edges' order.
    pub(super) wires: Vec<Wire>,
}

/// Lays a graph out for a sheet.
pub(crate) fn layout(graph: &Graph, sheet: Sheet) -> Drawing {
    let lanes = lanes::lanes(graph);
    let heights = cards::heights(graph);
    let columns = columns::columns(&lanes, &heights, sheet.columns);
    let grid = sheet.grid(columns.len().max(1));
    let placed = cards::place(graph, &lanes, &columns, grid);
    let wires = wires::wires(graph, &placed.cards, grid);
    let ends = wires
        .iter()
        .flat_map(|wire| &wire.points)
        .map(|point| point.x);
    let ends = ends.chain(placed.cards.iter().map(|card| card.x + card.width));
    Drawing {
        width: ends.max().unwrap_or_default() + MARGIN,
        height: placed.height,
        headings: placed.headings,
        cards: placed.cards,
        wires,
    }
}

#[cfg(test)]
mod tests;
