//! `report` against a sandbox: the program as CI runs it.
//!
//! - `support`: a sandbox, the program, and what it says
//! - `sends`: targets and runs, once each
//! - `blueprints`: made and extended, nothing taken away
//! - `entities`: what became of each declared entity

mod blueprints;
mod entities;
mod sends;
mod support;
