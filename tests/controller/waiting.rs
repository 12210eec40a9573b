//! Waiting for what comes about by itself: by looking again and again, never by a sleep
//! that is hoped to be long enough.

use std::thread;
use std::time::{Duration, Instant};

/// How long anything may take, on a machine that builds something else meanwhile.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// Waits until there is something, and answers it.
///
/// # Panics
/// After [`PATIENCE`], with `what` and with what `seen` tells.
#[track_caller]
pub(crate) fn wait_for<T>(
    what: &str,
    find: impl Fn() -> Option<T>,
    seen: impl Fn() -> String,
) -> T {
    wait_at_most(PATIENCE, what, find, seen)
}

/// The same for what takes its time by design.
#[track_caller]
pub(crate) fn wait_at_most<T>(
    patience: Duration,
    what: &str,
    find: impl Fn() -> Option<T>,
    seen: impl Fn() -> String,
) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        let is_late = started.elapsed() > patience;
        assert!(!is_late, "waited {patience:?} for {what}; {}", seen());
        thread::sleep(Duration::from_millis(20)); // between two looks
    }
}

/// Waits until something is so.
#[track_caller]
pub(crate) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    wait_for(what, || is_so().then_some(()), String::new);
}
