//! A value on its way through a program, and how it was reached.
//!
//! Inside `path(…)`, and on the left of an update, gojq's machine keeps a stack
//! of the steps taken. A step may only be taken from the value that lies on its
//! top. The stack grows with whatever is evaluated there, operands too, so it
//! is handed from node to node as the values are.

use std::rc::Rc;

use super::super::functions::numbers::Number;
use super::super::value::Value;

/// The steps taken so far, if they are kept track of.
pub(super) type Trail = Option<Rc<Step>>;

/// One step of a path, with what it led to.
pub(super) struct Step {
    /// Where it started; `None` for the first, which is no step but the root.
    up: Option<(Rc<Self>, Value)>,
    value: Value,
}

/// A value, and the trail at the time.
#[derive(Clone)]
pub(super) struct Spot {
    pub(super) value: Value,
    pub(super) trail: Trail,
}

impl Spot {
    /// A value of which no track is kept.
    pub(super) fn new(value: Value) -> Self {
        Self { value, trail: None }
    }

    /// Another value with the same trail.
    pub(super) fn with(&self, value: Value) -> Self {
        Self {
            value,
            trail: self.trail.clone(),
        }
    }

    /// The value as the root of paths.
    pub(super) fn rooted(self) -> Self {
        let root = Step {
            up: None,
            value: self.value.clone(),
        };
        Self {
            value: self.value,
            trail: Some(Rc::new(root)),
        }
    }

    /// Whether a step may be taken from the value: it is the one that the trail
    /// ends at, or there is no trail.
    pub(super) fn is_intact(&self) -> bool {
        let same = |step: &Rc<Step>| is_same(&self.value, &step.value);
        self.trail.as_ref().is_none_or(same)
    }

    /// What a step leads to.
    pub(super) fn step(trail: &Trail, key: impl FnOnce() -> Value, value: Value) -> Self {
        let trail = trail.as_ref().map(|trail| {
            Rc::new(Step {
                up: Some((trail.clone(), key())),
                value: value.clone(),
            })
        });
        Self { value, trail }
    }

    /// The keys from the root to here, as `path` gives them.
    pub(super) fn path(&self) -> Value {
        let mut keys = Vec::new();
        let mut step = self.trail.as_deref();
        while let Some((up, key)) = step.and_then(|step| step.up.as_ref()) {
            keys.push(key.clone());
            step = Some(up);
        }
        keys.reverse();
        Value::array(keys)
    }
}

/// Whether two values are one in gojq's eyes: lists and objects by where they
/// lie in memory (all empty lists lie in one place), the rest by value.
fn is_same(left: &Value, right: &Value) -> bool {
    let left_is_nil = left.is_nil();
    let same_nil = left_is_nil == right.is_nil();
    match (left, right) {
        (Value::Null, Value::Null) => true,
        (Value::Bool(left), Value::Bool(right)) => left == right,
        (Value::Number(left), Value::Number(right)) => is_same_number(left, right),
        (Value::String(left), Value::String(right)) => left == right,
        (Value::Array(left), Value::Array(right)) => {
            Rc::ptr_eq(left, right) || (left.is_empty() && right.is_empty() && same_nil)
        }
        (Value::Object(left), Value::Object(right)) => {
            Rc::ptr_eq(left, right) || (left_is_nil && same_nil)
        }
        (
            Value::Null
            | Value::Bool(_)
            | Value::Number(_)
            | Value::String(_)
            | Value::Array(_)
            | Value::Object(_),
            _,
        ) => false,
    }
}

fn is_same_number(left: &Number, right: &Number) -> bool {
    match (left, right) {
        (Number::Float(left), Number::Float(right)) => {
            left == right || (left.is_nan() && right.is_nan())
        }
        (Number::Int(left), Number::Int(right)) => left == right,
        (Number::Big(left), Number::Big(right)) => left == right,
        (Number::Int(_) | Number::Big(_) | Number::Float(_), _) => false,
    }
}
