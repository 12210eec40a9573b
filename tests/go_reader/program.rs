//! The program under test, by the only thing that this test wants from it.

use std::io::Write;
use std::process::{Command, Stdio};

/// Gives the stream after the post-render, or what was said when it refused.
pub(crate) type PostRender = fn(&[u8], &[&str]) -> Result<Vec<u8>, String>;

/// Runs `glint-gitops post-render` as a process of its own, without the
/// machine's environment and away from any settings file.
///
/// # Panics
/// Where it ends otherwise than with 0, or with 2 and an empty stdout.
pub(crate) fn binary(stream: &[u8], arguments: &[&str]) -> Result<Vec<u8>, String> {
    let mut process = Command::new(env!("CARGO_BIN_EXE_glint-gitops"))
        .arg("post-render")
        .args(arguments)
        .env_clear()
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut stdin = process.stdin.take().expect("stdin is piped");
    let output = std::thread::scope(|scope| {
        // A program that refuses early may close its stdin before all is read.
        scope.spawn(move || drop(stdin.write_all(stream)));
        process.wait_with_output().expect("the binary ends")
    });
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0) => Ok(output.stdout),
        Some(2) if output.stdout.is_empty() => Err(said),
        Some(_) | None => panic!("post-render: {}, {said}", output.status),
    }
}
