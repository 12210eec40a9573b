//! `publish` as a user runs it, against a catalog in this process: what it says, what
//! it writes and what it leaves alone.
//!
//! The exporter's part is played by the tests, by the calls that it makes.

mod conformance;
mod hazards;
mod killed;
mod plans;
#[path = "../cli/program.rs"]
#[expect(dead_code, reason = "`cli` needs more of it")]
mod program;
mod protocol;
mod proxy;
mod rollback;
mod stage;
