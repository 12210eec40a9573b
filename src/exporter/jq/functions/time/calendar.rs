//! The proleptic Gregorian calendar, in days since 1970.

use super::Broken;

/// A point in time, shown in a zone.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// Seconds since 1970, UTC.
    seconds: i64,
    /// Below 1e9.
    nanosecond: i64,
}

/// Date and weekday of a moment in UTC.
#[derive(Clone, Copy, Debug)]
pub(super) struct Date {
    pub(super) year: i64,
    /// From 1 on.
    pub(super) month: i64,
    pub(super) day: i64,
    /// From 0, a Sunday, on.
    pub(super) weekday: i64,
    /// From 1 on.
    pub(super) yearday: i64,
}

const DAY: i64 = 86_400;

/// As `FARTHEST` of the functions.
const FARTHEST: i64 = 9_100_000_000_000_000_000;

/// Greater numbers in a date are refused: far from any overflow.
const GREATEST: u64 = 1_000_000_000_000;

impl Moment {
    pub(super) fn new(seconds: i64, nanoseconds: i64) -> Self {
        Self {
            seconds: seconds + nanoseconds.div_euclid(1_000_000_000),
            nanosecond: nanoseconds.rem_euclid(1_000_000_000),
        }
    }

    /// Year, month from 1 on, day, hour, minute, second, each as great or small
    /// as it likes, in a zone so many seconds east. `None` where the result or a
    /// part is too far away.
    pub(super) fn from_date(date: [i64; 6], nanoseconds: i64, zone: i64) -> Option<Self> {
        let is_near = |part: &i64| part.unsigned_abs() <= GREATEST;
        if !date.iter().all(is_near) || date[0].abs() > 288_000_000_000 {
            return None;
        }
        let [year, month, day, hour, minute, second] = date;
        let months = year * 12 + month - 1;
        let days = days_to_month(months.div_euclid(12), months.rem_euclid(12) + 1) + day - 1;
        let day_seconds = hour * 3600 + minute * 60 + second - zone;
        let seconds = days.checked_mul(DAY)?.checked_add(day_seconds)?;
        (seconds.abs() < FARTHEST).then(|| Self::new(seconds, nanoseconds))
    }

    pub(super) fn seconds_since_1970(&self) -> f64 {
        self.seconds as f64 + self.nanosecond as f64 / 1e9
    }

    pub(super) fn unix(&self) -> i64 {
        self.seconds
    }

    pub(super) fn nanosecond(&self) -> i64 {
        self.nanosecond
    }

    /// Hour, minute and second.
    pub(super) fn clock(&self) -> [i64; 3] {
        let second = self.seconds.rem_euclid(DAY);
        [second / 3600, second / 60 % 60, second % 60]
    }

    pub(super) fn date(&self) -> Date {
        date_of(self.seconds.div_euclid(DAY))
    }

    /// Year and number of the ISO 8601 week.
    pub(super) fn iso_week(&self) -> (i64, i64) {
        // A week is of the year that its Thursday is of.
        let days = self.seconds.div_euclid(DAY);
        let from_monday = (date_of(days).weekday + 6) % 7;
        let thursday = date_of(days - from_monday + 3);
        (thursday.year, (thursday.yearday - 1) / 7 + 1)
    }

    /// The moment so many days later.
    pub(super) fn later(&self, days: i64) -> Self {
        Self {
            seconds: self.seconds + days * DAY,
            nanosecond: self.nanosecond,
        }
    }

    pub(super) fn broken(&self) -> Broken {
        let date = self.date();
        let [hour, minute, second] = self.clock();
        Broken {
            year: date.year,
            month: date.month - 1,
            day: date.day,
            hour,
            minute,
            seconds: second as f64 + self.nanosecond as f64 / 1e9,
            weekday: date.weekday,
            yearday: date.yearday - 1,
        }
    }
}

/// Days from 1970 to the first of a month.
fn days_to_month(year: i64, month: i64) -> i64 {
    // A year from March on has its leap day at the end.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn date_of(days: i64) -> Date {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    Date {
        year,
        month,
        day: day_of_year - (153 * from_march + 2) / 5 + 1,
        weekday: (days + 4).rem_euclid(7),
        yearday: days - days_to_month(year, 1) + 1,
    }
}
