//! The layers of the crate, as a table that the sources are held to.
//!
//! Reads text, not types: a name that reaches a module by another way than
//! `crate::…` or `super::…` would slip past, which is one more reason to
//! re-export nothing inside the crate. Unit tests (`#[cfg(test)]`), comments and
//! string literals are not looked at; nor, for what the core may touch, files of
//! unit tests.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

/// Each module with those that it may name, lowest first. A row can only name
/// rows above it, so the table can't hold a ring.
const LAYERS: &[(&str, &[&str])] = &[
    ("manifest", &[]),
    ("legible", &[]),
    ("reason", &[]),
    ("graph", &["legible"]),
    ("finding", &["manifest"]),
    ("catalog", &["finding", "legible", "manifest"]),
    ("exporter", &["catalog", "finding", "manifest"]),
    ("schema", &["catalog"]),
    ("validate", &["exporter", "catalog", "finding", "manifest"]),
    ("lock", &["catalog", "finding", "manifest"]),
    (
        "render",
        &[
            "lock", "exporter", "validate", "catalog", "finding", "legible", "manifest",
        ],
    ),
    (
        "diff",
        &[
            "render", "lock", "exporter", "catalog", "finding", "manifest",
        ],
    ),
    ("package", &[]),
    ("report", &["reason", "catalog", "finding", "manifest"]),
    (
        "publish",
        &["diff", "lock", "exporter", "catalog", "finding", "manifest"],
    ),
    ("input", &["manifest", "finding"]),
    ("http", &[]),
    ("catalog_api", &["http", "catalog"]),
    (
        "reporter",
        &["catalog_api", "report", "catalog", "manifest"],
    ),
    ("artifact", &["http"]),
    (
        "sandbox",
        &[
            "exporter", "catalog", "finding", "graph", "legible", "manifest",
        ],
    ),
    ("cluster", &[]),
    (
        "controller",
        &[
            "cluster",
            "artifact",
            "reporter",
            "catalog_api",
            "http",
            "reason",
            "input",
            "publish",
            "report",
            "diff",
            "render",
            "lock",
            "validate",
            "exporter",
            "catalog",
            "finding",
            "manifest",
        ],
    ),
    ("cli", &[]),
    (
        "config",
        &[
            "cli",
            "catalog_api",
            "input",
            "render",
            "validate",
            "exporter",
            "catalog",
            "finding",
            "legible",
            "manifest",
        ],
    ),
    (
        "output",
        &[
            "config",
            "catalog_api",
            "input",
            "publish",
            "report",
            "diff",
            "render",
            "lock",
            "validate",
            "exporter",
            "catalog",
            "finding",
            "graph",
            "legible",
            "manifest",
        ],
    ),
    ("telemetry", &[]),
    (
        "command",
        &[
            "telemetry",
            "output",
            "config",
            "cli",
            "package",
            "controller",
            "cluster",
            "artifact",
            "sandbox",
            "reporter",
            "catalog_api",
            "input",
            "publish",
            "report",
            "diff",
            "render",
            "lock",
            "validate",
            "schema",
            "exporter",
            "catalog",
            "finding",
            "manifest",
        ],
    ),
    // The door of fuzz/, which no release has.
    (
        "fuzzing",
        &[
            "command",
            "config",
            "artifact",
            "catalog_api",
            "render",
            "exporter",
            "catalog",
            "manifest",
        ],
    ),
];

/// The vocabulary and the core: their results depend on their arguments alone.
const PURE: &[&str] = &[
    "manifest", "finding", "catalog", "exporter", "schema", "validate", "lock", "render", "diff",
    "package", "report", "publish", "legible", "graph", "reason",
];

/// The parts of `std` that see the world outside.
const WORLD: &[&str] = &["env", "fs", "net", "process", "thread", "time"];

#[test]
fn a_row_names_only_rows_above_it() {
    for (row, (module, may_name)) in LAYERS.iter().enumerate() {
        for name in *may_name {
            assert!(
                LAYERS[..row].iter().any(|(above, _)| above == name),
                "the row of `{module}` names `{name}`, which does not stand above it"
            );
        }
    }
}

#[test]
fn every_module_is_in_the_table() {
    for source in sources() {
        if let Some(module) = source.module() {
            assert!(
                may_name(module).is_some(),
                "`{module}` ({}) has no row in LAYERS",
                source.path.display()
            );
        }
    }
}

#[test]
fn a_module_names_only_what_its_row_allows() {
    for source in sources() {
        let Some(module) = source.module() else {
            continue;
        };
        for name in source.modules_named() {
            // The sandbox is the catalog of every test.
            let is_double = source.is_test() && name == "sandbox";
            let row = may_name(module).unwrap_or_default();
            let allowed = name == module || is_double || row.contains(&name.as_str());
            assert!(
                allowed,
                "{} names `crate::{name}`, which the row of `{module}` in LAYERS does not allow",
                source.path.display()
            );
        }
    }
}

