//! Bindings: `as`, and the patterns that take values apart.

use std::rc::Rc;

use super::super::syntax::{self, Query, Text};
use super::{Bind, BindAny, Compiled, Compiler, Key, MemberPattern, Name, Node, Pattern};

impl Compiler {
    /// `SOURCE as PATTERN ?// … | BODY`; the names are in scope afterwards.
    pub(super) fn bind(
        &mut self,
        source: Node,
        patterns: &[syntax::Pattern],
        body: &Query,
    ) -> Compiled<Node> {
        if let [pattern] = patterns {
            let pattern = self.pattern(pattern)?;
            let body = self.query(body)?.marked();
            return Ok(Node::Bind(Box::new(Bind {
                source,
                pattern,
                body,
            })));
        }
        self.bind_any(source, patterns, body)
    }

    /// Every pattern sees the names of all of them, and so does the body.
    fn bind_any(
        &mut self,
        source: Node,
        patterns: &[syntax::Pattern],
        body: &Query,
    ) -> Compiled<Node> {
        let mut names = Vec::new();
        for pattern in patterns {
            variables(pattern, &mut |name| {
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            });
        }
        for name in &names {
            self.scope.bind(Name::Variable, name);
        }
        let mut alternatives = Vec::new();
        for pattern in patterns {
            let mut order = Vec::new();
            variables(pattern, &mut |name| {
                order.extend(names.iter().position(|known| known == name));
            });
            let pattern = self.scoped(|compiler| compiler.pattern(pattern))?;
            alternatives.push((pattern, order));
        }
        let place = (!self.scope.inside).then_some(self.places);
        self.places += usize::from(place.is_some());
        Ok(Node::BindAny(Box::new(BindAny {
            source,
            patterns: alternatives,
            names: names.len(),
            body: self.query(body)?.marked(),
            place,
        })))
    }

    /// A pattern; its names are in scope afterwards, in the order in which they
    /// are bound.
    pub(super) fn pattern(&mut self, pattern: &syntax::Pattern) -> Compiled<Pattern> {
        Ok(match pattern {
            syntax::Pattern::Variable(name) => {
                self.scope.bind(Name::Variable, name);
                Pattern::Variable
            }
            syntax::Pattern::Array(items) => {
                let items = items.iter().map(|item| self.pattern(item));
                Pattern::Array(items.collect::<Compiled<Vec<_>>>()?)
            }
            syntax::Pattern::Object(members) => {
                let members = members.iter().map(|member| self.member_pattern(member));
                Pattern::Object(members.collect::<Compiled<Vec<_>>>()?)
            }
        })
    }

    fn member_pattern(&mut self, member: &syntax::MemberPattern) -> Compiled<MemberPattern> {
        let mut bound = false;
        let key = match &member.key {
            syntax::Key::Name(name) => match name.strip_prefix('$') {
                Some(key) => {
                    self.scope.bind(Name::Variable, name);
                    bound = true;
                    Key::Known(Rc::from(key))
                }
                None => Key::Known(Rc::from(name.as_str())),
            },
            syntax::Key::Text(Text::Plain(key)) => Key::Known(Rc::from(key.as_str())),
            syntax::Key::Text(text) => Key::Given(self.text(text, None)?.marked()),
            syntax::Key::Query(query) => Key::Given(self.query(query)?.marked()),
        };
        let inner = match &member.value {
            Some(pattern) => Some(self.pattern(pattern)?),
            None => None,
        };
        Ok(MemberPattern { key, bound, inner })
    }
}

/// Calls back for each name of a pattern, in the order in which they are bound.
fn variables(pattern: &syntax::Pattern, found: &mut impl FnMut(&str)) {
    match pattern {
        syntax::Pattern::Variable(name) => found(name),
        syntax::Pattern::Array(items) => {
            for item in items {
                variables(item, &mut *found);
            }
        }
        syntax::Pattern::Object(members) => {
            for member in members {
                match &member.key {
                    syntax::Key::Name(name) if name.starts_with('$') => found(name),
                    syntax::Key::Name(_) | syntax::Key::Text(_) | syntax::Key::Query(_) => {}
                }
                if let Some(inner) = &member.value {
                    variables(inner, &mut *found);
                }
            }
        }
    }
}
