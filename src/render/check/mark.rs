//! The line of text that a finding points at.

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

    /// What a range of a text shows of its first line. `None` for a line that
    /// nobody could read.
    pub(super) fn of(text: &[u8], range: Range<usize>) -> Option<Self> {
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
        (line.is_char_boundary(range.start) && line.is_char_boundary(range.end)).then(|| Self {
            line: line.to_owned(),
            range,
        })
    }

    /// How many characters are meant, at least one.
    pub(crate) fn width(&self) -> usize {
        self.line[self.range.clone()].chars().count().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::Mark;

    #[track_caller]
    fn check(text: &str, word: &str, expected: Option<(&str, usize)>) {
        let at = text.find(word).expect("the word stands in the text");
        let mark = Mark::of(text.as_bytes(), at..at + word.len());
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
    fn a_line_that_nobody_could_read_is_not_shown() {
        check(&format!("{}x", "a".repeat(5000)), "x", None);
    }
}
