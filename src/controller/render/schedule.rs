//! Which object is worked on when.
//!
//! An object is worked on by one task at a time; what asks for it meanwhile has it
//! worked on once more. A failure is tried again each time later, as Flux's rate
//! limiter does (fluxcd/pkg runtime/controller/rate_limiter.go). Pure: the time comes
//! in.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::Instant;

use super::observe::Key;

const FIRST: Duration = Duration::from_millis(750);
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// When an object is worked on again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Again {
    /// Each time later.
    Failed,
    /// After that time.
    After(Duration),
    /// Only if something asks for it.
    Never,
}

/// All objects that there is something to do with.
#[derive(Debug, Default)]
pub(super) struct Schedule {
    objects: BTreeMap<Key, Entry>,
    due: BTreeSet<(Instant, Key)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Entry {
    due: Option<Instant>,
    is_running: bool,
    /// Whether it was asked for while it is worked on.
    is_asked: bool,
    failures: u32,
}

impl Schedule {
    /// Has an object worked on at once, or as soon as the work on it ends.
    pub(super) fn ask(&mut self, key: &Key, now: Instant) {
        let entry = self.objects.entry(key.clone()).or_default();
        match entry.is_running {
            true => entry.is_asked = true,
            false => self.set(key, Some(now)),
        }
    }

    /// The next object to work on, if it is time for one.
    pub(super) fn take(&mut self, now: Instant) -> Option<Key> {
        let (at, key) = self.due.first()?;
        if *at > now {
            return None;
        }
        let key = key.clone();
        self.set(&key, None);
        self.objects.entry(key.clone()).or_default().is_running = true;
        Some(key)
    }

    /// All objects that are known here.
    pub(super) fn keys(&self) -> BTreeSet<Key> {
        self.objects.keys().cloned().collect()
    }

    /// When the next one is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The work on an object has ended.
    pub(super) fn done(&mut self, key: &Key, again: Again, now: Instant) {
        let entry = self.objects.entry(key.clone()).or_default();
        let is_asked = std::mem::take(&mut entry.is_asked);
        entry.is_running = false;
        entry.failures = match again {
            Again::Failed => entry.failures + 1,
            Again::After(_) | Again::Never => 0,
        };
        let wait = match again {
            _ if is_asked => Some(Duration::ZERO),
            Again::Failed => Some(back_off(entry.failures)),
            Again::After(wait) => Some(wait),
            Again::Never => None,
        };
        match wait {
            Some(wait) => self.set(key, Some(now + wait)),
            None => drop(self.objects.remove(key)),
        }
    }

    fn set(&mut self, key: &Key, due: Option<Instant>) {
        let entry = self.objects.entry(key.clone()).or_default();
        if let Some(before) = entry.due {
            self.due.remove(&(before, key.clone()));
        }
        entry.due = due;
        self.due.extend(due.map(|due| (due, key.clone())));
    }
}

fn back_off(failures: u32) -> Duration {
    let doublings = failures.saturating_sub(1).min(16);
    LONGEST.min(FIRST * 2_u32.pow(doublings))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Again, Key, Schedule, back_off};

    fn key(name: &str) -> Key {
        Key {
            namespace: "shop".to_owned(),
            name: name.to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_object_is_worked_on_by_one_at_a_time_and_then_once_more() {
        let now = Instant::now();
        let mut schedule = Schedule::default();
        schedule.ask(&key("pay"), now);
        schedule.ask(&key("pay"), now);
        assert_eq!(schedule.take(now), Some(key("pay")));
        assert_eq!(schedule.take(now), None);
        schedule.ask(&key("pay"), now);
        assert_eq!(schedule.take(now), None);
        schedule.done(&key("pay"), Again::After(Duration::from_secs(60)), now);
        assert_eq!(schedule.take(now), Some(key("pay")));
        schedule.done(&key("pay"), Again::Never, now);
        assert_eq!(schedule.next(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_due_first_comes_first_and_not_before() {
        let now = Instant::now();
        let minute = Duration::from_secs(60);
        let mut schedule = Schedule::default();
        for (name, wait) in [("late", 2 * minute), ("soon", minute)] {
            schedule.ask(&key(name), now);
            schedule.take(now);
            schedule.done(&key(name), Again::After(wait), now);
        }
        assert_eq!(schedule.take(now), None);
        assert_eq!(schedule.next(), Some(now + minute));
        assert_eq!(schedule.take(now + minute), Some(key("soon")));
        schedule.ask(&key("late"), now + minute);
        assert_eq!(schedule.take(now + minute), Some(key("late")));
    }

    #[test]
    fn a_failure_is_tried_again_each_time_later() {
        let waits = [1, 2, 3, 30].map(|failures| back_off(failures).as_millis());
        assert_eq!(waits, [750, 1500, 3000, 900_000]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_success_ends_the_back_off() {
        let now = Instant::now();
        let mut schedule = Schedule::default();
        let mut fail = |again| {
            schedule.ask(&key("pay"), now);
            schedule.take(now);
            schedule.done(&key("pay"), again, now);
            schedule.next().map(|at| (at - now).as_millis())
        };
        assert_eq!(fail(Again::Failed), Some(750));
        assert_eq!(fail(Again::Failed), Some(1500));
        fail(Again::After(Duration::ZERO));
        assert_eq!(fail(Again::Failed), Some(750));
    }
}
