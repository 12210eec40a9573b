//! What stands between a directive's percent sign and its letter, and how a
//! number or a text is filled up by it.

use super::super::Failure;

/// How a number or a name is filled up to its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Padding {
    /// With what is usual for the directive.
    Usual,
    /// Not at all.
    Nothing,
    With(char),
}

/// What stands between the percent sign and the letter.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    pub(super) width: usize,
    pub(super) padding: Padding,
    pub(super) upper: bool,
    pub(super) swap: bool,
}

pub(super) const PLAIN: Style = Style {
    width: 0,
    padding: Padding::Usual,
    upper: false,
    swap: false,
};

/// The greatest width; more is cut to it.
const WIDEST: usize = 1024;

/// Flags, width and letter of a directive, and the length of all that.
pub(super) fn read_style(directive: &str) -> (Style, Option<char>, usize) {
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
pub(super) fn push_last(out: &mut String, text: &str, style: Style) {
    if let Some(at) = text.rfind('%') {
        let plain = Style {
            upper: false,
            swap: false,
            ..style
        };
        push_text(out, &text[at..], plain);
    }
}

pub(super) fn push_number(
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

pub(super) fn push_text(out: &mut String, text: &str, style: Style) {
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
    let is_upper = text.as_bytes().get(1).is_some_and(|second| *second < b'a');
    match (style.swap, style.upper) {
        (true, _) if is_upper => out.push_str(&text.to_ascii_lowercase()),
        (true, _) | (_, true) => out.push_str(&text.to_ascii_uppercase()),
        (false, false) => out.push_str(text),
    }
}

pub(super) fn unsupported(name: &str) -> Failure {
    Failure::Unsupported(name.to_owned())
}
