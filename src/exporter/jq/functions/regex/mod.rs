//! Regular expressions as Go's `regexp` matches them.
//!
//! A pattern in Go's syntax is read and written anew in that of the `regex`
//! crate, every class spelt out; both engines are leftmost-first and know the
//! same empty matches. Not here: what jq makes of matches (`capture`, `sub`).
//! Invariant: what can't be written with certainty, or needs Unicode data that
//! Go 1.25 doesn't have, is refused.

mod class;
mod escape;
mod flags;
mod group;
mod quote;
mod repeat;
mod translate;

use std::sync::LazyLock;

use super::Failure;
pub(in crate::exporter::jq) use quote::go_quoted;
use translate::{Syntax, Translated, translate};

/// A compiled pattern with its flags.
#[derive(Clone, Debug)]
pub(in crate::exporter::jq) struct Regex {
    regex: regex::Regex,
    /// Of the groups from 1 on.
    names: Vec<Option<String>>,
    global: bool,
    /// The pattern, flags included, has no character.
    is_empty: bool,
    /// Whether what matches hangs on Unicode's tables.
    by_tables: bool,
}

/// One match. Offsets and lengths count code points.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::exporter::jq) struct Match {
    pub(in crate::exporter::jq) offset: i64,
    pub(in crate::exporter::jq) length: i64,
    pub(in crate::exporter::jq) string: String,
    pub(in crate::exporter::jq) captures: Vec<Capture>,
}

/// A group of a match. One that took no part has the offset -1, length 0 and no
/// string.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::exporter::jq) struct Capture {
    pub(in crate::exporter::jq) name: Option<String>,
    pub(in crate::exporter::jq) offset: i64,
    pub(in crate::exporter::jq) length: i64,
    pub(in crate::exporter::jq) string: Option<String>,
}

/// Longer patterns may be too large for Go, by a measure that we don't have.
const LONGEST: usize = 16 << 10;

impl Regex {
    /// Compiles a pattern with jq's flags, of which gojq knows `g`, `i` and `m`,
    /// the last for a dot that matches line ends.
    ///
    /// # Errors
    /// Where Go refuses the pattern or gojq a flag, with gojq's message; or what
    /// of the pattern we can't translate.
    pub(in crate::exporter::jq) fn compile(pattern: &str, flags: &str) -> Result<Self, Failure> {
        if flags.contains(|flag| !matches!(flag, 'g' | 'i' | 'm')) {
            let quoted =
                go_quoted(flags).ok_or_else(|| unsupported("such regular expression flags"))?;
            let message = format!("unsupported regular expression flag: {quoted}");
            return Err(Failure::Failed(message));
        }
        let dot = if flags.contains('m') { "(?s)" } else { "" };
        let fold = if flags.contains('i') { "(?i)" } else { "" };
        let pattern = format!("{dot}{fold}{}", pattern.replace("(?<", "(?P<"));
        if pattern.len() > LONGEST {
            return Err(unsupported("a regular expression of this length"));
        }
        let translated = translate(&pattern).map_err(|syntax| refusal(&pattern, syntax))?;
        Self::build(&pattern, translated, flags.contains('g'))
    }

    fn build(pattern: &str, translated: Translated, global: bool) -> Result<Self, Failure> {
        let Translated {
            text,
            names,
            by_tables,
        } = translated;
        let regex = regex::RegexBuilder::new(&text)
            .size_limit(32 << 20)
            .build()
            .map_err(|_| unsupported("a regular expression of this size or form"))?;
        // The crate forgets the groups of what is repeated zero times.
        if regex.captures_len() != names.len() + 1 {
            return Err(unsupported("groups that are repeated zero times"));
        }
        if by_tables && !is_known(pattern) {
            return Err(newer_unicode());
        }
        Ok(Self {
            regex,
            names,
            global,
            is_empty: pattern.is_empty(),
            by_tables,
        })
    }

    /// # Errors
    /// Where the answer hangs on Unicode's tables, and the text holds what is
    /// newer than Go's.
    pub(in crate::exporter::jq) fn test(&self, text: &str) -> Result<bool, Failure> {
        self.check(text)?;
        Ok(self.regex.is_match(text))
    }

    /// The first match, or with the flag `g` all of them.
    ///
    /// # Errors
    /// As those of `test`.
    pub(in crate::exporter::jq) fn matches(&self, text: &str) -> Result<Vec<Match>, Failure> {
        self.check(text)?;
        let found = match self.global {
            true => self.find_all(text),
            false => self.regex.captures(text).into_iter().collect(),
        };
        let mut points = Points::new(text);
        Ok(found
            .iter()
            .map(|captures| self.described(captures, &mut points))
            .collect())
    }

