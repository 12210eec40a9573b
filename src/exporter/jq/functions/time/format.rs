//! Times to text, as timefmt-go v0.1.6 formats them in UTC.
//!
//! Not here: the local zone. What timefmt-go makes of widths and paddings for
//! negative numbers and for a zone's offset is refused.

use super::super::Failure;
use super::calendar::Moment;
use super::names::{MONTHS, WEEKDAYS, composition};
use super::style::{
    PLAIN, Padding, Style, push_last, push_number, push_text, read_style, unsupported,
};

/// # Errors
/// Where a number that is negative, or a zone's offset, has a width or padding.
pub(super) fn written(moment: &Moment, format: &str) -> Result<String, Failure> {
    let mut out = String::new();
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        let directive = &rest[at..];
        let (style, letter, length) = read_style(directive);
        let Some(letter) = letter else {
            // A lone percent sign, or flags without a letter: as they stand.
            push_last(&mut out, directive, style);
            return Ok(out);
        };
        rest = &directive[length..];
        if letter == ':' {
            rest = zone_with_colons(&mut out, directive, length, style)?;
        } else if let Some(parts) = composition(letter) {
            composed(&mut out, moment, parts, style)?;
        } else if !directive_written(&mut out, moment, letter, style)? {
            let before = &directive[..length - letter.len_utf8()];
            let width = style.width.saturating_sub(1);
            push_last(&mut out, before, Style { width, ..style });
            out.push(letter);
        }
    }
    out.push_str(rest);
    Ok(out)
}

/// Writes what a letter of a composition stands for, without flags but those
/// that the first one inherits.
fn composed(out: &mut String, moment: &Moment, parts: &str, style: Style) -> Result<(), Failure> {
    let style = Style {
        upper: style.upper,
        ..PLAIN
    };
    for letter in parts.chars() {
        if letter.is_ascii_alphabetic() {
            directive_written(out, moment, letter, style)?;
        } else {
            out.push(letter);
        }
    }
    Ok(())
}

/// Writes what one letter stands for; false where that isn't one thing.
fn directive_written(
    out: &mut String,
    moment: &Moment,
    letter: char,
    style: Style,
) -> Result<bool, Failure> {
    if let Some((number, least, padding)) = number_of(moment, letter) {
        push_number(out, number, least, padding, style)?;
        return Ok(true);
    }
    let date = moment.date();
    let month = MONTHS[(date.month - 1) as usize];
    let weekday = WEEKDAYS[date.weekday as usize];
    let noon = if moment.clock()[0] < 12 { "AM" } else { "PM" };
    match letter {
        'B' => push_text(out, month, style),
        'b' | 'h' => push_text(out, &month[..3], style),
        'A' => push_text(out, weekday, style),
        'a' => push_text(out, &weekday[..3], style),
        'p' => push_text(out, noon, style),
        'P' => {
            let swap = !(style.upper || style.swap);
            push_text(out, noon, Style { swap, ..style });
        }
        'Z' => push_text(out, "UTC", style),
        'z' if style.width > 0 || style.padding != Padding::Usual => {
            return Err(unsupported("strftime's %z with a width or a flag"));
        }
        'z' => out.push_str("+0000"),
        't' | 'n' | '%' => {
            let text = match letter {
                't' => "\t",
                'n' => "\n",
                _ => "%",
            };
            push_text(
                out,
                text,
                Style {
                    upper: false,
                    swap: false,
                    ..style
                },
            );
        }
        _ => return Ok(false),
    }
    Ok(true)
}

/// The number of a directive, its least width and its usual padding.
fn number_of(moment: &Moment, letter: char) -> Option<(i64, usize, char)> {
    let date = moment.date();
    let [hour, minute, second] = moment.clock();
    let (iso_year, iso_week) = moment.iso_week();
    let hour_of_12 = (hour + 11) % 12 + 1;
    Some(match letter {
        'Y' => (date.year, 4, '0'),
        'y' => (date.year % 100, 2, '0'),
        'C' => (date.year / 100, 2, '0'),
        'g' => (iso_year % 100, 2, '0'),
        'G' => (iso_year, 4, '0'),
        'm' => (date.month, 2, '0'),
        'w' => (date.weekday, 0, '0'),
        'u' => ((date.weekday + 6) % 7 + 1, 0, '0'),
        'V' => (iso_week, 2, '0'),
        'U' => ((date.yearday + 6 - date.weekday) / 7, 2, '0'),
        'W' => ((date.yearday + 6 - (date.weekday + 6) % 7) / 7, 2, '0'),
        'd' => (date.day, 2, '0'),
        'e' => (date.day, 2, ' '),
        'j' => (date.yearday, 3, '0'),
        'H' => (hour, 2, '0'),
        'k' => (hour, 2, ' '),
        'I' => (hour_of_12, 2, '0'),
        'l' => (hour_of_12, 2, ' '),
        'M' => (minute, 2, '0'),
        'S' => (second, 2, '0'),
        's' => (moment.unix(), 0, ' '),
        'f' => (moment.nanosecond() / 1000, 6, '0'),
        _ => return None,
    })
}

/// `%:z`, `%::z` and `%:::z`, or as it stands. Gives what follows.
fn zone_with_colons<'f>(
    out: &mut String,
    directive: &'f str,
    length: usize,
    style: Style,
) -> Result<&'f str, Failure> {
    let behind = &directive[length..];
    let more = behind.bytes().take_while(|byte| *byte == b':').count();
    let colons = more + 1;
    let end = length + more;
    if colons > 3 || !directive[end..].starts_with('z') {
        if colons > 3 || style.width > 0 {
            return Err(unsupported("strftime with such colons"));
        }
        push_last(out, &directive[..end], style);
        return Ok(&directive[end..]);
    }
    if style.width > 0 || style.padding != Padding::Usual {
        return Err(unsupported("strftime's %z with a width or a flag"));
    }
    out.push_str(match colons {
        1 => "+00:00",
        2 => "+00:00:00",
        _ => "+00",
    });
    Ok(&directive[end + 1..])
}
