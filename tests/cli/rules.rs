//! A rule is one thing in five places: a row of the registry, a file of code, a
//! fixture, a page and a row of the README. Nothing here needs to know a rule.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use walkdir::WalkDir;

use crate::program::{program, root, run};
use crate::readme::{first_column, readme};

/// A row of the registry, as `explain` lists it.
struct Row {
    severity: String,
    summary: String,
}

/// The rules by id.
fn registry() -> BTreeMap<String, Row> {
    let output = run(program().arg("explain"), b"");
    let listed = String::from_utf8(output.stdout).expect("UTF-8");
    let row = |line: &str| {
        let (id, rest) = line.split_once(' ').expect("an id and more");
        let (severity, summary) = rest.trim_start().split_once(' ').expect("a severity");
        let row = Row {
            severity: severity.to_owned(),
            summary: summary
                .trim()
                .trim_end_matches("; stops a render")
                .to_owned(),
        };
        (id.to_owned(), row)
    };
    listed.lines().map(row).collect()
}

fn ids() -> BTreeSet<String> {
    registry().into_keys().collect()
}

/// The names in a folder, without an ending.
fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(root().join(folder)).expect("a folder");
    let name = |entry: std::io::Result<fs::DirEntry>| {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy().into_owned();
        name.strip_suffix(ending).map(str::to_owned)
    };
    entries.filter_map(name).collect()
}

#[test]
fn every_rule_has_a_page_that_says_what_why_and_how() {
    assert_eq!(names("docs/rules", ".md"), ids());
    for (id, Row { severity, summary }) in registry() {
        let output = run(program().args(["explain", &id]), b"");
        let page = String::from_utf8(output.stdout).expect("UTF-8");
        let head = format!("# {id}\n\n{severity}: {summary}\n");
        assert!(page.starts_with(&head), "{id} starts with: {page:.60}");
        let headings: Vec<_> = page
            .lines()
            .filter(|line| line.starts_with("## "))
            .collect();
        let expected = [
            "## What it finds",
            "## Why it matters",
            "## Example",
            "## How to mend it",
        ];
        assert_eq!(headings, expected, "{id}");
    }
}

#[test]
fn every_rule_has_a_fixture_that_shows_it() {
    assert_eq!(names("tests/rules", ""), ids());
    for id in ids() {
        let case = fs::read_to_string(root().join("tests/rules").join(&id).join("case.toml"));
        let case = case.unwrap_or_else(|error| panic!("{id}: {error}"));
        assert!(case.contains(&format!("[{id}]")), "{id} is not shown");
    }
}

#[test]
fn every_rule_is_in_the_readme_with_its_severity() {
    let readme = readme();
    assert_eq!(first_column(&readme, "Findings"), ids());
    for (id, Row { severity, .. }) in registry() {
        let start = format!("| `{id}` | ");
        let rows = readme.lines().filter_map(|line| line.strip_prefix(&start));
        let rows: Vec<_> = rows.collect();
        assert_eq!(rows.len(), 1, "{id} has one row: {rows:?}");
        let cell = rows[0].split(" |").next().unwrap_or("");
        assert!(
            cell.contains(&severity),
            "{id} is `{severity}`, not `{cell}`"
        );
    }
}

/// Where a finding is made that no rule's file makes: while reading, while
/// rendering, and over all findings.
const ELSEWHERE: [(&str, &str); 9] = [
    ("src/catalog/entity.rs", "missing- invalid-"),
    (
        "src/render",
        "broken- unsupported- unreadable- nested- other- not- crds- fragment- allow-",
    ),
    ("src/command/merge.rs", "fragment-data-"),
    ("src/command/lock", "lock-"),
    ("src/command/guard.rs", "too-many- deleted-"),
    ("src/command/preview/entities.rs", "not-"),
    (
        "src/command/preview/live",
        "rejected deletions- not-deleted",
    ),
    ("src/validate/mod.rs", "more-"),
    ("src/validate/rules", ""),
];

#[test]
fn every_rule_is_found_where_its_name_says() {
    let files = names("src/validate/rules", ".rs");
    for id in ids() {
        if files.contains(&id.replace('-', "_")) {
            let path = format!("src/validate/rules/{}.rs", id.replace('-', "_"));
            let text = fs::read_to_string(root().join(&path)).expect("a file of code");
            assert!(
                text.contains(&format!("\"{id}\"")),
                "{path} does not name it"
            );
            assert!(text.contains("#[cfg(test)]"), "{path} has no test");
            continue;
        }
        let is_made = |(place, starts): &(&str, &str)| {
            starts
                .split(' ')
                .any(|start| !start.is_empty() && id.starts_with(start))
                && names_rule(&root().join(place), &id)
        };
        assert!(ELSEWHERE.iter().any(is_made), "nothing makes `{id}`");
    }
}

fn names_rule(place: &Path, id: &str) -> bool {
    let literal = format!("\"{id}\"");
    code(place).iter().any(|text| text.contains(&literal))
}

#[test]
fn every_finding_of_the_code_is_of_a_rule() {
    let ids = ids();
    let named = |text: &str| -> Vec<String> {
        let after = ["Finding::new(", "RULE: &str ="];
        let parts = after.iter().flat_map(|before| text.split(before).skip(1));
        let literal = |part: &str| {
            let part = part.trim_start().strip_prefix('"')?;
            part.split('"').next().map(str::to_owned)
        };
        parts.filter_map(literal).collect()
    };
    let code = code(&root().join("src"));
    let found: BTreeSet<String> = code.iter().flat_map(|text| named(text)).collect();
    assert!(!found.is_empty());
    assert_eq!(
        found.difference(&ids).collect::<Vec<_>>(),
        Vec::<&String>::new()
    );
}

fn is_test(path: &Path) -> bool {
    path.iter()
        .any(|part| part == "tests" || part == "tests.rs")
}

/// The texts of the sources below a place, without their unit tests.
fn code(place: &Path) -> Vec<String> {
    WalkDir::new(place)
        .into_iter()
        .map(|entry| entry.expect("an entry").into_path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .filter(|path| !is_test(path.strip_prefix(root()).unwrap_or(path)))
        .map(|path| fs::read_to_string(path).expect("a file of code"))
        .map(|text| text.split("#[cfg(test)]").next().unwrap_or("").to_owned())
        .collect()
}
