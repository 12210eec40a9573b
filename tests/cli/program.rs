//! Runs the program as a user would, but in a known environment.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

/// The program in the package's root, without any variable of the machine.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_glint-gitops"));
    command.env_clear().current_dir(root());
    command
}

/// The package's root.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Runs a command to its end; `stdin` is written while it reads.
pub(crate) fn run(command: &mut Command, stdin: &[u8]) -> Output {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut pipe = child.stdin.take().expect("stdin is a pipe");
    thread::scope(|scope| {
        // A program that refuses its input early closes the pipe.
        scope.spawn(move || drop(pipe.write_all(stdin)));
        child.wait_with_output().expect("the program ends")
    })
}

/// What was said on stderr.
pub(crate) fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// What `post-render` with some flags makes of a stream. Panics unless it
/// succeeds.
#[track_caller]
pub(crate) fn post_rendered(stream: &[u8], flags: &[&str]) -> Output {
    let output = run(program().arg("post-render").args(flags), stream);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    output
}
