//! `reduce` and `foreach`.

use std::cell::RefCell;

use super::super::compile::Fold;
use super::spot::Spot;
use super::{Env, Flow, Machine, Next};

impl<'p> Machine<'p> {
    /// The state is what the update gave last; where it gives nothing, the
    /// state stays.
    pub(super) fn reduce(&self, fold: &'p Fold, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let input = at.value.clone();
        self.eval(&fold.start, env, at, &mut |start| {
            let state = RefCell::new(start.value);
            let source = Spot {
                value: input.clone(),
                trail: start.trail.clone(),
            };
            self.eval(&fold.source, env, source, &mut |item| {
                self.take_apart(&fold.pattern, item, env, &mut |env, trail| {
                    let value = state.borrow().clone();
                    self.eval(&fold.update, env, Spot { value, trail }, &mut |spot| {
                        state.replace(spot.value);
                        Ok(())
                    })
                })
            })?;
            let value = state.into_inner();
            let trail = start.trail;
            next(Spot { value, trail })
        })
    }

    pub(super) fn foreach(&self, fold: &'p Fold, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        let input = at.value.clone();
        self.eval(&fold.start, env, at, &mut |start| {
            let state = RefCell::new(start.value);
            let source = Spot {
                value: input.clone(),
                trail: start.trail,
            };
            self.eval(&fold.source, env, source, &mut |item| {
                self.take_apart(&fold.pattern, item, env, &mut |env, trail| {
                    let value = state.borrow().clone();
                    self.eval(&fold.update, env, Spot { value, trail }, &mut |spot| {
                        state.replace(spot.value.clone());
                        match &fold.extract {
                            Some(extract) => self.eval(extract, env, spot, next),
                            None => next(spot),
                        }
                    })
                })
            })
        })
    }
}
