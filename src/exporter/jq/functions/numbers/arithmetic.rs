//! The operators on numbers, and their order (`operator.go` and `compare.go` of
//! gojq v0.12.17).

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;

use super::{Number, big_to_float, float_to_int, to_float};

/// A division or a remainder by zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::exporter::jq) struct ZeroDivisor;

/// Two numbers as the kind in which gojq computes with them.
enum Pair {
    Ints(i64, i64),
    Bigs(BigInt, BigInt),
    Floats(f64, f64),
}

fn pair(left: &Number, right: &Number) -> Pair {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => Pair::Ints(*left, *right),
        (Number::Float(_), _) | (_, Number::Float(_)) => {
            Pair::Floats(to_float(left), to_float(right))
        }
        (Number::Int(left), Number::Big(right)) => Pair::Bigs((*left).into(), right.clone()),
        (Number::Big(left), Number::Int(right)) => Pair::Bigs(left.clone(), (*right).into()),
        (Number::Big(left), Number::Big(right)) => Pair::Bigs(left.clone(), right.clone()),
    }
}

pub(in crate::exporter::jq) fn add(left: &Number, right: &Number) -> Number {
    match pair(left, right) {
        Pair::Ints(left, right) => left
            .checked_add(right)
            .map_or_else(|| Number::Big(BigInt::from(left) + right), Number::Int),
        Pair::Bigs(left, right) => Number::Big(left + right),
        Pair::Floats(left, right) => Number::Float(left + right),
    }
}

pub(in crate::exporter::jq) fn subtract(left: &Number, right: &Number) -> Number {
    match pair(left, right) {
        Pair::Ints(left, right) => left
            .checked_sub(right)
            .map_or_else(|| Number::Big(BigInt::from(left) - right), Number::Int),
        Pair::Bigs(left, right) => Number::Big(left - right),
        Pair::Floats(left, right) => Number::Float(left - right),
    }
}

pub(in crate::exporter::jq) fn multiply(left: &Number, right: &Number) -> Number {
    match pair(left, right) {
        Pair::Ints(left, right) => {
            // gojq's test for an overflow, which the least integer times -1 passes.
            let product = left.wrapping_mul(right);
            match right == 0 || product.wrapping_div(right) == left {
                true => Number::Int(product),
                false => Number::Big(BigInt::from(left) * right),
            }
        }
        Pair::Bigs(left, right) => Number::Big(left * right),
        Pair::Floats(left, right) => Number::Float(left * right),
    }
}

/// # Errors
/// Where the divisor is zero.
pub(in crate::exporter::jq) fn divide(
    left: &Number,
    right: &Number,
) -> Result<Number, ZeroDivisor> {
    match pair(left, right) {
        Pair::Ints(_, 0) => Err(ZeroDivisor),
        Pair::Ints(left, right) if left.wrapping_rem(right) == 0 => {
            Ok(Number::Int(left.wrapping_div(right)))
        }
        Pair::Ints(left, right) => Ok(Number::Float(left as f64 / right as f64)),
        Pair::Bigs(_, right) if right.sign() == Sign::NoSign => Err(ZeroDivisor),
        Pair::Bigs(left, right) => {
            let (quotient, rest) = left.div_rem(&right);
            Ok(match rest.sign() {
                Sign::NoSign => Number::Big(quotient),
                Sign::Minus | Sign::Plus => {
                    Number::Float(big_to_float(&left) / big_to_float(&right))
                }
            })
        }
        Pair::Floats(_, 0.0) => Err(ZeroDivisor),
        Pair::Floats(left, right) => Ok(Number::Float(left / right)),
    }
}

/// The remainder with the sign of the dividend; floats lose their fractions.
///
/// # Errors
/// Where the divisor is zero.
pub(in crate::exporter::jq) fn modulo(
    left: &Number,
    right: &Number,
) -> Result<Number, ZeroDivisor> {
    match pair(left, right) {
        Pair::Ints(_, 0) => Err(ZeroDivisor),
        Pair::Ints(left, right) => Ok(Number::Int(left.wrapping_rem(right))),
        Pair::Bigs(_, right) if right.sign() == Sign::NoSign => Err(ZeroDivisor),
        Pair::Bigs(left, right) => Ok(Number::Big(left % right)),
        Pair::Floats(left, right) => {
            let divisor = float_to_int(right);
            if divisor == 0 {
                return Err(ZeroDivisor);
            }
            if left.is_nan() || right.is_nan() {
                return Ok(Number::Float(f64::NAN));
            }
            Ok(Number::Int(float_to_int(left).wrapping_rem(divisor)))
        }
    }
}

pub(in crate::exporter::jq) fn negate(number: &Number) -> Number {
    match number {
        Number::Int(int) => Number::Int(int.wrapping_neg()),
        Number::Big(big) => Number::Big(-big),
        Number::Float(float) => Number::Float(-float),
    }
}

/// jq's order, in which NaN is less than every number, itself included.
pub(in crate::exporter::jq) fn compare(left: &Number, right: &Number) -> Ordering {
    match pair(left, right) {
        Pair::Ints(left, right) => left.cmp(&right),
        Pair::Bigs(left, right) => left.cmp(&right),
        Pair::Floats(left, right) => left.partial_cmp(&right).unwrap_or(match left.is_nan() {
            true => Ordering::Less,
            false => Ordering::Greater,
        }),
    }
}
