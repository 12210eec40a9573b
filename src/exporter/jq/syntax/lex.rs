//! From text to tokens.
//!
//! Text literals are read in pieces, since an expression may stand inside one;
//! whoever reads tokens says when it is back inside.

use super::super::functions::numbers;
use super::{Arithmetic, Comparison, Operator};

/// One token. Words borrow from the expression's text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token<'a> {
    End,
    /// A name, keywords included.
    Word(&'a str),
    /// `a::b`
    ModuleWord(&'a str),
    /// `$a`, with its `$`.
    Variable(&'a str),
    /// `$a::b`
    ModuleVariable(&'a str),
    /// `.a`, without its point.
    Field(&'a str),
    /// `@json`, with its `@`.
    Format(&'a str),
    Number(&'a str),
    /// `..`
    Recurse,
    /// `?//`
    Otherwise,
    /// All operators but `|` and `,`, and `+` and `-`, which stand before terms
    /// too.
    Operator(Operator),
    /// A quote: [`Lexer::text`] reads on.
    Quote,
    /// Any other sign.
    Sign(char),
    /// What can't be a token.
    Invalid(&'a str),
}

/// A piece of a text literal.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    /// Text up to an expression, which begins behind it.
    Open(String),
    /// Text up to the closing quote.
    Close(String),
}

/// Words that are no names of functions.
const KEYWORDS: [&str; 21] = [
    "or", "and", "module", "import", "include", "def", "as", "label", "break", "null", "true",
    "false", "if", "then", "elif", "else", "end", "try", "catch", "reduce", "foreach",
];

/// Whether a word is reserved.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// Reads tokens off the front of a text.
pub(super) struct Lexer<'a> {
    rest: &'a str,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// The next token.
    pub(super) fn token(&mut self) -> Token<'a> {
        self.skip_blanks();
        let Some(first) = self.rest.chars().next() else {
            return Token::End;
        };
        if is_word_start(first) {
            let (word, module) = self.word(0);
            return match module {
                true => Token::ModuleWord(word),
                false => Token::Word(word),
            };
        }
        match first {
            '0'..='9' => self.number(),
            '.' => self.point(),
            '$' if self.starts_word(1) => {
                let (word, module) = self.word(1);
                match module {
                    true => Token::ModuleVariable(word),
                    false => Token::Variable(word),
                }
            }
            '@' if self.rest[1..].starts_with(is_word_part) => {
                Token::Format(self.take(1 + word_length(&self.rest[1..])))
            }
            '"' => {
                self.take(1);
                Token::Quote
            }
            _ => self.sign(first),
        }
    }

    /// The next piece of a text literal whose quote, or whose last expression
    /// with its parenthesis, has been read.
    ///
    /// # Errors
    ///
    /// gojq's message, where the literal has no end or a wrong escape.
    pub(super) fn text(&mut self) -> Result<Piece, String> {
        let mut text = String::new();
        loop {
            let plain = self
                .rest
                .find(['"', '\\'])
                .ok_or("unterminated string literal")?;
            text.push_str(self.take(plain));
            if self.take(1) == "\"" {
                return Ok(Piece::Close(text));
            }
            if self.rest.starts_with('(') {
                self.take(1);
                return Ok(Piece::Open(text));
            }
            self.escape(&mut text)?;
        }
    }

    /// What stands behind a backslash.
    fn escape(&mut self, text: &mut String) -> Result<(), String> {
        let Some(sign) = self.rest.chars().next() else {
            return Err("unterminated string literal".to_owned());
        };
        let plain = match sign {
            'u' => return self.unicode(text),
            '"' | '/' | '\\' => sign,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            _ => return Err(wrong_escape(&format!("\\{sign}"))),
        };
        self.take(1);
        text.push(plain);
        Ok(())
    }

    /// `uXXXX`, with its second half where it is the first of two. A half
    /// alone is what Go makes of it, the replacement character.
    fn unicode(&mut self, text: &mut String) -> Result<(), String> {
        let first = hex_unit(self.rest)?;
        self.take(5);
        if let Some(c) = char::from_u32(first) {
            text.push(c);
            return Ok(());
        }
        let second = self
            .rest
            .strip_prefix('\\')
            .filter(|rest| rest.starts_with('u'));
        if let Some(rest) = second {
            let units = [first as u16, hex_unit(rest)? as u16];
            if let Ok(both) = String::from_utf16(&units) {
                self.take(6);
                text.push_str(&both);
                return Ok(());
            }
        }
        text.push(char::REPLACEMENT_CHARACTER);
        Ok(())
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        taken
    }

    fn starts_word(&self, at: usize) -> bool {
        self.rest[at..].starts_with(is_word_start)
    }

    /// A word that begins behind a sign of so many bytes, and whether it names
    /// a module too.
    fn word(&mut self, sign: usize) -> (&'a str, bool) {
        let mut length = sign + word_length(&self.rest[sign..]);
        let member = self.rest[length..].strip_prefix("::");
        let module = member.is_some_and(|member| member.starts_with(is_word_start));
        if module {
            length += 2 + word_length(&self.rest[length + 2..]);
        }
        (self.take(length), module)
    }

    fn number(&mut self) -> Token<'a> {
        match numbers::scan(self.rest) {
            Ok(length) => Token::Number(self.take(length)),
            Err(length) => Token::Invalid(self.take(length)),
        }
    }

    fn point(&mut self) -> Token<'a> {
        let behind = self.rest[1..].chars().next().unwrap_or(' ');
        if behind == '.' {
            self.take(2);
            return Token::Recurse;
        }
        if is_word_start(behind) {
            return Token::Field(&self.take(1 + word_length(&self.rest[1..]))[1..]);
        }
        if behind.is_ascii_digit() {
            return self.number();
        }
        self.take(1);
        Token::Sign('.')
    }

    fn sign(&mut self, first: char) -> Token<'a> {
        if self.rest.starts_with("?//") {
            self.take(3);
            return Token::Otherwise;
        }
        for (sign, operator) in OPERATORS {
            if self.rest.starts_with(sign) {
                self.take(sign.len());
                return Token::Operator(operator);
            }
        }
        self.take(first.len_utf8());
        Token::Sign(first)
    }

    /// Blanks and comments. A backslash at the end of a comment's line carries
    /// it on to the next.
    fn skip_blanks(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
            if !self.rest.starts_with('#') {
                return;
            }
            self.skip_comment();
        }
    }

    fn skip_comment(&mut self) {
        while let Some(end) = self.rest.find(['\\', '\n', '\r', '\0']) {
            self.take(end);
            match self.rest.as_bytes() {
                [b'\\', b'\r', b'\n', ..] => self.take(3),
                [b'\\', b'\\' | b'\n' | b'\r', ..] => self.take(2),
                [b'\\', ..] => self.take(1),
                [b'\0', ..] => break,
                _ => return,
            };
        }
        self.rest = "";
    }
}

