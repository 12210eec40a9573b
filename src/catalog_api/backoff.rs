//! When a request is sent again: pure, but for the dice that it is given.
//!
//! What the API's reference client does not get right (it waits no time at all and
//! overlooks both headers), this does as Port's own Ocean framework does:
//! `Retry-After` first, else `x-ratelimit-reset`.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::connection::Retry;

const REMAINING: &str = "x-ratelimit-remaining";
const RESET: &str = "x-ratelimit-reset";

/// From this number on, `x-ratelimit-reset` is a moment in seconds since 1970 and
/// no number of seconds from now. Documents say the first, Port's Terraform
/// provider reads the second, Ocean tells them apart so.
const EPOCH_FROM: u64 = 10_000;

/// A limit that is reset later than this is a number that was not understood.
pub(super) const LONGEST_PERIOD: Duration = Duration::from_secs(3_600);

/// Whether the API may do later what it does not do now.
pub(super) fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 500 | 502 | 503 | 504)
}

/// How long the API asks to wait before the next try.
pub(super) fn asked(headers: &HeaderMap, calendar: SystemTime) -> Option<Duration> {
    retry_after(headers, calendar).or_else(|| reset(headers, calendar))
}

/// How long the API takes no more requests, where this answer says that it was the
/// last one.
pub(super) fn exhausted(headers: &HeaderMap, calendar: SystemTime) -> Option<Duration> {
    match number(headers, REMAINING)? {
        0 => reset(headers, calendar),
        _ => None,
    }
}

/// Seconds, or a date; one that is past means now.
fn retry_after(headers: &HeaderMap, calendar: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(text).ok()?;
    Some(date.duration_since(calendar).unwrap_or_default())
}

fn reset(headers: &HeaderMap, calendar: SystemTime) -> Option<Duration> {
    let seconds = number(headers, RESET)?;
    let wait = match seconds > EPOCH_FROM {
        true => {
            let moment = SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))?;
            moment.duration_since(calendar).unwrap_or_default()
        }
        false => Duration::from_secs(seconds),
    };
    (wait <= LONGEST_PERIOD).then_some(wait)
}

pub(super) fn number(headers: &HeaderMap, name: &str) -> Option<u64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

/// How long to wait after a try that failed, the first being 1: what the API
/// asks for, and on top of it any time up to a limit that doubles with each try,
/// so that those who were turned away together do not come back together ("full
/// jitter").
pub(super) fn wait(
    tried: u32,
    asked: Option<Duration>,
    retry: &Retry,
    dice: &mut fastrand::Rng,
) -> Duration {
    let doubled = retry.base.saturating_mul(1 << (tried - 1).min(20));
    let jitter = doubled.min(retry.cap).mul_f64(dice.f64());
    asked.unwrap_or_default().saturating_add(jitter)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use reqwest::header::{HeaderMap, HeaderName};

    use super::{asked, exhausted, is_passing, wait};
    use crate::catalog_api::connection::Retry;

    /// 2026-11-20 10:00:00 UTC.
    const NOW: u64 = 1_795_168_800;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
    }

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    #[track_caller]
    fn asks(lines: &[(&'static str, &str)], seconds: Option<u64>) {
        let found = asked(&headers(lines), now());
        assert_eq!(found, seconds.map(Duration::from_secs), "{lines:?}");
    }

    #[test]
    fn an_api_says_in_three_ways_how_long_to_wait() {
        asks(&[("retry-after", "7")], Some(7));
        asks(
            &[("retry-after", "Fri, 20 Nov 2026 10:00:30 GMT")],
            Some(30),
        );
        asks(&[("retry-after", "Fri, 20 Nov 2026 09:00:00 GMT")], Some(0));
        asks(&[("x-ratelimit-reset", "12")], Some(12));
        asks(&[("x-ratelimit-reset", "1795168845")], Some(45));
        asks(&[("x-ratelimit-reset", "1795168000")], Some(0));
        asks(
            &[("retry-after", "7"), ("x-ratelimit-reset", "12")],
            Some(7),
        );
        asks(
            &[("retry-after", "soon"), ("x-ratelimit-reset", "12")],
            Some(12),
        );
    }

    #[test]
    fn what_is_no_time_is_not_obeyed() {
        asks(&[], None);
        asks(&[("retry-after", "-1")], None);
        asks(&[("x-ratelimit-reset", "9999")], None);
        asks(&[("x-ratelimit-reset", "1795168845000")], None);
        asks(&[("x-ratelimit-reset", "18446744073709551615")], None);
    }

    #[test]
    fn the_last_request_of_a_period_says_so() {
        let found = |remaining| {
            let lines = [
                ("x-ratelimit-remaining", remaining),
                ("x-ratelimit-reset", "9"),
            ];
            exhausted(&headers(&lines), now())
        };
        assert_eq!(found("0"), Some(Duration::from_secs(9)));
        assert_eq!(found("1"), None);
        assert_eq!(
            exhausted(&headers(&[("x-ratelimit-remaining", "0")]), now()),
            None
        );
    }

    #[test]
    fn waits_grow_to_a_limit_and_differ() {
        let retry = Retry {
            base: Duration::from_secs(1),
            cap: Duration::from_secs(8),
            ..Retry::default()
        };
        for seed in 0..100 {
            let mut dice = fastrand::Rng::with_seed(seed);
            for (tried, limit) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 8), (u32::MAX, 8)] {
                let waited = wait(tried, None, &retry, &mut dice);
                assert!(waited < Duration::from_secs(limit), "{tried}: {waited:?}");
            }
        }
        let of_seed = |seed| wait(3, None, &retry, &mut fastrand::Rng::with_seed(seed));
        assert_eq!(of_seed(1), of_seed(1));
        assert_ne!(of_seed(1), of_seed(2));
    }

    #[test]
    fn what_was_asked_for_is_the_least() {
        let asked = Duration::from_secs(60);
        let dice = &mut fastrand::Rng::with_seed(0);
        let waited = wait(1, Some(asked), &Retry::default(), dice);
        assert!(
            waited >= asked && waited < asked + Retry::default().base,
            "{waited:?}"
        );
    }

    #[test]
    fn only_what_passes_is_tried_again() {
        let passing: Vec<u16> = (100..600).filter(|status| is_passing(*status)).collect();
        assert_eq!(passing, [429, 500, 502, 503, 504]);
    }
}
