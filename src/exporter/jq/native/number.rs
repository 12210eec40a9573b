//! Numbers, and what works on any value.

use super::super::fault::{Fault, of_type};
use super::super::functions::math;
use super::super::functions::numbers::{self, Number};
use super::super::operator;
use super::super::order::compare;
use super::super::syntax::{Arithmetic, Comparison};
use super::super::value::Value;
use super::take::{as_float, first, float, second, third};
use super::{Context, Outcome, Row};

pub(super) const TABLE: &[Row] = &[
    ("_plus", 0, plus),
    ("_negate", 0, negate),
    ("_add", 2, |_, _, a| arithmetic(Arithmetic::Add, a)),
    ("_subtract", 2, |_, _, a| {
        arithmetic(Arithmetic::Subtract, a)
    }),
    ("_multiply", 2, |_, _, a| {
        arithmetic(Arithmetic::Multiply, a)
    }),
    ("_divide", 2, |_, _, a| arithmetic(Arithmetic::Divide, a)),
    ("_modulo", 2, |_, _, a| arithmetic(Arithmetic::Modulo, a)),
    ("_equal", 2, |_, _, a| comparison(Comparison::Equal, a)),
    ("_notequal", 2, |_, _, a| {
        comparison(Comparison::NotEqual, a)
    }),
    ("_greater", 2, |_, _, a| comparison(Comparison::Greater, a)),
    ("_less", 2, |_, _, a| comparison(Comparison::Less, a)),
    ("_greatereq", 2, |_, _, a| {
        comparison(Comparison::GreaterOrEqual, a)
    }),
    ("_lesseq", 2, |_, _, a| {
        comparison(Comparison::LessOrEqual, a)
    }),
    ("_alternative", 2, alternative),
    ("abs", 0, |_, v, _| absolute("abs", v)),
    ("length", 0, length),
    ("type", 0, |_, v, _| Ok(Value::text(v.type_name()))),
    ("tonumber", 0, to_number),
    ("frexp", 0, frexp),
    ("modf", 0, modf),
    ("fma", 3, fma),
    ("infinite", 0, |_, _, _| Ok(Value::float(f64::INFINITY))),
    ("nan", 0, |_, _, _| Ok(Value::float(f64::NAN))),
    ("isinfinite", 0, |_, v, _| holds(v, f64::is_infinite)),
    ("isfinite", 0, |_, v, _| {
        holds(v, |float| !float.is_infinite())
    }),
    ("isnormal", 0, |_, v, _| holds(v, f64::is_normal)),
    ("isnan", 0, is_nan),
];

pub(super) fn plus(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    match input {
        Value::Number(_) => Ok(input.clone()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Err(Fault::new(format!("cannot plus: {}", of_type(input))))
        }
    }
}

pub(super) fn negate(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    match input {
        Value::Number(number) => Ok(Value::Number(numbers::negate(number))),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Err(Fault::new(format!("cannot negate: {}", of_type(input))))
        }
    }
}

pub(super) fn alternative(_: &Context, _: &Value, arguments: &[Value]) -> Outcome {
    let value = first(arguments);
    Ok(match value.is_truthy() {
        true => value.clone(),
        false => second(arguments).clone(),
    })
}

fn arithmetic(operator: Arithmetic, arguments: &[Value]) -> Outcome {
    operator::apply(
        operator,
        first(arguments).clone(),
        second(arguments).clone(),
    )
}

fn comparison(operator: Comparison, arguments: &[Value]) -> Outcome {
    let ordering = compare(first(arguments), second(arguments));
    Ok(Value::Bool(operator.holds(ordering)))
}

fn absolute(name: &str, value: &Value) -> Outcome {
    match value {
        Value::Number(number) => Ok(Value::Number(match number {
            Number::Int(int) => Number::Int(int.wrapping_abs()),
            Number::Big(big) if big.sign() == num_bigint::Sign::Minus => numbers::negate(number),
            Number::Big(_) => number.clone(),
            Number::Float(float) => Number::Float(float.abs()),
        })),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Array(_) | Value::Object(_) => {
            Err(Fault::input(name, value))
        }
    }
}

fn length(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    match input {
        Value::Null => Ok(Value::int(0)),
        Value::String(text) => Ok(Value::count(text.chars().count())),
        Value::Array(items) => Ok(Value::count(items.len())),
        Value::Object(members) => Ok(Value::count(members.len())),
        Value::Bool(_) | Value::Number(_) => absolute("length", input),
    }
}

fn to_number(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    match input {
        Value::Number(_) => Ok(input.clone()),
        Value::String(digits) => numbers::tonumber(digits)
            .map(Value::Number)
            .ok_or_else(|| Fault::wrapped("tonumber", input, "invalid number")),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => {
            Err(Fault::input("tonumber", input))
        }
    }
}

fn frexp(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let (fraction, exponent) = math::frexp(float("frexp", input)?);
    Ok(Value::array(vec![
        Value::float(fraction),
        Value::int(exponent),
    ]))
}

fn modf(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    let (fraction, whole) = math::modf(float("modf", input)?);
    Ok(Value::array(vec![
        Value::float(fraction),
        Value::float(whole),
    ]))
}

fn fma(_: &Context, _: &Value, arguments: &[Value]) -> Outcome {
    let x = float("fma", first(arguments))?;
    let y = float("fma", second(arguments))?;
    Ok(Value::float(math::fma(
        x,
        y,
        float("fma", third(arguments))?,
    )))
}

fn holds(value: &Value, condition: impl Fn(f64) -> bool) -> Outcome {
    Ok(Value::Bool(as_float(value).is_some_and(condition)))
}

fn is_nan(_: &Context, input: &Value, _: &[Value]) -> Outcome {
    match input {
        Value::Null => Ok(Value::Bool(false)),
        input => Ok(Value::Bool(float("isnan", input)?.is_nan())),
    }
}
