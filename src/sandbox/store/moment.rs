//! Moments as the API writes them: `2026-11-23T03:14:29.785Z`.
//!
//! Not for the clock, which whoever starts the sandbox gives.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DAY: u64 = 24 * 60 * 60;

/// The moment to the millisecond, in UTC. Before 1970 it is 1970.
pub(crate) fn written(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    let (year, month, day) = date(since.as_secs() / DAY);
    let second = since.as_secs() % DAY;
    let (hour, minute) = (second / 3600, second / 60 % 60);
    let (second, millis) = (second % 60, since.subsec_millis());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// A date, or a date and a time with `Z` or an offset; `None` for anything else
/// and for what is before 1970.
pub(crate) fn read(text: &str) -> Option<SystemTime> {
    let (day, rest) = text.split_at_checked(10)?;
    let days = days(part(day, 0, 4)?, part(day, 5, 7)?, part(day, 8, 10)?)?;
    let (seconds, nanos) = match rest {
        "" => (0, 0),
        rest => time(rest)?,
    };
    let seconds = i64::try_from(days * DAY).ok()?.checked_add(seconds)?;
    Some(UNIX_EPOCH + Duration::new(u64::try_from(seconds).ok()?, nanos))
}

/// `T03:14:29.785+01:00` as seconds, which its offset may make negative, and
/// nanoseconds.
fn time(text: &str) -> Option<(i64, u32)> {
    let clock = text.strip_prefix(['T', 't', ' '])?;
    let zone_at = clock.find(['Z', 'z', '+', '-'])?;
    let (clock, zone) = clock.split_at(zone_at);
    let (whole, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let [hour, minute, second] = [part(whole, 0, 2)?, part(whole, 3, 5)?, part(whole, 6, 8)?];
    let is_clock = whole.len() == 8 && hour < 24 && minute < 60 && second <= 60;
    let offset = offset(zone)?;
    let seconds = i64::try_from(hour * 3600 + minute * 60 + second).ok()?;
    is_clock.then_some((seconds - offset, nanos(fraction)?))
}

fn nanos(fraction: &str) -> Option<u32> {
    let digits: String = fraction
        .chars()
        .chain("000000000".chars())
        .take(9)
        .collect();
    digits.parse().ok()
}

/// How many seconds a zone is ahead of UTC.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.chars().next()? {
        'Z' | 'z' => return (zone.len() == 1).then_some(0),
        '+' => 1,
        _ => -1,
    };
    let (hours, minutes) = (part(zone, 1, 3)?, part(zone, 4, 6)?);
    Some(sign * i64::try_from(hours * 3600 + minutes * 60).ok()?)
}

fn part(text: &str, from: usize, to: usize) -> Option<u64> {
    let digits = text.get(from..to)?;
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())?
}

/// Year, month and day, as Howard Hinnant's `civil_from_days` counts them.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let march = (5 * day + 2) / 153;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    (year, month, day - (153 * march + 2) / 5 + 1)
}

/// The days from 1970 to a date; `None` where there is no such date.
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    let shifted = year.checked_sub(u64::from(month <= 2))?;
    let march = (month + 9) % 12;
    let of_year = (153 * march + 2) / 5 + day.checked_sub(1)?;
    let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + of_year;
    let days = days.checked_sub(719_468)?;
    (date(days) == (year, month, day)).then_some(days)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::{read, written};

    #[track_caller]
    fn check(text: &str, millis: Option<u64>) {
        let at = millis.map(|millis| UNIX_EPOCH + Duration::from_millis(millis));
        assert_eq!(read(text), at, "{text}");
    }

    #[test]
    fn a_moment_is_read_as_it_is_written() {
        for millis in [0, 951_782_400_000, 1_795_403_669_785, 4_107_542_399_999] {
            let at = UNIX_EPOCH + Duration::from_millis(millis);
            assert_eq!(read(&written(at)), Some(at));
        }
        let at = UNIX_EPOCH + Duration::from_millis(1_795_403_669_785);
        assert_eq!(written(at), "2026-11-23T03:14:29.785Z");
    }

    #[test]
    fn the_forms_of_a_moment_are_read() {
        check("1970-01-02", Some(86_400_000));
        check("1970-01-01T01:00:00+01:00", Some(0));
        check("1970-01-01T00:00:00.5Z", Some(500));
        check("1970-01-01t00:00:01z", Some(1000));
        for text in [
            "",
            "1970",
            "1970-02-30",
            "1970-01-01T25:00:00Z",
            "1970-01-01T00:00:00",
            "x",
        ] {
            check(text, None);
        }
    }
}
