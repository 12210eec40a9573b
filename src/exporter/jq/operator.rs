//! What stands between two operands.
//!
//! As `operator.go` of gojq v0.12.17. Numbers among themselves are the work of
//! `functions::numbers`.

use std::cmp::Ordering;
use std::rc::Rc;

use super::fault::{Fault, of_type};
use super::functions::numbers::{self, Number, ZeroDivisor};
use super::order::compare;
use super::syntax::{Arithmetic, Comparison};
use super::value::{Object, Value};

/// gojq repeats text up to this length, and gives null beyond it.
const LONGEST: usize = 0x1000_0000;

/// The longest text that we repeat something to.
const LONGEST_HERE: usize = 1 << 25;

impl Comparison {
    /// Whether it is so for operands in this order.
    pub(super) fn holds(self, ordering: Ordering) -> bool {
        match self {
            Self::Equal => ordering.is_eq(),
            Self::NotEqual => ordering.is_ne(),
            Self::Greater => ordering.is_gt(),
            Self::Less => ordering.is_lt(),
            Self::GreaterOrEqual => ordering.is_ge(),
            Self::LessOrEqual => ordering.is_le(),
        }
    }
}

/// Two operands, joined.
pub(super) fn apply(arithmetic: Arithmetic, left: Value, right: Value) -> Result<Value, Fault> {
    match arithmetic {
        Arithmetic::Add => add(left, right),
        Arithmetic::Subtract => subtract(&left, &right),
        Arithmetic::Multiply => multiply(&left, &right),
        Arithmetic::Divide => divide(&left, &right),
        Arithmetic::Modulo => modulo(&left, &right),
    }
}

/// The sum. Nothing is added to an empty list or object, or to null: the other
/// operand is given as it is.
pub(super) fn add(left: Value, right: Value) -> Result<Value, Fault> {
    Ok(match (left, right) {
        (Value::Null, other) | (other, Value::Null) => other,
        (Value::Number(left), Value::Number(right)) => Value::Number(numbers::add(&left, &right)),
        (Value::String(left), Value::String(right)) => {
            let mut text = String::with_capacity(left.len() + right.len());
            text.push_str(&left);
            text.push_str(&right);
            Value::text(text)
        }
        (Value::Array(left), Value::Array(right)) => match (left.is_empty(), right.is_empty()) {
            (true, _) => Value::Array(right),
            (false, true) => Value::Array(left),
            (false, false) => {
                let mut items = left;
                Rc::make_mut(&mut items).extend(right.iter().cloned());
                Value::Array(items)
            }
        },
        (Value::Object(left), Value::Object(right)) => match (left.is_empty(), right.is_empty()) {
            (true, _) => Value::Object(right),
            (false, true) => Value::Object(left),
            (false, false) => {
                let mut members = left;
                let object = Rc::make_mut(&mut members);
                for (name, value) in right.iter() {
                    object.insert(name.clone(), value.clone());
                }
                Value::Object(members)
            }
        },
        (left, right) => return Err(cannot("add", &left, &right)),
    })
}

fn subtract(left: &Value, right: &Value) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            Ok(Value::Number(numbers::subtract(left, right)))
        }
        (Value::Array(left), Value::Array(right)) => {
            let taken = |item: &Value| right.iter().any(|other| compare(item, other).is_eq());
            let rest = left.iter().filter(|item| !taken(item));
            Ok(Value::array(rest.cloned().collect()))
        }
        (left, right) => Err(cannot("subtract", left, right)),
    }
}

fn multiply(left: &Value, right: &Value) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            Ok(Value::Number(numbers::multiply(left, right)))
        }
        (Value::Object(left), Value::Object(right)) => Ok(Value::object(merged(left, right))),
        (Value::String(text), Value::Number(times))
        | (Value::Number(times), Value::String(text)) => repeated(text, times),
        (left, right) => Err(cannot("multiply", left, right)),
    }
}

/// Objects under the same name are merged in turn.
fn merged(left: &Object, right: &Object) -> Object {
    let mut object = left.clone();
    object.settle();
    for (name, value) in right.iter() {
        let value = match (object.get(name), value) {
            (Some(Value::Object(left)), Value::Object(right)) => Value::object(merged(left, right)),
            _ => value.clone(),
        };
        object.insert(name.clone(), value);
    }
    object
}

fn repeated(text: &str, times: &Number) -> Result<Value, Fault> {
    let times = numbers::to_float(times);
    let most = LONGEST.checked_div(text.len());
    // A quotient of this size is a float exactly.
    let too_often = most.is_some_and(|most| times > most as f64);
    if times < 0.0 || too_often || times.is_nan() {
        return Ok(Value::Null);
    }
    if text.is_empty() {
        return Ok(Value::text(""));
    }
    let times = usize::try_from(numbers::float_to_int(times)).unwrap_or(0);
    if times.saturating_mul(text.len()) > LONGEST_HERE {
        let name = format!("a text of more than {LONGEST_HERE} bytes");
        return Err(Fault::Unsupported(name));
    }
    Ok(Value::text(text.repeat(times)))
}

fn divide(left: &Value, right: &Value) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Number(dividend), Value::Number(divisor)) => {
            let quotient = numbers::divide(dividend, divisor);
            let quotient = quotient.map_err(|ZeroDivisor| by_zero("divide", dividend, divisor))?;
            Ok(Value::Number(quotient))
        }
        (Value::String(text), Value::String(_)) if text.is_empty() => Ok(Value::array(Vec::new())),
        (Value::String(text), Value::String(separator)) => Ok(split(text, separator)),
        (left, right) => Err(cannot("divide", left, right)),
    }
}

/// The pieces between separators; without one, the characters.
pub(super) fn split(text: &str, separator: &str) -> Value {
    Value::array(match separator {
        "" => text.chars().map(|c| Value::text(c.to_string())).collect(),
        separator => text.split(separator).map(Value::text).collect(),
    })
}

fn modulo(left: &Value, right: &Value) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Number(dividend), Value::Number(divisor)) => {
            let rest = numbers::modulo(dividend, divisor);
            let rest = rest.map_err(|ZeroDivisor| by_zero("modulo", dividend, divisor))?;
            Ok(Value::Number(rest))
        }
        (left, right) => Err(cannot("modulo", left, right)),
    }
}

fn cannot(verb: &str, left: &Value, right: &Value) -> Fault {
    let (left, right) = (of_type(left), of_type(right));
    Fault::new(format!("cannot {verb}: {left} and {right}"))
}

/// The operands as gojq has them by then: as floats if one of them is.
fn by_zero(verb: &str, left: &Number, right: &Number) -> Fault {
    let is_float = [left, right]
        .iter()
        .any(|number| matches!(number, Number::Float(_)));
    let shown = |number: &Number| match is_float {
        true => of_type(&Value::float(numbers::to_float(number))),
        false => of_type(&Value::Number(number.clone())),
    };
    Fault::new(format!(
        "cannot {verb} {} by: {}",
        shown(left),
        shown(right)
    ))
}
