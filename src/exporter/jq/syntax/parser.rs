//! Tokens one after the other, with one of them ahead.

use super::lex::{self, Lexer, Token};

/// Why a text is no expression.
#[derive(Debug)]
pub(in crate::exporter::jq) enum SyntaxError {
    /// Holds gojq's message, or nearly: that names the token where it stopped.
    Invalid(String),
    /// Nested deeper, or longer, than we follow. Holds its name.
    Unsupported(String),
}

/// How deep expressions may nest and how many operators may stand side by side:
/// what walks over the tree does it by recursion.
const DEPTH: usize = 200;
const LENGTH: usize = 1000;

/// What parsing gives.
pub(super) type Parsed<T> = Result<T, SyntaxError>;

pub(super) struct Parser<'a> {
    pub(super) lexer: Lexer<'a>,
    ahead: Option<Token<'a>>,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// A parser at the front of a text.
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            lexer: Lexer::new(text),
            ahead: None,
            depth: 0,
        }
    }

    pub(super) fn peek(&mut self) -> &Token<'a> {
        self.ahead.get_or_insert_with(|| self.lexer.token())
    }

    pub(super) fn next(&mut self) -> Token<'a> {
        self.ahead.take().unwrap_or_else(|| self.lexer.token())
    }

    /// Takes the next token if it is this one.
    pub(super) fn take(&mut self, token: &Token<'a>) -> bool {
        let same = self.peek() == token;
        if same {
            self.ahead = None;
        }
        same
    }

    pub(super) fn take_sign(&mut self, sign: char) -> bool {
        self.take(&Token::Sign(sign))
    }

    pub(super) fn take_word(&mut self, word: &'a str) -> bool {
        self.take(&Token::Word(word))
    }

    pub(super) fn expect_sign(&mut self, sign: char) -> Parsed<()> {
        match self.take_sign(sign) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    pub(super) fn expect_word(&mut self, word: &'a str) -> Parsed<()> {
        match self.take_word(word) {
            true => Ok(()),
            false => Err(self.unexpected()),
        }
    }

    /// The next token can't stand here.
    pub(super) fn unexpected(&mut self) -> SyntaxError {
        let token = match self.next() {
            Token::End => return SyntaxError::Invalid("unexpected EOF".to_owned()),
            Token::Invalid(text) => {
                return SyntaxError::Invalid(format!("invalid token {text:?}"));
            }
            Token::Word(text)
            | Token::ModuleWord(text)
            | Token::Variable(text)
            | Token::ModuleVariable(text)
            | Token::Format(text)
            | Token::Number(text) => text.to_owned(),
            Token::Field(name) => format!(".{name}"),
            Token::Recurse => "..".to_owned(),
            Token::Otherwise => "?//".to_owned(),
            Token::Operator(operator) => lex::sign(operator).to_owned(),
            Token::Quote => "\"".to_owned(),
            Token::Sign(sign) => sign.to_string(),
        };
        SyntaxError::Invalid(format!("unexpected token {token:?}"))
    }

    /// Goes one level deeper for as long as something is parsed.
    pub(super) fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == DEPTH {
            return Err(SyntaxError::Unsupported(format!(
                "an expression nested deeper than {DEPTH}"
            )));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    /// Counts one more thing side by side.
    pub(super) fn count(length: &mut usize) -> Parsed<()> {
        *length += 1;
        match *length > LENGTH {
            true => Err(SyntaxError::Unsupported(format!(
                "more than {LENGTH} operators in a row"
            ))),
            false => Ok(()),
        }
    }
}
