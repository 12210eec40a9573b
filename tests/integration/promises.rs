//! The README's table of promises and SECURITY.md name tests that there are.
//!
//! Read as text: that a test runs is for those who run it, and that it holds what
//! the page says is for those who review.

use std::fs;
use std::path::Path;

/// A test as a page names it: ``[`name`](file)``.
#[derive(Debug, PartialEq, Eq)]
struct Named<'a> {
    name: &'a str,
    file: &'a str,
}

#[test]
fn every_promise_is_shown_by_tests_that_there_are() {
    let readme = read("README.md").expect("the README");
    let (_, section) = readme.split_once("\n## Promises\n").expect("a section");
    let (section, _) = section.split_once("\n## ").expect("another section");
    assert!(tests_of_rows(section) > 20);
}

#[test]
fn every_threat_is_held_off_by_tests_that_there_are() {
    let page = read("SECURITY.md").expect("the page");
    assert!(tests_of_rows(&page) > 100);
}

/// How many tests the rows of a page's tables name.
///
/// # Panics
/// At a row without one, and at one that is not there.
#[track_caller]
fn tests_of_rows(page: &str) -> usize {
    let mut count = 0;
    for row in rows(page) {
        let tests = named(row);
        assert!(!tests.is_empty(), "no test: {row}");
        for Named { name, file } in tests {
            assert!(is_there(name, file), "{file} has no test `{name}`");
            count += 1;
        }
    }
    count
}

/// The rows of all tables, without their heads.
fn rows(page: &str) -> Vec<&str> {
    let lines: Vec<&str> = page.lines().collect();
    let is_rule = |line: &str| line.starts_with("|--");
    let is_head = |at: usize| lines.get(at + 1).is_some_and(|next| is_rule(next));
    let of_tables = lines
        .iter()
        .enumerate()
        .filter(|(at, line)| line.starts_with('|') && !is_rule(line) && !is_head(*at));
    of_tables.map(|(_, line)| *line).collect()
}

fn named(row: &str) -> Vec<Named<'_>> {
    let link = |text| {
        let (name, rest) = str::split_once(text, "`](")?;
        let (file, _) = rest.split_once(')')?;
        Some(Named { name, file })
    };
    row.split("[`").skip(1).filter_map(link).collect()
}

fn is_there(name: &str, file: &str) -> bool {
    // A case of the command line is a file, any other test a function.
    let is_case = name.ends_with(".toml") && file.ends_with(&format!("/{name}"));
    read(file).is_some_and(|text| is_case || has_test(&text, name))
}

/// Whether a source has a function of that name that an attribute makes a test.
fn has_test(source: &str, name: &str) -> bool {
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let head = format!("fn {name}(");
    let is_function = |line: &str| line.trim_start_matches("async ").starts_with(&head);
    let is_attribute =
        |line: &str| line.starts_with("#[") && (line.contains("test]") || line.contains("test("));
    lines.iter().enumerate().any(|(at, line)| {
        let above = lines[..at].iter().rev();
        let mut above = above.take_while(|line| line.starts_with("#[") || line.starts_with("//"));
        is_function(line) && above.any(|line| is_attribute(line))
    })
}

fn read(file: &str) -> Option<String> {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).ok()
}

#[test]
fn a_link_to_a_test_is_read() {
    assert_eq!(
        named("| **Bytes** | [`one`](a.rs), [`two.toml`](cmd/two.toml) |"),
        [
            Named {
                name: "one",
                file: "a.rs"
            },
            Named {
                name: "two.toml",
                file: "cmd/two.toml"
            },
        ]
    );
}

#[test]
fn a_row_is_what_stands_below_a_head() {
    let page = "| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n- |\n| c |\n|---|\n| 5 |\n";
    assert_eq!(rows(page), ["| 1 | 2 |", "| 3 | 4 |", "| 5 |"]);
}

#[test]
fn a_test_is_more_than_its_name() {
    let source = "#[test]\n#[ignore]\nfn one() {}\n#[tokio::test(start_paused = true)]\n\
                  /// Why.\nasync fn two() {}\n#[cfg(test)]\nfn helper() {}\n// fn told() {}\n";
    let names = ["one", "two", "helper", "told", "on", "ne"];
    assert_eq!(
        names.map(|name| has_test(source, name)),
        [true, true, false, false, false, false]
    );
}
