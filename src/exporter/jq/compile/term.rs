//! Terms, and what is appended to them.

use std::rc::Rc;

use super::super::native::Native;
use super::super::syntax::{self, Arithmetic, Head, Index, Part, Query, Suffix, Term, Text};
use super::super::value::{Object, Value};
use super::literal::{known_key, known_number};
use super::{
    Compiled, Compiler, Fold, Key, Member, Name, Node, checked_operand, conditional, invalid, text,
};

impl Compiler {
    /// A term, suffix after suffix.
    pub(super) fn term(&mut self, term: &Term) -> Compiled<Node> {
        self.suffixed(&term.head, &term.suffixes)
    }

    fn suffixed(&mut self, head: &Head, suffixes: &[Suffix]) -> Compiled<Node> {
        let Some((last, before)) = suffixes.split_last() else {
            return self.head(head);
        };
        match last {
            Suffix::Index(index) => {
                let of = self.suffixed(head, before)?;
                self.index(of, index)
            }
            Suffix::Iterate => {
                let of = self.suffixed(head, before)?;
                Ok(Node::Iterate(Box::new(of.marked())))
            }
            Suffix::Optional => self.optional(head, before),
        }
    }

    /// `?` covers the step before it alone, which is then taken on what the
    /// steps before that give.
    fn optional(&mut self, head: &Head, before: &[Suffix]) -> Compiled<Node> {
        let step = match before.split_last() {
            Some((Suffix::Index(index), rest)) => {
                let of = self.suffixed(head, rest)?;
                Some((of, self.index(Node::Identity, index)?))
            }
            Some((Suffix::Iterate, rest)) => {
                let of = self.suffixed(head, rest)?;
                Some((of, Node::Iterate(Box::new(Node::Identity))))
            }
            Some((Suffix::Optional, _)) | None => None,
        };
        let attempt = |node: Node| Node::Try(Box::new(node.marked()), None);
        Ok(match step {
            Some((of, step)) => Node::pipe(of, attempt(step)),
            None => attempt(self.suffixed(head, before)?),
        })
    }

    fn index(&mut self, of: Node, index: &Index) -> Compiled<Node> {
        if let Some(key) = known_key(index) {
            return Ok(Node::Field(Box::new(of), key));
        }
        let of = checked_operand(of.marked());
        Ok(match index {
            Index::Name(name) => Node::Field(Box::new(of), Value::text(name.as_str())),
            Index::Text(at) => {
                let at = self.text(at, None)?.marked();
                Node::Index(Box::new([of, at]))
            }
            Index::At(at) => Node::Index(Box::new([of, self.operand(at)?])),
            Index::Slice(from, to) => {
                let from = self.bound(from.as_deref())?;
                let to = self.bound(to.as_deref())?;
                Node::Slice(Box::new([of, from, to]))
            }
        })
    }

    fn bound(&mut self, bound: Option<&Query>) -> Compiled<Node> {
        match bound {
            Some(query) => self.operand(query),
            None => Ok(Node::Const(Value::Null)),
        }
    }

    fn head(&mut self, head: &Head) -> Compiled<Node> {
        Ok(match head {
            Head::Identity => Node::Identity,
            Head::Recurse => self.call("recurse", &[])?,
            Head::Null => Node::Const(Value::Null),
            Head::True => Node::Const(Value::Bool(true)),
            Head::False => Node::Const(Value::Bool(false)),
            Head::Number(number) => Node::Const(Value::Number(number.clone())),
            Head::Text(format, text) => self.text(text, format.as_deref())?,
            Head::Format(format) => format_node(format),
            Head::Index(index) => self.index(Node::Identity, index)?,
            Head::Call(name, arguments) => self.call(name, arguments)?,
            Head::Object(members) => self.object(members)?,
            Head::Array(None) => Node::Const(Value::array(Vec::new())),
            Head::Array(Some(query)) => Node::Array(Box::new(self.query(query)?.marked())),
            Head::Plus(term) => self.signed(term, false)?,
            Head::Minus(term) => self.signed(term, true)?,
            Head::If(branches) => self.branches(&branches.branches, branches.otherwise.as_ref())?,
            Head::Try(body, handler) => {
                let body = Box::new(self.query(body)?.marked());
                let handler = match handler {
                    Some(handler) => Some(Box::new(self.query(handler)?.marked())),
                    None => None,
                };
                Node::Try(body, handler)
            }
            Head::Reduce(reduce) => Node::Reduce(Box::new(self.reduce(reduce)?)),
            Head::Foreach(foreach) => Node::Foreach(Box::new(self.foreach(foreach)?)),
            Head::Break(name) => self.break_to(name)?,
            Head::Group(query) => self.query(query)?,
        })
    }

