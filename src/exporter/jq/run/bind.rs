//! Bindings: what a pattern takes out of a value, under names.

use super::super::compile::{Bind, BindAny, Key, MemberPattern, Pattern};
use super::super::fault::{Fault, expected_array};
use super::super::value::Value;
use super::env::{Entry, Env};
use super::member::step;
use super::spot::{Spot, Trail};
use super::{Flow, Machine, Next, Stop};

/// Whatever comes next, with more names.
type Bound<'p, 'n> = &'n mut dyn FnMut(&Env<'p>, Trail) -> Flow;

impl<'p> Machine<'p> {
    pub(super) fn bind(&self, bind: &'p Bind, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let source = Spot::new(at.value.clone());
        self.eval(&bind.source, env, source, &mut |spot| {
            self.take_apart(&bind.pattern, spot, env, &mut |env, _| {
                self.eval(&bind.body, env, at.clone(), next)
            })
        })
    }

    /// Binds what a pattern names in a value.
    pub(super) fn take_apart(
        &self,
        pattern: &'p Pattern,
        spot: Spot,
        env: &Env<'p>,
        next: Bound<'p, '_>,
    ) -> Flow {
        match pattern {
            Pattern::Variable => next(&env.bind(Entry::Value(spot.value)), spot.trail),
            Pattern::Array(items) => self.take_items(items, 0, &spot, env, next),
            Pattern::Object(members) => self.take_members(members, &spot, env, next),
        }
    }

    fn take_items(
        &self,
        items: &'p [Pattern],
        at: usize,
        spot: &Spot,
        env: &Env<'p>,
        next: Bound<'p, '_>,
    ) -> Flow {
        let Some(item) = items.get(at) else {
            return next(env, spot.trail.clone());
        };
        if !matches!(spot.value, Value::Null | Value::Array(_)) {
            return Err(expected_array(&spot.value).into());
        }
        let inner = step(spot, &Value::count(at))?;
        self.take_apart(item, inner, env, &mut |env, trail| {
            let value = spot.value.clone();
            self.take_items(items, at + 1, &Spot { value, trail }, env, next)
        })
    }

    fn take_members(
        &self,
        members: &'p [MemberPattern],
        spot: &Spot,
        env: &Env<'p>,
        next: Bound<'p, '_>,
    ) -> Flow {
        let Some((member, rest)) = members.split_first() else {
            return next(env, spot.trail.clone());
        };
        let mut taken = |key: &Value, trail: Trail| {
            let value = spot.value.clone();
            let inner = step(&Spot { value, trail }, key)?;
            self.take_member(member, inner, env, &mut |env, trail| {
                let value = spot.value.clone();
                self.take_members(rest, &Spot { value, trail }, env, next)
            })
        };
        match &member.key {
            Key::Known(key) => taken(&Value::String(key.clone()), spot.trail.clone()),
            Key::Given(key) => self.eval(key, env, spot.clone(), &mut |key| {
                taken(&key.value, key.trail)
            }),
        }
    }

    fn take_member(
        &self,
        member: &'p MemberPattern,
        spot: Spot,
        env: &Env<'p>,
        next: Bound<'p, '_>,
    ) -> Flow {
        let bound = match member.bound {
            true => env.bind(Entry::Value(spot.value.clone())),
            false => env.clone(),
        };
        match &member.inner {
            Some(pattern) => self.take_apart(pattern, spot, &bound, next),
            None => next(&bound, spot.trail),
        }
    }

    /// Pattern after pattern, until one of them and all that comes after it
    /// fails no more.
    pub(super) fn bind_any(
        &self,
        bind: &'p BindAny,
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let source = Spot::new(at.value.clone());
        self.eval(&bind.source, env, source, &mut |spot| {
            let mut names = self.remembered(bind);
            let mut flow = Ok(());
            for (turn, (pattern, order)) in bind.patterns.iter().enumerate() {
                if turn > 0 {
                    for name in &bind.patterns[turn - 1].1 {
                        names[*name] = Entry::Value(Value::Null);
                    }
                }
                let outer = bound_all(env, &names);
                flow = self.take_apart(pattern, spot.clone(), &outer, &mut |inner, _| {
                    for (turn, name) in order.iter().enumerate() {
                        if let Some(entry) = inner.entry(order.len() - 1 - turn) {
                            names[*name] = entry.clone();
                        }
                    }
                    self.remember(bind, &names);
                    self.eval(&bind.body, &bound_all(env, &names), at.clone(), next)
                });
                match &flow {
                    Err(stop) if !stop.is_final() => {}
                    Ok(()) | Err(_) => break,
                }
            }
            flow
        })
    }

    /// What the names of a binding are before a pattern says so. gojq leaves
    /// them as they were; inside a function that is whatever lies in memory.
    fn remembered(&self, bind: &BindAny) -> Vec<Entry<'p>> {
        let Some(place) = bind.place else {
            return vec![Entry::Stale; bind.names];
        };
        let places = self.places.borrow();
        let mut names: Vec<_> = places[place].iter().cloned().map(Entry::Value).collect();
        names.resize(bind.names, Entry::Value(Value::Null));
        names
    }

    fn remember(&self, bind: &BindAny, names: &[Entry<'p>]) {
        let Some(place) = bind.place else {
            return;
        };
        let values = names.iter().map(|entry| match entry {
            Entry::Value(value) => value.clone(),
            Entry::Stale | Entry::Argument(..) | Entry::Label(_) => Value::Null,
        });
        self.places.borrow_mut()[place] = values.collect();
    }
}

fn bound_all<'p>(env: &Env<'p>, names: &[Entry<'p>]) -> Env<'p> {
    let names = names.iter().cloned();
    names.fold(env.clone(), |env, entry| env.bind(entry))
}

impl Stop {
    /// Whether no other pattern is tried after it.
    fn is_final(&self) -> bool {
        match self {
            Self::Done | Self::Fault(Fault::Unsupported(_)) => true,
            Self::Fault(Fault::Message(_) | Fault::Value(_) | Fault::Halt(_)) | Self::Break(_) => {
                false
            }
            Self::Behind(stop) => stop.is_final(),
        }
    }
}
