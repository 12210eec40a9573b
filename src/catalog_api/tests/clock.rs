//! A clock that only a test moves.

use std::sync::Mutex;
use std::time::{Duration, Instant, SystemTime};

use crate::catalog_api::pause::{Pause, Wait};

/// 2026-11-20 10:00:00 UTC, where every test begins.
pub(super) const BEGIN: u64 = 1_795_168_800;

/// A clock that a wait moves on at once.
#[derive(Debug)]
pub(super) struct Clock {
    begin: Instant,
    passed: Mutex<Duration>,
    waits: Mutex<Vec<Duration>>,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self {
            begin: Instant::now(),
            passed: Mutex::new(Duration::ZERO),
            waits: Mutex::new(Vec::new()),
        }
    }

    pub(super) fn pass(&self, time: Duration) {
        *self.passed.lock().unwrap() += time;
    }

    /// How long was waited, wait by wait.
    pub(super) fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }
}

impl Pause for Clock {
    fn now(&self) -> Instant {
        self.begin + *self.passed.lock().unwrap()
    }

    fn calendar(&self) -> SystemTime {
        let now = Duration::from_secs(BEGIN) + *self.passed.lock().unwrap();
        SystemTime::UNIX_EPOCH + now
    }

    fn sleep(&self, time: Duration) -> Wait {
        self.waits.lock().unwrap().push(time);
        self.pass(time);
        Box::pin(std::future::ready(()))
    }
}
