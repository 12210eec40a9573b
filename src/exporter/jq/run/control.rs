//! What decides which nodes run, and what comes of their outputs.

use super::super::compile::Node;
use super::super::fault::Fault;
use super::super::value::Value;
use super::env::Entry;
use super::spot::Spot;
use super::{Env, Flow, Machine, Next, Stop, caught, invalid_path};

impl<'p> Machine<'p> {
    pub(super) fn eval_pipe(
        &self,
        parts: &'p [Node; 2],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let [first, second] = parts;
        self.eval(first, env, at, &mut |spot| {
            self.eval(second, env, spot, next)
        })
    }

    pub(super) fn eval_comma(
        &self,
        parts: &'p [Node; 2],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let [first, second] = parts;
        self.eval(first, env, at.clone(), next)?;
        self.eval(second, env, at, next)
    }

    pub(super) fn eval_alternative(
        &self,
        parts: &'p [Node; 2],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let [left, right] = parts;
        let mut found = false;
        self.eval(left, env, at.clone(), &mut |spot| {
            if !spot.value.is_truthy() {
                return Ok(());
            }
            found = true;
            next(spot)
        })?;
        match found {
            true => Ok(()),
            false => self.eval(right, env, at, next),
        }
    }

    pub(super) fn eval_if(
        &self,
        parts: &'p [Node; 3],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let [condition, then, otherwise] = parts;
        self.eval(condition, env, Spot::new(at.value.clone()), &mut |spot| {
            let branch = match spot.value.is_truthy() {
                true => then,
                false => otherwise,
            };
            self.eval(branch, env, at.clone(), next)
        })
    }

    pub(super) fn eval_try(
        &self,
        body: &'p Node,
        handler: Option<&'p Node>,
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let flow = self.eval(body, env, at.clone(), &mut |spot| {
            next(spot).map_err(|stop| Box::new(Stop::Behind(stop)))
        });
        match flow.map_err(|stop| *stop) {
            Ok(()) => Ok(()),
            Err(Stop::Behind(stop)) => Err(stop),
            Err(Stop::Fault(Fault::Message(message))) => match handler {
                Some(handler) => self.eval(handler, env, at.with(Value::text(message)), next),
                None => Ok(()),
            },
            Err(Stop::Fault(Fault::Value(value))) => match handler {
                Some(handler) => self.eval(handler, env, at.with(value), next),
                None => Ok(()),
            },
            Err(
                stop @ (Stop::Done
                | Stop::Break(_)
                | Stop::Fault(Fault::Halt(_) | Fault::Unsupported(_))),
            ) => Err(Box::new(stop)),
        }
    }

    pub(super) fn eval_label(
        &self,
        body: &'p Node,
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let label = self.next_label();
        let env = env.bind(Entry::Label(label));
        caught(self.eval(body, &env, at, next), label)
    }

    pub(super) fn eval_first(&self, of: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let label = self.next_label();
        let flow = self.eval(of, env, at, &mut |spot| {
            next(spot)?;
            Err(Box::new(Stop::Break(label)))
        });
        caught(flow, label)
    }

    pub(super) fn eval_last(&self, of: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let mut last = None;
        self.eval(of, env, at.clone(), &mut |spot| {
            last = Some(spot.value);
            Ok(())
        })?;
        match last {
            Some(value) => next(at.with(value)),
            None => Ok(()),
        }
    }

    pub(super) fn eval_array(&self, of: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let mut items = Vec::new();
        self.eval(of, env, at.clone(), &mut |spot| {
            items.push(spot.value);
            Ok(())
        })?;
        next(at.with(Value::array(items)))
    }

    pub(super) fn eval_path(&self, of: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let root = Spot::new(at.value.clone()).rooted();
        self.eval(of, env, root, &mut |spot| {
            if !spot.is_intact() {
                return Err(invalid_path(&spot.value).into());
            }
            next(at.with(spot.path()))
        })
    }
}
