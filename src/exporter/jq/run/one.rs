//! Nodes of one output at most, computed without handing anything on.
//!
//! What most expressions of a mapping are made of: paths, defaults, literals,
//! comparisons. Gives what `Machine::node` gives for them where no track is
//! kept.

use std::borrow::Cow;

use super::super::access;
use super::super::compile::{Bind, Key, Member, Node};
use super::super::fault::Fault;
use super::super::native::Native;
use super::super::order::compare;
use super::super::value::{Value, deep};
use super::env::Entry;
use super::member::object_of;
use super::spot::Spot;
use super::{Env, Machine, Stop};

/// The output, if there is one; where it is a part of the input or of the
/// program, that part.
type One<'a> = Result<Option<Cow<'a, Value>>, Box<Stop>>;

impl<'p> Machine<'p> {
    pub(super) fn one<'a>(&self, node: &'p Node, env: &Env<'p>, input: &'a Value) -> One<'a>
    where
        'p: 'a,
    {
        if let Some(value) = at_hand(node, input, self.context.null()) {
            return Ok(Some(Cow::Borrowed(value)));
        }
        self.spend(1)?;
        deep(|| self.one_of(node, env, input))
    }

    fn one_of<'a>(&self, node: &'p Node, env: &Env<'p>, input: &'a Value) -> One<'a>
    where
        'p: 'a,
    {
        match node {
            Node::Identity => Ok(Some(Cow::Borrowed(input))),
            Node::Const(value) => Ok(Some(Cow::Borrowed(value))),
            Node::Empty => Ok(None),
            Node::Variable(hops) => owned(Self::variable(env, *hops)?),
            Node::One(inner) => self.one(inner, env, input),
            Node::Field(of, key) => match self.one(of, env, input)? {
                Some(value) => owned(access::index(&value, key)?),
                None => Ok(None),
            },
            Node::Pipe(parts) => self.one_pipe(parts, env, input),
            Node::Alternative(parts) => match self.one(&parts[0], env, input)? {
                Some(value) if value.is_truthy() => Ok(Some(value)),
                Some(_) | None => self.one(&parts[1], env, input),
            },
            Node::If(parts) => self.one_if(parts, env, input),
            Node::Try(body, handler) => self.one_try(body, handler.as_deref(), env, input),
            Node::Arithmetic(operator, parts) => self.one_pair(parts, env, input, |l, r| {
                self.arithmetic(*operator, l.into_owned(), r.into_owned())
            }),
            Node::Compare(operator, parts) => self.one_pair(parts, env, input, |l, r| {
                Ok(Value::Bool(operator.holds(compare(&l, &r))))
            }),
            Node::Index(parts) => {
                self.one_pair(parts, env, input, |of, at| access::index(&of, &at))
            }
            Node::Native(native, arguments) => self.one_native(*native, arguments, env, input),
            Node::Object(members) => self.one_object(members, env, input),
            Node::Bind(bind) => self.one_bind(bind, env, input),
            Node::Slice(_)
            | Node::Iterate(_)
            | Node::Comma(_)
            | Node::Reduce(_)
            | Node::Foreach(_)
            | Node::BindAny(_)
            | Node::Label(_)
            | Node::Break(_)
            | Node::Array(_)
            | Node::Range(_)
            | Node::Call(..)
            | Node::Parameter(_)
            | Node::Path(_)
            | Node::GetPath(_)
            | Node::AssignAt(..)
            | Node::Assign(_)
            | Node::Modify(_)
            | Node::Update(_)
            | Node::First(_)
            | Node::Last(_)
            | Node::Recurse(_) => self.one_of_many(node, env, input),
        }
    }

    fn one_pipe<'a>(&self, parts: &'p [Node; 2], env: &Env<'p>, input: &'a Value) -> One<'a>
    where
        'p: 'a,
    {
        let [first, second] = parts;
        match self.one(first, env, input)? {
            Some(Cow::Borrowed(value)) => self.one(second, env, value),
            Some(Cow::Owned(value)) => match self.one(second, env, &value)? {
                Some(value) => owned(value.into_owned()),
                None => Ok(None),
            },
            None => Ok(None),
        }
    }

    fn one_if<'a>(&self, parts: &'p [Node; 3], env: &Env<'p>, input: &'a Value) -> One<'a>
    where
        'p: 'a,
    {
        let [condition, then, otherwise] = parts;
        match self.one(condition, env, input)? {
            Some(value) if value.is_truthy() => self.one(then, env, input),
            Some(_) => self.one(otherwise, env, input),
            None => Ok(None),
        }
    }

    fn one_native<'a>(
        &self,
        native: Native,
        arguments: &'p [Node],
        env: &Env<'p>,
        input: &'a Value,
    ) -> One<'a>
    where
        'p: 'a,
    {
        let mut values = vec![Value::Null; arguments.len()];
        for (place, argument) in arguments.iter().enumerate().rev() {
            match self.one(argument, env, input)? {
                Some(value) => values[place] = value.into_owned(),
                None => return Ok(None),
            }
        }
        let value = native.call(self.context, input, &values)?;
        self.spend_on(&value)?;
        owned(value)
    }

    fn one_bind<'a>(&self, bind: &'p Bind, env: &Env<'p>, input: &'a Value) -> One<'a>
    where
        'p: 'a,
    {
        match self.one(&bind.source, env, input)? {
            Some(value) => {
                let env = env.bind(Entry::Value(value.into_owned()));
                self.one(&bind.body, &env, input)
            }
            None => Ok(None),
        }
    }

    /// The output of a node that evaluates others with any number of them.
    fn one_of_many<'a>(&self, node: &'p Node, env: &Env<'p>, input: &'a Value) -> One<'a>
    where
        'p: 'a,
    {
        let mut output = None;
        self.node(node, env, Spot::new(input.clone()), &mut |spot| {
            output = Some(Cow::Owned(spot.value));
            Ok(())
        })?;
        Ok(output)
    }

    fn one_try<'a>(
        &self,
        body: &'p Node,
        handler: Option<&'p Node>,
        env: &Env<'p>,
        input: &'a Value,
    ) -> One<'a>
    where
        'p: 'a,
    {
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
            Some(handler) => match self.one(handler, env, &caught)? {
                Some(value) => owned(value.into_owned()),
                None => Ok(None),
            },
            None => Ok(None),
        }
    }

    fn one_pair<'a>(
        &self,
        parts: &'p [Node; 2],
        env: &Env<'p>,
        input: &'a Value,
        join: impl Fn(Cow<'a, Value>, Cow<'a, Value>) -> Result<Value, Fault>,
    ) -> One<'a>
    where
        'p: 'a,
    {
        let [left, right] = parts;
        let Some(right) = self.one(right, env, input)? else {
            return Ok(None);
        };
        match self.one(left, env, input)? {
            Some(left) => owned(join(left, right)?),
            None => Ok(None),
        }
    }

    fn one_object<'a>(&self, members: &'p [Member], env: &Env<'p>, input: &'a Value) -> One<'a>
    where
        'p: 'a,
    {
        let mut entries = Vec::with_capacity(members.len());
        for member in members {
            let key = match &member.key {
                Key::Known(key) => Value::String(key.clone()),
                Key::Given(key) => match self.one(key, env, input)? {
                    Some(key) => key.into_owned(),
                    None => return Ok(None),
                },
            };
            let value = match &member.value {
                None => access::index(input, &key)?,
                Some(value) => match self.one(value, env, input)? {
                    Some(value) => value.into_owned(),
                    None => return Ok(None),
                },
            };
            entries.push((key, value));
        }
        owned(object_of(&entries)?)
    }
}

fn owned<'a>(value: Value) -> One<'a> {
    Ok(Some(Cow::Owned(value)))
}

/// What is there without anything being computed: literals, and what names lead
/// to through objects. Where there is nothing, that is `null`.
fn at_hand<'a>(node: &'a Node, input: &'a Value, null: &'a Value) -> Option<&'a Value> {
    match node {
        Node::Identity => Some(input),
        Node::Const(value) => Some(value),
        Node::Field(of, Value::String(name)) => match at_hand(of, input, null)? {
            Value::Object(object) => Some(object.get(name).unwrap_or(null)),
            Value::Null => Some(null),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => None,
        },
        Node::Pipe(parts) => at_hand(&parts[1], at_hand(&parts[0], input, null)?, null),
        Node::One(inner) | Node::Try(inner, _) => at_hand(inner, input, null),
        _ => None,
    }
}
