//! Which lane goes into which column.
//!
//! Each lane has a column of its own where there are enough; else lanes stand on
//! top of each other. A lane that is too tall goes on in the next column.
//! Invariant: lanes and cards keep their order, and no part is empty.

use std::ops::Range;

use super::cards::{GAP, HEADING, LANE_GAP};
use super::lanes::Lane;

/// A lane, or what of it is in one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    /// Index of the lane.
    pub lane: usize,
    /// Which of its nodes, by their place in the lane.
    pub nodes: Range<usize>,
}

/// A column may be so tall, about a screen, before a lane goes on in the next.
const COMFORTABLE: i32 = 700;

/// The parts of each column; `heights` are those of the nodes' cards. At most
/// `count` columns, which is at least 1.
pub(super) fn columns(lanes: &[Lane], heights: &[i32], count: usize) -> Vec<Vec<Part>> {
    let mut limit = COMFORTABLE;
    loop {
        let mut filling = Filling {
            limit,
            count,
            columns: Vec::new(),
            height: 0,
        };
        match filling.fill(lanes, heights) {
            Some(()) => return filling.columns,
            None => limit += limit / 8,
        }
    }
}

/// Columns that are filled one after the other, none beyond its limit.
struct Filling {
    limit: i32,
    count: usize,
    columns: Vec<Vec<Part>>,
    /// Of the last column.
    height: i32,
}

impl Filling {
    /// None if there are too few columns for such a limit.
    fn fill(&mut self, lanes: &[Lane], heights: &[i32]) -> Option<()> {
        for (index, lane) in lanes.iter().enumerate() {
            let tall: i32 = lane.nodes.iter().map(|node| heights[*node] + GAP).sum();
            let own_column = self.count - self.columns.len() >= lanes.len() - index;
            if self.columns.is_empty() || own_column || self.height + HEADING + tall > self.limit {
                self.next_column()?;
            }
            self.open(index, 0);
            for (at, node) in lane.nodes.iter().enumerate() {
                let height = heights[*node] + GAP;
                if at > 0 && self.height + height > self.limit {
                    self.next_column()?;
                    self.open(index, at);
                }
                self.height += height;
                let part = self.columns.last_mut()?.last_mut()?;
                part.nodes.end = at + 1;
            }
            self.height += LANE_GAP;
        }
        Some(())
    }

    fn next_column(&mut self) -> Option<()> {
        if self.columns.len() == self.count {
            return None;
        }
        self.columns.push(Vec::new());
        self.height = 0;
        Some(())
    }

    fn open(&mut self, lane: usize, at: usize) {
        self.height += HEADING;
        if let Some(column) = self.columns.last_mut() {
            column.push(Part {
                lane,
                nodes: at..at,
            });
        }
    }
}
