//! What becomes of a running program when somebody ends us.
//!
//! A program in a group of its own does not hear the Ctrl-C that we hear, nor
//! the SIGTERM that Argo CD sends to a plugin's group. So we pass the end on,
//! and then end as we would have, unless a command sees to that itself. Not for
//! the deadline (`process`). Invariant: SIGINT and SIGTERM end us with the same
//! status as without this, and no program of ours outlives them, nor its home.
//! (SIGKILL can't be passed on.)

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, kill_process_group};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// The groups that are running, and their homes. Signals belong to a process as a whole, and so
/// does this.
static RUNNING: LazyLock<Mutex<BTreeMap<i32, PathBuf>>> = LazyLock::new(Mutex::default);

/// Whether somebody else ends us at a signal, after what he has to do first.
static ENDED_BY_OTHERS: AtomicBool = AtomicBool::new(false);

/// From now on a signal still ends all programs, but not us.
#[cfg(feature = "catalog")]
pub(crate) fn leave_ending_to_others() {
    ENDED_BY_OTHERS.store(true, Ordering::SeqCst);
}

/// A group that is ended with us while this lives.
#[derive(Debug)]
pub(super) struct Ended(i32);

impl Drop for Ended {
    fn drop(&mut self) {
        running().remove(&self.0);
    }
}

/// Starts a program that leads its own group, and sees to it that it ends with
/// us, and that its home goes too.
pub(super) fn start(
    home: &Path,
    start: impl FnOnce() -> io::Result<Child>,
) -> io::Result<(Child, Ended)> {
    listen();
    // Whoever passes an end on waits for this lock; so the group is known by
    // then.
    let mut running = running();
    let child = start()?;
    let group = Pid::from_child(&child).as_raw_pid();
    running.insert(group, home.to_owned());
    Ok((child, Ended(group)))
}

/// The groups, whatever became of a thread that held it.
fn running() -> MutexGuard<'static, BTreeMap<i32, PathBuf>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Listens for the signals, from the first program on until we end.
fn listen() {
    static LISTENING: OnceLock<()> = OnceLock::new();
    LISTENING.get_or_init(|| match Signals::new([SIGINT, SIGTERM]) {
        Ok(mut signals) => drop(thread::spawn(move || signals.forever().for_each(pass_on))),
        Err(error) => tracing::debug!(%error, "signals are not passed on to renderers"),
    });
}

/// Ends all programs, then us.
fn pass_on(signal: i32) {
    let running = running();
    for (group, home) in &*running {
        let killed = Pid::from_raw(*group).map(|group| kill_process_group(group, Signal::KILL));
        let removed = fs::remove_dir_all(home);
        tracing::debug!(group, ?killed, ?removed, "ended with us");
    }
    if ENDED_BY_OTHERS.load(Ordering::SeqCst) {
        return;
    }
    // The lock is kept to the end: whoever sees his program killed waits for it, and
    // can't end us in another way first.
    if let Err(error) = emulate_default_handler(signal) {
        tracing::debug!(%error, signal, "the signal has no effect");
    }
}
