//! The moment that the parts of a text make.

use super::super::super::Failure;
use super::super::calendar::Moment;
use super::super::{ZERO_TIME, too_far};
use super::{Parser, Weeks, failed};

impl Parser<'_> {
    pub(super) fn moment(&self) -> Result<Moment, Failure> {
        let year = self
            .century
            .map_or(self.year, |century| century * 100 + self.year % 100);
        let hour = self.hour + if self.afternoon { 12 } else { 0 };
        let at = |month, day| {
            let date = [year, month, day, hour, self.minute, self.second];
            Moment::from_date(date, self.nanosecond, self.zone.unwrap_or(0)).ok_or_else(too_far)
        };
        let moment = match (self.day, self.yearday, self.week) {
            (0, 1.., _) if self.iso_year => {
                return Err(failed("use \"%Y\" to parse non-ISO year for \"%j\""));
            }
            (0, 1.., _) => at(1, self.yearday)?,
            (0, _, Some((weeks, week))) => return self.by_week(weeks, week, at),
            (0, _, None) => at(self.month, 1)?,
            (day, _, _) => at(self.month, day)?,
        };
        self.not_zero(moment)
    }

    fn by_week(
        &self,
        weeks: Weeks,
        week: i64,
        at: impl Fn(i64, i64) -> Result<Moment, Failure>,
    ) -> Result<Moment, Failure> {
        match (weeks, self.iso_year) {
            (Weeks::Iso, false) => {
                return Err(failed("use \"%G\" to parse ISO year for \"%V\""));
            }
            (Weeks::FromSunday | Weeks::FromMonday, true) => {
                let message = "use \"%Y\" to parse non-ISO year for \"%U\" or \"%W\"";
                return Err(failed(message));
            }
            (Weeks::Iso, true) | (Weeks::FromSunday | Weeks::FromMonday, false) => {}
        }
        let first = match weeks {
            Weeks::FromSunday => 0,
            Weeks::FromMonday => 1,
            Weeks::Iso => 4,
        };
        // Sunday is the last day of a week that starts with Monday.
        let wraps = weeks != Weeks::FromSunday && self.weekday == 1;
        let start = at(1, -first)?;
        // The weekday is that of the text's own zone.
        let shown = start.unix() + self.zone.unwrap_or(0);
        let weekday = Moment::new(shown, 0).date().weekday;
        let days = (week + i64::from(wraps)) * 7 - weekday + self.weekday - 1;
        self.not_zero(start.later(days))
    }

    /// Go's zero time has UTC itself as its zone, not an offset of zero.
    fn not_zero(&self, moment: Moment) -> Result<Moment, Failure> {
        const YEAR_1: i64 = -62_135_596_800;
        let is_zero = self.zone.is_none() && moment.unix() == YEAR_1 && moment.nanosecond() == 0;
        match is_zero {
            true => Err(failed(ZERO_TIME)),
            false => Ok(moment),
        }
    }
}
