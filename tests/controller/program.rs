//! `controller report` and `controller render` as processes.
//!
//! Invariant: nothing of the environment of the tests reaches them, every port is free,
//! and none outlives its `Controller`.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use glint_gitops::{LocalSandbox, RENDER_RIGHTS, REPORT_RIGHTS};
use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::fake::FakeCluster;
use crate::waiting::wait_for;

/// How long an end that was asked for may take.
const GRACE: Duration = Duration::from_secs(15);

/// The namespace that controllers live in.
pub(crate) const OWN: &str = "glint-system";

/// How a controller is started.
#[derive(Debug)]
pub(crate) struct Launch {
    arguments: Vec<OsString>,
    variables: Vec<(OsString, OsString)>,
    folder: TempDir,
}

impl Launch {
    fn new(which: &str, cluster: &FakeCluster) -> Self {
        let rights = match which {
            "render" => RENDER_RIGHTS,
            _ => REPORT_RIGHTS,
        };
        cluster.hold_to(rights, OWN);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().as_os_str().to_owned();
        let launch = Self {
            arguments: vec!["controller".into(), which.into()],
            variables: Vec::new(),
            folder,
        };
        launch
            .variable("KUBECONFIG", cluster.kubeconfig())
            .variable("HOME", &path)
            .variable("TMPDIR", &path)
            .variable("RUNTIME_NAMESPACE", OWN)
            .flag("--metrics-addr", "127.0.0.1:0")
            .flag("--health-addr", "127.0.0.1:0")
    }

    /// Adds a flag and its value.
    pub(crate) fn flag(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.arguments.extend([name.into(), value.into()]);
        self
    }

    /// Adds a flag without a value.
    pub(crate) fn switch(mut self, name: &str) -> Self {
        self.arguments.push(name.into());
        self
    }

    /// Sets a variable of its environment.
    pub(crate) fn variable(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// Starts it, and does not wait until it is ready.
    #[track_caller]
    pub(crate) fn start(self) -> Controller {
        let mut controller = Controller {
            launch: self,
            running: None,
            log: Log::default(),
        };
        controller.restart();
        controller
    }
}

/// A controller that runs.
#[derive(Debug)]
pub(crate) struct Controller {
    launch: Launch,
    running: Option<Running>,
    log: Log,
}

#[derive(Debug)]
struct Running {
    process: Child,
    reader: JoinHandle<()>,
}

/// The lines of stderr.
type Log = Arc<Mutex<Vec<String>>>;

impl Controller {
    /// `controller report` on a cluster and a catalog: the cluster is called `test`.
    pub(crate) fn report(cluster: &FakeCluster, catalog: &LocalSandbox) -> Launch {
        let launch = Launch::new("report", cluster)
            .flag("--gate-addr", "127.0.0.1:0")
            .flag("--cluster-name", "test");
        let variables = catalog.environment().into_iter();
        variables.fold(launch, |launch, (name, value)| launch.variable(name, value))
    }

    /// `controller render` on a cluster, with a storage of its own that a restart keeps.
    pub(crate) fn render(cluster: &FakeCluster) -> Launch {
        let launch = Launch::new("render", cluster);
        let storage = launch.folder.path().join("storage");
        std::fs::create_dir(&storage).expect("a folder");
        launch
            .flag("--storage-addr", "127.0.0.1:0")
            .flag("--storage-path", storage)
    }

