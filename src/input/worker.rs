//! This program itself as a process of its own, for work that may not end, or
//! may take all memory: whoever writes the exporter's jq can do both.
//!
//! Not for what is worked on (`exporter`). Invariants: the process sees no
//! variable of ours, limits itself before it reads its input ([`confine`]), and
//! is gone when [`work`] returns.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::time::{Duration, Instant};

use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

use super::InputError;
use super::environment::Home;
use super::process::{Step, Verdict, ended, ending};

/// Work for another process of this program.
#[derive(Debug)]
pub(crate) struct Work {
    /// What is being done, in a user's words.
    pub name: String,
    /// The command line, without the program.
    pub arguments: Vec<OsString>,
    /// What it reads.
    pub input: Vec<u8>,
    /// How many bytes it may print.
    pub output_limit: u64,
    /// When it is ended.
    pub deadline: Instant,
}

/// What was printed, however the work ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Worked {
    /// All of it, or what came before the end.
    pub printed: Vec<u8>,
    /// How it ended.
    pub end: WorkEnd,
}

/// How the work ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WorkEnd {
    /// By itself and well.
    Done,
    /// At the deadline, or with its time of the processor used up.
    Late,
    /// The system ended it: `signal 6`, where it wanted more memory or stack than
    /// it may have.
    Killed(String),
    /// By itself, but not well: `exit status 2`, or with too much output.
    Failed(String),
}

/// What a process of this kind may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkLimits {
    /// Bytes of memory, the stack included.
    pub memory: u64,
    /// Time of the processor.
    pub time: Duration,
}

/// Does the work and waits for its end.
///
/// # Errors
///
/// [`InputError::Start`] where there can't be such a process, and
/// [`InputError::Scratch`] without a place for it.
pub(crate) fn work(work: Work) -> Result<Worked, InputError> {
    let Work {
        name,
        arguments,
        input,
        output_limit,
        deadline,
    } = work;
    let program = env::current_exe().map_err(|source| InputError::Start {
        step: name.clone(),
        source,
    })?;
    let home = Home::new()?;
    let step = Step {
        name: name.clone(),
        program,
        arguments,
        variables: BTreeMap::new(),
        home: home.path().to_owned(),
        input: Some(input),
        output_limit,
        deadline,
    };
    let ended = ended(step)?;
    let (verdict, status) = (ended.verdict, ended.status);
    Ok(Worked {
        printed: ended.printed().unwrap_or_default(),
        end: match (verdict, status.signal()) {
            (Verdict::Late, _) => WorkEnd::Late,
            (Verdict::TooMuch, _) => WorkEnd::Failed("too much output".to_owned()),
            (Verdict::Complete, Some(signal)) if signal == Signal::XCPU.as_raw() => WorkEnd::Late,
            (Verdict::Complete, Some(_)) => WorkEnd::Killed(ending(status)),
            (Verdict::Complete, None) if status.success() => WorkEnd::Done,
            (Verdict::Complete, None) => WorkEnd::Failed(ending(status)),
        },
    })
}

/// Limits this process for good. It leaves no core file, which would hold what
/// it read.
///
/// # Errors
///
/// Whatever the system says: then nothing may be worked on.
pub(crate) fn confine(limits: WorkLimits) -> io::Result<()> {
    let WorkLimits { memory, time } = limits;
    let seconds = time.as_secs().max(1);
    for (resource, most, at_last) in [
        (Resource::As, memory, memory),
        // A second more before the signal that says nothing of its reason.
        (Resource::Cpu, seconds, seconds + 1),
        (Resource::Core, 0, 0),
        (Resource::Fsize, 0, 0),
    ] {
        let allowed = getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let limit = Rlimit {
            current: Some(most.min(allowed)),
            maximum: Some(at_last.min(allowed)),
        };
        setrlimit(resource, limit)?;
    }
    Ok(())
}
