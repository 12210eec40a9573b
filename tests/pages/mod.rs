//! The fenced blocks of the README and of `docs/`, and what each asks for.
//!
//! A shell block says by the comment above it who runs it:
//!
//! ```text
//! <!-- runs -->                 `cargo test`, from the package's root
//! <!-- runs: sandbox -->        `cargo test`, beside a sandbox of examples/shop
//! <!-- runs: e2e -->            the end-to-end tests, against a real cluster
//! <!-- runs: e2e with helm3 --> the same, where `helm` is that peer
//! <!-- not run: why -->         nobody
//! <!-- runs: ci -->             `.ci/run`
//! <!-- test-command -->         `.ci/run`, which takes the command from the README
//! ```
//!
//! Not for `console` blocks, which trycmd runs and compares.

use std::fs;
use std::path::Path;

/// The languages of a block that a user would paste into a shell.
pub(crate) const SHELL: &[&str] = &["sh", "bash", "shell"];

/// A fenced block.
#[derive(Debug)]
pub(crate) struct Block {
    /// The file and line, for messages.
    pub(crate) place: String,
    /// The comment above it, if that is a mark.
    pub(crate) mark: Option<Mark>,
    /// What stands between the fences.
    pub(crate) text: String,
}

/// Who runs a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// `cargo test`.
    Tests,
    /// `cargo test`, beside a sandbox of examples/shop, whose variables are set.
    Sandbox,
    /// The end-to-end tests, with this peer as `helm`.
    EndToEnd(Option<String>),
    /// Nobody, and why.
    Nobody(String),
    /// `.ci/run`.
    Ci,
}

/// The README and every page of `docs/`, by their paths from the root. Not those
/// of `docs/rules`, which hold manifests and no commands.
pub(crate) fn pages() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let entries = fs::read_dir(folder).expect("the folder docs");
    let mut pages: Vec<String> = entries
        .map(|entry| entry.expect("an entry"))
        .filter(|entry| entry.path().is_file())
        .map(|entry| entry.file_name())
        .map(|name| format!("docs/{}", name.to_string_lossy()))
        .collect();
    pages.push("README.md".to_owned());
    pages.sort();
    pages
}

/// The blocks of a page that are in one of these languages.
///
/// # Panics
/// Where a fence is not closed.
pub(crate) fn blocks(page: &str, languages: &[&str]) -> Vec<Block> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page));
    let text = text.unwrap_or_else(|error| panic!("{page}: {error}"));
    let lines: Vec<&str> = text.lines().collect();
    let mut blocks = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let Some(language) = lines[at].strip_prefix("```") else {
            at += 1;
            continue;
        };
        let place = format!("{page}:{}", at + 1);
        let length = lines[at + 1..].iter().position(|line| *line == "```");
        let length = length.unwrap_or_else(|| panic!("{place}: the fence is not closed"));
        if languages.contains(&language) {
            blocks.push(Block {
                place,
                mark: at.checked_sub(1).and_then(|above| mark(lines[above])),
                text: lines[at + 1..at + 1 + length].join("\n") + "\n",
            });
        }
        at += length + 2;
    }
    blocks
}

fn mark(line: &str) -> Option<Mark> {
    let mark = line.strip_prefix("<!-- ")?.strip_suffix(" -->")?;
    match mark {
        "runs" => Some(Mark::Tests),
        "runs: sandbox" => Some(Mark::Sandbox),
        "runs: e2e" => Some(Mark::EndToEnd(None)),
        "runs: ci" | "test-command" => Some(Mark::Ci),
        _ => None,
    }
    .or_else(|| {
        let helm = mark.strip_prefix("runs: e2e with ")?;
        Some(Mark::EndToEnd(Some(helm.to_owned())))
    })
    .or_else(|| {
        let reason = mark.strip_prefix("not run: ")?;
        Some(Mark::Nobody(reason.to_owned()))
    })
}
