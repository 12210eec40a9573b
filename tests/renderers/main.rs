//! Real Helm 3, Helm 4 and kustomize, called by us and calling us.
//!
//! Whoever calls, the objects are those that the tool gives by itself, and what
//! we add. Versions are pinned in `peers/go`; a tool that is missing fails.

#[path = "../peers/mod.rs"]
mod peers;

mod host;
mod packages;
mod render;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::peers::{Mode, Reader, difference};

/// The program under test.
const GLINT: &str = env!("CARGO_BIN_EXE_glint-gitops");

/// A path relative to the crate.
fn path(relative: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)
}

fn chart() -> PathBuf {
    path("tests/renderers/fixtures/chart")
}

/// An empty home, so that no configuration of the machine is used.
fn home() -> TempDir {
    TempDir::with_prefix("glint-renderers-").expect("a temporary folder")
}

/// What a program prints, as [`output_of`] runs it.
///
/// # Panics
/// Where it fails, with what it said.
fn stdout_of(program: impl AsRef<OsStr>, home: &Path, arguments: &[&OsStr]) -> Vec<u8> {
    let program = program.as_ref();
    let output = output_of(program, home, arguments);
    assert!(
        output.status.success(),
        "{} {arguments:?}: {}\n{}",
        program.display(),
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

/// Runs a program to its end with nothing but a home in its environment.
fn output_of(program: impl AsRef<OsStr>, home: &Path, arguments: &[&OsStr]) -> Output {
    let program = program.as_ref();
    Command::new(program)
        .args(arguments)
        .env_clear()
        .env("HOME", home)
        .env("HELM_PLUGINS", home.join("plugins"))
        .current_dir(home)
        .output()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

/// Holds two streams to be the same objects, in this order, but for what we add.
#[track_caller]
fn check_same(before: &[u8], after: &[u8]) {
    let mut reader = Reader::start();
    for mode in Mode::ALL {
        let mut read = |stream: &[u8]| match reader.read(mode, stream) {
            Ok(documents) => documents,
            Err(error) => panic!(
                "{mode} refuses: {error}\n{}",
                String::from_utf8_lossy(stream)
            ),
        };
        let (before, after) = (read(before), read(after));
        assert!(!before.is_empty(), "the tool gave no object");
        if let Some(difference) = difference(before, after) {
            panic!("{mode}: {difference}");
        }
    }
}

/// The lines of a stream that say what we did to it: a stream that nobody
/// touched has none.
#[track_caller]
fn check_touched(stream: &[u8], expected: &[&str]) {
    let text = String::from_utf8_lossy(stream);
    for line in expected {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