    fn branches(
        &mut self,
        branches: &[(Query, Query)],
        otherwise: Option<&Query>,
    ) -> Compiled<Node> {
        let Some(((condition, then), rest)) = branches.split_first() else {
            return match otherwise {
                Some(query) => Ok(self.query(query)?.marked()),
                None => Ok(Node::Identity),
            };
        };
        let condition = self.query(condition)?.marked();
        let then = self.query(then)?.marked();
        Ok(conditional(
            condition,
            then,
            self.branches(rest, otherwise)?,
        ))
    }

    fn signed(&mut self, term: &Term, minus: bool) -> Compiled<Node> {
        if let Some(number) = known_number(term, minus) {
            return Ok(Node::Const(number));
        }
        let sign = match minus {
            true => Native::negate(),
            false => Native::plus(),
        };
        let node = self.term(term)?;
        Ok(Node::pipe(node, Node::Native(sign, Vec::new())))
    }

    fn reduce(&mut self, reduce: &syntax::Reduce) -> Compiled<Fold> {
        let start = self.query(&reduce.start)?.marked();
        let source = self.query(&reduce.source)?.marked();
        self.scoped(|compiler| {
            let pattern = compiler.pattern(&reduce.pattern)?;
            let update = compiler.query(&reduce.update)?.marked();
            Ok(Fold {
                source,
                pattern,
                start,
                update,
                extract: None,
            })
        })
    }

    fn foreach(&mut self, foreach: &syntax::Foreach) -> Compiled<Fold> {
        let start = self.query(&foreach.start)?.marked();
        let source = self.query(&foreach.source)?.marked();
        self.scoped(|compiler| {
            let pattern = compiler.pattern(&foreach.pattern)?;
            let update = compiler.query(&foreach.update)?.marked();
            let extract = match &foreach.extract {
                Some(extract) => Some(compiler.query(extract)?.marked()),
                None => None,
            };
            Ok(Fold {
                source,
                pattern,
                start,
                update,
                extract,
            })
        })
    }

    fn break_to(&mut self, label: &str) -> Compiled<Node> {
        let depth = self.scope.names.iter().rev().find_map(|name| match name {
            Name::Label(name, depth) if name == label => Some(*depth),
            Name::Label(..)
            | Name::Variable(..)
            | Name::Parameter(..)
            | Name::Hidden
            | Name::Function { .. } => None,
        });
        let depth = depth.ok_or_else(|| invalid(format!("label not defined: {label}")))?;
        Ok(Node::Break(self.scope.hops(depth)))
    }

    fn object(&mut self, members: &[syntax::Member]) -> Compiled<Node> {
        if members.is_empty() {
            return Ok(Node::Const(Value::object(Object::default())));
        }
        let members = members.iter().map(|member| self.member(member));
        Ok(Node::Object(members.collect::<Compiled<Vec<_>>>()?))
    }

    fn member(&mut self, member: &syntax::Member) -> Compiled<Member> {
        let value = |compiler: &mut Self| match &member.value {
            Some(value) => Ok(Some(compiler.query(value)?.marked())),
            None => Ok(None),
        };
        Ok(match &member.key {
            // `{$x}` takes the variable's value, `{$x: 1}` its value as the key.
            syntax::Key::Name(name) if name.starts_with('$') => {
                let variable = self.call(name, &[])?;
                match value(self)? {
                    None => Member {
                        key: Key::Known(Rc::from(&name[1..])),
                        value: Some(variable),
                    },
                    value => Member {
                        key: Key::Given(variable),
                        value,
                    },
                }
            }
            syntax::Key::Name(name) | syntax::Key::Text(Text::Plain(name)) => Member {
                key: Key::Known(Rc::from(name.as_str())),
                value: value(self)?,
            },
            syntax::Key::Text(text) => Member {
                key: Key::Given(self.text(text, None)?.marked()),
                value: value(self)?,
            },
            syntax::Key::Query(query) => Member {
                key: Key::Given(self.query(query)?.marked()),
                value: value(self)?,
            },
        })
    }

    /// Text; what its expressions give is formatted and joined, the last one
    /// varying slowest, as with any other sum.
    pub(super) fn text(&mut self, parts: &Text, format: Option<&str>) -> Compiled<Node> {
        let parts = match parts {
            Text::Plain(plain) => return Ok(text(plain)),
            Text::Parts(parts) => parts,
        };
        let mut sum = None;
        for part in parts {
            let node = match part {
                Part::Text(plain) => text(plain),
                Part::Query(query) => {
                    let format = format_node(format.unwrap_or("@text"));
                    Node::pipe(self.argument(query)?, format)
                }
            };
            sum = Some(match sum {
                None => node,
                Some(sum) => Node::Arithmetic(Arithmetic::Add, Box::new([sum, node])),
            });
        }
        Ok(sum.unwrap_or_else(|| text("")))
    }
}

/// `@NAME`. A name that nobody knows fails when it runs.
fn format_node(format: &str) -> Node {
    match Native::format(format) {
        Some(native) => Node::Native(native, Vec::new()),
        None => {
            let name = text(&format[1..]);
            Node::Native(Native::format_by_name(), vec![name])
        }
    }
}
