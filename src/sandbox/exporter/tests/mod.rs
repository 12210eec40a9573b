//! The played exporter, held against traces of the real one, and its hazards.

mod hazards;
mod replay;
mod traces;
mod world;
