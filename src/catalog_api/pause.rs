//! The clock, and waiting by it.
//!
//! The one place that asks the machine for the time, so that tests give a clock
//! of their own and never wait.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

/// A wait that is under way.
pub(super) type Wait = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A clock.
pub(super) trait Pause: fmt::Debug + Send + Sync {
    /// For measuring.
    fn now(&self) -> Instant;
    /// As the calendar has it.
    fn calendar(&self) -> SystemTime;
    /// Waits.
    fn sleep(&self, time: Duration) -> Wait;
}

/// The machine's clock.
#[derive(Debug)]
pub(super) struct RealTime;

impl Pause for RealTime {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::now()
    }

    fn sleep(&self, time: Duration) -> Wait {
        Box::pin(tokio::time::sleep(time))
    }
}
