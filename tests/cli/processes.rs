//! What a run does to the processes around it.

use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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
    let script = format!(
        "trap '' TERM\n/bin/sleep 600 &\necho $$ $! >{}\nwait\n/bin/sleep 600\n",
        place.join("pids").display()
    );
    let mut command = render_with(place, &script);
    command.args(["--timeout", "2s"]);
    let output = run(&mut command, b"");
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("was stopped at the deadline"));
    let pids = fs::read_to_string(place.join("pids")).expect("the program ran");
    assert_eq!(pids.split_whitespace().count(), 2);
    for pid in pids.split_whitespace() {
        assert!(!is_running(pid), "process {pid} is still there");
    }
}

/// Whoever ends the program ends the renderer too: in a process group of its
/// own it hears of nothing by itself.
#[test]
fn a_signal_ends_the_renderer_too() {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let place = scratch.path();
    let started = place.join("started");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &started,
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RWXU,
        0,
    )
    .expect("a pipe is made");
    let script = format!("echo $$ >{}\nexec /bin/sleep 600\n", started.display());
    let mut child = render_with(place, &script)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    // Opening the pipe waits until the renderer has opened it, too.
    let pid = fs::read_to_string(&started).expect("the renderer says its id");
    let program = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(program, rustix::process::Signal::TERM).expect("a signal");
    let status = child.wait().expect("the program ends");
    assert_eq!(status.signal(), Some(15));
    let patience = Instant::now() + Duration::from_secs(30);
    while is_running(pid.trim()) {
        assert!(Instant::now() < patience, "the renderer is still there");
        std::thread::yield_now();
    }
}

/// `render` of a chart, with a shell script in Helm's place.
fn render_with(place: &Path, script: &str) -> Command {
    let chart = place.join("app");
    fs::create_dir(&chart).expect("a directory is made");
    fs::write(
        chart.join("Chart.yaml"),
        "apiVersion: v2\nname: pay\nversion: 0.1.0\n",
    )
    .expect("a file is written");
    let helm = place.join("helm");
    fs::write(&helm, format!("#!/bin/sh\n{script}")).expect("a program is written");
    fs::set_permissions(&helm, fs::Permissions::from_mode(0o755)).expect("a mode is set");
    let mut command = program();
    command
        .arg("render")
        .arg(&chart)
        .arg("--helm-path")
        .arg(&helm);
    command
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
