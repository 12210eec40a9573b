//! A pattern from Go's syntax to that of the `regex` crate.
//!
//! Reads as `regexp/syntax` of Go 1.25 does with its Perl flags, and writes what
//! means the same under the `regex` crate's defaults.

use super::class;
use super::escape::{self, Cursor};

/// A pattern in the syntax of the `regex` crate.
#[derive(Debug)]
pub(super) struct Translated {
    pub(super) text: String,
    /// Of the groups from 1 on; in the text none has a name, since Go allows one
    /// name twice.
    pub(super) names: Vec<Option<String>>,
    /// It folds case beyond ASCII, or names a class of Unicode.
    pub(super) by_tables: bool,
}

/// Why there is no translation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// Go refuses the pattern, with these words, for this part of it.
    Invalid { code: &'static str, part: String },
    /// By name.
    Unsupported(String),
}

impl Syntax {
    pub(super) fn invalid(code: &'static str, part: &str) -> Self {
        Self::Invalid {
            code,
            part: part.to_owned(),
        }
    }
}

/// # Errors
/// Where Go refuses the pattern, or we can't say it.
pub(super) fn translate(pattern: &str) -> Result<Translated, Syntax> {
    let mut translator = Translator {
        cursor: Cursor::new(pattern),
        text: String::new(),
        names: Vec::new(),
        flags: Flags::default(),
        by_tables: false,
        operand: Operand::Missing,
        weight: 1,
        groups: Vec::new(),
        last_repeat: None,
    };
    while let Some(c) = translator.cursor.peek() {
        translator.step(c)?;
    }
    if !translator.groups.is_empty() {
        return Err(Syntax::invalid("missing closing )", pattern));
    }
    Ok(Translated {
        text: translator.text,
        names: translator.names,
        by_tables: translator.by_tables,
    })
}

/// The flags of Go that a pattern may set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) fold: bool,
    lines: bool,
    dot_all: bool,
    swap_greed: bool,
}

impl Flags {
    /// All of them, as the `regex` crate takes them.
    fn written(self) -> String {
        let all = [
            (self.fold, 'i'),
            (self.lines, 'm'),
            (self.dot_all, 's'),
            (self.swap_greed, 'U'),
        ];
        let on: String = all.iter().filter(|(is, _)| *is).map(|(_, c)| *c).collect();
        let off: String = all.iter().filter(|(is, _)| !*is).map(|(_, c)| *c).collect();
        match off.is_empty() {
            true => on,
            false => format!("{on}-{off}"),
        }
    }

    fn flag(&mut self, c: char) -> Option<&mut bool> {
        match c {
            'i' => Some(&mut self.fold),
            'm' => Some(&mut self.lines),
            's' => Some(&mut self.dot_all),
            'U' => Some(&mut self.swap_greed),
            _ => None,
        }
    }
}

/// What a repetition here would repeat.
#[derive(Clone, Copy, Debug)]
enum Operand {
    Missing,
    /// How often its innermost part is repeated by numbers.
    Weight(usize),
    /// Go repeats what stands before something that leaves no trace, such as
    /// flags.
    Behind,
}

/// What to go back to when a group closes.
struct Group {
    flags: Flags,
    /// The greatest weight outside.
    weight: usize,
}

struct Translator<'p> {
    cursor: Cursor<'p>,
    text: String,
    names: Vec<Option<String>>,
    flags: Flags,
    by_tables: bool,
    operand: Operand,
    /// The greatest weight in the group so far.
    weight: usize,
    groups: Vec<Group>,
    /// Where the repetition starts that stands right before.
    last_repeat: Option<usize>,
}

/// Copies of one thing that Go allows.
const MOST: usize = 1000;

