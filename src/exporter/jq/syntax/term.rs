//! From tokens to the tree: terms, what is appended to them, and patterns.

use super::super::functions::numbers;
use super::lex::{Piece, Token, is_keyword};
use super::parser::{Parsed, Parser, SyntaxError};
use super::{
    Arithmetic, Foreach, Head, If, Index, Operator, Part, Pattern, Query, Reduce, Suffix, Term,
    Text,
};

const PLUS: Token<'_> = Token::Operator(Operator::Arithmetic(Arithmetic::Add));
const MINUS: Token<'_> = Token::Operator(Operator::Arithmetic(Arithmetic::Subtract));

impl Parser<'_> {
    /// A term with all that is appended to it.
    pub(super) fn term(&mut self) -> Parsed<Term> {
        self.nested(|parser| {
            let head = parser.head()?;
            let suffixes = parser.suffixes()?;
            Ok(Term { head, suffixes })
        })
    }

    fn head(&mut self) -> Parsed<Head> {
        match self.peek() {
            Token::Word(word) if is_keyword(word) => return self.keyword(),
            Token::Word(_)
            | Token::ModuleWord(_)
            | Token::Variable(_)
            | Token::ModuleVariable(_) => return self.call(),
            Token::Quote => return Ok(Head::Text(None, self.text()?)),
            _ => {}
        }
        if self.take(&PLUS) {
            return Ok(Head::Plus(Box::new(self.term()?)));
        }
        if self.take(&MINUS) {
            return Ok(Head::Minus(Box::new(self.term()?)));
        }
        match self.peek().clone() {
            Token::Recurse => self.taken(Head::Recurse),
            Token::Field(name) => self.taken(Head::Index(Index::Name(name.to_owned()))),
            Token::Number(digits) => self.taken(Head::Number(numbers::literal(digits))),
            Token::Format(name) => self.format(name),
            Token::Sign('.') => self.dot(),
            Token::Sign('(') => self.group(),
            Token::Sign('[') => self.array(),
            Token::Sign('{') => self.object(),
            _ => Err(self.unexpected()),
        }
    }

    /// What the next token alone stands for.
    fn taken(&mut self, head: Head) -> Parsed<Head> {
        self.next();
        Ok(head)
    }

    fn format(&mut self, name: &str) -> Parsed<Head> {
        self.next();
        let format = name.to_owned();
        match self.peek() {
            Token::Quote => Ok(Head::Text(Some(format), self.text()?)),
            _ => Ok(Head::Format(format)),
        }
    }

    /// `.`, and what can only follow it: `."a"`; `.[` is a suffix.
    fn dot(&mut self) -> Parsed<Head> {
        self.next();
        match self.peek() {
            Token::Quote => Ok(Head::Index(Index::Text(self.text()?))),
            Token::Sign('[') => match self.bracket()? {
                Suffix::Index(index) => Ok(Head::Index(index)),
                suffix => {
                    let head = Head::Identity;
                    let suffixes = vec![suffix];
                    Ok(Head::Group(Box::new(super::parse::of_term(Term {
                        head,
                        suffixes,
                    }))))
                }
            },
            _ => Ok(Head::Identity),
        }
    }

    fn group(&mut self) -> Parsed<Head> {
        self.next();
        let query = self.query()?;
        self.expect_sign(')')?;
        Ok(Head::Group(Box::new(query)))
    }

    fn array(&mut self) -> Parsed<Head> {
        self.next();
        if self.take_sign(']') {
            return Ok(Head::Array(None));
        }
        let query = self.query()?;
        self.expect_sign(']')?;
        Ok(Head::Array(Some(Box::new(query))))
    }

    fn call(&mut self) -> Parsed<Head> {
        let (name, is_function) = match self.next() {
            Token::Word(name) | Token::ModuleWord(name) => (name, true),
            Token::Variable(name) | Token::ModuleVariable(name) => (name, false),
            _ => return Err(self.unexpected()),
        };
        let mut arguments = Vec::new();
        if is_function && self.take_sign('(') {
            arguments.push(self.query()?);
            while self.take_sign(';') {
                arguments.push(self.query()?);
            }
            self.expect_sign(')')?;
        }
        Ok(Head::Call(name.to_owned(), arguments))
    }

    fn keyword(&mut self) -> Parsed<Head> {
        let Token::Word(word) = self.peek().clone() else {
            return Err(self.unexpected());
        };
        match word {
            "null" => self.taken(Head::Null),
            "true" => self.taken(Head::True),
            "false" => self.taken(Head::False),
            "if" => self.condition(),
            "try" => self.attempt(),
            "reduce" => self.reduce(),
            "foreach" => self.foreach(),
            "break" => {
                self.next();
                Ok(Head::Break(self.variable()?))
            }
            _ => Err(self.unexpected()),
        }
    }

    fn condition(&mut self) -> Parsed<Head> {
        self.expect_word("if")?;
        let mut branches = vec![self.branch()?];
        while self.take_word("elif") {
            branches.push(self.branch()?);
        }
        let otherwise = match self.take_word("else") {
            true => Some(self.query()?),
            false => None,
        };
        self.expect_word("end")?;
        Ok(Head::If(Box::new(If {
            branches,
            otherwise,
        })))
    }

    fn branch(&mut self) -> Parsed<(Query, Query)> {
        let condition = self.query()?;
        self.expect_word("then")?;
        Ok((condition, self.query()?))
    }

    /// Body and handler are terms: `try 1 + 2` is `(try 1) + 2`.
    fn attempt(&mut self) -> Parsed<Head> {
        self.expect_word("try")?;
        let body = Box::new(super::parse::of_term(self.term()?));
        let handler = match self.take_word("catch") {
            true => Some(Box::new(super::parse::of_term(self.term()?))),
            false => None,
        };
        Ok(Head::Try(body, handler))
    }

    fn reduce(&mut self) -> Parsed<Head> {
        self.expect_word("reduce")?;
        let (source, pattern) = self.source()?;
        self.expect_sign('(')?;
        let start = self.query()?;
        self.expect_sign(';')?;
        let update = self.query()?;
        self.expect_sign(')')?;
        Ok(Head::Reduce(Box::new(Reduce {
            source,
            pattern,
            start,
            update,
        })))
    }

    fn foreach(&mut self) -> Parsed<Head> {
        self.expect_word("foreach")?;
        let (source, pattern) = self.source()?;
        self.expect_sign('(')?;
        let start = self.query()?;
        self.expect_sign(';')?;
        let update = self.query()?;
        let extract = match self.take_sign(';') {
            true => Some(self.query()?),
            false => None,
        };
        self.expect_sign(')')?;
        Ok(Head::Foreach(Box::new(Foreach {
            source,
            pattern,
            start,
            update,
            extract,
        })))
    }

    fn source(&mut self) -> Parsed<(Query, Pattern)> {
        let source = self.expression()?;
        self.expect_word("as")?;
        Ok((source, self.pattern()?))
    }

    /// A text literal, its opening quote included.
    pub(super) fn text(&mut self) -> Parsed<Text> {
        self.next();
        let mut parts = Vec::new();
        loop {
            let piece = self.lexer.text().map_err(SyntaxError::Invalid)?;
            let (text, is_last) = match piece {
                Piece::Close(text) if parts.is_empty() => return Ok(Text::Plain(text)),
                Piece::Close(text) => (text, true),
                Piece::Open(text) => (text, false),
            };
            if !text.is_empty() {
                parts.push(Part::Text(text));
            }
            if is_last {
                return Ok(Text::Parts(parts));
            }
            let query = self.query()?;
            self.expect_sign(')')?;
            let mut length = parts.len();
            Self::count(&mut length)?;
            parts.push(Part::Query(query));
        }
    }

    fn suffixes(&mut self) -> Parsed<Vec<Suffix>> {
        let mut suffixes = Vec::new();
        let mut length = 0;
        while let Some(suffix) = self.suffix()? {
            Self::count(&mut length)?;
            suffixes.push(suffix);
        }
        Ok(suffixes)
    }

    fn suffix(&mut self) -> Parsed<Option<Suffix>> {
        let suffix = match self.peek().clone() {
            Token::Field(name) => {
                self.next();
                Suffix::Index(Index::Name(name.to_owned()))
            }
            Token::Sign('[') => self.bracket()?,
            Token::Sign('?') => {
                self.next();
                Suffix::Optional
            }
            Token::Sign('.') => {
                self.next();
                match self.peek() {
                    Token::Quote => Suffix::Index(Index::Text(self.text()?)),
                    Token::Sign('[') => self.bracket()?,
                    _ => return Err(self.unexpected()),
                }
            }
            _ => return Ok(None),
        };
        Ok(Some(suffix))
    }

    fn bracket(&mut self) -> Parsed<Suffix> {
        self.expect_sign('[')?;
        if self.take_sign(']') {
            return Ok(Suffix::Iterate);
        }
        if self.take_sign(':') {
            let end = Box::new(self.query()?);
            self.expect_sign(']')?;
            return Ok(Suffix::Index(Index::Slice(None, Some(end))));
        }
        let start = Box::new(self.query()?);
        if self.take_sign(']') {
            return Ok(Suffix::Index(Index::At(start)));
        }
        self.expect_sign(':')?;
        let end = match self.peek() {
            Token::Sign(']') => None,
            _ => Some(Box::new(self.query()?)),
        };
        self.expect_sign(']')?;
        Ok(Suffix::Index(Index::Slice(Some(start), end)))
    }
}
