//! The commands and messages of the README and of `docs/`: each command is run
//! by somebody, and each message is one that a test has seen.

use std::fs;
use std::path::Path;
use std::process::Command;

use walkdir::WalkDir;

use crate::pages::{Mark, SHELL, blocks, pages};
use crate::program::{root, run, said};
use crate::running::Sandbox;

/// What a message may leave out.
const LEFT_OUT: char = '…';

#[test]
fn every_shell_block_says_who_runs_it() {
    for page in pages() {
        for block in blocks(&page, SHELL) {
            assert!(
                block.mark.is_some(),
                "{}: the line above must be `<!-- runs -->`, `<!-- runs: e2e -->` or \
                 `<!-- not run: why -->`",
                block.place
            );
        }
    }
}

/// Lines with pipes and variables, which no console block can hold.
#[test]
fn every_block_that_is_marked_to_run_runs() {
    let folder = Path::new(env!("CARGO_BIN_EXE_glint-gitops"))
        .parent()
        .expect("the program is in a folder");
    for page in pages() {
        for block in blocks(&page, SHELL) {
            let sandbox = match block.mark {
                Some(Mark::Tests) => None,
                Some(Mark::Sandbox) if cfg!(feature = "catalog") => {
                    Some(Sandbox::start("examples/shop", &[]))
                }
                Some(Mark::Sandbox | Mark::EndToEnd(_) | Mark::Nobody(_) | Mark::Ci) | None => {
                    continue;
                }
            };
            let scratch = tempfile::tempdir().expect("a scratch directory");
            let mut shell = Command::new("/bin/sh");
            shell
                .args(["-euc", &block.text])
                .env_clear()
                .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
                .env("TMPDIR", scratch.path())
                .envs(sandbox.iter().flat_map(|it| it.variables.clone()))
                .current_dir(root());
            let output = run(&mut shell, b"");
            assert!(
                output.status.success(),
                "{}: {}",
                block.place,
                said(&output)
            );
            assert!(!output.stdout.is_empty(), "{}: prints nothing", block.place);
        }
    }
}

#[test]
fn every_link_of_a_page_leads_somewhere() {
    for page in pages() {
        let text = fs::read_to_string(root().join(&page)).expect("a page");
        let folder = root().join(&page);
        let folder = folder.parent().expect("a page is in a folder");
        // What stands behind `](`, up to the bracket that closes it.
        let links = text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next());
        for link in links.filter(|link| !link.starts_with("https://")) {
            assert!(folder.join(link).exists(), "{page}: nothing is at `{link}`");
        }
    }
}

/// A message is quoted from tests that compare it with what the real program
/// says, so that no page outlives a message. What varies is left out by `…`, and
/// our own lines are quoted apart from what a host puts in front of them, so each
/// part is looked for alone.
#[test]
fn every_message_of_the_troubleshooting_page_is_one_that_a_test_expects() {
    let expected = expectations();
    let messages = blocks("docs/troubleshooting.md", &["text"]);
    assert!(!messages.is_empty());
    for message in messages {
        let parts = message.text.split([LEFT_OUT, '\n']).map(str::trim);
        for part in parts.filter(|part| !part.is_empty()) {
            assert!(
                expected.iter().any(|text| text.contains(part)),
                "{}: no test expects `{part}`",
                message.place
            );
        }
    }
}

/// The texts of all end-to-end tests and cases, with the escapes of a literal
/// undone.
fn expectations() -> Vec<String> {
    let folders = ["tests/e2e", "tests/cmd"];
    let files = folders
        .iter()
        .flat_map(|folder| WalkDir::new(root().join(folder)));
    files
        .map(|entry| entry.expect("an entry").into_path())
        .filter(|path| path.is_file())
        .filter_map(|path| fs::read_to_string(path).ok())
        .map(|text| unescaped(&text))
        .collect()
}

fn unescaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(char) = rest.next() {
        match (char, rest.peek()) {
            ('\\', Some('n')) => {
                rest.next();
                plain.push('\n');
            }
            ('\\', Some('"')) => {}
            // A literal that goes on in the next line.
            ('\\', Some('\n')) => while rest.next_if(|char| char.is_whitespace()).is_some() {},
            _ => plain.push(char),
        }
    }
    plain
}