    /// Starts it (again) with the same flags, and with an empty log; one that still runs
    /// is asked to end before.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        self.stop();
        let mut process = Command::new(env!("CARGO_BIN_EXE_glint-gitops"))
            .args(&self.launch.arguments)
            .env_clear()
            .envs(
                self.launch
                    .variables
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .current_dir(self.launch.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stderr = process.stderr.take().expect("stderr is a pipe");
        self.log = Log::default();
        let log = Arc::clone(&self.log);
        let reader = thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                log.lock().expect("no test panics here").push(line);
            }
        });
        self.running = Some(Running { process, reader });
    }

    /// Ends it as a cluster does that means no harm (SIGTERM), and by force after 15
    /// seconds; how it ended, or nothing where it did not run.
    pub(crate) fn stop(&mut self) -> Option<ExitStatus> {
        self.end(Signal::TERM)
    }

    /// Ends it as a node does that dies (SIGKILL).
    pub(crate) fn kill(&mut self) {
        self.end(Signal::KILL);
    }

    fn end(&mut self, signal: Signal) -> Option<ExitStatus> {
        let Running {
            mut process,
            reader,
        } = self.running.take()?;
        let asked = Instant::now();
        let mut status = process.try_wait().expect("its state");
        if status.is_none() {
            let pid = i32::try_from(process.id()).ok().and_then(Pid::from_raw);
            kill_process(pid.expect("a process"), signal).expect("it is ours");
        }
        while status.is_none() && asked.elapsed() < GRACE {
            thread::sleep(Duration::from_millis(20)); // between two looks
            status = process.try_wait().expect("its state");
        }
        if status.is_none() {
            process.kill().expect("it is ours");
        }
        let status = process.wait().expect("it has ended");
        reader.join().expect("its stderr has ended");
        Some(status)
    }

    /// The process, for what is measured of it.
    pub(crate) fn pid(&self) -> u32 {
        let running = self.running.as_ref().expect("it runs");
        running.process.id()
    }

    /// Its own folder, which a restart keeps.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.launch.folder.path()
    }

    /// What it said since it was started last.
    pub(crate) fn log(&self) -> String {
        self.log.lock().expect("no test panics here").join("\n")
    }

    /// Waits until it has said something, and answers the line.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, part: &str) -> String {
        self.hear(&format!("`{part}` in the log"), |log| {
            let line = log.lines().find(|line| line.contains(part));
            line.map(str::to_owned)
        })
    }

    /// Where it serves something, once it says so: `metrics`, `health`, `gate`,
    /// `artifacts`, as in `listening on 127.0.0.1:40123 (metrics)`.
    #[track_caller]
    pub(crate) fn address(&self, of: &str) -> String {
        self.hear(&format!("the address of `{of}`"), |log| address(log, of))
    }

    /// Waits for something in the log; not for what has ended and did not say it.
    #[track_caller]
    fn hear<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let look = || {
            let running = self.running.as_ref();
            let has_ended = running.is_none_or(|running| running.reader.is_finished());
            let found = find(&self.log());
            assert!(found.is_some() || !has_ended, "it ended without {what}");
            found
        };
        wait_for(what, look, || self.log())
    }

    /// Asks it for a path: the status and the body.
    #[track_caller]
    pub(crate) fn get(&self, of: &str, path: &str) -> (u16, String) {
        get(&self.address(of), path)
    }

    /// The value of a metric with its labels, as the text format has it:
    /// `glint_gitops_runs_total{kind="Application"}`.
    #[track_caller]
    pub(crate) fn metric(&self, series: &str) -> Option<f64> {
        let (_, text) = self.get("metrics", "/metrics");
        let mut lines = text.lines();
        let value = lines.find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.and_then(|value| value.trim().parse().ok())
    }
}

impl Drop for Controller {
    fn drop(&mut self) {
        self.stop();
        if thread::panicking() {
            self.tell();
        }
    }
}

impl Controller {
    #[expect(clippy::print_stderr, reason = "beside what the panic says")]
    fn tell(&self) {
        let which = self.launch.arguments[1].display();
        eprintln!("controller {which} said:\n{}\n", self.log());
    }
}

/// What a log says of where something is served.
fn address(log: &str, of: &str) -> Option<String> {
    let end = format!(" ({of})");
    log.lines().find_map(|line| {
        let (_, said) = line.split_once("listening on ")?;
        said.split_once(&end).map(|(address, _)| address.to_owned())
    })
}

/// Asks a server on loopback for a path.
#[track_caller]
pub(crate) fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("it listens");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head and a body");
    let status = head.split(' ').nth(1).and_then(|it| it.parse().ok());
    let body = match head.to_lowercase().contains("transfer-encoding: chunked") {
        true => unchunked(body),
        false => body.to_owned(),
    };
    (status.expect("a status"), body)
}

/// The content of a body that comes in pieces.
fn unchunked(mut body: &str) -> String {
    let mut content = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or_default();
        if size == 0 {
            break;
        }
        content += &rest[..size];
        body = rest[size..].trim_start_matches("\r\n");
    }
    content
}

#[cfg(test)]
mod tests {
    use super::{address, unchunked};

    #[test]
    fn an_address_is_read_out_of_the_log() {
        let log = "INFO ready\nINFO listening on 127.0.0.1:1 (health)\n\
                   INFO listening on 127.0.0.1:2 (metrics)";
        assert_eq!(address(log, "metrics").as_deref(), Some("127.0.0.1:2"));
        assert_eq!(address(log, "gate"), None);
    }

    #[test]
    fn a_body_in_pieces_is_put_together() {
        assert_eq!(unchunked("3\r\nabc\r\n1\r\n\n\r\n0\r\n\r\n"), "abc\n");
    }
}
