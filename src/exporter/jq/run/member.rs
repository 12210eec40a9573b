//! Steps into a value, operands, arguments, and objects.

use std::rc::Rc;

use super::super::access;
use super::super::compile::{Key, Member, Node};
use super::super::fault::{Fault, key_not_string};
use super::super::operator;
use super::super::syntax::Arithmetic;
use super::super::value::{Object, Value};
use super::spot::Spot;
use super::{Env, Flow, Machine, Next, invalid_path};

impl<'p> Machine<'p> {
    pub(super) fn eval_field(
        &self,
        of: &'p Node,
        key: &'p Value,
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        self.eval(of, env, at, &mut |spot| next(step(&spot, key)?))
    }

    /// The index varies slowest and is no part of the path.
    pub(super) fn eval_index(
        &self,
        parts: &'p [Node; 2],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let [of, index] = parts;
        self.eval(index, env, Spot::new(at.value.clone()), &mut |index| {
            self.eval(of, env, at.clone(), &mut |spot| {
                next(step(&spot, &index.value)?)
            })
        })
    }

    /// As with an index; the start varies slowest.
    pub(super) fn eval_slice(
        &self,
        parts: &'p [Node; 3],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let [of, from, to] = parts;
        let input = Spot::new(at.value.clone());
        self.eval(from, env, input.clone(), &mut |from| {
            self.eval(to, env, input.clone(), &mut |to| {
                self.eval(of, env, at.clone(), &mut |spot| {
                    let value = access::slice(&spot.value, &from.value, &to.value)?;
                    let key = || access::bounds(from.value.clone(), to.value.clone());
                    next(stepped(&spot, key, value)?)
                })
            })
        })
    }

    /// Two operands of one input: the right one varies slowest.
    pub(super) fn operands(
        &self,
        parts: &'p [Node; 2],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
        join: impl Fn(Value, Value) -> Result<Value, Fault>,
    ) -> Flow {
        let [left, right] = parts;
        let input = at.value.clone();
        self.eval(right, env, at, &mut |right| {
            let value = input.clone();
            let trail = right.trail;
            let right = right.value;
            self.eval(left, env, Spot { value, trail }, &mut |left| {
                let value = join(left.value, right.clone())?;
                let trail = left.trail;
                next(Spot { value, trail })
            })
        })
    }

    pub(super) fn arithmetic(
        &self,
        arithmetic: Arithmetic,
        left: Value,
        right: Value,
    ) -> Result<Value, Fault> {
        let value = operator::apply(arithmetic, left, right)?;
        self.spend_on(&value)?;
        Ok(value)
    }

    /// An object; the first member varies slowest.
    pub(super) fn object(
        &self,
        members: &'p [Member],
        env: &Env<'p>,
        at: &Spot,
        next: Next<'_>,
    ) -> Flow {
        let mut entries = Vec::with_capacity(members.len());
        self.members(members, env, at, &mut entries, next)
    }

    fn members(
        &self,
        members: &'p [Member],
        env: &Env<'p>,
        at: &Spot,
        entries: &mut Vec<(Value, Value)>,
        next: Next<'_>,
    ) -> Flow {
        let Some((member, rest)) = members.split_first() else {
            return next(at.with(object_of(entries)?));
        };
        let mut following = |key: Value, spot: Spot| {
            entries.push((key, spot.value));
            let after = Spot {
                value: at.value.clone(),
                trail: spot.trail,
            };
            let flow = self.members(rest, env, &after, entries, next);
            entries.pop();
            flow
        };
        match (&member.key, &member.value) {
            (Key::Known(key), None) => {
                let key = Value::String(key.clone());
                following(key.clone(), step(at, &key)?)
            }
            (Key::Known(key), Some(value)) => {
                let key = Value::String(key.clone());
                self.eval(value, env, at.clone(), &mut |spot| {
                    following(key.clone(), spot)
                })
            }
            (Key::Given(key), None) => self.eval(key, env, at.clone(), &mut |key| {
                let input = key.with(at.value.clone());
                let spot = step(&input, &key.value)?;
                following(key.value, spot)
            }),
            (Key::Given(key), Some(value)) => self.eval(key, env, at.clone(), &mut |key| {
                let input = key.with(at.value.clone());
                self.eval(value, env, input, &mut |spot| {
                    following(key.value.clone(), spot)
                })
            }),
        }
    }
}

/// What stands at a key.
pub(super) fn step(spot: &Spot, key: &Value) -> Result<Spot, Fault> {
    let value = access::index(&spot.value, key)?;
    stepped(spot, || key.clone(), value)
}

fn stepped(spot: &Spot, key: impl FnOnce() -> Value, value: Value) -> Result<Spot, Fault> {
    match spot.is_intact() {
        true => Ok(Spot::step(&spot.trail, key, value)),
        false => Err(invalid_path(&spot.value)),
    }
}

/// An object of evaluated members, of which a later one stays. Of keys that are
/// no text the last one is complained about.
pub(super) fn object_of(entries: &[(Value, Value)]) -> Result<Value, Fault> {
    let mut object = Object::default();
    for (key, value) in entries.iter().rev() {
        let Value::String(key) = key else {
            return Err(key_not_string(key));
        };
        if object.get(key).is_none() {
            object.insert(Rc::clone(key), value.clone());
        }
    }
    Ok(Value::object(object))
}
