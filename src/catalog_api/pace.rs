//! How fast requests are sent, so that others of the same organisation, the exporter
//! first, have room for theirs: pure.
//!
//! Invariant: in no period of the API's limit more than half of what it allows is
//! sent, whatever is waiting; further tries count, and wait by the rules of `backoff`.

use std::time::{Duration, Instant};

use reqwest::header::HeaderMap;

use super::backoff::{LONGEST_PERIOD, number};

const LIMIT: &str = "x-ratelimit-limit";
const PERIOD: &str = "x-ratelimit-period";

/// Requests a second, and at once, of an API that names no limit.
const UNLIMITED: (f64, f64) = (100.0, 100.0);

/// Which part of the limit is sent over a period, and which on top of it at once.
const SHARE: (f64, f64) = (0.45, 0.05);

/// A bucket that fills with time; each request takes one out, also of an empty one,
/// and then waits for it.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    /// How many it gains a second.
    rate: f64,
    /// How many it holds at most.
    most: f64,
    held: f64,
    at: Instant,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        let (rate, most) = UNLIMITED;
        Self {
            rate,
            most,
            held: most,
            at: now,
        }
    }

    /// Takes one request out; how long it has to wait.
    pub(super) fn take(&mut self, now: Instant) -> Duration {
        self.fill(now);
        self.held -= 1.0;
        Duration::from_secs_f64((-self.held).max(0.0) / self.rate)
    }

    /// What an answer says about the limit, if it says anything.
    pub(super) fn learn(&mut self, headers: &HeaderMap, now: Instant) {
        let (Some(limit), Some(period)) = (number(headers, LIMIT), number(headers, PERIOD)) else {
            return;
        };
        if limit == 0 || period == 0 || period > LONGEST_PERIOD.as_secs() {
            return;
        }
        self.fill(now);
        let (steady, burst) = SHARE;
        self.rate = limit as f64 * steady / period as f64;
        self.most = (limit as f64 * burst).max(1.0);
        self.held = self.held.min(self.most);
    }

    fn fill(&mut self, now: Instant) {
        let gained = now.saturating_duration_since(self.at).as_secs_f64() * self.rate;
        self.held = (self.held + gained).min(self.most);
        self.at = now;
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use reqwest::header::HeaderMap;

    use super::Pace;

    fn limited(limit: &str, period: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert("x-ratelimit-limit", limit.parse().unwrap());
        headers.insert("x-ratelimit-period", period.parse().unwrap());
        headers
    }

    /// How many of endless requests are sent in each of the first periods.
    fn sent(pace: &mut Pace, begun: Instant, period: Duration, periods: u32) -> Vec<u32> {
        let mut counts = vec![0; periods as usize];
        let mut now = begun;
        loop {
            now += pace.take(now);
            let index = (now - begun).as_nanos() / period.as_nanos();
            match counts.get_mut(index as usize) {
                Some(count) => *count += 1,
                None => return counts,
            }
        }
    }

    #[test]
    fn half_of_each_period_is_left_to_others() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        pace.learn(&limited("1000", "60"), begun);
        let sent = sent(&mut pace, begun, Duration::from_secs(60), 3);
        assert_eq!(sent.len(), 3);
        assert!(
            sent.iter().all(|count| (440..=500).contains(count)),
            "{sent:?}"
        );
    }

    #[test]
    fn without_a_limit_a_hundred_a_second_are_sent() {
        let begun = Instant::now();
        let sent = sent(&mut Pace::new(begun), begun, Duration::from_secs(1), 3);
        assert!(
            sent[0] <= 201 && sent[1] <= 101 && sent[2] <= 101,
            "{sent:?}"
        );
    }

    #[test]
    fn a_request_after_a_rest_waits_for_nothing() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        pace.learn(&limited("10", "60"), begun);
        assert_eq!(pace.take(begun), Duration::ZERO);
        let wait = pace.take(begun);
        assert!(wait > Duration::from_secs(13), "{wait:?}");
        assert_eq!(pace.take(begun + Duration::from_secs(60)), Duration::ZERO);
    }

    #[test]
    fn what_is_no_limit_changes_nothing() {
        let begun = Instant::now();
        let mut pace = Pace::new(begun);
        for (limit, period) in [
            ("0", "60"),
            ("10", "0"),
            ("many", "60"),
            ("1", "86400"),
            ("1", "18446744073709551615"),
        ] {
            pace.learn(&limited(limit, period), begun);
        }
        let waits: Vec<_> = (0..100).map(|_| pace.take(begun)).collect();
        assert!(waits.iter().all(Duration::is_zero));
    }
}
