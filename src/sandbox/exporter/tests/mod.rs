//! The played exporter, held against traces of the real one, and its hazards.

mod hazards;
mod replay;
mod scenarios;
mod traces;
mod world;
