//! Assignments: paths on the left, and what becomes of the values there.

use std::cell::RefCell;

use super::super::access;
use super::super::compile::Node;
use super::super::value::Value;
use super::spot::Spot;
use super::{Env, Flow, Machine, Next, Stop, caught, invalid_path};

impl<'p> Machine<'p> {
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
            let state = RefCell::new(at.value.clone());
            self.each_path(paths, env, &at, &mut |path| {
                let before = state.replace(Value::Null);
                state.replace(access::set_path(before, path, &value.value)?);
                Ok(())
            })?;
            next(at.with(state.into_inner()))
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
        let state = RefCell::new(at.value.clone());
        let mut deleted = Vec::new();
        self.each_path(paths, env, &at, &mut |path| {
            let mut given = false;
            let label = self.next_label();
            let current = at.with(state.borrow().clone());
            let value = access::get_path(&current.value, path)?;
            if !current.is_intact() {
                return Err(invalid_path(&current.value).into());
            }
            let mut spot = current.with(value.clone());
            drop(current);
            for key in path.as_array().unwrap_or_default() {
                spot = Spot::step(&spot.trail, || key.clone(), value.clone());
            }
            let flow = self.eval(change, env, spot, &mut |spot| {
                given = true;
                let before = state.replace(Value::Null);
                state.replace(access::set_path(before, path, &spot.value)?);
                Err(Box::new(Stop::Break(label)))
            });
            caught(flow, label)?;
            if !given {
                deleted.push(path.clone());
            }
            Ok(())
        })?;
        next(at.with(access::delete_paths(
            state.into_inner(),
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
