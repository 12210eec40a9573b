//! The wires: from the row of a relation to the head of its target's card.
//!
//! All wires to one target from one side are a *net*: they share one vertical
//! track in each channel, as a bus does, so that a channel needs as many tracks
//! as it has targets and not as many as it has relations. A net crosses a column
//! in a gap between two cards.

use std::collections::BTreeMap;

use super::cards::{Card, GAP};
use super::{Grid, MARGIN};
use crate::graph::Graph;

/// A place in the drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::graph) struct Point {
    /// From the left.
    pub x: i32,
    /// From above.
    pub y: i32,
}

/// An edge's way; all its parts are horizontal or vertical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::graph) struct Wire {
    /// From the source's row to the target's head.
    pub points: Vec<Point>,
}

/// Between a card and the first track.
const CLEARANCE: i32 = 14;
/// Between two tracks, where there is room.
const TRACK: i32 = 10;

/// Which side of the target's card a net ends at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    /// It comes from columns further left.
    Left,
    /// It comes from the same column or from columns further right.
    Right,
}

/// The wires to one target from one side.
struct Net {
    side: Side,
    /// The target's column.
    column: usize,
    /// The source furthest away.
    furthest: usize,
    /// Where it crosses each column between, by column; with the target's own
    /// column, where it ends.
    crossings: BTreeMap<usize, i32>,
    /// Columns and heights of the rows that it starts from.
    starts: Vec<(usize, i32)>,
    /// Its tracks by channel, from the left.
    tracks: BTreeMap<usize, i32>,
}

/// One wire for each edge, in the edges' order.
pub(super) fn wires(graph: &Graph, cards: &[Card], grid: Grid) -> Vec<Wire> {
    let starts = starts(graph, cards);
    let mut nets = nets(graph, cards, &starts);
    cross(&mut nets, cards);
    give_tracks(&mut nets, grid);
    let edges = graph.edges.iter().zip(&starts);
    edges
        .map(|(edge, start)| {
            let from = &cards[edge.from];
            let to = &cards[edge.to];
            let net = &nets[&(edge.to, side(from, to))];
            Wire {
                points: net.points(from, *start, to),
            }
        })
        .collect()
}

const fn side(from: &Card, to: &Card) -> Side {
    match from.column < to.column {
        true => Side::Left,
        false => Side::Right,
    }
}

/// The height of the row that each edge starts from.
fn starts(graph: &Graph, cards: &[Card]) -> Vec<i32> {
    let mut starts = vec![0; graph.edges.len()];
    for row in cards.iter().flat_map(|card| &card.rows) {
        for edge in &row.edges {
            starts[*edge] = row.y;
        }
    }
    starts
}

fn nets(graph: &Graph, cards: &[Card], starts: &[i32]) -> BTreeMap<(usize, Side), Net> {
    let mut nets = BTreeMap::new();
    for (edge, start) in graph.edges.iter().zip(starts) {
        let (from, to) = (&cards[edge.from], &cards[edge.to]);
        let side = side(from, to);
        let net = nets.entry((edge.to, side)).or_insert_with(|| Net {
            side,
            column: to.column,
            furthest: to.column,
            crossings: BTreeMap::from([(to.column, to.entry())]),
            starts: Vec::new(),
            tracks: BTreeMap::new(),
        });
        net.starts.push((from.column, *start));
        net.furthest = match side {
            Side::Left => net.furthest.min(from.column),
            Side::Right => net.furthest.max(from.column),
        };
    }
    nets
}

/// Lets each net cross the columns in its way, in the gaps that lead most
/// directly to its target.
fn cross(nets: &mut BTreeMap<(usize, Side), Net>, cards: &[Card]) {
    let gaps = gaps(cards);
    let mut used: BTreeMap<(usize, i32), i32> = BTreeMap::new();
    for net in nets.values_mut() {
        let between: Vec<usize> = match net.side {
            Side::Left => (net.furthest + 1..net.column).rev().collect(),
            Side::Right => (net.column + 1..net.furthest).collect(),
        };
        let mut y = net.crossings[&net.column];
        for column in between {
            let nearest = gaps[column].iter().min_by_key(|gap| (*gap - y).abs());
            let gap = *nearest.unwrap_or(&y);
            let count = used.entry((column, gap)).or_default();
            y = gap + spread(*count);
            *count += 1;
            net.crossings.insert(column, y);
        }
    }
}

/// 0, 3, -3, 6, -6 and again: how far from the gap's middle the next wire runs.
const fn spread(count: i32) -> i32 {
    let step = (count + 1) / 2 % (GAP / 6);
    match count % 2 {
        0 => step * -3,
        _ => step * 3,
    }
}

