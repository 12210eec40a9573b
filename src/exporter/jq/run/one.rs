//! Nodes of one output at most, computed without handing anything on.
//!
//! What most expressions of a mapping are made of: paths, defaults, literals,
//! comparisons. Gives what `Machine::node` gives for them where no track is
//! kept.

use super::super::access;
use super::super::compile::{Key, Member, Node};
use super::super::fault::Fault;
use super::super::order::compare;
use super::super::value::Value;
use super::env::Entry;
use super::member::object_of;
use super::spot::Spot;
use super::{Env, Machine, RED_ZONE, STACK, Stop};

/// The output, if there is one.
type One = Result<Option<Value>, Box<Stop>>;

/// Where a plain path leads without anything being copied.
enum Place<'v> {
    At(&'v Value),
    Nothing,
    /// Not to be said so.
    Unknown,
}

impl<'p> Machine<'p> {
    pub(super) fn one(&self, node: &'p Node, env: &Env<'p>, input: &Value) -> One {
        match node {
            Node::Identity => return Ok(Some(input.clone())),
            Node::Empty => return Ok(None),
            Node::Const(value) => return Ok(Some(value.clone())),
            Node::Variable(hops) => return Ok(Some(Self::variable(env, *hops)?)),
            Node::Field(..) => match place(node, input) {
                Place::At(value) => return Ok(Some(value.clone())),
                Place::Nothing => return Ok(Some(Value::Null)),
                Place::Unknown => {}
            },
            _ => {}
        }
        self.spend(1)?;
        stacker::maybe_grow(RED_ZONE, STACK, || self.one_of(node, env, input))
    }

    fn one_of(&self, node: &'p Node, env: &Env<'p>, input: &Value) -> One {
        match node {
            Node::One(inner) => self.one(inner, env, input),
            Node::Field(of, key) => match self.one(of, env, input)? {
                Some(value) => Ok(Some(access::index(&value, key)?)),
                None => Ok(None),
            },
            Node::Pipe(parts) => match self.one(&parts[0], env, input)? {
                Some(value) => self.one(&parts[1], env, &value),
                None => Ok(None),
            },
            Node::Alternative(parts) => match self.one(&parts[0], env, input)? {
                Some(value) if value.is_truthy() => Ok(Some(value)),
                Some(_) | None => self.one(&parts[1], env, input),
            },
            Node::If(parts) => {
                let [condition, then, otherwise] = &**parts;
                match self.one(condition, env, input)? {
                    Some(value) if value.is_truthy() => self.one(then, env, input),
                    Some(_) => self.one(otherwise, env, input),
                    None => Ok(None),
                }
            }
            Node::Try(body, handler) => self.one_try(body, handler.as_deref(), env, input),
            Node::Arithmetic(operator, parts) => {
                self.one_pair(parts, env, input, |l, r| self.arithmetic(*operator, l, r))
            }
            Node::Compare(operator, parts) => self.one_pair(parts, env, input, |l, r| {
                Ok(Value::Bool(operator.holds(compare(&l, &r))))
            }),
            Node::Index(parts) => {
                self.one_pair(parts, env, input, |of, at| access::index(&of, &at))
            }
            Node::Native(native, arguments) => {
                let mut values = vec![Value::Null; arguments.len()];
                for (place, argument) in arguments.iter().enumerate().rev() {
                    match self.one(argument, env, input)? {
                        Some(value) => values[place] = value,
                        None => return Ok(None),
                    }
                }
                let value = native.call(self.context, input, &values)?;
                self.spend_on(&value)?;
                Ok(Some(value))
            }
            Node::Object(members) => self.one_object(members, env, input),
            Node::Bind(bind) => match self.one(&bind.source, env, input)? {
                Some(value) => self.one(&bind.body, &env.bind(Entry::Value(value)), input),
                None => Ok(None),
            },
            node => {
                let mut output = None;
                self.node(node, env, Spot::new(input.clone()), &mut |spot| {
                    output = Some(spot.value);
                    Ok(())
                })?;
                Ok(output)
            }
        }
    }

    fn one_try(
        &self,
        body: &'p Node,
        handler: Option<&'p Node>,
        env: &Env<'p>,
        input: &Value,
    ) -> One {
        let caught = match self.one(body, env, input).map_err(|stop| *stop) {
            Ok(value) => return Ok(value),
            Err(Stop::Fault(Fault::Message(message))) => Value::text(message),
            Err(Stop::Fault(Fault::Value(value))) => value,
            Err(
                stop @ (Stop::Done
                | Stop::Break(_)
                | Stop::Behind(_)
                | Stop::Fault(Fault::Halt(_) | Fault::Unsupported(_))),
            ) => return Err(Box::new(stop)),
        };
        match handler {
            Some(handler) => self.one(handler, env, &caught),
            None => Ok(None),
        }
    }

    fn one_pair(
        &self,
        parts: &'p [Node; 2],
        env: &Env<'p>,
        input: &Value,
        join: impl Fn(Value, Value) -> Result<Value, Fault>,
    ) -> One {
        let [left, right] = parts;
        let Some(right) = self.one(right, env, input)? else {
            return Ok(None);
        };
        match self.one(left, env, input)? {
            Some(left) => Ok(Some(join(left, right)?)),
            None => Ok(None),
        }
    }

    fn one_object(&self, members: &'p [Member], env: &Env<'p>, input: &Value) -> One {
        let mut entries = Vec::with_capacity(members.len());
        for member in members {
            let key = match &member.key {
                Key::Known(key) => Value::String(key.clone()),
                Key::Given(key) => match self.one(key, env, input)? {
                    Some(key) => key,
                    None => return Ok(None),
                },
            };
            let value = match &member.value {
                None => access::index(input, &key)?,
                Some(value) => match self.one(value, env, input)? {
                    Some(value) => value,
                    None => return Ok(None),
                },
            };
            entries.push((key, value));
        }
        Ok(Some(object_of(&entries)?))
    }
}

/// Follows names through objects.
fn place<'v>(node: &Node, input: &'v Value) -> Place<'v> {
    match node {
        Node::Identity => Place::At(input),
        Node::Field(of, Value::String(name)) => match place(of, input) {
            Place::At(Value::Object(object)) => object.get(name).map_or(Place::Nothing, Place::At),
            Place::At(Value::Null) | Place::Nothing => Place::Nothing,
            Place::At(_) | Place::Unknown => Place::Unknown,
        },
        Node::One(inner) => place(inner, input),
        _ => Place::Unknown,
    }
}
