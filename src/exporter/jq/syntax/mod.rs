//! From an expression's text to its tree.
//!
//! The language is that of gojq v0.12.17 (`lexer.go`, `parser.go.y`), which
//! differs from jq's in places: `?//` is one sign wherever it stands, `//`
//! binds less than `=`, a binding can't follow an operator, `.5` is a number.
//! Not here: what names mean (`compile`).

mod header;
mod lex;
mod object;
mod parse;
mod parser;
mod term;

use super::functions::numbers::Number;

pub(super) use parse::parse;
pub(super) use parser::SyntaxError;

/// An expression, with the functions that are defined in front of it.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) defs: Vec<Def>,
    pub(super) body: Body,
}

/// What an expression does.
#[derive(Debug)]
pub(super) enum Body {
    /// Definitions with nothing behind them, or no text at all.
    Missing,
    Term(Term),
    Binary(Operator, Box<Query>, Box<Query>),
    /// `TERM as PATTERN ?// … | BODY`
    Bind(Term, Vec<Pattern>, Box<Query>),
    /// `label $NAME | BODY`
    Label(String, Box<Query>),
}

/// What stands between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Pipe,
    Comma,
    Alternative,
    Or,
    And,
    Assign,
    Modify,
    /// `+=` and its like.
    Update(Arithmetic),
    /// `//=`
    UpdateAlternative,
    Compare(Comparison),
    Arithmetic(Arithmetic),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
}

/// `def NAME(PARAMETERS): BODY;` A parameter that is a value keeps its `$`.
#[derive(Debug)]
pub(super) struct Def {
    pub(super) name: String,
    pub(super) parameters: Vec<String>,
    pub(super) body: Query,
}

/// The smallest expression, with what is appended to it.
#[derive(Debug)]
pub(super) struct Term {
    pub(super) head: Head,
    pub(super) suffixes: Vec<Suffix>,
}

#[derive(Debug)]
pub(super) enum Head {
    Identity,
    Recurse,
    Null,
    True,
    False,
    Number(Number),
    /// Text, under a format (`@json`) if one stands before it.
    Text(Option<String>, Text),
    /// A format alone.
    Format(String),
    Index(Index),
    /// A function or, with its `$`, a variable.
    Call(String, Vec<Query>),
    Object(Vec<Member>),
    Array(Option<Box<Query>>),
    /// `+` or `-` before a term.
    Plus(Box<Term>),
    Minus(Box<Term>),
    If(Box<If>),
    Try(Box<Query>, Option<Box<Query>>),
    Reduce(Box<Reduce>),
    Foreach(Box<Foreach>),
    /// With the label's `$`.
    Break(String),
    Group(Box<Query>),
}

/// `if` and each `elif` with their `then`, and the `else`.
#[derive(Debug)]
pub(super) struct If {
    pub(super) branches: Vec<(Query, Query)>,
    pub(super) otherwise: Option<Query>,
}

#[derive(Debug)]
pub(super) struct Reduce {
    pub(super) source: Query,
    pub(super) pattern: Pattern,
    pub(super) start: Query,
    pub(super) update: Query,
}

#[derive(Debug)]
pub(super) struct Foreach {
    pub(super) source: Query,
    pub(super) pattern: Pattern,
    pub(super) start: Query,
    pub(super) update: Query,
    pub(super) extract: Option<Query>,
}

/// Text, or text with expressions in it.
#[derive(Debug)]
pub(super) enum Text {
    Plain(String),
    /// At least one part is an expression.
    Parts(Vec<Part>),
}

#[derive(Debug)]
pub(super) enum Part {
    Text(String),
    Query(Query),
}

#[derive(Debug)]
pub(super) enum Suffix {
    Index(Index),
    /// `[]`
    Iterate,
    /// `?`
    Optional,
}

/// What is taken out of a value.
#[derive(Debug)]
pub(super) enum Index {
    /// `.name`
    Name(String),
    /// `."text"`
    Text(Text),
    /// `[x]`
    At(Box<Query>),
    /// `[x:y]`, of which one may be absent.
    Slice(Option<Box<Query>>, Option<Box<Query>>),
}

/// `KEY: VALUE` in an object; without a value the key says what is taken.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) key: Key,
    pub(super) value: Option<Query>,
}

#[derive(Debug)]
pub(super) enum Key {
    /// A word, or with its `$` a variable.
    Name(String),
    Text(Text),
    Query(Query),
}

/// Names for a value or for its parts.
#[derive(Debug)]
pub(super) enum Pattern {
    /// With its `$`.
    Variable(String),
    Array(Vec<Self>),
    Object(Vec<MemberPattern>),
}

#[derive(Debug)]
pub(super) struct MemberPattern {
    pub(super) key: Key,
    pub(super) value: Option<Pattern>,
}
