//! Times to text, as timefmt-go v0.1.6 formats them in UTC.
//!
//! Not here: the local zone. What timefmt-go makes of widths and paddings for
//! negative numbers and for a zone's offset is refused.

use super::super::Failure;
use super::calendar::Moment;

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

pub(super) const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// What a directive that stands for others stands for.
pub(super) fn composition(letter: char) -> Option<&'static str> {
    Some(match letter {
        'c' => "a b e H:M:S Y",
        '+' => "a b e H:M:S Z Y",
        'F' => "Y-m-d",
        'D' | 'x' => "m/d/y",
        'v' => "e-b-Y",
        'T' | 'X' => "H:M:S",
        'r' => "I:M:S p",
        'R' => "H:M",
        _ => return None,
    })
}

/// How a number or a name is filled up to its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Padding {
    /// With what is usual for the directive.
    Usual,
    /// Not at all.
    Nothing,
    With(char),
}

/// What stands between the percent sign and the letter.
#[derive(Clone, Copy, Debug)]
struct Style {
    width: usize,
    padding: Padding,
    upper: bool,
    swap: bool,
}

const PLAIN: Style = Style {
    width: 0,
    padding: Padding::Usual,
    upper: false,
    swap: false,
};

/// The greatest width; more is cut to it.
const WIDEST: usize = 1024;

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

/// Flags, width and letter of a directive, and the length of all that.
fn read_style(directive: &str) -> (Style, Option<char>, usize) {
    let mut style = PLAIN;
    let mut chars = directive.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '-' => style.padding = Padding::Nothing,
            '_' => style.padding = Padding::With(' '),
            '0' => style.padding = Padding::With('0'),
            '^' => style.upper = true,
            '#' => style.swap = true,
            '1'..='9' => {
                style.width = c.to_digit(10).unwrap_or_default() as usize;
                while let Some((_, digit)) = chars.next_if(|(_, c)| c.is_ascii_digit()) {
                    let digit = digit.to_digit(10).unwrap_or_default() as usize;
                    style.width = (style.width * 10 + digit).min(WIDEST * 10);
                }
                style.width = style.width.min(WIDEST);
                if style.padding == Padding::Nothing {
                    style.padding = Padding::With(' ');
                }
            }
            letter => return (style, Some(letter), at + letter.len_utf8()),
        }
    }
    (style, None, directive.len())
}

/// A text as it stands in the format, from its last percent sign on.
fn push_last(out: &mut String, text: &str, style: Style) {
    if let Some(at) = text.rfind('%') {
        let plain = Style {
            upper: false,
            swap: false,
            ..style
        };
        push_text(out, &text[at..], plain);
    }
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

fn push_number(
    out: &mut String,
    number: i64,
    least: usize,
    usual: char,
    style: Style,
) -> Result<(), Failure> {
    let fill = match style.padding {
        Padding::Usual => usual,
        Padding::Nothing => {
            if number < 0 {
                return Err(unsupported("strftime of a year before 0"));
            }
            out.push_str(&number.to_string());
            return Ok(());
        }
        Padding::With(fill) => fill,
    };
    // A year or a fraction takes any width that is asked for, the others no
    // smaller one than their own.
    let width = match (style.width, least) {
        (0, least) => least,
        (width, 4 | 6) => width,
        (width, least) => width.max(least),
    };
    if number < 0 && width > 0 {
        return Err(unsupported("strftime of a year before 0"));
    }
    let text = number.to_string();
    out.extend(std::iter::repeat_n(fill, width.saturating_sub(text.len())));
    out.push_str(&text);
    Ok(())
}

fn push_text(out: &mut String, text: &str, style: Style) {
    let fill = match style.padding {
        Padding::Usual => Some(' '),
        Padding::Nothing => None,
        Padding::With(fill) => Some(fill),
    };
    if let Some(fill) = fill {
        out.extend(std::iter::repeat_n(
            fill,
            style.width.saturating_sub(text.len()),
        ));
    }
    let is_upper = text
        .as_bytes()
        .get(1)
        .copied()
        .is_some_and(|second| second < b'a');
    match (style.swap, style.upper) {
        (true, _) if is_upper => out.push_str(&text.to_ascii_lowercase()),
        (true, _) | (_, true) => out.push_str(&text.to_ascii_uppercase()),
        (false, false) => out.push_str(text),
    }
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

fn unsupported(name: &str) -> Failure {
    Failure::Unsupported(name.to_owned())
}
