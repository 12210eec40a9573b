//! What is known of an expression without running it.

use std::rc::Rc;

use super::super::functions::numbers;
use super::super::syntax::{Body, Head, Index, Query, Suffix, Term, Text};
use super::super::value::Value;

/// The path that a left side of `=` is, if each of its steps is known.
pub(super) fn known_path(query: &Query) -> Option<Vec<Value>> {
    let Body::Term(term) = &query.body else {
        return None;
    };
    let mut path = match &term.head {
        Head::Index(index) => vec![known_key(index)?],
        Head::Group(query) => known_path(query)?,
        _ => return None,
    };
    for suffix in &term.suffixes {
        match suffix {
            Suffix::Index(index) => path.push(known_key(index)?),
            Suffix::Iterate | Suffix::Optional => return None,
        }
    }
    Some(path)
}

/// The key that an index is, if it is a literal.
pub(super) fn known_key(index: &Index) -> Option<Value> {
    match index {
        Index::Name(name) | Index::Text(Text::Plain(name)) => Some(Value::text(name.as_str())),
        Index::Text(Text::Parts(_)) => None,
        Index::At(at) => known_literal(at),
        Index::Slice(from, to) => {
            let known = |bound: &Option<Box<Query>>| match bound {
                Some(query) => known_literal(query),
                None => Some(Value::Null),
            };
            let bounds = [("end", known(to)?), ("start", known(from)?)];
            let bounds = bounds
                .into_iter()
                .map(|(name, value)| (Rc::from(name), value));
            Some(Value::object(bounds.collect()))
        }
    }
}

/// A number or text. Like gojq, does not look at what is appended to it.
fn known_literal(query: &Query) -> Option<Value> {
    // A binding is appended to a term as well: `.[1 as $x | …]` is `.[1]`.
    let (Body::Term(term) | Body::Bind(term, _, _)) = &query.body else {
        return None;
    };
    match &term.head {
        Head::Number(number) => Some(Value::Number(number.clone())),
        Head::Text(None, Text::Plain(text)) => Some(Value::text(text.as_str())),
        Head::Plus(term) => known_number(term, false),
        Head::Minus(term) => known_number(term, true),
        _ => None,
    }
}

/// A number behind a sign, which again is all that is looked at.
pub(super) fn known_number(term: &Term, minus: bool) -> Option<Value> {
    match &term.head {
        Head::Number(number) if minus => Some(Value::Number(numbers::negate(number))),
        Head::Number(number) => Some(Value::Number(number.clone())),
        _ => None,
    }
}
