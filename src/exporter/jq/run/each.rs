//! Many outputs of one value: its items, the numbers of a range, the values
//! below it.

use super::super::compile::Node;
use super::super::fault::{Fault, of_type};
use super::super::functions::numbers::{self, Number};
use super::super::value::{Value, deep};
use super::spot::{Spot, Trail};
use super::{Env, Flow, Machine, Next};

impl<'p> Machine<'p> {
    pub(super) fn eval_range(
        &self,
        parts: &'p [Node; 3],
        env: &Env<'p>,
        at: Spot,
        next: Next<'_>,
    ) -> Flow {
        self.arguments(&parts[..], env, at, &mut |_, bounds, trail| {
            let mut numbers = Vec::new();
            for bound in bounds {
                match bound {
                    Value::Number(number) => numbers.push(number.clone()),
                    bound => return Err(Fault::input("range", bound).into()),
                }
            }
            let [from, to, by] = &numbers[..] else {
                return Ok(());
            };
            self.range(from, to, by, &trail, next)
        })
    }

    fn range(
        &self,
        from: &Number,
        to: &Number,
        by: &Number,
        trail: &Trail,
        next: Next<'_>,
    ) -> Flow {
        let direction = numbers::compare(by, &Number::Int(0));
        let mut number = from.clone();
        // Up to the end, or down to it; a step of nothing gives nothing.
        while numbers::compare(&number, to) == direction.reverse() && direction.is_ne() {
            self.spend(1)?;
            let following = numbers::add(&number, by);
            let value = Value::Number(number);
            let trail = trail.clone();
            next(Spot { value, trail })?;
            number = following;
        }
        Ok(())
    }

    pub(super) fn recurse(&self, step: &'p Node, env: &Env<'p>, at: Spot, next: Next<'_>) -> Flow {
        next(at.clone())?;
        self.eval(step, env, at, &mut |spot| {
            let depth = self.enter(1)?;
            let flow = deep(|| self.recurse(step, env, spot, next));
            self.depth.set(depth);
            flow
        })
    }

    /// Each item of a value.
    pub(super) fn iterate(&self, at: &Spot, next: Next<'_>) -> Flow {
        match &at.value {
            Value::Array(items) => {
                Self::iterable(at)?;
                for (index, item) in items.iter().enumerate() {
                    next(Spot::step(&at.trail, || Value::count(index), item.clone()))?;
                }
                Ok(())
            }
            Value::Object(members) => {
                Self::iterable(at)?;
                for (name, value) in members.iter() {
                    let key = || Value::String(name.clone());
                    next(Spot::step(&at.trail, key, value.clone()))?;
                }
                Ok(())
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                let value = of_type(&at.value);
                Err(Fault::new(format!("cannot iterate over: {value}")).into())
            }
        }
    }

    fn iterable(at: &Spot) -> Result<(), Fault> {
        match at.is_intact() {
            true => Ok(()),
            false => {
                let value = of_type(&at.value);
                Err(Fault::new(format!(
                    "invalid path on iterating against: {value}"
                )))
            }
        }
    }
}
