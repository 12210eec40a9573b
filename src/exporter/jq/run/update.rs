//! Assignments: paths on the left, and what becomes of the values there.

use std::cell::RefCell;

use super::super::access;
use super::super::change;
use super::super::compile::Node;
use super::super::fault::Fault;
use super::super::value::Value;
use super::env::Entry;
use super::spot::Spot;
use super::{Env, Flow, Machine, Next, Stop, caught, invalid_path};

/// What an update has come to. Nothing is left of it when one of its steps
/// fails; after that only `?//` may come back to it.
struct State(RefCell<Option<Value>>);

impl State {
    fn new(value: Value) -> Self {
        Self(RefCell::new(Some(value)))
    }

    fn value(&self) -> Value {
        self.0.borrow().clone().unwrap_or(Value::Null)
    }

    fn into_value(self) -> Value {
        self.0.into_inner().unwrap_or(Value::Null)
    }

    fn put(&self, path: &Value, new: &Value) -> Flow {
        let Some(before) = self.0.take() else {
            let name = "an update that `?//` tries again";
            return Err(Fault::Unsupported(name.to_owned()).into());
        };
        self.0.replace(Some(change::set_path(before, path, new)?));
        Ok(())
    }
}

impl<'p> Machine<'p> {
    pub(super) fn eval_get_path(
        &self,
        of: &'p Node,
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        self.eval(of, env, Spot::new(at.value.clone()), &mut |path| {
            next(got(&at, &path.value)?)
        })
    }

    /// `PATH = VALUE` where the path is known.
    pub(super) fn assign_at(
        &self,
        path: &Value,
        value: &'p Node,
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let input = at.value.clone();
        self.eval(value, env, at, &mut |spot| {
            let value = change::set_path(input.clone(), path, &spot.value)?;
            next(Spot { value, ..spot })
        })
    }

    /// `PATHS op= VALUE`
    pub(super) fn update(
        &self,
        parts: &'p [Node; 2],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let [value, modify] = parts;
        let input = at.value.clone();
        self.eval(value, env, at, &mut |spot| {
            let env = env.bind(Entry::Value(spot.value));
            let value = input.clone();
            let trail = spot.trail;
            self.eval(modify, &env, Spot { value, trail }, next)
        })
    }

    /// `PATHS = VALUE`: for each value, it is put at all paths of the input.
    pub(super) fn assign(
        &self,
        parts: &'p [Node; 2],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let [paths, value] = parts;
        self.eval(value, env, Spot::new(at.value.clone()), &mut |value| {
            let state = State::new(at.value.clone());
            self.each_path(paths, env, &at, &mut |path| state.put(path, &value.value))?;
            next(at.with(state.into_value()))
        })
    }

    /// `PATHS |= CHANGE`: the first that the change gives for what is there by
    /// then. What it gives nothing for is deleted in the end.
    pub(super) fn modify(
        &self,
        parts: &'p [Node; 2],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let [paths, change] = parts;
        let state = State::new(at.value.clone());
        let mut deleted = Vec::new();
        self.each_path(paths, env, &at, &mut |path| {
            let mut given = false;
            let label = self.next_label();
            let spot = got(&at.with(state.value()), path)?;
            let flow = self.eval(change, env, spot, &mut |spot| {
                given = true;
                state.put(path, &spot.value)?;
                Err(Box::new(Stop::Break(label)))
            });
            caught(flow, label)?;
            if !given {
                deleted.push(path.clone());
            }
            Ok(())
        })?;
        next(at.with(change::delete_paths(
            state.into_value(),
            &Value::array(deleted),
        )?))
    }

    fn each_path(
        &self,
        paths: &'p Node,
        env: &Env<'p>,
        at: &Spot,
        found: &mut dyn FnMut(&Value) -> Flow,
    ) -> Flow {
        let root = Spot::new(at.value.clone()).rooted();
        self.eval(paths, env, root, &mut |spot| match spot.is_intact() {
            true => found(&spot.path()),
            false => Err(invalid_path(&spot.value).into()),
        })
    }
}

/// What lies at a path. Each of its keys is a step, and all are said to lead to
/// the value at its end.
fn got(at: &Spot, path: &Value) -> Result<Spot, Fault> {
    let value = access::get_path(&at.value, path)?;
    if !at.is_intact() {
        return Err(invalid_path(&at.value));
    }
    let mut spot = at.with(value.clone());
    for key in path.as_array().unwrap_or_default() {
        spot = Spot::step(&spot.trail, || key.clone(), value.clone());
    }
    Ok(spot)
}
