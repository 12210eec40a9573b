//! The line of text that a finding points at.
//!
//! Invariant: of what belongs to others on that line nothing is shown.

use std::ops::Range;

use memchr::{memchr, memrchr};

/// A line and the part of it that is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The line without its end.
    pub line: String,
    /// The bytes of it that are meant; empty where nothing is there.
    pub range: Range<usize>,
}

impl Mark {
    /// The longest line that is shown: JSON may be megabytes in one line.
    const LINE: usize = 4096;

    /// What a range of a text shows of its first line, of which only what stands
    /// `within` may be seen. `None` for a line that nobody could read.
    pub(super) fn of(text: &[u8], range: Range<usize>, within: Range<usize>) -> Option<Self> {
        let at = range.start.min(text.len());
        let start = memrchr(b'\n', &text[..at]).map_or(0, |before| before + 1);
        let end = memchr(b'\n', &text[at..]).map_or(text.len(), |behind| at + behind);
        if end - start > Self::LINE {
            return None;
        }
        let line = std::str::from_utf8(&text[start..end]).ok()?;
        let line = line.trim_end_matches('\r');
        let inside = |offset: usize| offset.saturating_sub(start).min(line.len());
        let range = inside(at)..inside(range.end.max(at));
        let within = inside(within.start).min(range.start)..inside(within.end).max(range.end);
        let parts = [
            line.get(..within.start)?,
            line.get(within.start..range.start)?,
            line.get(range.clone())?,
            line.get(range.end..within.end)?,
            line.get(within.end..)?,
        ];
        let [before, near, meant, rest, behind] = parts;
        let head = format!("{}{near}", blanked(before, is_dash));
        Some(Self {
            range: head.len()..head.len() + meant.len(),
            line: format!("{head}{meant}{rest}{}", blanked(behind, is_comment)),
        })
    }

    /// How many characters are meant, at least one.
    pub(crate) fn width(&self) -> usize {
        self.line[self.range.clone()].chars().count().max(1)
    }
}

/// What stands around an object on its line; if that may be another's, blanks of
/// the same width, so that columns stay.
fn blanked(text: &str, is_own: fn(&str) -> bool) -> String {
    match is_own(text) {
        true => text.to_owned(),
        false => text.chars().map(|_| ' ').collect(),
    }
}

/// Whether it is no more than the dash of a list's item.
fn is_dash(before: &str) -> bool {
    before.trim().trim_start_matches('-').trim().is_empty()
}

/// Whether it is no more than a comment.
fn is_comment(behind: &str) -> bool {
    let behind = behind.trim();
    behind.is_empty() || behind.starts_with('#')
}

#[cfg(test)]
mod tests {
    use super::Mark;

    #[track_caller]
    fn check(text: &str, word: &str, expected: Option<(&str, usize)>) {
        let at = text.find(word).expect("the word stands in the text");
        let mark = Mark::of(text.as_bytes(), at..at + word.len(), 0..text.len());
        let seen = mark.as_ref().map(|mark| (mark.line.as_str(), mark.width()));
        assert_eq!(seen, expected);
    }

    #[test]
    fn a_mark_is_one_line_with_what_is_meant() {
        check("a: b\r\nc: dü\r\n", "dü", Some(("c: dü", 2)));
        check("a: b", "a", Some(("a: b", 1)));
        check("a: b\nc: d", "b\nc", Some(("a: b", 1)));
    }

    #[test]
    fn others_on_the_same_line_are_not_shown() {
        #[track_caller]
        fn check(text: &str, within: &str, expected: &str) {
            let start = text.find(within).unwrap();
            let at = text.find('x').unwrap();
            let mark = Mark::of(text.as_bytes(), at..at + 1, start..start + within.len()).unwrap();
            assert_eq!(
                (mark.line.as_str(), &mark.line[mark.range]),
                (expected, "x")
            );
        }
        check(
            "[{k: ü}, {x: 1}, {k: s}]",
            "{x: 1}",
            "         {x: 1}         ",
        );
        check("- x: 1 # why", "x: 1", "- x: 1 # why");
        check("key: s # x", "x", "         x");
    }

    #[test]
    fn a_line_that_nobody_could_read_is_not_shown() {
        check(&format!("{}x", "a".repeat(5000)), "x", None);
    }
}
