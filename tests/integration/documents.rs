//! CONTRIBUTING.md and SECURITY.md name files that there are.
//!
//! The README and the pages of `docs/` are held beside the program that they are about
//! (`tests/cli`).

use std::fs;
use std::path::Path;

const PAGES: [&str; 2] = ["CONTRIBUTING.md", "SECURITY.md"];

/// What stands in the place of a name that a reader chooses.
const CHOSEN: [char; 2] = ['<', '>'];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Where the links of a page lead to in this repository.
fn links(page: &str) -> Vec<&str> {
    let links = page.split("](").skip(1);
    let links = links.filter_map(|rest| rest.split(')').next());
    let here = links.filter(|link| !link.starts_with("https://"));
    here.filter_map(|link| link.split('#').next()).collect()
}

/// What a page quotes as a path: one word with a slash, up to the first part that its
/// reader chooses.
fn paths(page: &str) -> Vec<&str> {
    let quoted = page.split('`').skip(1).step_by(2);
    let paths = quoted.filter(|it| it.contains('/') && !it.contains([' ', '\n']));
    let paths = paths.filter(|it| !it.starts_with('/'));
    let known = paths.map(|path| match path.find(CHOSEN) {
        Some(end) => path[..end]
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder),
        None => path,
    });
    known.collect()
}

#[test]
fn every_file_that_contributors_and_reporters_are_sent_to_is_there() {
    for page in PAGES {
        let text = fs::read_to_string(root().join(page)).expect(page);
        let (links, paths) = (links(&text), paths(&text));
        assert!(links.len() > 5 && paths.len() > 1, "{page} has few");
        for path in links.into_iter().chain(paths) {
            assert!(root().join(path).exists(), "{page}: nothing at `{path}`");
        }
    }
}

#[test]
fn links_and_quoted_paths_are_told_from_other_words() {
    let page = "[a](src/a.rs#b), [c](https://c.example/d), `cargo test`, `src/<rule>.rs`, \
                `docs/`, `a/b c`, `Kind`, `//!`";
    assert_eq!(links(page), ["src/a.rs"]);
    assert_eq!(paths(page), ["src", "docs/"]);
}
