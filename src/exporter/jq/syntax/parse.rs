//! From tokens to the tree: expressions and what binds how strongly.

use super::lex::{Token, is_keyword};
use super::parser::{Parsed, Parser, SyntaxError};
use super::{Body, Def, Operator, Query};

/// The tree of an expression.
///
/// # Errors
///
/// [`SyntaxError`]: gojq refuses it, or it is more than we follow.
pub(in crate::exporter::jq) fn parse(text: &str) -> Result<Query, SyntaxError> {
    let mut parser = Parser::new(text);
    parser.header()?;
    let query = parser.program()?;
    match parser.peek() {
        Token::End => Ok(query),
        _ => Err(parser.unexpected()),
    }
}

/// How strongly an operator binds, and to which side.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Pipe,
    Comma,
    Alternative,
    Update,
    Or,
    And,
    Compare,
    Sum,
    Product,
}

impl Strength {
    fn of(operator: Operator) -> Self {
        use super::Arithmetic::{Add, Divide, Modulo, Multiply, Subtract};
        match operator {
            Operator::Pipe => Self::Pipe,
            Operator::Comma => Self::Comma,
            Operator::Alternative => Self::Alternative,
            Operator::Assign
            | Operator::Modify
            | Operator::Update(_)
            | Operator::UpdateAlternative => Self::Update,
            Operator::Or => Self::Or,
            Operator::And => Self::And,
            Operator::Compare(_) => Self::Compare,
            Operator::Arithmetic(Add | Subtract) => Self::Sum,
            Operator::Arithmetic(Multiply | Divide | Modulo) => Self::Product,
        }
    }

    /// The next stronger one.
    fn above(self) -> Self {
        match self {
            Self::Pipe => Self::Comma,
            Self::Comma => Self::Alternative,
            Self::Alternative => Self::Update,
            Self::Update => Self::Or,
            Self::Or => Self::And,
            Self::And => Self::Compare,
            Self::Compare => Self::Sum,
            Self::Sum | Self::Product => Self::Product,
        }
    }

    fn is_right(self) -> bool {
        matches!(self, Self::Pipe | Self::Alternative)
    }

    /// Whether two of them can't stand side by side.
    fn is_alone(self) -> bool {
        matches!(self, Self::Update | Self::Compare)
    }
}

