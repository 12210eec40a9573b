//! From tokens to the tree: objects, and patterns, which look like them.

use super::lex::Token;
use super::parser::{Parsed, Parser};
use super::{Head, Key, Member, MemberPattern, Pattern};

impl Parser<'_> {
    /// `{…}`, its opening brace ahead.
    pub(super) fn object(&mut self) -> Parsed<Head> {
        self.next();
        let mut members = Vec::new();
        while !self.take_sign('}') {
            if !members.is_empty() {
                self.expect_sign(',')?;
                if self.take_sign('}') {
                    break;
                }
            }
            members.push(self.member()?);
        }
        Ok(Head::Object(members))
    }

    fn member(&mut self) -> Parsed<Member> {
        let key = self.key()?;
        let needs_value = matches!(key, Key::Query(_));
        let value = match self.take_sign(':') {
            true => Some(self.object_value()?),
            false if needs_value => return Err(self.unexpected()),
            false => None,
        };
        Ok(Member { key, value })
    }

    /// A key; every word is one, keywords too.
    fn key(&mut self) -> Parsed<Key> {
        match self.peek().clone() {
            Token::Word(name) | Token::Variable(name) => {
                self.next();
                Ok(Key::Name(name.to_owned()))
            }
            Token::Quote => Ok(Key::Text(self.text()?)),
            Token::Sign('(') => {
                self.next();
                let query = self.query()?;
                self.expect_sign(')')?;
                Ok(Key::Query(query))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Names for a value or for its parts.
    pub(super) fn pattern(&mut self) -> Parsed<Pattern> {
        self.nested(|parser| match parser.peek() {
            Token::Variable(_) => Ok(Pattern::Variable(parser.variable()?)),
            Token::Sign('[') => {
                parser.next();
                Ok(Pattern::Array(parser.list(']', Self::pattern)?))
            }
            Token::Sign('{') => {
                parser.next();
                Ok(Pattern::Object(parser.list('}', Self::member_pattern)?))
            }
            _ => Err(parser.unexpected()),
        })
    }

    /// At least one, with commas between them and an end.
    fn list<T>(&mut self, end: char, item: fn(&mut Self) -> Parsed<T>) -> Parsed<Vec<T>> {
        let mut items = vec![item(self)?];
        while self.take_sign(',') {
            items.push(item(self)?);
        }
        self.expect_sign(end)?;
        Ok(items)
    }

    fn member_pattern(&mut self) -> Parsed<MemberPattern> {
        let key = self.key()?;
        let is_variable = matches!(&key, Key::Name(name) if name.starts_with('$'));
        let value = match self.take_sign(':') {
            true => Some(self.pattern()?),
            false if is_variable => None,
            false => return Err(self.unexpected()),
        };
        Ok(MemberPattern { key, value })
    }
}
