//! Points in time as Kubernetes writes them, and Go's durations.
//!
//! Not for what time it is: nothing here knows. Invariant: a [`Timestamp`] that is
//! written reads as the same one.

use std::fmt;

/// A second in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Timestamp(i64);

impl Timestamp {
    /// Reads RFC 3339 as Kubernetes (`2026-11-23T03:30:36Z`) and the catalog
    /// (`2026-11-20T10:14:02.123Z`) write it; what is behind the second is cut off.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(['T', 't', ' '])?;
        let mut parts = date.splitn(3, '-').map(number);
        let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
        let (clock, zone) = time.split_at(time.find(['Z', 'z', '+', '-'])?);
        let clock = clock.split('.').next()?;
        let mut parts = clock.splitn(3, ':').map(number);
        let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
        let in_range = (0..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour < 24
            && minute < 60
            && second <= 60;
        let seconds = hour * 3600 + minute * 60 + second;
        in_range.then_some(Self(
            days(year, month, day) * 86_400 + seconds - offset(zone)?,
        ))
    }

    /// So many seconds after 1970 began.
    #[cfg_attr(
        not(feature = "controller"),
        expect(dead_code, reason = "a controller asks")
    )]
    pub(crate) fn of_unix(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Seconds since 1970.
    pub(crate) fn unix(self) -> i64 {
        self.0
    }

    /// So many seconds later, or earlier.
    pub(crate) fn plus(self, seconds: f64) -> Self {
        Self(self.0.saturating_add(seconds.round() as i64))
    }

    /// How many seconds it is after another.
    pub(crate) fn since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, second) = (self.0.div_euclid(86_400), self.0.rem_euclid(86_400));
        let (year, month, day) = date(day);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(
            f,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"
        )
    }
}

/// Seconds, from what Go's `time.Duration` prints: `283.994967ms`, `1h2m0.5s`.
pub(crate) fn duration(text: &str) -> Option<f64> {
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let (digits, behind) = rest.split_at(rest.find(|c: char| c != '.' && !c.is_ascii_digit())?);
        let end = behind.find(|c: char| c == '.' || c.is_ascii_digit());
        let (unit, behind) = behind.split_at(end.unwrap_or(behind.len()));
        let factor = match unit {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" | "μs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        seconds += digits.parse::<f64>().ok()? * factor;
        rest = behind;
    }
    (!text.is_empty()).then_some(seconds)
}

fn number(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

/// Seconds east of UTC.
fn offset(zone: &str) -> Option<i64> {
    let sign = match zone.as_bytes().first()? {
        b'Z' | b'z' => return (zone.len() == 1).then_some(0),
        b'-' => -1,
        _ => 1,
    };
    let (hours, minutes) = zone[1..].split_once(':')?;
    Some(sign * (number(hours)? * 3600 + number(minutes)? * 60))
}

/// Days since 1970 of a date of the Gregorian calendar: years counted from March,
/// so that the leap day is a year's last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let (era, year) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year * 365 + year / 4 - year / 100 + of_year - 719_468
}

/// The other way round.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{Timestamp, duration};

    #[track_caller]
    fn check(text: &str, expected: Option<(i64, &str)>) {
        let actual = Timestamp::parse(text).map(|time| (time.unix(), time.to_string()));
        let expected = expected.map(|(unix, text)| (unix, text.to_owned()));
        assert_eq!(actual, expected, "{text}");
    }

    #[test]
    fn times_are_read_and_written() {
        check("1970-01-01T00:00:00Z", Some((0, "1970-01-01T00:00:00Z")));
        check(
            "2026-11-23T03:30:36Z",
            Some((1_795_404_636, "2026-11-23T03:30:36Z")),
        );
        check(
            "2024-02-29T23:59:59.987+02:00",
            Some((1_709_243_999, "2024-02-29T21:59:59Z")),
        );
        check("1969-12-31T23:59:59Z", Some((-1, "1969-12-31T23:59:59Z")));
        check(
            "2100-03-01T00:00:00-01:30",
            Some((4_107_547_800, "2100-03-01T01:30:00Z")),
        );
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "now",
            "2026-11-23",
            "2026-13-01T00:00:00Z",
            "2026-11-23T03:30:36",
            "2026-11-23T+3:30:36Z",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn go_durations_are_seconds() {
        let seconds = |text| duration(text).map(|seconds| (seconds * 1e6).round() / 1e6);
        assert_eq!(seconds("283.994967ms"), Some(0.283995));
        assert_eq!(seconds("1h2m0.5s"), Some(3720.5));
        assert_eq!(seconds("250µs"), Some(0.00025));
        assert_eq!(seconds("5"), None);
        assert_eq!(seconds("5d"), None);
        assert_eq!(seconds(""), None);
    }
}
