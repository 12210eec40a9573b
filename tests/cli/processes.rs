//! What a run does to the processes around it.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use crate::program::{program, run, said};

/// A reader that has seen enough is no error, and nothing to speak of.
#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut child = program()
        // More than a pipe holds, so that the write can't end before the reader does.
        .args(["post-render", "--host", "pipe", "--application", "shop"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut stdin = child.stdin.take().expect("stdin is a pipe");
    let mut stdout = child.stdout.take().expect("stdout is a pipe");
    let writer = std::thread::spawn(move || {
        let mut stream = "kind: Service\n# ".to_owned();
        stream += &"x".repeat(4 * 1024 * 1024);
        std::io::Write::write_all(&mut stdin, stream.as_bytes())
    });
    let mut first = [0; 1];
    stdout.read_exact(&mut first).expect("a first byte");
    drop(stdout);
    writer
        .join()
        .expect("no panic")
        .expect("stdin is read whole");
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!(
        (output.status.code(), said(&output)),
        (Some(0), String::new())
    );
}

/// A renderer that is stopped at the deadline leaves no process, not even one
/// that it started itself and that ignores the polite signal.
#[test]
fn no_child_outlives_the_deadline() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let place = scratch.path();
    let chart = place.join("app");
    fs::create_dir(&chart).expect("a directory is made");
    fs::write(
        chart.join("Chart.yaml"),
        "apiVersion: v2\nname: pay\nversion: 0.1.0\n",
    )
    .expect("a file is written");
    let helm = place.join("helm");
    let script = format!(
        "#!/bin/sh\ntrap '' TERM\n/bin/sleep 600 &\necho $$ $! >{}\nwait\n/bin/sleep 600\n",
        place.join("pids").display()
    );
    fs::write(&helm, script).expect("a program is written");
    fs::set_permissions(&helm, fs::Permissions::from_mode(0o755)).expect("a mode is set");
    let mut command = program();
    command
        .arg("render")
        .arg(&chart)
        .args(["--timeout", "1s", "--helm-path"])
        .arg(&helm);
    let output = run(&mut command, b"");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("was stopped at the deadline"));
    let pids = fs::read_to_string(place.join("pids")).expect("the program ran");
    assert_eq!(pids.split_whitespace().count(), 2);
    for pid in pids.split_whitespace() {
        assert!(!is_running(pid), "process {pid} is still there");
    }
}

/// Whether a process runs; a zombie that its new parent has not yet waited for
/// does not.
fn is_running(pid: &str) -> bool {
    let status = fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
    status.is_ok_and(|status| {
        let state = status.rsplit(')').next().unwrap_or_default().trim_start();
        !state.starts_with(['Z', 'X'])
    })
}
