//! Where gojq leaves a value too many on its stack.
//!
//! Its optimizer (`optimizeCodeOps` in `compiler.go`, v0.12.17) takes a push
//! away that stands in front of a constant or a pop, though one branch jumps
//! between the two: in `true or . | 5` the `true` stays below the 5, and
//! whatever looks there (`as`, an operator, an object) sees it. That is refused;
//! nobody writes a constant behind a condition on purpose.

use super::super::syntax::{Body, Head, Key, Operator, Query, Suffix, Text};

/// Whether `LEFT | RIGHT` may be such a place.
pub(super) fn is_left(left: &Query, right: &Query) -> bool {
    has_branches(left) && ends_with_push(left) && starts_with_constant(right)
}

/// Whether one branch jumps to the end of it.
fn has_branches(query: &Query) -> bool {
    match &query.body {
        Body::Missing => false,
        Body::Binary(operator, _, right) => match operator {
            Operator::Pipe => has_branches(right),
            Operator::Comma | Operator::Alternative | Operator::Or | Operator::And => true,
            Operator::Assign
            | Operator::Modify
            | Operator::Update(_)
            | Operator::UpdateAlternative
            | Operator::Compare(_)
            | Operator::Arithmetic(_) => false,
        },
        Body::Bind(_, _, body) | Body::Label(_, body) => has_branches(body),
        Body::Term(term) => match &term.head {
            Head::Group(query) => has_branches(query),
            head => matches!(head, Head::If(_) | Head::Try(_, _)),
        },
    }
}

/// Whether the last thing that it does is to push a variable, or one of two
/// constants.
fn ends_with_push(query: &Query) -> bool {
    match &query.body {
        Body::Missing => false,
        Body::Binary(operator, _, right) => match operator {
            Operator::Pipe | Operator::Comma | Operator::Alternative => ends_with_push(right),
            Operator::Or => true,
            Operator::And
            | Operator::Assign
            | Operator::Modify
            | Operator::Update(_)
            | Operator::UpdateAlternative
            | Operator::Compare(_)
            | Operator::Arithmetic(_) => false,
        },
        Body::Bind(_, _, body) | Body::Label(_, body) => ends_with_push(body),
        Body::Term(term) if term.suffixes.is_empty() => head_ends_with_push(&term.head),
        Body::Term(_) => false,
    }
}

fn head_ends_with_push(head: &Head) -> bool {
    match head {
        Head::Group(query) | Head::Try(_, Some(query)) => ends_with_push(query),
        Head::If(choice) => match (choice.branches.last(), &choice.otherwise) {
            (Some((_, then)), Some(otherwise)) => {
                ends_with_push(otherwise) || (is_constant(then) && is_constant(otherwise))
            }
            (_, _) => false,
        },
        Head::Call(name, _) => name.starts_with('$'),
        _ => false,
    }
}

/// Whether the first thing that it does is to put a constant in the place of
/// its input, or to drop it. Says yes too often rather than too rarely.
fn starts_with_constant(query: &Query) -> bool {
    match &query.body {
        Body::Missing => false,
        Body::Binary(Operator::Pipe, left, right) => {
            starts_with_constant(left) || (is_identity(left) && starts_with_constant(right))
        }
        Body::Binary(_, left, right) => is_constant(left) && is_constant(right),
        Body::Bind(term, _, _) => is_constant_head(&term.head),
        Body::Label(_, body) => starts_with_constant(body),
        Body::Term(term) => match &term.head {
            Head::Group(query) => starts_with_constant(query),
            head => is_constant_head(head),
        },
    }
}

fn is_identity(query: &Query) -> bool {
    match &query.body {
        Body::Term(term) => match &term.head {
            Head::Identity => term
                .suffixes
                .iter()
                .all(|suffix| matches!(suffix, Suffix::Optional)),
            Head::Group(query) => is_identity(query),
            _ => false,
        },
        Body::Binary(Operator::Pipe, left, right) => is_identity(left) && is_identity(right),
        Body::Missing | Body::Binary(..) | Body::Bind(..) | Body::Label(..) => false,
    }
}

fn is_constant(query: &Query) -> bool {
    match &query.body {
        Body::Term(term) => match &term.head {
            Head::Group(query) => is_constant(query),
            head => is_constant_head(head),
        },
        Body::Binary(_, left, right) => is_constant(left) && is_constant(right),
        Body::Missing | Body::Bind(..) | Body::Label(..) => false,
    }
}

fn is_constant_head(head: &Head) -> bool {
    match head {
        Head::Null
        | Head::True
        | Head::False
        | Head::Number(_)
        | Head::Text(_, Text::Plain(_))
        | Head::Plus(_)
        | Head::Minus(_) => true,
        Head::Array(elements) => elements.as_deref().is_none_or(is_constant),
        Head::Object(members) => members.iter().all(|member| {
            let mut values = member.value.iter();
            !matches!(member.key, Key::Query(_)) && values.all(is_constant)
        }),
        Head::Call(name, _) => name.starts_with('$') || name == "env" || name == "builtins",
        _ => false,
    }
}
