//! Zones: names, of which only UTC can be read, and offsets.

use super::super::super::Failure;
use super::{Parser, failed};

impl Parser<'_> {
    /// `%Z`: capital letters, which Go looks up in its local time.
    pub(super) fn zone_name(&mut self) -> Result<(), Failure> {
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
    pub(super) fn colons(&mut self, format: &mut std::str::Bytes<'_>) -> Result<(), Failure> {
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
    pub(super) fn offset(&mut self, colons: usize) -> Result<(), Failure> {
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
}
