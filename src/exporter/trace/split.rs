//! Where an expression can be taken apart, by its text.
//!
//! Not a parser: whether a part is an expression by itself is for jq to say
//! (`steps`). Invariant: only text outside of strings, brackets, comments,
//! definitions and `if … end` is looked at.

/// A sign between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    /// `|`
    Pipe,
    /// `//`
    Alternative,
    /// `+` and other signs that compute with both sides.
    Operator,
}

/// A sign and where it stands, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) sign: Sign,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The signs at the top level of a text, in their order.
pub(super) fn signs(text: &str) -> Vec<Found> {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
    };
    let mut found = Vec::new();
    while let Some(sign) = scanner.next_sign() {
        found.push(sign);
    }
    found
}

/// The text without blanks, comments at its end, and brackets around all of it.
pub(super) fn bare(text: &str) -> &str {
    let text = without_comment(text).trim();
    let inner = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'));
    match inner {
        Some(inner) if closes_last(text) => bare(inner),
        Some(_) | None => text,
    }
}

/// The beginnings of a path at which another step ends: `.a`, `.a.b` and
/// `.a.b[0]` of the last; nothing where the text is no plain path.
pub(super) fn path_ends(text: &str) -> Vec<usize> {
    let bytes = text.as_bytes();
    let mut ends = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let Some(length) = path_step(&text[at..], at == 0) else {
            return Vec::new();
        };
        at += length;
        ends.push(at);
    }
    // `.` alone is no step.
    ends.retain(|end| &text[..*end] != ".");
    ends
}

/// A text in brackets and the path that goes on behind it: `(.a // .b)` and
/// `.[0].c` of `(.a // .b)[0].c`.
pub(super) fn bracketed_head(text: &str) -> Option<(&str, String)> {
    if !text.starts_with('(') {
        return None;
    }
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
    };
    scanner.skip();
    while scanner.depth > 0 && scanner.at < scanner.bytes.len() {
        scanner.skip();
    }
    let (head, rest) = text.split_at(scanner.at);
    let path = match rest.starts_with('[') {
        true => format!(".{rest}"),
        false => rest.to_owned(),
    };
    (!path_ends(&path).is_empty()).then_some((head, path))
}

/// The length of the step that a path goes on with.
fn path_step(rest: &str, is_first: bool) -> Option<usize> {
    let after_dot = rest.strip_prefix('.');
    let name = after_dot.map(|rest| {
        rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(rest.len())
    });
    let length = match (after_dot, name) {
        (Some(rest), Some(0)) if rest.starts_with('"') => 1 + quoted(rest)?,
        (Some(rest), Some(0)) if is_first && (rest.is_empty() || rest.starts_with('[')) => 1,
        (Some(_), Some(name)) if name > 0 => 1 + name,
        (None, _) if rest.starts_with('[') => bracketed(rest)?,
        (Some(_), _) | (None, _) => return None,
    };
    // `?` belongs to the step before it.
    let optional = rest[length..]
        .bytes()
        .take_while(|byte| *byte == b'?')
        .count();
    Some(length + optional)
}

/// The length of an index in brackets, if it is a plain string or number, or
/// nothing at all.
fn bracketed(rest: &str) -> Option<usize> {
    let inner = rest.get(1..)?;
    let length = match inner.as_bytes().first()? {
        b'"' => quoted(inner)?,
        _ => inner
            .find(|c: char| !c.is_ascii_digit() && c != '-')
            .unwrap_or(inner.len()),
    };
    (inner.as_bytes().get(length) == Some(&b']')).then_some(length + 2)
}

/// The length of a plain string, its quotes included.
fn quoted(rest: &str) -> Option<usize> {
    let mut escaped = false;
    for (index, byte) in rest.bytes().enumerate().skip(1) {
        match byte {
            b'(' if escaped => return None,
            b'\\' if !escaped => escaped = true,
            b'"' if !escaped => return Some(index + 1),
            _ => escaped = false,
        }
    }
    None
}

/// The text up to a comment that ends it.
fn without_comment(text: &str) -> &str {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
    };
    while scanner.at < scanner.bytes.len() {
        if scanner.bytes[scanner.at] == b'#' {
            let start = scanner.at;
            scanner.skip();
            if scanner.at >= scanner.bytes.len() {
                return &text[..start];
            }
        } else {
            scanner.skip();
        }
    }
    text
}

/// Whether the bracket that a text begins with is closed by its last byte.
fn closes_last(text: &str) -> bool {
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
    };
    scanner.skip();
    while scanner.depth > 0 && scanner.at < scanner.bytes.len() {
        scanner.skip();
    }
    scanner.at == text.len()
}

/// Goes through a text, token by token.
struct Scanner<'t> {
    bytes: &'t [u8],
    at: usize,
    /// How many brackets, definitions and `if`s are open.
    depth: usize,
}

