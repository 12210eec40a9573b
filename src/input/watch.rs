//! Watching directories: told once, shortly after something below them changed.
//!
//! By the system's notifications; by looking again and again where there are none. Not
//! for what changed: whoever is told reads all anew. Invariant: a change is told
//! within a third of a second, however many follow it.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};

/// How long nothing may change until it is told: an editor writes a file in steps.
const QUIET: Duration = Duration::from_millis(60);
/// How long a change may be held back at most.
const LATEST: Duration = Duration::from_millis(300);
/// How often is looked where there are no notifications.
const LOOK: Duration = Duration::from_millis(500);

/// Directories that are being watched, as long as this lives.
pub(crate) struct Watch {
    _watcher: Box<dyn Watcher + Send>,
}

/// Why a path can't be watched.
#[derive(Debug, thiserror::Error)]
#[error("can't watch `{}`", path.display())]
pub(crate) struct WatchError {
    path: PathBuf,
    source: notify::Error,
}

/// What is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    /// A directory or a file.
    pub path: PathBuf,
    /// Whether all that is below counts, or only what is in the directory itself.
    pub is_deep: bool,
}

impl Watch {
    /// Watches paths, and tells of changes from a thread of its own.
    ///
    /// # Errors
    /// A path that can't be watched in either way.
    pub(crate) fn start(
        watched: &[Watched],
        tell: impl Fn() + Send + 'static,
    ) -> Result<Self, WatchError> {
        let (send, changes) = channel();
        let handler = move |event: notify::Result<Event>| {
            if counts(&event) {
                // Nobody listens any more.
                let _ended = send.send(());
            }
        };
        let watch = Self::by_notification(watched, handler.clone())
            .or_else(|_| Self::by_looking(watched, handler))?;
        thread::spawn(move || gather(&changes, tell));
        Ok(watch)
    }

    fn by_notification(
        watched: &[Watched],
        handler: impl notify::EventHandler,
    ) -> Result<Self, WatchError> {
        let watcher = RecommendedWatcher::new(handler, Config::default());
        Self::with(watcher, watched)
    }

    fn by_looking(
        watched: &[Watched],
        handler: impl notify::EventHandler,
    ) -> Result<Self, WatchError> {
        let config = Config::default()
            .with_poll_interval(LOOK)
            .with_compare_contents(true);
        Self::with(PollWatcher::new(handler, config), watched)
    }

    fn with<W: Watcher + Send + 'static>(
        watcher: notify::Result<W>,
        watched: &[Watched],
    ) -> Result<Self, WatchError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            |source| WatchError { path, source }
        };
        let first = watched.first().map_or(Path::new("."), |it| &it.path);
        let mut watcher = watcher.map_err(at(first))?;
        for Watched { path, is_deep } in watched {
            let mode = match is_deep {
                true => RecursiveMode::Recursive,
                false => RecursiveMode::NonRecursive,
            };
            watcher.watch(path, mode).map_err(at(path))?;
        }
        Ok(Self {
            _watcher: Box::new(watcher),
        })
    }
}

/// Whether an event may mean that a manifest reads otherwise now. Reading a file is
/// none, and nothing that Git does in its own folder.
fn counts(event: &notify::Result<Event>) -> bool {
    let Ok(event) = event else {
        // Events were lost, perhaps: better once too often.
        return true;
    };
    let is_read = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => false,
        EventKind::Access(_) => true,
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => false,
    };
    let in_git = |path: &PathBuf| path.components().any(|part| part.as_os_str() == ".git");
    let only_git = !event.paths.is_empty() && event.paths.iter().all(in_git);
    !is_read && !only_git
}

/// Tells once of changes that come close together.
fn gather(changes: &Receiver<()>, tell: impl Fn()) {
    while changes.recv().is_ok() {
        let latest = Instant::now() + LATEST;
        loop {
            let left = latest.saturating_duration_since(Instant::now());
            match changes.recv_timeout(QUIET.min(left)) {
                Ok(()) if left > Duration::ZERO => {}
                Ok(()) | Err(RecvTimeoutError::Timeout) => break,
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
        tell();
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::mpsc::{Sender, channel};
    use std::time::Duration;

    use super::{Watch, Watched, counts};

    /// Long enough for any machine; a test that passes does not wait for it.
    const PATIENCE: Duration = Duration::from_secs(20);

    /// Whether a file that is written below a directory is told.
    fn check(start: impl Fn(&[Watched], Sender<()>) -> Watch) {
        let scratch = tempfile::tempdir().unwrap();
        let below = scratch.path().join("apps");
        fs::create_dir(&below).unwrap();
        let watched = [Watched {
            path: scratch.path().to_owned(),
            is_deep: true,
        }];
        let (send, told) = channel();
        let _watch = start(&watched, send);
        fs::write(below.join("pay.yaml"), "a: 1").unwrap();
        told.recv_timeout(PATIENCE).expect("it is told");
    }

    #[test]
    fn a_change_below_is_told() {
        check(|watched, send| {
            let tell = move || {
                let _test_is_over = send.send(());
            };
            Watch::start(watched, tell).expect("it can be watched")
        });
    }

    #[test]
    fn a_change_below_is_told_without_notifications() {
        check(|watched, send| {
            let handler = move |event| {
                if counts(&event) {
                    let _test_is_over = send.send(());
                }
            };
            Watch::by_looking(watched, handler).expect("it can be looked at")
        });
    }
}
