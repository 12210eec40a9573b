//! The README's table of promises names tests that there are.

use std::fs;
use std::path::Path;

/// A test as the table names it: ``[`name`](file)``.
#[derive(Debug, PartialEq, Eq)]
struct Named<'a> {
    name: &'a str,
    file: &'a str,
}

#[test]
fn every_promise_is_shown_by_tests_that_there_are() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = fs::read_to_string(root.join("README.md")).expect("the README");
    let (_, section) = readme.split_once("\n## Promises\n").expect("a section");
    let (section, _) = section.split_once("\n## ").expect("another section");
    let rows = section.lines().filter(|line| line.starts_with("| **"));
    let mut count = 0;
    for row in rows {
        let tests = named(row);
        assert!(!tests.is_empty(), "no test: {row}");
        for Named { name, file } in tests {
            let text = fs::read_to_string(root.join(file)).expect(file);
            // A case of the command line is a file, any other test a function.
            let is_there = file.ends_with(name) || text.contains(&format!("fn {name}("));
            assert!(is_there, "{file} has no test `{name}`");
            count += 1;
        }
    }
    assert!(count > 20, "{count} tests");
}

fn named(row: &str) -> Vec<Named<'_>> {
    let link = |text| {
        let (name, rest) = str::split_once(text, "`](")?;
        let (file, _) = rest.split_once(')')?;
        Some(Named { name, file })
    };
    row.split("[`").skip(1).filter_map(link).collect()
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
