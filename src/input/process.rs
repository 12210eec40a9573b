//! Runs one program to its end, or to the deadline.
//!
//! Not for what is run (`helm`, `kustomize`, `worker`) or for its surroundings
//! (`environment`). Invariants: no shell; both pipes are drained, so the
//! program never waits for us; when [`run`] returns, no process of the
//! program's group is left, whatever it started.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::redact::last_lines;
use super::{InputError, interrupt, pipes};

/// How long a program may tidy up after the deadline. Argo CD leaves 5 s to a
/// plugin's children, but kills the plugin itself at once; so be quick.
const GRACE: Duration = Duration::from_millis(500);

/// A program and all that it is given.
#[derive(Debug)]
pub(super) struct Step {
    /// What is being done, in a user's words: `helm template apps/checkout`.
    pub(super) name: String,
    /// The program, absolute.
    pub(super) program: PathBuf,
    /// Its arguments.
    pub(super) arguments: Vec<OsString>,
    /// Its variables; there are no others.
    pub(super) variables: BTreeMap<&'static str, OsString>,
    /// The directory that is its own; it runs in `tmp` there.
    pub(super) home: PathBuf,
    /// What it reads; nothing if `None`.
    pub(super) input: Option<Vec<u8>>,
    /// How many bytes it may print.
    pub(super) output_limit: u64,
    /// When it is stopped.
    pub(super) deadline: Instant,
}

/// What the threads around a child have to say.
enum Event {
    /// The program itself has ended; it is not reaped yet.
    Ended,
    /// Its output, complete.
    Printed(io::Result<Vec<u8>>),
    /// Its output, when it became too much.
    PrintedTooMuch,
    /// The end of what it said on stderr.
    Said(Vec<u8>),
}

/// Why a program is not waited for any longer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It has ended and all that it printed is here.
    Complete,
    /// The deadline has come.
    Late,
    /// It printed too much.
    TooMuch,
}

/// A program that has ended, or was ended.
pub(super) struct Ended {
    /// Why it was not waited for any longer.
    pub(super) verdict: Verdict,
    /// How it ended.
    pub(super) status: ExitStatus,
    after: Duration,
    seen: Seen,
}

/// Runs a program and gives back what it printed.
///
/// # Errors
///
/// [`InputError::Start`], [`InputError::Failed`], [`InputError::Deadline`],
/// [`InputError::TooLarge`] and [`InputError::Read`], each with the step's name.
pub(super) fn run(step: Step) -> Result<Vec<u8>, InputError> {
    let (name, output_limit) = (step.name.clone(), step.output_limit);
    outcome(name, output_limit, ended(step)?)
}

/// Runs a program, and tells how it ended whatever that was.
///
/// # Errors
///
/// [`InputError::Start`], or [`InputError::Read`] where it can't be awaited.
pub(super) fn ended(mut step: Step) -> Result<Ended, InputError> {
    let started = Instant::now();
    let input = step.input.take();
    let step = &step;
    let (mut child, ended_with_us) = interrupt::start(&step.home, || start(step, input.is_some()))
        .map_err(|source| InputError::Start {
            step: step.name.clone(),
            source,
        })?;
    let group = Pid::from_child(&child);
    feed(&mut child, input);
    let events = watch(&mut child, group, step.output_limit);
    let mut seen = Seen::default();
    let verdict = seen.until_complete(&events, group, step.deadline);
    if !matches!(verdict, Verdict::Complete) {
        signal(group, Signal::TERM);
        seen.until_ended(&events, GRACE);
    }
    // The leader is not reaped before this, so its number can't have been
    // given to anybody else.
    signal(group, Signal::KILL);
    drop(ended_with_us);
    let status = child
        .wait()
        .map_err(InputError::read(Path::new(&step.name)))?;
    seen.until_drained(&events, GRACE);
    let after = started.elapsed();
    tracing::debug!(step = step.name, ?status, ?after, "the program has ended");
    Ok(Ended {
        verdict,
        status,
        after,
        seen,
    })
}