/// The middles of the gaps below the cards of each column. Above the first card
/// is a heading, so the space below the last one serves for both ends.
fn gaps(cards: &[Card]) -> Vec<Vec<i32>> {
    let columns = cards.iter().map(|card| card.column + 1).max();
    let mut gaps = vec![Vec::new(); columns.unwrap_or_default()];
    for card in cards {
        gaps[card.column].push(card.y + card.height + GAP / 2);
    }
    for gaps in &mut gaps {
        gaps.sort_unstable();
    }
    gaps
}

/// Gives each net a track in each channel that it runs through. Nets that end at
/// the left column take tracks from the left, the others from the right, so that
/// few cross each other; the shortest are nearest to the cards.
fn give_tracks(nets: &mut BTreeMap<(usize, Side), Net>, grid: Grid) {
    let channels: Vec<usize> = nets.values().flat_map(Net::channels).collect();
    for channel in 0..channels.into_iter().map(|it| it + 1).max().unwrap_or(0) {
        let left = tracks(nets, channel, Side::Right);
        let right = tracks(nets, channel, Side::Left);
        let count = left.1 + right.1;
        let room = grid.channel - 2 * CLEARANCE;
        let step = if count > 1 {
            (room / (count - 1)).clamp(1, TRACK)
        } else {
            0
        };
        let first = grid.left(channel) + grid.card + CLEARANCE;
        let last = first + room;
        let left = left
            .0
            .into_iter()
            .map(|(key, track)| (key, first + track * step));
        let right = right
            .0
            .into_iter()
            .map(|(key, track)| (key, last - track * step));
        for (key, x) in left.chain(right) {
            if let Some(net) = nets.get_mut(&key) {
                net.tracks.insert(channel, x.clamp(first, last));
            }
        }
    }
}

type Tracks = Vec<((usize, Side), i32)>;

/// The tracks of all nets of a side in a channel, counted from 0, and how many
/// there are: each net takes the first that is free along its way.
fn tracks(nets: &BTreeMap<(usize, Side), Net>, channel: usize, side: Side) -> (Tracks, i32) {
    let mut spans: Vec<_> = nets
        .iter()
        .filter(|(_, net)| net.side == side)
        .filter_map(|(key, net)| Some((net.span(channel)?, *key)))
        .collect();
    spans.sort_by_key(|((low, high), key)| (high - low, *low, *key));
    let mut taken: Vec<Vec<(i32, i32)>> = Vec::new();
    let mut tracks = Vec::new();
    for ((low, high), key) in spans {
        let free = |spans: &Vec<(i32, i32)>| {
            spans
                .iter()
                .all(|(from, to)| high + TRACK < *from || *to + TRACK < low)
        };
        let track = taken.iter().position(free).unwrap_or(taken.len());
        if track == taken.len() {
            taken.push(Vec::new());
        }
        taken[track].push((low, high));
        tracks.push((key, track as i32));
    }
    (tracks, taken.len() as i32)
}

impl Net {
    /// The channels that it runs through; channel `n` is right of column `n`.
    fn channels(&self) -> std::ops::Range<usize> {
        match self.side {
            Side::Left => self.furthest..self.column,
            // At least its own, for wires from the same column.
            Side::Right => self.column..self.furthest.max(self.column + 1),
        }
    }

    /// From where to where it runs in a channel, if it does.
    fn span(&self, channel: usize) -> Option<(i32, i32)> {
        if !self.channels().contains(&channel) {
            return None;
        }
        let rows = self
            .starts
            .iter()
            .filter(|(column, _)| self.first_channel(*column) == channel);
        let ends = [channel, channel + 1];
        let crossings = ends.iter().filter_map(|column| self.crossings.get(column));
        let heights = rows.map(|(_, y)| *y).chain(crossings.copied());
        let heights: Vec<i32> = heights.collect();
        Some((*heights.iter().min()?, *heights.iter().max()?))
    }

    /// The channel that a wire from a column enters.
    const fn first_channel(&self, from: usize) -> usize {
        match self.side {
            Side::Left => from,
            Side::Right if from == self.column => from,
            Side::Right => from - 1,
        }
    }

    /// A wire's way from the row at `start`.
    fn points(&self, from: &Card, start: i32, to: &Card) -> Vec<Point> {
        let leaves_right = from.column <= to.column;
        let mut points = vec![Point {
            x: if leaves_right {
                from.x + from.width
            } else {
                from.x
            },
            y: start,
        }];
        let mut y = start;
        let first = self.first_channel(from.column);
        let channels: Vec<usize> = match self.side {
            Side::Left => (first..to.column).collect(),
            Side::Right => (to.column..=first).rev().collect(),
        };
        for channel in channels {
            let next = match self.side {
                Side::Left => channel + 1,
                Side::Right => channel,
            };
            let x = self.tracks.get(&channel).copied().unwrap_or(MARGIN);
            points.push(Point { x, y });
            y = self.crossings.get(&next).copied().unwrap_or(y);
            points.push(Point { x, y });
        }
        points.push(Point {
            x: if from.column < to.column {
                to.x
            } else {
                to.x + to.width
            },
            y,
        });
        points.dedup();
        points
    }
}
