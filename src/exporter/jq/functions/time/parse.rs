//! Text to times, as timefmt-go v0.1.6 parses it with UTC as the zone.
//!
//! Invariant: the name of a zone that Go would look up in the exporter's local
//! time is refused.

use super::super::Failure;
use super::super::regex::go_quoted;
use super::calendar::Moment;
use super::format::{MONTHS, WEEKDAYS, composition};
use super::{ZERO_TIME, too_far};

/// How the week of the year that a text names is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weeks {
    FromSunday,
    FromMonday,
    Iso,
}

/// What has been read so far. Numbers start as timefmt-go starts them.
struct Parser<'t> {
    text: &'t str,
    at: usize,
    year: i64,
    month: i64,
    /// 0 where none is named.
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    century: Option<i64>,
    /// 0 where none is named, else from 1, a Sunday, on.
    weekday: i64,
    yearday: i64,
    week: Option<(Weeks, i64)>,
    afternoon: bool,
    iso_year: bool,
    /// Seconds east; `None` is UTC itself.
    zone: Option<i64>,
}

/// # Errors
/// Where the text isn't of the format, or the format is none; where it names a
/// zone other than UTC; or where the time is too far away.
pub(super) fn parsed(text: &str, format: &str) -> Result<Moment, Failure> {
    let mut parser = Parser::new(text);
    let moment = parser.read(format).and_then(|()| parser.moment());
    moment.map_err(|failure| match failure {
        Failure::Failed(message) if message != ZERO_TIME => {
            match (go_quoted(text), go_quoted(format)) {
                (Some(text), Some(format)) => {
                    Failure::Failed(format!("failed to parse {text} with {format}: {message}"))
                }
                _ => Failure::Unsupported("strptime of such characters".to_owned()),
            }
        }
        failure @ (Failure::Failed(_) | Failure::Unsupported(_)) => failure,
    })
}

