//! From tokens to the tree: what may stand before an expression.

use super::lex::{Piece, Token, is_keyword};
use super::parser::{Parsed, Parser, SyntaxError};

impl Parser<'_> {
    /// `module {…};` says nothing to whoever runs the expression. `import` and
    /// `include` can't be followed in the exporter, which has no modules.
    pub(super) fn header(&mut self) -> Parsed<()> {
        if self.take_word("module") {
            self.constant_object()?;
            self.expect_sign(';')?;
        }
        match self.peek() {
            Token::Word("import" | "include") => {
                Err(SyntaxError::Invalid("cannot load module".to_owned()))
            }
            _ => Ok(()),
        }
    }

    fn constant_object(&mut self) -> Parsed<()> {
        self.expect_sign('{')?;
        let mut is_first = true;
        while !self.take_sign('}') {
            if !is_first {
                self.expect_sign(',')?;
                if self.take_sign('}') {
                    break;
                }
            }
            is_first = false;
            match self.peek() {
                Token::Word(_) => {
                    self.next();
                }
                _ => self.constant_text()?,
            }
            self.expect_sign(':')?;
            self.nested(Self::constant)?;
        }
        Ok(())
    }

    fn constant(&mut self) -> Parsed<()> {
        match self.peek().clone() {
            Token::Number(_) => {
                self.next();
                Ok(())
            }
            Token::Word(word) if is_keyword(word) && matches!(word, "null" | "true" | "false") => {
                self.next();
                Ok(())
            }
            Token::Sign('{') => self.constant_object(),
            Token::Sign('[') => {
                self.next();
                if self.take_sign(']') {
                    return Ok(());
                }
                self.nested(Self::constant)?;
                while self.take_sign(',') {
                    self.nested(Self::constant)?;
                }
                self.expect_sign(']')
            }
            _ => self.constant_text(),
        }
    }

    fn constant_text(&mut self) -> Parsed<()> {
        if !self.take(&Token::Quote) {
            return Err(self.unexpected());
        }
        match self.lexer.text().map_err(SyntaxError::Invalid)? {
            Piece::Close(_) => Ok(()),
            Piece::Open(_) => Err(self.unexpected()),
        }
    }
}