    /// The parts between all matches, whatever the flag `g`.
    ///
    /// # Errors
    /// As those of `test`.
    pub(in crate::exporter::jq) fn split(&self, text: &str) -> Result<Vec<String>, Failure> {
        self.check(text)?;
        if !self.is_empty && text.is_empty() {
            return Ok(vec![String::new()]);
        }
        let mut parts = Vec::new();
        let (mut start, mut end) = (0, 0);
        for captures in self.find_all(text) {
            let Some(whole) = captures.get(0) else {
                continue;
            };
            end = whole.start();
            if whole.end() != 0 {
                parts.push(text[start..end].to_owned());
            }
            start = whole.end();
        }
        if end != text.len() {
            parts.push(text[start..].to_owned());
        }
        Ok(parts)
    }

    /// All matches, as Go's `FindAll` goes on: an empty match right behind the
    /// last one is left out.
    fn find_all<'t>(&self, text: &'t str) -> Vec<regex::Captures<'t>> {
        let mut found = Vec::new();
        let mut last_end = None;
        let mut at = 0;
        while at <= text.len() {
            let Some(captures) = self.regex.captures_at(text, at) else {
                break;
            };
            let Some(whole) = captures.get(0) else { break };
            let (start, end) = (whole.start(), whole.end());
            let mut accepted = true;
            if end == at {
                accepted = last_end != Some(start);
                at += text[at..].chars().next().map_or(1, char::len_utf8);
            } else {
                at = end;
            }
            last_end = Some(end);
            if accepted {
                found.push(captures);
            }
        }
        found
    }

    fn described(&self, captures: &regex::Captures<'_>, points: &mut Points<'_>) -> Match {
        let groups = self.names.iter().zip(1..).map(|(name, group)| {
            let place = captures.get(group).map(|part| part.range());
            let (offset, length) = place.clone().map_or((-1, 0), |place| points.place(place));
            Capture {
                name: name.clone(),
                offset,
                length,
                string: place.map(|place| points.text[place].to_owned()),
            }
        });
        let captures_of_groups = groups.collect();
        let whole = captures.get(0).map_or(0..0, |whole| whole.range());
        let (offset, length) = points.place(whole.clone());
        Match {
            offset,
            length,
            string: points.text[whole].to_owned(),
            captures: captures_of_groups,
        }
    }

    fn check(&self, text: &str) -> Result<(), Failure> {
        match self.by_tables && !is_known(text) {
            true => Err(newer_unicode()),
            false => Ok(()),
        }
    }
}

/// The places of a text in code points.
struct Points<'t> {
    text: &'t str,
    is_ascii: bool,
}

impl<'t> Points<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            is_ascii: text.is_ascii(),
        }
    }

    /// Offset and length of a range of bytes.
    fn place(&mut self, bytes: std::ops::Range<usize>) -> (i64, i64) {
        let (offset, length) = match self.is_ascii {
            true => (bytes.start, bytes.len()),
            false => (
                self.text[..bytes.start].chars().count(),
                self.text[bytes].chars().count(),
            ),
        };
        (offset as i64, length as i64)
    }
}

/// Whether every code point is one of Unicode 15.0, whose tables Go 1.25 and
/// 1.26 have, and means in them what it means in newer ones. The seven that
/// don't (a mark's kind, and three pairs that fold) are the whole difference
/// between Go 1.26 and regex-syntax 0.8.12.
fn is_known(text: &str) -> bool {
    const NEWER_OR_CHANGED: &str =
        r"[\P{Age=15.0}\x{1171e}\x{390}\x{1fd3}\x{3b0}\x{1fe3}\x{fb05}\x{fb06}]";
    static NEWER: LazyLock<Option<regex::Regex>> =
        LazyLock::new(|| regex::Regex::new(NEWER_OR_CHANGED).ok());
    text.is_ascii() || NEWER.as_ref().is_some_and(|newer| !newer.is_match(text))
}

fn newer_unicode() -> Failure {
    unsupported("a character that Unicode 15 doesn't have, in a regular expression")
}

fn unsupported(name: &str) -> Failure {
    Failure::Unsupported(name.to_owned())
}

fn refusal(pattern: &str, syntax: Syntax) -> Failure {
    match syntax {
        Syntax::Invalid { code, part } => match go_quoted(pattern) {
            Some(quoted) => Failure::Failed(format!(
                "invalid regular expression {quoted}: error parsing regexp: {code}: `{part}`"
            )),
            None => unsupported("an invalid regular expression of such characters"),
        },
        Syntax::Unsupported(name) => Failure::Unsupported(name),
    }
}

#[cfg(test)]
mod tests;