/// Longer signs before those that they begin with.
const OPERATORS: [(&str, Operator); 20] = [
    ("|=", Operator::Modify),
    ("+=", Operator::Update(Arithmetic::Add)),
    ("-=", Operator::Update(Arithmetic::Subtract)),
    ("*=", Operator::Update(Arithmetic::Multiply)),
    ("/=", Operator::Update(Arithmetic::Divide)),
    ("%=", Operator::Update(Arithmetic::Modulo)),
    ("//=", Operator::UpdateAlternative),
    ("//", Operator::Alternative),
    ("==", Operator::Compare(Comparison::Equal)),
    ("!=", Operator::Compare(Comparison::NotEqual)),
    (">=", Operator::Compare(Comparison::GreaterOrEqual)),
    ("<=", Operator::Compare(Comparison::LessOrEqual)),
    (">", Operator::Compare(Comparison::Greater)),
    ("<", Operator::Compare(Comparison::Less)),
    ("=", Operator::Assign),
    ("+", Operator::Arithmetic(Arithmetic::Add)),
    ("-", Operator::Arithmetic(Arithmetic::Subtract)),
    ("*", Operator::Arithmetic(Arithmetic::Multiply)),
    ("/", Operator::Arithmetic(Arithmetic::Divide)),
    ("%", Operator::Arithmetic(Arithmetic::Modulo)),
];

/// How an operator is written.
pub(super) fn sign(operator: Operator) -> &'static str {
    let sign = OPERATORS.iter().find(|(_, listed)| *listed == operator);
    sign.map_or("", |(sign, _)| sign)
}

fn is_word_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn is_word_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn word_length(text: &str) -> usize {
    text.find(|c| !is_word_part(c)).unwrap_or(text.len())
}

/// The number in `uXXXX`.
fn hex_unit(text: &str) -> Result<u32, String> {
    let digits = text[1..].bytes().take(4);
    let digits: Vec<u8> = digits.take_while(u8::is_ascii_hexdigit).collect();
    let unit = std::str::from_utf8(&digits)
        .ok()
        .filter(|digits| digits.len() == 4);
    unit.and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .ok_or_else(|| wrong_escape("\\u"))
}

fn wrong_escape(escape: &str) -> String {
    format!("invalid escape sequence \"{escape}\" in string literal")
}
