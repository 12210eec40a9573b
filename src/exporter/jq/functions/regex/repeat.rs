//! Repetitions: which are allowed, and of what.

use super::translate::{Operand, Syntax, Translator};

/// Copies of one thing that Go allows.
const MOST: usize = 1000;

impl Translator<'_> {
    /// `{` as a repetition, or for itself.
    pub(super) fn braces(&mut self, last: Option<usize>) -> Result<(), Syntax> {
        let start = self.cursor.at();
        let Some((least, most, length)) = counts(self.cursor.rest()) else {
            self.cursor.bump();
            self.literal('{');
            return Ok(());
        };
        self.cursor.skip(length);
        let fits = |count: Option<usize>| count.is_some_and(|count| count <= MOST);
        let limit = most.unwrap_or(least);
        if !fits(least) || !fits(limit) || limit < least {
            return Err(Syntax::invalid(
                "invalid repeat count",
                self.cursor.since(start),
            ));
        }
        let (least, most) = (least.unwrap_or_default(), most.flatten());
        let text = match most {
            Some(most) if most == least => format!("{{{least}}}"),
            Some(most) => format!("{{{least},{most}}}"),
            None => format!("{{{least},}}"),
        };
        self.repeat(start, last, &text, Some((least, most)))
    }

    /// Applies a repetition that started at `start` and has been read but for
    /// the `?` behind it.
    pub(super) fn repeat(
        &mut self,
        start: usize,
        last: Option<usize>,
        text: &str,
        counts: Option<(usize, Option<usize>)>,
    ) -> Result<(), Syntax> {
        let lazy = self.cursor.take('?');
        if let Some(last) = last {
            let part = self.cursor.since(last);
            return Err(Syntax::invalid("invalid nested repetition operator", part));
        }
        let part = self.cursor.since(start);
        let weight = match self.operand {
            Operand::Missing => {
                return Err(Syntax::invalid(
                    "missing argument to repetition operator",
                    part,
                ));
            }
            Operand::Behind => {
                return Err(Syntax::Unsupported(
                    "a repetition right behind flags in a regular expression".to_owned(),
                ));
            }
            Operand::Weight(weight) => weight,
        };
        let weight = match counts {
            // Go doesn't look below what is repeated zero times.
            Some((_, Some(0))) => 1,
            Some((least, most)) => weight * most.unwrap_or(least).max(1),
            None => weight,
        };
        let counted = counts.is_some_and(|(least, most)| least.max(most.unwrap_or(0)) >= 2);
        if counted && weight > MOST {
            return Err(Syntax::invalid("invalid repeat count", part));
        }
        self.text.push_str(text);
        if lazy {
            self.text.push('?');
        }
        self.operand = Operand::Weight(weight);
        self.weight = self.weight.max(weight);
        self.last_repeat = Some(start);
        Ok(())
    }
}

/// A number of a `{…}`; `None` is one that is too great for Go to read.
type Count = Option<usize>;

/// The counts of `{n}`, `{n,}` (no second one) or `{n,m}`, and the length of it.
fn counts(text: &str) -> Option<(Count, Option<Count>, usize)> {
    let (least, rest) = count(text.strip_prefix('{')?)?;
    let (most, rest) = match rest.strip_prefix(',') {
        None => (Some(least), rest),
        Some(rest) if rest.starts_with('}') => (None, rest),
        Some(rest) => {
            let (most, rest) = count(rest)?;
            (Some(most), rest)
        }
    };
    let rest = rest.strip_prefix('}')?;
    Some((least, most, text.len() - rest.len()))
}

fn count(text: &str) -> Option<(Count, &str)> {
    let length = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = text.split_at(length);
    if digits.is_empty() || (length > 1 && digits.starts_with('0')) {
        return None;
    }
    Some((digits.parse().ok().filter(|_| length <= 9), rest))
}
