//! Text to times, as timefmt-go v0.1.6 parses it with UTC as the zone.
//!
//! Invariant: the name of a zone that Go would look up in the exporter's local
//! time is refused.

mod date;
mod zone;

use super::super::Failure;
use super::super::regex::go_quoted;
use super::ZERO_TIME;
use super::calendar::Moment;
use super::names::{MONTHS, WEEKDAYS, composition};

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
}

fn cannot_parse(letter: u8) -> Failure {
    failed(&format!("cannot parse \"%{}\"", char::from(letter)))
}