/// Starts the program in a process group of its own.
fn start(step: &Step, reads: bool) -> io::Result<Child> {
    Command::new(&step.program)
        .args(&step.arguments)
        .env_clear()
        .envs(&step.variables)
        .current_dir(step.home.join("tmp"))
        .stdin(if reads { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

/// Writes to a program what it reads. One that ends early reads no more, and
/// how it ended is said elsewhere.
fn feed(child: &mut Child, input: Option<Vec<u8>>) {
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
}

impl Ended {
    /// What it had printed until then; none where that was too much or is lost.
    pub(super) fn printed(self) -> Option<Vec<u8>> {
        self.seen.printed.and_then(Result::ok)
    }
}

/// What a program that has ended leaves to its caller.
fn outcome(name: String, output_limit: u64, ended: Ended) -> Result<Vec<u8>, InputError> {
    let Ended {
        verdict,
        status,
        after,
        seen,
    } = ended;
    let stderr = last_lines(&seen.said.unwrap_or_default());
    match verdict {
        Verdict::TooMuch => Err(InputError::TooLarge {
            what: format!("the output of `{name}`"),
            limit: output_limit,
        }),
        Verdict::Late => Err(InputError::Deadline {
            step: name,
            after,
            stderr,
        }),
        Verdict::Complete if !status.success() => Err(InputError::Failed {
            step: name,
            status: ending(status),
            stderr,
        }),
        Verdict::Complete => {
            tracing::debug!(step = name, stderr, "the renderer said this");
            // Never an empty output by accident: it would delete everything.
            let lost = || Err(io::Error::other("its output was lost"));
            let printed = seen.printed.unwrap_or_else(lost);
            printed.map_err(InputError::read(Path::new(&name)))
        }
    }
}

/// Starts the threads that drain the pipes and wait for the end.
fn watch(child: &mut Child, pid: Pid, output_limit: u64) -> Receiver<Event> {
    let (sender, events) = channel();
    if let Some(stdout) = child.stdout.take() {
        let sender = sender.clone();
        thread::spawn(move || {
            let event = match pipes::whole(stdout, output_limit) {
                Ok(Some(text)) => Event::Printed(Ok(text)),
                Ok(None) => Event::PrintedTooMuch,
                Err(error) => Event::Printed(Err(error)),
            };
            tell(&sender, event);
        });
    }
    if let Some(stderr) = child.stderr.take() {
        let sender = sender.clone();
        thread::spawn(move || tell(&sender, Event::Said(pipes::end(stderr))));
    }
    thread::spawn(move || {
        // NOWAIT leaves the zombie, and with it the group's number, to us.
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        while let Err(rustix::io::Errno::INTR) = waitid(WaitId::Pid(pid), options) {}
        tell(&sender, Event::Ended);
    });
    events
}

/// Tells the main thread something, which may have stopped listening.
fn tell(sender: &Sender<Event>, event: Event) {
    drop(sender.send(event));
}

/// What has been told so far.
#[derive(Default)]
struct Seen {
    ended: bool,
    too_much: bool,
    printed: Option<io::Result<Vec<u8>>>,
    said: Option<Vec<u8>>,
}

impl Seen {
    /// Waits until a program has ended and all that it printed is here.
    fn until_complete(
        &mut self,
        events: &Receiver<Event>,
        group: Pid,
        deadline: Instant,
    ) -> Verdict {
        loop {
            if self.too_much {
                return Verdict::TooMuch;
            }
            if self.ended {
                // What the program left running must not hold the pipes open.
                signal(group, Signal::KILL);
                if self.printed.is_some() && self.said.is_some() {
                    return Verdict::Complete;
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            match events.recv_timeout(left) {
                Ok(event) => self.note(event),
                Err(RecvTimeoutError::Timeout) => return Verdict::Late,
                Err(RecvTimeoutError::Disconnected) => return Verdict::Complete,
            }
        }
    }

    /// Waits a while for the program's own end.
    fn until_ended(&mut self, events: &Receiver<Event>, grace: Duration) {
        self.until(events, grace, |seen| seen.ended);
    }

    /// Waits a while for the rest of the output.
    fn until_drained(&mut self, events: &Receiver<Event>, grace: Duration) {
        self.until(events, grace, |seen| {
            seen.said.is_some() && (seen.too_much || seen.printed.is_some())
        });
    }

    /// Waits a while for something to be told.
    fn until(
        &mut self,
        events: &Receiver<Event>,
        grace: Duration,
        is_told: impl Fn(&Self) -> bool,
    ) {
        let end = Instant::now() + grace;
        while !is_told(self) {
            match events.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(event) => self.note(event),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Keeps what was told.
    fn note(&mut self, event: Event) {
        match event {
            Event::Ended => self.ended = true,
            Event::Printed(text) => self.printed = Some(text),
            Event::PrintedTooMuch => self.too_much = true,
            Event::Said(text) => self.said = Some(text),
        }
    }
}

/// Signals every process of a group; that there is none left is fine.
fn signal(group: Pid, signal: Signal) {
    if let Err(errno) = kill_process_group(group, signal) {
        tracing::trace!(%errno, ?signal, "no process group to signal");
    }
}

/// How a program ended, in words.
pub(super) fn ending(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}
