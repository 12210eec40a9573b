//! Names: variables, labels, functions and their arguments.

use super::super::compile::{Callee, Node};
use super::super::fault::Fault;
use super::super::native::Native;
use super::super::value::Value;
use super::env::{Entry, Env};
use super::spot::{Spot, Trail};
use super::{Flow, Machine, Next, Stop};

impl<'p> Machine<'p> {
    pub(super) fn variable(env: &Env<'p>, hops: usize) -> Result<Value, Fault> {
        match env.entry(hops) {
            Some(Entry::Value(value)) => Ok(value.clone()),
            Some(Entry::Stale) => {
                let name = "a variable of `?//` that the pattern taken does not bind";
                Err(Fault::Unsupported(name.to_owned()))
            }
            Some(Entry::Argument(..) | Entry::Label(_)) | None => {
                Err(Fault::Unsupported("a variable out of its scope".to_owned()))
            }
        }
    }

    pub(super) fn break_to(env: &Env<'p>, hops: usize) -> Box<Stop> {
        match env.entry(hops) {
            Some(Entry::Label(label)) => Box::new(Stop::Break(*label)),
            Some(Entry::Value(_) | Entry::Stale | Entry::Argument(..)) | None => {
                Fault::Unsupported("a label out of its scope".to_owned()).into()
            }
        }
    }

    pub(super) fn eval_call(
        &self,
        callee: Callee,
        arguments: &'p [Node],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        let Some(function) = self.plan.functions.get(callee.function) else {
            return Err(Fault::Unsupported("a function out of its scope".to_owned()).into());
        };
        let mut inner = match callee.hops {
            Some(hops) => env.up(hops),
            None => Env::default(),
        };
        for argument in arguments {
            let entry = match argument {
                // Handed on as it is, so that recursion grows no chain of them.
                Node::Parameter(hops) => env.entry(*hops).cloned(),
                _ => None,
            };
            inner = inner.bind(entry.unwrap_or_else(|| Entry::Argument(argument, env.clone())));
        }
        self.eval(&function.body, &inner, at, next)
    }

    pub(super) fn parameter(&self, env: &Env<'p>, hops: usize, at: Spot, next: Next<'_>) -> Flow {
        match env.entry(hops) {
            Some(Entry::Argument(node, env)) => self.eval(node, env, at, next),
            Some(Entry::Value(_) | Entry::Stale | Entry::Label(_)) | None => {
                Err(Fault::Unsupported("a parameter out of its scope".to_owned()).into())
            }
        }
    }

    pub(super) fn native(
        &self,
        native: Native,
        arguments: &'p [Node],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        self.arguments(arguments, env, at, &mut |input, values, trail| {
            let value = native.call(self.context, input, values)?;
            self.spend_on(&value)?;
            next(Spot { value, trail })
        })
    }

    /// A function's arguments, of which there are three at most: the last one
    /// varies slowest.
    pub(super) fn arguments(
        &self,
        arguments: &'p [Node],
        env: &Env<'p>,
        at: Spot,
        done: &mut dyn FnMut(&Value, &[Value], Trail) -> Flow,
    ) -> Flow {
        let Some((last, before)) = arguments.split_last() else {
            return done(&at.value, &[], at.trail);
        };
        let input = at.value.clone();
        self.eval(last, env, at, &mut |last| {
            let value = input.clone();
            let trail = last.trail;
            let last = last.value;
            self.arguments(
                before,
                env,
                Spot { value, trail },
                &mut |input, values, trail| {
                    let mut all = values.to_vec();
                    all.push(last.clone());
                    done(input, &all, trail)
                },
            )
        })
    }
}
