//! Globs as Argo CD's directory source reads them.
//!
//! Argo CD 3.6.1 (`util/glob/glob.go`) compiles them with
//! `github.com/gobwas/glob` 1.0.0 and no separators, so `*` crosses `/`:
//! `*.yaml` matches `deep/down.yaml`. The grammar is that of its `Compile`.
//! Not for paths of our own. Invariant: a pattern that gobwas refuses is an
//! error here (Argo CD logs it and lets it match nothing).

use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

use super::InputError;

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Glob(Regex);

impl Glob {
    /// Compiles the value of a setting.
    pub(super) fn parse(setting: &str, pattern: &str) -> Result<Self, InputError> {
        let refused = |reason: &str| {
            InputError::Refused {
            what: format!("`{setting}` is no glob: `{pattern}` {reason}"),
            remedy: "use `*`, `?`, `[abc]`, `[!a-z]`, `{one,other}`, and `\\` before a character that stands for itself".to_owned(),
        }
        };
        let expression = expression(pattern).map_err(refused)?;
        Regex::new(&expression)
            .map(Self)
            .map_err(|_| refused("is too long"))
    }

    /// Whether a whole path matches.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.0.is_match(path)
    }
}

/// The regular expression that matches what a pattern matches.
fn expression(pattern: &str) -> Result<String, &'static str> {
    let mut letters = pattern.chars().peekable();
    let mut expression = String::from(r"(?s)\A");
    let mut depth = 0_usize;
    while let Some(letter) = letters.next() {
        match letter {
            '*' => expression.push_str(".*"),
            '?' => expression.push('.'),
            '[' => expression.push_str(&class(&mut letters)?),
            '{' => {
                depth += 1;
                expression.push_str("(?:");
            }
            ',' if depth > 0 => expression.push('|'),
            '}' if depth > 0 => {
                depth -= 1;
                expression.push(')');
            }
            '\\' => {
                let letter = letters.next().ok_or("ends in a `\\`")?;
                literal(letter, &mut expression);
            }
            other => literal(other, &mut expression),
        }
    }
    if depth > 0 {
        return Err("has a `{` without its `}`");
    }
    expression.push_str(r"\z");
    Ok(expression)
}

/// What stands between `[` and `]`: one range, or a set of characters in which
/// `-` is nothing special.
fn class(letters: &mut Peekable<Chars<'_>>) -> Result<String, &'static str> {
    let unclosed = "has a `[` without its `]`";
    let negation = if letters.next_if_eq(&'!').is_some() {
        "^"
    } else {
        ""
    };
    let mut members = Vec::new();
    loop {
        match letters.next().ok_or(unclosed)? {
            ']' if !members.is_empty() => break,
            '\\' => members.push(letters.next().ok_or(unclosed)?),
            '-' if members.len() == 1 => {
                let (low, high) = (members[0], letters.next().ok_or(unclosed)?);
                return match letters.next().ok_or(unclosed)? {
                    ']' => range(negation, low, high),
                    _ => Err("has more than one range between `[` and `]`"),
                };
            }
            ']' => return Err("has nothing between `[` and `]`"),
            member => members.push(member),
        }
    }
    let mut set = format!("[{negation}");
    for member in members {
        literal(member, &mut set);
    }
    set.push(']');
    Ok(set)
}

/// The class of one range.
fn range(negation: &str, low: char, high: char) -> Result<String, &'static str> {
    if high < low {
        return Err("has a range that runs backwards");
    }
    let mut range = format!("[{negation}");
    literal(low, &mut range);
    range.push('-');
    literal(high, &mut range);
    range.push(']');
    Ok(range)
}

/// A character that stands for itself.
fn literal(letter: char, expression: &mut String) {
    let mut bytes = [0; 4];
    expression.push_str(&regex::escape(letter.encode_utf8(&mut bytes)));
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn a_glob_matches_what_gobwas_matches() {
        #[track_caller]
        fn check(pattern: &str, path: &str, expected: bool) {
            let glob = Glob::parse("include", pattern).unwrap();
            assert_eq!(glob.matches(path), expected, "{pattern} on {path}");
        }
        check("*.yaml", "a.yaml", true);
        check("*.yaml", "deep/down/a.yaml", true);
        check("*.yaml", "a.yml", false);
        check("a.yaml", "b/a.yaml", false);
        check("**/a.yaml", "a.yaml", false);
        check("**/a.yaml", "b/c/a.yaml", true);
        check("{a,b/*}.yaml", "b/x.yaml", true);
        check("{a,{b,c}*}.yaml", "cat.yaml", true);
        check("{*.yml,*.yaml}", "x.json", false);
        check("a?c", "a/c", true);
        check("[a-c]x", "bx", true);
        check("[!a-c]x", "bx", false);
        check("[!a-c]x", "dx", true);
        check("[abc-]x", "-x", true);
        check("[-a]", "-", true);
        check("[^a]", "b", false);
        check(r"[\]a]", "]", true);
        check(r"[a\-c]", "b", false);
        check(r"\*.yaml", "*.yaml", true);
        check(r"\*.yaml", "a.yaml", false);
        check("a,b}", "a,b}", true);
        check("a{,b}", "a", true);
        check("a.b", "axb", false);
    }

    #[test]
    fn a_pattern_that_gobwas_refuses_is_an_error() {
        #[track_caller]
        fn check(pattern: &str, reason: &str) {
            assert_eq!(
                Glob::parse("exclude", pattern).unwrap_err().to_string(),
                format!(
                    "`exclude` is no glob: `{pattern}` {reason}; use `*`, `?`, `[abc]`, `[!a-z]`, `{{one,other}}`, and `\\` before a character that stands for itself"
                )
            );
        }
        check("{a,b", "has a `{` without its `}`");
        check("[abc", "has a `[` without its `]`");
        check("[a-", "has a `[` without its `]`");
        check("[a-cx]", "has more than one range between `[` and `]`");
        check("[]a]", "has nothing between `[` and `]`");
        check("[!]", "has nothing between `[` and `]`");
        check("a\\", "ends in a `\\`");
        check("[z-a]", "has a range that runs backwards");
    }
}
