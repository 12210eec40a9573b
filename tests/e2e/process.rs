//! The programs that the fixtures start: each ends with the tests, however
//! these end. Not for programs that are run to their end.
//!
//! Invariant: nothing that a program started outlives the `Program`, nor the
//! process of the tests.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, AtomicU32, Ordering};
use std::sync::{Mutex, Once};
use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take to be ready or to come about, on a machine that
/// builds something else at the same time.
pub(crate) const PATIENCE: Duration = Duration::from_secs(90);

/// A running program.
#[derive(Debug)]
pub(crate) struct Program {
    name: String,
    guard: Child,
    log: PathBuf,
}

impl Program {
    /// Starts `command` under the guard, with `work` as the folder of its data,
    /// which goes with it.
    pub(crate) fn start(name: &str, logs: &Logs, work: &Path, command: &Command) -> Self {
        let log = logs.0.join(format!("{name}.log"));
        let mut guard = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/e2e/guard.sh"));
        guard.arg(&log).arg(work);
        // The program's environment is what its command says and no more; the
        // guard has its own.
        guard.args(["env", "-i"]);
        for (name, value) in command.get_envs() {
            let mut variable = name.to_owned();
            variable.push("=");
            variable.push(value.unwrap_or(OsStr::new("")));
            guard.arg(variable);
        }
        guard.arg(command.get_program()).args(command.get_args());
        guard.stdin(Stdio::piped()).stdout(Stdio::null());
        let guard = guard.spawn().expect("the guard starts");
        Self {
            name: name.to_owned(),
            guard,
            log,
        }
    }

    /// Waits until `ready`, or panics with the end of the log where the program
    /// ends before.
    #[track_caller]
    pub(crate) fn wait_until(&mut self, ready: impl Fn() -> bool) {
        let started = Instant::now();
        while !ready() {
            let ended = self.guard.try_wait().expect("the guard's state");
            assert!(ended.is_none(), "{} ended: {}", self.name, self.said());
            assert!(
                started.elapsed() < PATIENCE,
                "{} is not ready: {}",
                self.name,
                self.said()
            );
            thread::sleep(Duration::from_millis(20)); // between two looks
        }
    }

    /// What it wrote to stdout and stderr.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned()
    }

    fn said(&self) -> String {
        let log = self.log();
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        self.guard.wait().expect("the guard ends");
    }
}

/// The folder of the logs of one fixture. They go with its programs, and stay
/// where a test panicked.
#[derive(Debug)]
pub(crate) struct Logs(PathBuf);

/// The folders of logs that a panic keeps.
static FOLDERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

impl Logs {
    /// A new folder below the target folder, which CI shows after a failure.
    pub(crate) fn new(fixture: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        static HOOK: Once = Once::new();
        HOOK.call_once(keep_after_panic);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .join(format!("e2e/{}-{fixture}-{count}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for logs");
        FOLDERS
            .lock()
            .expect("no test panics here")
            .push(folder.clone());
        Self(folder)
    }
}

/// Lets each panic mark the logs of all fixtures as to be kept: which of them
/// tells why, nobody knows yet.
#[expect(clippy::print_stderr, reason = "beside what the panic says")]
fn keep_after_panic() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        print(panic);
        for folder in FOLDERS.lock().expect("no test panics here").iter() {
            if fs::write(folder.join("keep"), "").is_ok() {
                eprintln!("logs are kept in {}", folder.display());
            }
        }
    }));
}

/// A free port on loopback, outside of the range that outgoing connections take,
/// and never the same twice in a process.
pub(crate) fn port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = std::process::id() as u16 % 90 * 100;
    loop {
        let port = 20_000 + (start + NEXT.fetch_add(1, Ordering::Relaxed)) % 9_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// What a program on loopback answers, unless nobody does.
pub(crate) fn answers(port: u16, path: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}

/// A folder for a program's data. Its path is short: it may hold sockets.
pub(crate) fn work(fixture: &str) -> PathBuf {
    tempfile::Builder::new()
        .prefix(&format!("glint-{fixture}-"))
        .tempdir()
        .expect("a folder for data")
        .keep()
}
