//! What names stand for while a program runs.

use std::rc::Rc;

use super::super::compile::Node;
use super::super::value::Value;

/// The bindings at a place, the latest first.
#[derive(Clone, Default)]
pub(super) struct Env<'p>(Option<Rc<Binding<'p>>>);

struct Binding<'p> {
    entry: Entry<'p>,
    up: Env<'p>,
}

/// What a name stands for.
#[derive(Clone)]
pub(super) enum Entry<'p> {
    Value(Value),
    /// A variable of `?//` that the pattern taken doesn't bind, whose value in
    /// gojq is what happens to lie in memory.
    Stale,
    /// An argument, with the bindings where it was written.
    Argument(&'p Node, Env<'p>),
    Label(u64),
}

impl<'p> Env<'p> {
    /// The bindings with one more.
    pub(super) fn bind(&self, entry: Entry<'p>) -> Self {
        Self(Some(Rc::new(Binding {
            entry,
            up: self.clone(),
        })))
    }

    /// The bindings without the latest ones.
    pub(super) fn up(&self, hops: usize) -> Self {
        let mut env = self;
        for _ in 0..hops {
            match &env.0 {
                Some(binding) => env = &binding.up,
                None => break,
            }
        }
        env.clone()
    }

    /// The entry behind so many others.
    pub(super) fn entry(&self, hops: usize) -> Option<&Entry<'p>> {
        let mut env = self;
        for _ in 0..hops {
            env = &env.0.as_ref()?.up;
        }
        env.0.as_ref().map(|binding| &binding.entry)
    }
}