impl Scanner<'_> {
    fn next_sign(&mut self) -> Option<Found> {
        while self.at < self.bytes.len() {
            let start = self.at;
            let sign = self.sign().filter(|_| self.depth == 0);
            self.skip();
            if let Some(sign) = sign {
                let end = self.at;
                return Some(Found { sign, start, end });
            }
        }
        None
    }

    /// The sign that stands here, if one does.
    fn sign(&self) -> Option<Sign> {
        match &self.bytes[self.at..] {
            [b'|', b'=', ..]
            | [b'/', b'/', b'=', ..]
            | [b'+' | b'-' | b'*' | b'/' | b'%', b'=', ..] => None,
            [b'|', ..] => Some(Sign::Pipe),
            [b'/', b'/', ..] => Some(Sign::Alternative),
            [b'+' | b'-' | b'*' | b'/' | b'%' | b',', ..] => Some(Sign::Operator),
            _ => None,
        }
    }

    /// Goes over one token.
    fn skip(&mut self) {
        let rest = &self.bytes[self.at..];
        match rest {
            [] => {}
            [b'"', ..] => self.skip_string(),
            [b'#', ..] => {
                let end = rest.iter().position(|byte| *byte == b'\n');
                self.at += end.unwrap_or(rest.len());
            }
            [b'(' | b'[' | b'{', ..] => {
                self.depth += 1;
                self.at += 1;
            }
            // A definition ends here, or an argument does inside of brackets.
            [b')' | b']' | b'}', ..] => {
                self.depth = self.depth.saturating_sub(1);
                self.at += 1;
            }
            [b'?', b'/', b'/', ..] => self.at += 3,
            [b'/', b'/', b'=', ..] => self.at += 3,
            [b'/', b'/', ..] | [b'|' | b'+' | b'-' | b'*' | b'/' | b'%', b'=', ..] => self.at += 2,
            [byte, ..] if is_word(*byte) => self.skip_word(),
            [_, ..] => self.at += 1,
        }
    }

    fn skip_word(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().take_while(|byte| is_word(**byte)).count();
        let is_name = self.at > 0 && matches!(self.bytes[self.at - 1], b'.' | b'$' | b'@');
        match &rest[..length] {
            b"if" if !is_name => self.depth += 1,
            b"end" if !is_name => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        self.at += length;
    }

    /// A string; an interpolation in it may hold strings of its own.
    fn skip_string(&mut self) {
        self.at += 1;
        while let Some(byte) = self.bytes.get(self.at) {
            match byte {
                b'"' => {
                    self.at += 1;
                    return;
                }
                b'\\' if self.bytes.get(self.at + 1) == Some(&b'(') => {
                    let before = self.depth;
                    self.at += 1;
                    self.skip();
                    while self.depth > before && self.at < self.bytes.len() {
                        self.skip();
                    }
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::{Sign, bare, bracketed_head, path_ends, signs};

    /// The parts between pipes.
    #[track_caller]
    fn check_pipes(text: &str, expected: &[&str]) {
        let mut parts = Vec::new();
        let mut start = 0;
        for found in signs(text).iter().filter(|it| it.sign == Sign::Pipe) {
            parts.push(text[start..found.start].trim());
            start = found.end;
        }
        parts.push(text[start..].trim());
        assert_eq!(parts, expected);
    }

    #[test]
    fn a_pipe_in_brackets_strings_and_ifs_is_no_sign() {
        check_pipes(".a | .b", &[".a", ".b"]);
        check_pipes("(.a | .b) | [.c | .d]", &["(.a | .b)", "[.c | .d]"]);
        check_pipes(
            r#""x | \(.a | "y | z") |" | .b"#,
            &[r#""x | \(.a | "y | z") |""#, ".b"],
        );
        check_pipes(
            "if . then .a | .b end | .c",
            &["if . then .a | .b end", ".c"],
        );
        check_pipes(".if | .end | .a |= 1", &[".if", ".end", ".a |= 1"]);
        check_pipes(".a # | .b", &[".a # | .b"]);
    }

    #[test]
    fn an_alternative_is_told_from_its_look_alikes() {
        let alternatives = |text| {
            let found = signs(text).into_iter();
            found.filter(|it| it.sign == Sign::Alternative).count()
        };
        assert_eq!(alternatives(".a // .b // 1"), 2);
        assert_eq!(alternatives(".a //= 1"), 0);
        assert_eq!(alternatives(". as [$a] ?// $a | $a"), 0);
    }

    #[test]
    fn brackets_around_all_are_taken_off() {
        assert_eq!(bare(" ((.a // {})) # note"), ".a // {}");
        assert_eq!(bare("(.a) + (.b)"), "(.a) + (.b)");
        assert_eq!(bare(".a # x\n | .b"), ".a # x\n | .b");
    }

    #[test]
    fn a_path_behind_brackets_is_taken_off() {
        let (head, path) = bracketed_head("(.a // .b)[0].c").unwrap();
        assert_eq!((head, path.as_str()), ("(.a // .b)", ".[0].c"));
        assert_eq!(bracketed_head("(.a) + 1"), None);
        assert_eq!(bracketed_head("(.a)"), None);
    }

    #[test]
    fn a_path_ends_after_each_of_its_steps() {
        #[track_caller]
        fn check(text: &str, expected: &[&str]) {
            let ends = path_ends(text).into_iter();
            assert_eq!(ends.map(|end| &text[..end]).collect::<Vec<_>>(), expected);
        }
        check(".a.b", &[".a", ".a.b"]);
        check(
            r#".a?["x.y"][0]"#,
            &[".a?", r#".a?["x.y"]"#, r#".a?["x.y"][0]"#],
        );
        check(
            r#"."a b".c[]"#,
            &[r#"."a b""#, r#"."a b".c"#, r#"."a b".c[]"#],
        );
        check(".[0]", &[".[0]"]);
        check(".", &[]);
        check(".a + 1", &[]);
        check(".a | .b", &[]);
        check(r#".["\(.x)"]"#, &[]);
    }
}
