//! `report` against a sandbox: the program as CI runs it.
//!
//! - `support`: a sandbox, the program, and what it says
//! - `sends`: targets and runs, once each
//! - `blueprints`: made and extended, nothing taken away
//! - `entities`: what became of each declared entity
//! - `workflow`: the recipe for CI
//! - `faults`: all of it while things go wrong

mod blueprints;
mod entities;
mod faults;
mod sends;
mod support;
mod workflow;