#[test]
fn the_core_touches_nothing_outside_and_waits_for_nothing() {
    for source in sources() {
        if !source.module().is_some_and(|module| PURE.contains(&module)) || source.is_test() {
            continue;
        }
        for name in names_under(&source.tokens, &["std"]) {
            assert!(
                !WORLD.contains(&name.as_str()),
                "{} names `std::{name}`; the core does no I/O and reads no clock",
                source.path.display()
            );
        }
        for word in ["async", "tokio"] {
            assert!(
                !source.tokens.iter().any(|token| token == word),
                "{} names `{word}`; the core is not async",
                source.path.display()
            );
        }
    }
}

#[test]
fn every_file_says_first_what_it_is_for() {
    let files = rust_files("src")
        .chain(rust_files("tests"))
        .chain(rust_files("benches"))
        .chain(rust_files("fuzz/fuzz_targets"));
    for path in files {
        let text = read(&path);
        assert!(
            text.starts_with("//!"),
            "{} opens without a `//!` head",
            path.display()
        );
    }
}

#[test]
fn comments_strings_and_unit_tests_are_not_code() {
    check_names(
        "// crate::a\n/* crate::b /* */ crate::c */ fn f() { \"crate::d\"; r#\"\"crate::e\"#; }",
        &[],
    );
    check_names(
        "#[cfg(test)]\nuse crate::{a, b};\n#[cfg(test)]\nmod tests { use crate::c; fn f() {} } use crate::d;",
        &["d"],
    );
    check_names(
        "fn f<'a>(x: &'a str) { x == '\"'; crate::a::g('\\'') }",
        &["a"],
    );
}

#[test]
fn nested_uses_and_ways_through_super_are_seen() {
    check_names(
        "use crate::{a::{x, y}, b as c, d};\nfn f() -> crate::e::T {}",
        &["a", "b", "d", "e"],
    );
    check_names("use super::a::b; use super::super::c;", &["c"]);
}

#[track_caller]
fn check_names(source: &str, expected: &[&str]) {
    let source = Source {
        path: PathBuf::from("src/module/file.rs"),
        tokens: without_tests(tokens(source)),
    };
    let expected: BTreeSet<_> = expected.iter().map(ToString::to_string).collect();
    assert_eq!(source.modules_named(), expected);
}

fn may_name(module: &str) -> Option<&'static [&'static str]> {
    LAYERS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, may_name)| *may_name)
}

/// A source file below `src`, its path relative to the crate.
struct Source {
    path: PathBuf,
    tokens: Vec<String>,
}

impl Source {
    /// The top-level module that the file belongs to; none for the roots.
    fn module(&self) -> Option<&str> {
        let first = self.path.iter().nth(1)?.to_str()?;
        let module = first.strip_suffix(".rs").unwrap_or(first);
        (!matches!(module, "lib" | "main")).then_some(module)
    }

    /// Whether the file holds unit tests alone, which may read what they compare.
    fn is_test(&self) -> bool {
        let mut parts = self.path.iter().skip(1);
        parts.any(|part| part == "tests" || part == "tests.rs")
    }

    /// How many `super::` lead from the file's module to the crate's root.
    fn depth(&self) -> usize {
        let is_mod = self.path.file_name().is_some_and(|name| name == "mod.rs");
        self.path.iter().count() - 1 - usize::from(is_mod)
    }

    fn modules_named(&self) -> BTreeSet<String> {
        let mut names = names_under(&self.tokens, &["crate"]);
        names.extend(names_under(&self.tokens, &vec!["super"; self.depth()]));
        names
    }
}

fn sources() -> Vec<Source> {
    let sources: Vec<_> = rust_files("src")
        .map(|path| Source {
            tokens: without_tests(tokens(&read(&path))),
            path,
        })
        .collect();
    assert!(!sources.is_empty(), "no source was found");
    sources
}

