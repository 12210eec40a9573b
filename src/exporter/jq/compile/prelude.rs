//! The functions that are written in jq themselves.

use std::sync::LazyLock;

use super::super::syntax::{self, Def};

/// Their text. What each does is gojq's `builtin.jq` (v0.12.17), down to the
/// order and number of outputs and what is tracked as a path.
const TEXT: &str = include_str!("prelude.jq");

static PRELUDE: LazyLock<Vec<Def>> =
    LazyLock::new(|| syntax::parse(TEXT).map_or_else(|_| Vec::new(), |query| query.defs));

/// The functions that the compiler makes of constructs; `last/1` is one too,
/// but gojq doesn't list it.
pub(super) const CONSTRUCTS: [(&str, usize); 18] = [
    ("debug", 1),
    ("del", 1),
    ("empty", 0),
    ("env", 0),
    ("builtins", 0),
    ("first", 1),
    ("getpath", 1),
    ("input", 0),
    ("inputs", 0),
    ("map", 1),
    ("map_values", 1),
    ("not", 0),
    ("path", 1),
    ("recurse", 0),
    ("recurse", 1),
    ("select", 1),
    ("with_entries", 1),
    ("_modify", 2),
];

/// The function of a name with so many parameters.
pub(super) fn find(name: &str, parameters: usize) -> Option<&'static Def> {
    let mut defs = PRELUDE.iter();
    defs.find(|def| def.name == name && def.parameters.len() == parameters)
}

/// All names, with how many parameters each has.
pub(super) fn names() -> impl Iterator<Item = (&'static str, usize)> {
    let defs = PRELUDE.iter();
    defs.map(|def| (def.name.as_str(), def.parameters.len()))
}
