//! Classes of characters: `[…]`, `\d` and its like, `\p{…}`.
//!
//! Go's `\d`, `\s` and `\w` know ASCII alone, and `\s` no vertical tab; inside
//! of brackets nothing but `\`, `]`, `^`, `-` and `[:` is special.

use super::escape::{self, Cursor};
use super::translate::Syntax;

/// A class in the syntax of the `regex` crate.
#[derive(Debug, Default)]
pub(super) struct Class {
    pub(super) text: String,
    pub(super) by_tables: bool,
}

impl Class {
    fn new(text: String, by_tables: bool) -> Self {
        Self { text, by_tables }
    }

    fn push(&mut self, other: &Self) {
        self.text.push_str(&other.text);
        self.by_tables |= other.by_tables;
    }
}

/// The classes that Unicode's general categories have in both. `Co` and `Cs`
/// are no characters that we hold.
const CATEGORIES: [&str; 35] = [
    "C", "Cc", "Cf", "Cn", "L", "Ll", "Lm", "Lo", "Lt", "Lu", "M", "Mc", "Me", "Mn", "N", "Nd",
    "Nl", "No", "P", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "S", "Sc", "Sk", "Sm", "So", "Z",
    "Zl", "Zp", "Zs",
];

/// A class that one escape stands for; `None` where the escape is none.
///
/// # Errors
/// Where a class of Unicode has no end, or is one that we can't say.
pub(super) fn escaped(cursor: &mut Cursor<'_>) -> Result<Option<Class>, Syntax> {
    if cursor.peek() != Some('\\') {
        return Ok(None);
    }
    let (members, negated) = match cursor.second() {
        Some('d') => ("0-9", false),
        Some('D') => ("0-9", true),
        Some('s') => ("\\t\\n\\f\\r\\x{20}", false),
        Some('S') => ("\\t\\n\\f\\r\\x{20}", true),
        Some('w') => ("0-9A-Za-z\\x{5f}", false),
        Some('W') => ("0-9A-Za-z\\x{5f}", true),
        Some(c @ ('p' | 'P')) => return category(cursor, c == 'P').map(Some),
        _ => return Ok(None),
    };
    cursor.skip(2);
    Ok(Some(nested(members, negated)))
}

fn nested(members: &str, negated: bool) -> Class {
    let not = if negated { "^" } else { "" };
    Class::new(format!("[{not}{members}]"), false)
}

/// `\pL`, `\p{Lu}`, `\p{^Lu}` and their negations.
fn category(cursor: &mut Cursor<'_>, negated: bool) -> Result<Class, Syntax> {
    let start = cursor.at();
    cursor.skip(2);
    let mut name = String::new();
    match cursor.bump() {
        // Go then sees a name of no letter.
        None => {}
        Some('{') => {
            let rest = cursor.rest();
            let Some(end) = rest.find('}') else {
                let all = &cursor.whole()[start..];
                return Err(Syntax::invalid("invalid character class range", all));
            };
            name.push_str(&rest[..end]);
            cursor.skip(end + 1);
        }
        Some(c) => name.push(c),
    }
    let (name, inverted) = match name.strip_prefix('^') {
        Some(name) => (name, true),
        None => (name.as_str(), false),
    };
    if !CATEGORIES.contains(&name) {
        let part = cursor.since(start);
        return Err(Syntax::Unsupported(format!(
            "{part} in a regular expression"
        )));
    }
    let letter = if negated == inverted { 'p' } else { 'P' };
    Ok(Class::new(format!("\\{letter}{{{name}}}"), true))
}

/// `[…]`.
///
/// # Errors
/// Where Go refuses it, or it holds a class that we can't say.
pub(super) fn bracketed(cursor: &mut Cursor<'_>, fold: bool) -> Result<Class, Syntax> {
    let start = cursor.at();
    cursor.bump();
    let mut class = Class::new("[".to_owned(), false);
    if cursor.take('^') {
        class.text.push('^');
    }
    let mut first = true;
    while first || cursor.peek() != Some(']') {
        first = false;
        if let Some(named) = named(cursor)? {
            class.push(&named);
        } else if let Some(escaped) = escaped(cursor)? {
            class.push(&escaped);
        } else {
            class.push(&range(cursor, start, fold)?);
        }
    }
    cursor.bump();
    class.text.push(']');
    Ok(class)
}

/// One character, or a range of them.
fn range(cursor: &mut Cursor<'_>, class_start: usize, fold: bool) -> Result<Class, Syntax> {
    let start = cursor.at();
    let low = member(cursor, class_start)?;
    let mut high = low;
    let rest = cursor.rest();
    if rest.len() >= 2 && rest.starts_with('-') && !rest.starts_with("-]") {
        cursor.bump();
        high = member(cursor, class_start)?;
        if high < low {
            let part = cursor.since(start);
            return Err(Syntax::invalid("invalid character class range", part));
        }
    }
    let by_tables = fold && !high.is_ascii();
    let low = escape::written(low);
    Ok(Class::new(
        match escape::written(high) {
            high if high == low => low,
            high => format!("{low}-{high}"),
        },
        by_tables,
    ))
}

fn member(cursor: &mut Cursor<'_>, class_start: usize) -> Result<char, Syntax> {
    match cursor.peek() {
        None => {
            let all = &cursor.whole()[class_start..];
            Err(Syntax::invalid("missing closing ]", all))
        }
        Some('\\') => escape::character(cursor),
        Some(c) => {
            cursor.bump();
            Ok(c)
        }
    }
}

/// `[:alpha:]` and its like, inside of brackets.
fn named(cursor: &mut Cursor<'_>) -> Result<Option<Class>, Syntax> {
    let rest = cursor.rest();
    let Some(inner) = rest.strip_prefix("[:") else {
        return Ok(None);
    };
    let Some(end) = inner.find(":]") else {
        return Ok(None);
    };
    let (name, negated) = match inner[..end].strip_prefix('^') {
        Some(name) => (name, true),
        None => (&inner[..end], false),
    };
    let members = match name {
        "alnum" => "0-9A-Za-z",
        "alpha" => "A-Za-z",
        "ascii" => "\\x{0}-\\x{7f}",
        "blank" => "\\t\\x{20}",
        "cntrl" => "\\x{0}-\\x{1f}\\x{7f}",
        "digit" => "0-9",
        "graph" => "\\x{21}-\\x{7e}",
        "lower" => "a-z",
        "print" => "\\x{20}-\\x{7e}",
        "punct" => "\\x{21}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{60}\\x{7b}-\\x{7e}",
        "space" => "\\t-\\r\\x{20}",
        "upper" => "A-Z",
        "word" => "0-9A-Za-z\\x{5f}",
        "xdigit" => "0-9A-Fa-f",
        _ => {
            let part = &rest[..end + 4];
            return Err(Syntax::invalid("invalid character class range", part));
        }
    };
    cursor.skip(end + 4);
    Ok(Some(nested(members, negated)))
}