/// Every Rust file below a folder of the crate, in the order of their names.
fn rust_files(folder: &str) -> impl Iterator<Item = PathBuf> {
    WalkDir::new(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
        .sort_by_file_name()
        .into_iter()
        .flatten()
        .map(walkdir::DirEntry::into_path)
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .filter_map(|path| {
            path.strip_prefix(env!("CARGO_MANIFEST_DIR"))
                .ok()
                .map(PathBuf::from)
        })
}

fn read(path: &Path) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The names that stand directly under a path such as `crate`: `a` and `b` of
/// `use crate::{a::{x, y}, b}`, `c` of `crate::c::f()`.
fn names_under(tokens: &[String], root: &[&str]) -> BTreeSet<String> {
    let path: Vec<_> = root.iter().flat_map(|segment| [*segment, "::"]).collect();
    let mut names = BTreeSet::new();
    for start in 0..tokens.len() {
        let continues = start > 0 && tokens[start - 1] == "::";
        if path.is_empty() || continues || !starts_with(&tokens[start..], &path) {
            continue;
        }
        let rest = &tokens[start + path.len()..];
        match rest.first().map(String::as_str) {
            Some("{") => names.extend(first_of_each(rest)),
            Some(name) => {
                names.insert(name.to_owned());
            }
            None => {}
        }
    }
    names
}

fn starts_with(tokens: &[String], path: &[&str]) -> bool {
    tokens.len() >= path.len() && tokens.iter().zip(path).all(|(token, name)| token == name)
}

/// The first token of each member of a `{…}` group, nested groups left out.
fn first_of_each(group: &[String]) -> Vec<String> {
    let mut names = Vec::new();
    let mut depth = 0;
    for pair in group.windows(2) {
        match pair[0].as_str() {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && matches!(pair[0].as_str(), "{" | ",") && pair[1] != "}" {
            names.push(pair[1].clone());
        }
    }
    names
}

/// Leaves out each item that an attribute `#[cfg(…test…)]` marks.
fn without_tests(tokens: Vec<String>) -> Vec<String> {
    let mut kept = Vec::new();
    let mut rest = tokens.as_slice();
    while let Some(token) = rest.first() {
        if starts_with(rest, &["#", "[", "cfg"]) {
            let attribute = bracketed(rest, "[", "]");
            let words = &rest[..attribute];
            if words.iter().any(|word| word == "test") && !words.iter().any(|word| word == "not") {
                rest = &rest[attribute..];
                rest = &rest[item(rest)..];
                continue;
            }
        }
        kept.push(token.clone());
        rest = &rest[1..];
    }
    kept
}

/// How many tokens the item at the start has, its attributes included.
fn item(tokens: &[String]) -> usize {
    let mut length = 0;
    while starts_with(&tokens[length..], &["#", "["]) {
        length += bracketed(&tokens[length..], "[", "]");
    }
    let of_use = tokens[length..]
        .iter()
        .take_while(|token| !matches!(token.as_str(), ";" | "{"))
        .any(|token| token == "use");
    let first_end = tokens[length..]
        .iter()
        .position(|token| token == ";" || (token == "{" && !of_use));
    match first_end {
        Some(end) if tokens[length + end] == "{" => {
            length + end + bracketed(&tokens[length + end..], "{", "}")
        }
        Some(end) => length + end + 1,
        None => tokens.len(),
    }
}

/// How many tokens there are up to the end of the first bracketed group.
fn bracketed(tokens: &[String], open: &str, close: &str) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate() {
        if token == open {
            depth += 1;
        } else if token == close {
            depth -= 1;
            if depth == 0 {
                return index + 1;
            }
        }
    }
    tokens.len()
}

/// Rust's words and signs, `::` as one, without comments and literals.
fn tokens(source: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let skipped = literal_or_comment(rest);
        if skipped > 0 {
            rest = &rest[skipped..];
            continue;
        }
        let word = rest
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len());
        let length = match word {
            0 if rest.starts_with("::") => 2,
            0 => first.len_utf8(),
            word => word,
        };
        if !first.is_whitespace() {
            tokens.push(rest[..length].to_owned());
        }
        rest = &rest[length..];
    }
    tokens
}

/// The length of the comment or literal that the text starts with, or 0.
fn literal_or_comment(text: &str) -> usize {
    if text.starts_with("//") {
        return text.find('\n').unwrap_or(text.len());
    }
    if text.starts_with("/*") {
        return block_comment(text);
    }
    let quote = text.trim_start_matches(['b', 'c', 'r', '#']);
    let prefix = text.len() - quote.len();
    if quote.starts_with('"') {
        return prefix + string(quote, &text[..prefix]);
    }
    if text.starts_with('\'') {
        return character(text);
    }
    0
}

fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    for (index, pair) in text.as_bytes().windows(2).enumerate() {
        match pair {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 2;
        }
    }
    text.len()
}

/// The length of a string from its opening quote, given what stands before that.
fn string(text: &str, prefix: &str) -> usize {
    if prefix.contains('r') {
        let end = format!("\"{}", "#".repeat(prefix.matches('#').count()));
        return text[1..]
            .find(&end)
            .map_or(text.len(), |start| 1 + start + end.len());
    }
    let mut escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        match c {
            '"' if !escaped => return index + 1,
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    text.len()
}

/// The length of a character literal, or 0 where a lifetime starts.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), Some((escaped, c))) => {
            let after = escaped + c.len_utf8();
            text[after..]
                .find('\'')
                .map_or(0, |closing| after + closing + 1)
        }
        (Some(_), Some((closing, '\''))) => closing + 1,
        (Some(_) | None, Some(_) | None) => 0,
    }
}
