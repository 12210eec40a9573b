//! Walking over a pattern, and the escapes that stand for one character.

use super::translate::Syntax;

/// A place in a pattern.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'p> {
    pattern: &'p str,
    at: usize,
}

impl<'p> Cursor<'p> {
    pub(super) fn new(pattern: &'p str) -> Self {
        Self { pattern, at: 0 }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn whole(&self) -> &'p str {
        self.pattern
    }

    pub(super) fn rest(&self) -> &'p str {
        &self.pattern[self.at..]
    }

    /// What has been read since a place.
    pub(super) fn since(&self, start: usize) -> &'p str {
        &self.pattern[start..self.at]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn second(&self) -> Option<char> {
        self.rest().chars().nth(1)
    }

    pub(super) fn bump(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Goes on by a number of bytes.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    pub(super) fn take(&mut self, c: char) -> bool {
        let is = self.peek() == Some(c);
        if is {
            self.at += c.len_utf8();
        }
        is
    }
}

/// A character as the `regex` crate takes it for itself, in a class too.
pub(super) fn written(c: char) -> String {
    match c.is_ascii_alphanumeric() {
        true => c.to_string(),
        false => format!("\\x{{{:x}}}", u32::from(c)),
    }
}

/// The character that the escape here stands for.
///
/// # Errors
/// Where Go knows no such escape, or it stands for half a surrogate pair.
pub(super) fn character(cursor: &mut Cursor<'_>) -> Result<char, Syntax> {
    let start = cursor.at();
    cursor.bump();
    let Some(c) = cursor.bump() else {
        return Err(Syntax::invalid(
            "trailing backslash at end of expression",
            "",
        ));
    };
    let octal = |c: Option<char>| c.filter(|c| ('0'..='7').contains(c));
    let value = match c {
        '0' => octal_number(cursor, 0),
        '1'..='7' if octal(cursor.peek()).is_some() => {
            octal_number(cursor, c.to_digit(8).unwrap_or_default())
        }
        'x' => match hexadecimal(cursor) {
            Some(value) => value,
            None => return Err(unknown(cursor, start)),
        },
        'a' => 7,
        'f' => 12,
        'n' => 10,
        'r' => 13,
        't' => 9,
        'v' => 11,
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => return Ok(c),
        _ => return Err(unknown(cursor, start)),
    };
    char::from_u32(value).ok_or_else(|| {
        Syntax::Unsupported("half a surrogate pair in a regular expression".to_owned())
    })
}

fn unknown(cursor: &Cursor<'_>, start: usize) -> Syntax {
    Syntax::invalid("invalid escape sequence", cursor.since(start))
}

/// Up to two more octal digits.
fn octal_number(cursor: &mut Cursor<'_>, first: u32) -> u32 {
    let mut value = first;
    for _ in 0..2 {
        match cursor.peek().and_then(|c| c.to_digit(8)) {
            Some(digit) => {
                value = value * 8 + digit;
                cursor.bump();
            }
            None => break,
        }
    }
    value
}

/// What stands behind `\x`: two digits, or any number of them in braces. Leaves
/// the cursor where Go gives up.
fn hexadecimal(cursor: &mut Cursor<'_>) -> Option<u32> {
    let first = cursor.bump()?;
    if first != '{' {
        let second = cursor.bump();
        return Some(first.to_digit(16)? * 16 + second?.to_digit(16)?);
    }
    let mut value = 0;
    let mut digits = 0;
    loop {
        let c = cursor.bump()?;
        if c == '}' {
            return (digits > 0).then_some(value);
        }
        value = value * 16 + c.to_digit(16)?;
        if value > u32::from(char::MAX) {
            return None;
        }
        digits += 1;
    }
}
