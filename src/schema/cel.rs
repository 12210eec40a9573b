//! The few forms of CEL that a policy for the API server is written in.
//!
//! After the language definition of cel-spec; regular expressions are RE2's.
//! Invariant: no text, whatever it holds, ends the literal that it stands in.

use crate::catalog::Pattern;

/// An expression that is true where a string matches any of the patterns.
pub(super) fn matches(string: &str, patterns: &[Pattern]) -> String {
    let names: Vec<String> = patterns
        .iter()
        .filter_map(|pattern| pattern.literal().map(literal))
        .collect();
    let globs = patterns
        .iter()
        .filter(|pattern| pattern.literal().is_none());
    let mut any: Vec<String> = globs
        .map(|pattern| format!("{string}.matches({})", literal(pattern.regex())))
        .collect();
    match names.as_slice() {
        [] => {}
        [name] => any.insert(0, format!("{string} == {name}")),
        names => any.insert(0, format!("{string} in [{}]", names.join(", "))),
    }
    match any.as_slice() {
        [] => "false".to_owned(),
        [one] => one.clone(),
        several => format!("({})", several.join(" || ")),
    }
}

/// Whether a character can stand in any one line of YAML, where some end lines
/// that end none elsewhere.
pub(super) fn is_printable(character: char) -> bool {
    !character.is_control() && !matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// A string as a literal: raw where it has a backslash, for people's sake.
fn literal(text: &str) -> String {
    let plain = |character: char| character != '\'' && is_printable(character);
    if !text.chars().all(plain) {
        return escaped(text);
    }
    match text.contains('\\') {
        true => format!("r'{text}'"),
        false => format!("'{text}'"),
    }
}

fn escaped(text: &str) -> String {
    let mut literal = String::from("'");
    for character in text.chars() {
        match character {
            '\'' | '\\' => literal.extend(['\\', character]),
            character if is_printable(character) => literal.push(character),
            character => literal.push_str(&format!("\\u{:04x}", u32::from(character))),
        }
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(literal(text), expected);
    }

    #[test]
    fn a_literal_ends_where_it_shall() {
        check("pay", "'pay'");
        check(r"^a\-.*$", r"r'^a\-.*$'");
        check(r"it's\", r"'it\'s\\'");
        check("a\nb\u{2028}", r"'a\u000ab\u2028'");
        check("grün", "'grün'");
    }
}