impl Parser<'_> {
    fn program(&mut self) -> Parsed<Query> {
        let mut defs = Vec::new();
        while matches!(self.peek(), Token::Word("def")) {
            defs.push(self.def()?);
        }
        if *self.peek() == Token::End {
            let body = Body::Missing;
            return Ok(Query { defs, body });
        }
        let mut query = self.query()?;
        defs.append(&mut query.defs);
        query.defs = defs;
        Ok(query)
    }

    /// An expression with definitions, pipes and commas.
    pub(super) fn query(&mut self) -> Parsed<Query> {
        self.nested(|parser| parser.operators(Strength::Pipe, Self::piped))
    }

    /// An expression without them.
    pub(super) fn expression(&mut self) -> Parsed<Query> {
        self.nested(|parser| parser.operators(Strength::Alternative, Self::plain))
    }

    /// What may stand as an object's value: pipes, but no commas, definitions
    /// or bindings.
    pub(super) fn object_value(&mut self) -> Parsed<Query> {
        let left = self.expression()?;
        if !self.take_sign('|') {
            return Ok(left);
        }
        let right = self.nested(Self::object_value)?;
        Ok(binary(Operator::Pipe, left, right))
    }

    fn operators(
        &mut self,
        least: Strength,
        operand: fn(&mut Self) -> Parsed<Query>,
    ) -> Parsed<Query> {
        let mut left = operand(self)?;
        let mut length = 0;
        let mut before = None;
        while let Some(operator) = self.operator() {
            let strength = Strength::of(operator);
            if strength < least {
                break;
            }
            if strength.is_alone() && before == Some(strength) {
                return Err(self.unexpected());
            }
            Self::count(&mut length)?;
            self.next();
            // To the right of `|` and `,` stands whatever may stand to their left.
            let operand = match strength {
                Strength::Pipe | Strength::Comma => Self::piped,
                _ => Self::plain,
            };
            let right = match strength {
                // Nothing binds more.
                Strength::Product => operand(self)?,
                _ if strength.is_right() => {
                    self.nested(|parser| parser.operators(strength, operand))?
                }
                _ => self.nested(|parser| parser.operators(strength.above(), operand))?,
            };
            left = binary(operator, left, right);
            before = Some(strength);
        }
        Ok(left)
    }

    /// The operator that stands ahead.
    fn operator(&mut self) -> Option<Operator> {
        match self.peek() {
            Token::Operator(operator) => Some(*operator),
            Token::Sign('|') => Some(Operator::Pipe),
            Token::Sign(',') => Some(Operator::Comma),
            Token::Word("or") => Some(Operator::Or),
            Token::Word("and") => Some(Operator::And),
            _ => None,
        }
    }

    fn plain(&mut self) -> Parsed<Query> {
        let term = self.term()?;
        Ok(of_term(term))
    }

    /// A term, or what reaches as far to the right as it can: a definition, a
    /// label, a binding.
    fn piped(&mut self) -> Parsed<Query> {
        match self.peek() {
            Token::Word("def") => {
                let def = self.def()?;
                let mut query = self.query()?;
                query.defs.insert(0, def);
                Ok(query)
            }
            Token::Word("label") => {
                self.next();
                let name = self.variable()?;
                self.expect_sign('|')?;
                let body = Box::new(self.query()?);
                Ok(of_body(Body::Label(name, body)))
            }
            _ => {
                let term = self.term()?;
                match self.take_word("as") {
                    true => self.binding(term),
                    false => Ok(of_term(term)),
                }
            }
        }
    }

    fn binding(&mut self, source: super::Term) -> Parsed<Query> {
        let mut patterns = vec![self.pattern()?];
        while self.take(&Token::Otherwise) {
            patterns.push(self.pattern()?);
        }
        self.expect_sign('|')?;
        let body = Box::new(self.query()?);
        Ok(of_body(Body::Bind(source, patterns, body)))
    }

    fn def(&mut self) -> Parsed<Def> {
        self.expect_word("def")?;
        let name = self.name()?;
        let mut parameters = Vec::new();
        if self.take_sign('(') {
            parameters.push(self.parameter()?);
            while self.take_sign(';') {
                parameters.push(self.parameter()?);
            }
            self.expect_sign(')')?;
        }
        self.expect_sign(':')?;
        let body = self.query()?;
        self.expect_sign(';')?;
        Ok(Def {
            name,
            parameters,
            body,
        })
    }

    fn parameter(&mut self) -> Parsed<String> {
        match self.peek() {
            Token::Variable(_) => self.variable(),
            _ => self.name(),
        }
    }

    fn name(&mut self) -> Parsed<String> {
        match self.peek() {
            Token::Word(word) if !is_keyword(word) => {
                let word = (*word).to_owned();
                self.next();
                Ok(word)
            }
            _ => Err(self.unexpected()),
        }
    }

    /// A variable, with its `$`.
    pub(super) fn variable(&mut self) -> Parsed<String> {
        match self.peek() {
            Token::Variable(name) => {
                let name = (*name).to_owned();
                self.next();
                Ok(name)
            }
            _ => Err(self.unexpected()),
        }
    }
}

pub(super) fn of_term(term: super::Term) -> Query {
    of_body(Body::Term(term))
}

fn of_body(body: Body) -> Query {
    Query {
        defs: Vec::new(),
        body,
    }
}

fn binary(operator: Operator, left: Query, right: Query) -> Query {
    of_body(Body::Binary(operator, Box::new(left), Box::new(right)))
}
