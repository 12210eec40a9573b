//! What a user sees: every command run as a process, and its output, messages
//! and exit code held whole.
//!
//! `tests/cmd/<command>/<case>.toml` holds what needs no more than a command
//! line, variables, stdin and a few files; the modules here hold what needs a
//! generated input, a look at other processes, or a second run to compare with.
//! Nothing here needs more than Rust and a POSIX shell.

mod cases;
mod check;
mod ci;
mod documents;
mod foreign;
#[path = "../pages/mod.rs"]
mod pages;
mod processes;
mod program;
mod readme;
mod repeat;
mod rules;
mod running;
mod sarif;
mod schema;
mod streams;