fn failed(message: &str) -> Failure {
    Failure::Failed(message.to_owned())
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            year: 1900,
            month: 1,
            day: 0,
            hour: 0,
            minute: 0,
            second: 0,
            nanosecond: 0,
            century: None,
            weekday: 0,
            yearday: 0,
            week: None,
            afternoon: false,
            iso_year: false,
            zone: None,
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn read(&mut self, format: &str) -> Result<(), Failure> {
        let mut bytes = format.bytes();
        while let Some(byte) = bytes.next() {
            if byte != b'%' {
                self.exactly(byte)?;
                continue;
            }
            match bytes.next() {
                None => return Err(failed("stray \"%\"")),
                Some(b':') => self.colons(&mut bytes)?,
                Some(letter) => self.directive(letter)?,
            }
        }
        match self.text.as_bytes().get(self.at..) {
            None | Some([]) => Ok(()),
            Some(rest) => Err(match str::from_utf8(rest).ok().and_then(go_quoted) {
                Some(rest) => failed(&format!("unparsed string {rest}")),
                None => Failure::Unsupported("strptime of such characters".to_owned()),
            }),
        }
    }

    fn exactly(&mut self, byte: u8) -> Result<(), Failure> {
        if self.peek() == Some(byte) {
            self.at += 1;
            return Ok(());
        }
        Err(match byte {
            b'\'' => failed("expected '\\''"),
            b'\\' => failed("expected '\\\\'"),
            b' '..=b'~' => failed(&format!("expected '{}'", char::from(byte))),
            b'\t' => failed("expected '\\t'"),
            b'\n' => failed("expected '\\n'"),
            b'\r' => failed("expected '\\r'"),
            _ => Failure::Unsupported("strptime of such characters".to_owned()),
        })
    }

    fn directive(&mut self, letter: u8) -> Result<(), Failure> {
        match letter {
            b'Y' => self.year = self.number(4, 0..=9999, letter)?,
            b'y' => {
                let year = self.number(2, 0..=99, letter)?;
                self.year = if year < 69 { year + 2000 } else { year + 1900 };
            }
            b'C' => self.century = Some(self.number(2, 0..=99, letter)?),
            b'g' => {
                self.year = self.number(2, 0..=99, letter)? + 2000;
                self.iso_year = true;
            }
            b'G' => {
                self.year = self.number(4, 0..=9999, letter)?;
                self.iso_year = true;
            }
            b'm' => self.month = self.number(2, 1..=12, letter)?,
            b'B' => self.month = self.name(&MONTHS, letter)?,
            b'b' | b'h' => self.month = self.name(&MONTHS.map(|name| &name[..3]), letter)?,
            b'A' => self.weekday = self.name(&WEEKDAYS, letter)?,
            b'a' => self.weekday = self.name(&WEEKDAYS.map(|name| &name[..3]), letter)?,
            b'w' => self.weekday = self.number(1, 0..=6, letter)? + 1,
            b'u' => self.weekday = self.number(1, 1..=7, letter)? % 7 + 1,
            b'V' => self.week(Weeks::Iso, 1, letter)?,
            b'U' => self.week(Weeks::FromSunday, 0, letter)?,
            b'W' => self.week(Weeks::FromMonday, 0, letter)?,
            b'd' => self.day = self.number(2, 1..=31, letter)?,
            b'e' => self.day = self.after_blank(1..=31, letter)?,
            b'j' => self.yearday = self.number(3, 1..=366, letter)?,
            _ => return self.clock(letter),
        }
        Ok(())
    }

    fn clock(&mut self, letter: u8) -> Result<(), Failure> {
        match letter {
            b'H' => self.hour = self.number(2, 0..=23, letter)?,
            b'k' => self.hour = self.after_blank(0..=23, letter)?,
            b'I' => self.hour = self.number(2, 1..=12, letter)? % 12,
            b'l' => self.hour = self.after_blank(1..=12, letter)? % 12,
            b'p' | b'P' => self.afternoon = self.name(&["AM", "PM"], letter)? == 2,
            b'M' => self.minute = self.number(2, 0..=59, letter)?,
            b'S' => self.second = self.number(2, 0..=60, letter)?,
            b's' => self.unix(letter)?,
            b'f' => {
                let start = self.at;
                let number = self.number(6, 0..=999_999, letter)?;
                let digits = u32::try_from(self.at - start).unwrap_or(6);
                self.nanosecond = number * 10_i64.pow(6 - digits) * 1000;
            }
            b'Z' => self.zone_name()?,
            b'z' => self.offset(0)?,
            b't' | b'n' => self.blanks(letter)?,
            b'%' => self.exactly(letter)?,
            _ => return self.composed(letter),
        }
        Ok(())
    }

    fn composed(&mut self, letter: u8) -> Result<(), Failure> {
        let Some(parts) = composition(char::from(letter)) else {
            return Err(match letter {
                b' '..=b'~' => failed(&format!("unexpected format \"%{}\"", char::from(letter))),
                _ => Failure::Unsupported("strptime of such characters".to_owned()),
            });
        };
        for part in parts.bytes() {
            match part.is_ascii_alphabetic() {
                true => self.directive(part)?,
                false => self.exactly(part)?,
            }
        }
        Ok(())
    }

    /// A number of at most so many digits.
    fn number(
        &mut self,
        digits: usize,
        range: std::ops::RangeInclusive<i64>,
        letter: u8,
    ) -> Result<i64, Failure> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let taken = rest
            .iter()
            .take(digits)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        let value = rest[..taken]
            .iter()
            .fold(0, |value, byte| value * 10 + i64::from(byte - b'0'));
        if taken == 0 || !range.contains(&value) {
            return Err(cannot_parse(letter));
        }
        self.at += taken;
        Ok(value)
    }

    fn after_blank(
        &mut self,
        range: std::ops::RangeInclusive<i64>,
        letter: u8,
    ) -> Result<i64, Failure> {
        if self.peek() == Some(b' ') {
            self.at += 1;
        }
        self.number(2, range, letter)
    }

    /// The place of the first name that stands here, from 1 on.
    fn name(&mut self, names: &[&str], letter: u8) -> Result<i64, Failure> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let found = names.iter().zip(1..).find(|(name, _)| {
            let name = name.as_bytes();
            // By one bit, which takes some signs for letters too.
            rest.len() >= name.len() && name.iter().zip(rest).all(|(a, b)| a | 0x20 == b | 0x20)
        });
        let (name, place) = found.ok_or_else(|| cannot_parse(letter))?;
        self.at += name.len();
        Ok(place)
    }

    fn week(&mut self, weeks: Weeks, least: i64, letter: u8) -> Result<(), Failure> {
        let week = self.number(2, least..=53, letter)?;
        self.week = Some((weeks, week));
        if self.weekday == 0 {
            self.weekday = match weeks {
                Weeks::FromSunday => 1,
                Weeks::FromMonday | Weeks::Iso => 2,
            };
        }
        Ok(())
    }

    fn unix(&mut self, letter: u8) -> Result<(), Failure> {
        let seconds = self.number(10, 0..=i64::MAX, letter)?;
        let moment = Moment::new(seconds, 0);
        let date = moment.date();
        (self.year, self.month, self.day) = (date.year, date.month, date.day);
        [self.hour, self.minute, self.second] = moment.clock();
        Ok(())
    }

    fn blanks(&mut self, letter: u8) -> Result<(), Failure> {
        let start = self.at;
        while matches!(self.peek(), Some(b' ' | 9..=13)) {
            self.at += 1;
        }
        match self.at == start {
            true => Err(failed(&format!(
                "expected a space for \"%{}\"",
                char::from(letter)
            ))),
            false => Ok(()),
        }
    }

    /// `%Z`: capital letters, which Go looks up in its local time.
    fn zone_name(&mut self) -> Result<(), Failure> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_uppercase()) {
            self.at += 1;
        }
        let name = &self.text[start..self.at];
        if name == "UTC" {
            return Ok(());
        }
        let is_zone = match name.len() {
            3 => true,
            4 => name.ends_with('T') || name == "WITA",
            5 => name.ends_with('T'),
            _ => false,
        };
        match is_zone && !name.starts_with("UTC") {
            true => Err(Failure::Unsupported(
                "strptime's %Z with a zone other than UTC".to_owned(),
            )),
            false => Err(failed(&format!("cannot parse \"{name}\" with \"%Z\""))),
        }
    }

    /// `%:z` and `%::z`.
    fn colons(&mut self, format: &mut std::str::Bytes<'_>) -> Result<(), Failure> {
        match (format.next(), format.clone().next()) {
            (Some(b'z'), _) => self.offset(1),
            (Some(b':'), Some(b'z')) => {
                format.next();
                self.offset(2)
            }
            (Some(b':'), _) => Err(failed("expected 'z' after \"%::\"")),
            (_, _) => Err(failed("expected 'z' after \"%:\"")),
        }
    }

    /// `Z` or `+hh`, `+hhmm`, `+hh:mm`, `+hh:mm:ss`, with as many colons as the
    /// directive has, or without one as the text has.
    fn offset(&mut self, colons: usize) -> Result<(), Failure> {
        let name = ["%z", "%:z", "%::z"][colons];
        let refused = || failed(&format!("cannot parse \"{name}\""));
        let no_colon = || failed(&format!("expected ':' for \"{name}\""));
        let sign = match self.peek() {
            Some(b'Z') => {
                self.at += 1;
                self.zone = None;
                return Ok(());
            }
            Some(b'-') => -1,
            Some(b'+') => 1,
            _ => return Err(refused()),
        };
        self.at += 1;
        let hours = self.two_digits(23).ok_or_else(refused)?;
        let has_colon = self.peek() == Some(b':');
        if !has_colon && colons > 0 {
            return Err(no_colon());
        }
        self.at += usize::from(has_colon);
        let mut seconds = hours * 3600;
        match self.two_digits(59) {
            // A colon in the text binds, even where the directive has none.
            None if has_colon => return Err(refused()),
            None => self.no_digit()?,
            Some(minutes) => {
                seconds += minutes * 60;
                if colons == 2 || (colons == 0 && has_colon) {
                    seconds += self.offset_seconds(colons == 2, refused, no_colon)?;
                }
            }
        }
        self.zone = Some(sign * seconds);
        Ok(())
    }

    fn offset_seconds(
        &mut self,
        required: bool,
        refused: impl Fn() -> Failure,
        no_colon: impl Fn() -> Failure,
    ) -> Result<i64, Failure> {
        if self.peek() != Some(b':') {
            return if required { Err(no_colon()) } else { Ok(0) };
        }
        let before = self.at;
        self.at += 1;
        match self.two_digits(59) {
            Some(seconds) => Ok(seconds),
            None if required => Err(refused()),
            None => {
                self.no_digit()?;
                self.at = before;
                Ok(0)
            }
        }
    }

    /// timefmt-go counts one digit where it wants two, and reads it again.
    fn no_digit(&self) -> Result<(), Failure> {
        match self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            true => Err(Failure::Unsupported(
                "strptime's %z with an odd number of digits".to_owned(),
            )),
            false => Ok(()),
        }
    }

    /// Exactly two digits, or nothing is read.
    fn two_digits(&mut self, most: i64) -> Option<i64> {
        let start = self.at;
        let value = self.number(2, 0..=most, b'z').ok()?;
        if self.at == start + 2 {
            return Some(value);
        }
        self.at = start;
        None
    }

    fn moment(&self) -> Result<Moment, Failure> {
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

fn cannot_parse(letter: u8) -> Failure {
    failed(&format!("cannot parse \"%{}\"", char::from(letter)))
}
