//! The templates and the literals that fill them, from the files beside this
//! one.
//!
//! A file of templates holds those without holes, an empty line, and those with
//! holes: `~t` a text, `~n` a number, `~l` an array, `~o` an object, `~b` a
//! boolean, `~a` anything, `~p` a path, `~+` a new variable, `~v` a variable, and
//! the letters of `literals.txt`, where a line is a letter and what may fill its
//! hole.

use std::sync::LazyLock;

use super::Kind;

struct Templates {
    leaves: Vec<&'static str>,
    branches: Vec<&'static str>,
}

fn read(file: &'static str) -> Templates {
    let (leaves, branches) = file.split_once("\n\n").expect("an empty line");
    Templates {
        leaves: leaves.lines().collect(),
        branches: branches.lines().collect(),
    }
}

static TEMPLATES: LazyLock<[Templates; 7]> = LazyLock::new(|| {
    [
        include_str!("templates/any.txt"),
        include_str!("templates/text.txt"),
        include_str!("templates/number.txt"),
        include_str!("templates/list.txt"),
        include_str!("templates/object.txt"),
        include_str!("templates/bool.txt"),
        include_str!("templates/path.txt"),
    ]
    .map(read)
});

fn templates(kind: Kind) -> &'static Templates {
    &TEMPLATES[match kind {
        Kind::Any => 0,
        Kind::Text => 1,
        Kind::Number => 2,
        Kind::List => 3,
        Kind::Object => 4,
        Kind::Bool => 5,
        Kind::Path => 6,
    }]
}

/// Expressions without others inside.
pub(super) fn leaves(kind: Kind) -> &'static [&'static str] {
    &templates(kind).leaves
}

/// Expressions with others inside.
pub(super) fn branches(kind: Kind) -> &'static [&'static str] {
    &templates(kind).branches
}

/// Whole programs that are interesting as they are, not all of them valid.
pub(crate) fn phrases() -> &'static [&'static str] {
    static PHRASES: LazyLock<Vec<&str>> =
        LazyLock::new(|| include_str!("../phrases.txt").lines().collect());
    &PHRASES
}

/// What fills a hole of this letter.
///
/// # Panics
/// Where nothing does.
pub(crate) fn literals(letter: char) -> Vec<&'static str> {
    let lines = include_str!("literals.txt").lines();
    let found: Vec<_> = lines
        .filter_map(|line| line.strip_prefix(letter)?.strip_prefix(' '))
        .collect();
    assert!(!found.is_empty(), "a hole ~{letter}");
    found
}
