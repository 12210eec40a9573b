//! A pattern from Go's syntax to that of the `regex` crate.
//!
//! Reads as `regexp/syntax` of Go 1.25 does with its Perl flags, and writes what
//! means the same under the `regex` crate's defaults.

use super::class;
use super::escape::{self, Cursor};
use super::flags::Flags;

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

/// What a repetition here would repeat.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operand {
    Missing,
    /// How often its innermost part is repeated by numbers.
    Weight(usize),
    /// Go repeats what stands before something that leaves no trace, such as
    /// flags.
    Behind,
}

/// What to go back to when a group closes.
pub(super) struct Group {
    pub(super) flags: Flags,
    /// The greatest weight outside.
    pub(super) weight: usize,
}

pub(super) struct Translator<'p> {
    pub(super) cursor: Cursor<'p>,
    pub(super) text: String,
    pub(super) names: Vec<Option<String>>,
    pub(super) flags: Flags,
    pub(super) by_tables: bool,
    pub(super) operand: Operand,
    /// The greatest weight in the group so far.
    pub(super) weight: usize,
    pub(super) groups: Vec<Group>,
    /// Where the repetition starts that stands right before.
    pub(super) last_repeat: Option<usize>,
}

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

    pub(super) fn literal(&mut self, c: char) {
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

    pub(super) fn leave_no_trace(&mut self) {
        if let Operand::Weight(_) = self.operand {
            self.operand = Operand::Behind;
        }
    }
}