impl Translator<'_> {
    fn step(&mut self, c: char) -> Result<(), Syntax> {
        let repeat = self.last_repeat.take();
        match c {
            '(' => self.open(),
            ')' => self.close(),
            '|' => {
                self.cursor.bump();
                self.text.push('|');
                self.operand = Operand::Missing;
                Ok(())
            }
            '^' | '$' | '.' => {
                self.cursor.bump();
                self.item(&c.to_string());
                Ok(())
            }
            '[' => {
                let class = class::bracketed(&mut self.cursor, self.flags.fold)?;
                self.class(&class);
                Ok(())
            }
            '*' | '+' | '?' => {
                let start = self.cursor.at();
                self.cursor.bump();
                self.repeat(start, repeat, &c.to_string(), None)
            }
            '{' => self.braces(repeat),
            '\\' => self.backslash(),
            c => {
                self.cursor.bump();
                self.literal(c);
                Ok(())
            }
        }
    }

    fn item(&mut self, text: &str) {
        self.text.push_str(text);
        self.operand = Operand::Weight(1);
    }

    fn literal(&mut self, c: char) {
        self.by_tables |= self.flags.fold && !c.is_ascii();
        let text = escape::written(c);
        self.item(&text);
    }

    fn class(&mut self, class: &class::Class) {
        self.by_tables |= class.by_tables;
        self.item(&class.text);
    }

    fn backslash(&mut self) -> Result<(), Syntax> {
        let assertion = match self.cursor.second() {
            Some('A') => "\\A",
            Some('z') => "\\z",
            Some('b') => "(?-u:\\b)",
            Some('B') => "(?-u:\\B)",
            Some('C') => {
                return Err(Syntax::invalid("invalid escape sequence", "\\C"));
            }
            Some('Q') => {
                self.quotation();
                return Ok(());
            }
            _ => {
                if let Some(class) = class::escaped(&mut self.cursor)? {
                    self.class(&class);
                } else {
                    let c = escape::character(&mut self.cursor)?;
                    self.literal(c);
                }
                return Ok(());
            }
        };
        self.cursor.bump();
        self.cursor.bump();
        self.item(assertion);
        Ok(())
    }

    /// `\Q…\E`, or to the end.
    fn quotation(&mut self) {
        self.cursor.bump();
        self.cursor.bump();
        let rest = self.cursor.rest();
        let (quoted, length) = match rest.split_once("\\E") {
            Some((quoted, _)) => (quoted, quoted.len() + 2),
            None => (rest, rest.len()),
        };
        for c in quoted.chars() {
            self.literal(c);
        }
        if quoted.is_empty() {
            self.leave_no_trace();
        }
        self.cursor.skip(length);
    }

    fn leave_no_trace(&mut self) {
        if let Operand::Weight(_) = self.operand {
            self.operand = Operand::Behind;
        }
    }

    /// `{` as a repetition, or for itself.
    fn braces(&mut self, last: Option<usize>) -> Result<(), Syntax> {
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
    fn repeat(
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

    fn open(&mut self) -> Result<(), Syntax> {
        if self.cursor.second() == Some('?') {
            return self.open_special();
        }
        self.cursor.bump();
        self.names.push(None);
        self.text.push('(');
        self.push_group(self.flags);
        Ok(())
    }

    fn push_group(&mut self, inner: Flags) {
        self.groups.push(Group {
            flags: self.flags,
            weight: self.weight,
        });
        self.flags = inner;
        self.weight = 1;
        self.operand = Operand::Missing;
    }

    fn close(&mut self) -> Result<(), Syntax> {
        let Some(group) = self.groups.pop() else {
            return Err(Syntax::invalid("unexpected )", self.cursor.whole()));
        };
        self.cursor.bump();
        self.text.push(')');
        self.flags = group.flags;
        self.operand = Operand::Weight(self.weight);
        self.weight = self.weight.max(group.weight);
        Ok(())
    }

    /// `(?…`: a named group, flags, or a group with flags.
    fn open_special(&mut self) -> Result<(), Syntax> {
        let start = self.cursor.at();
        let rest = self.cursor.rest();
        if rest.len() > 4 && rest.starts_with("(?P<") {
            return self.open_named(4);
        }
        if rest.len() > 3 && rest.starts_with("(?<") {
            return self.open_named(3);
        }
        self.cursor.skip(2);
        let mut flags = self.flags;
        let mut value = true;
        let mut named = false;
        while let Some(c) = self.cursor.bump() {
            match c {
                '-' if value => {
                    value = false;
                    named = false;
                }
                ':' | ')' if value || named => {
                    self.set(flags, c == ':');
                    return Ok(());
                }
                c => match flags.flag(c) {
                    Some(flag) => {
                        *flag = value;
                        named = true;
                    }
                    None => break,
                },
            }
        }
        let part = self.cursor.since(start);
        Err(Syntax::invalid("invalid or unsupported Perl syntax", part))
    }

    fn set(&mut self, flags: Flags, group: bool) {
        self.text.push_str("(?");
        self.text.push_str(&flags.written());
        if group {
            self.text.push(':');
            self.push_group(flags);
        } else {
            self.text.push(')');
            self.flags = flags;
            self.leave_no_trace();
        }
    }

    fn open_named(&mut self, name_at: usize) -> Result<(), Syntax> {
        let rest = self.cursor.rest();
        let Some(end) = rest.find('>') else {
            return Err(Syntax::invalid("invalid named capture", rest));
        };
        let name = &rest[name_at..end];
        let is_valid = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_valid {
            return Err(Syntax::invalid("invalid named capture", &rest[..=end]));
        }
        self.names.push(Some(name.to_owned()));
        self.cursor.skip(end + 1);
        self.text.push('(');
        self.push_group(self.flags);
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
