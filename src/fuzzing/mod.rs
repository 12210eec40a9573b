//! What the fuzzers call: for each thing that parses what others wrote, one
//! function that takes bytes and holds what it makes of them against a promise.
//!
//! Not for users, and not in a release: the feature `fuzzing` is the door by
//! which the targets in `fuzz/` reach private modules. Invariants: a function
//! here returns for whatever bytes it is given, and panics only where a promise
//! is broken; nothing is read from a clock, a disk or the environment.

mod archive;
mod edit;
mod fragment;
mod jq;
mod preview;
mod read;
mod render;
mod settings;
mod split;

pub use crate::catalog_api::fuzzed::Api;
pub use archive::archive;
pub use edit::edit;
pub use fragment::fragment;
pub use jq::jq;
pub use preview::{config, evaluate, told};
pub use read::read;
pub use render::{RENDERS, Stream, options, render};
pub use settings::settings;
pub use split::split;

/// The pieces of an input, which a zero byte keeps apart.
fn parts<const N: usize>(bytes: &[u8]) -> [&[u8]; N] {
    let mut parts = bytes.splitn(N, |byte| *byte == 0);
    std::array::from_fn(|_| parts.next().unwrap_or_default())
}

/// A message for people is one line.
#[track_caller]
fn check_message(message: &str) {
    let found = message.chars().find(|it| it.is_control());
    assert!(!message.is_empty() && found.is_none(), "{message:?}");
}
