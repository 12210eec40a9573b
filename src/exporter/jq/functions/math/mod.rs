//! jq's mathematics, bit for bit as Go computes it on amd64.
//!
//! Go has algorithms of its own for most functions, which differ in the last
//! place from those of C's library and of Rust's. Here they are computed by the
//! same steps in the same order; the polynomials are those of Cephes and of
//! FreeBSD's msun. Where Go has steps for processors with FMA, which every
//! amd64 server of the last ten years is, these. Not here: numbers that are no
//! floats. Invariant: a function that we can't compute by Go's own steps, or
//! exactly, is in [`UNCERTAIN`].

mod cephes;
mod exponential;
mod gamma;
mod hyperbolic;
mod msun;
mod parts;

use super::numbers::float_to_int;
pub(in crate::exporter::jq) use parts::{frexp, modf};

/// The functions of gojq that we don't have.
pub(in crate::exporter::jq) const UNCERTAIN: [&str; 9] =
    ["erf", "erfc", "j0", "j1", "jn", "lgamma", "y0", "y1", "yn"];

/// The function of one number that gojq calls so; `None` where there is none or
/// we don't have it.
pub(in crate::exporter::jq) fn unary(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "floor" => f64::floor,
        "ceil" => f64::ceil,
        "trunc" => f64::trunc,
        "round" => f64::round,
        "nearbyint" | "rint" => f64::round_ties_even,
        "fabs" => f64::abs,
        "sqrt" => f64::sqrt,
        "significand" => parts::significand,
        "logb" => parts::logb,
        "exp" => exponential::exp,
        "exp2" => exponential::exp2,
        "exp10" => |x| exponential::pow(10.0, x),
        "log" => exponential::log,
        "log2" => exponential::log2,
        "log10" => exponential::log10,
        "expm1" => msun::expm1,
        "log1p" => msun::log1p,
        "cbrt" => msun::cbrt,
        "sin" => cephes::sin,
        "cos" => cephes::cos,
        "tan" => cephes::tan,
        "asin" => cephes::asin,
        "acos" => cephes::acos,
        "atan" => cephes::atan,
        "sinh" => hyperbolic::sinh,
        "cosh" => hyperbolic::cosh,
        "tanh" => hyperbolic::tanh,
        "asinh" => hyperbolic::asinh,
        "acosh" => hyperbolic::acosh,
        "atanh" => hyperbolic::atanh,
        "gamma" | "tgamma" => gamma::gamma,
        _ => return None,
    })
}

/// The function of two numbers that gojq calls so, with `None` as for [`unary`].
pub(in crate::exporter::jq) fn binary(name: &str) -> Option<fn(f64, f64) -> f64> {
    Some(match name {
        "atan2" => cephes::atan2,
        "copysign" => f64::copysign,
        "drem" => parts::drem,
        "fdim" => parts::dim,
        "fmax" => parts::max,
        "fmin" => parts::min,
        "fmod" => |x, y| x % y,
        "hypot" => parts::hypot,
        "nextafter" | "nexttoward" => parts::next_after,
        "remainder" => parts::remainder,
        // As amd64 converts, which knows no number out of range.
        "ldexp" | "scalb" | "scalbln" => |x, y| parts::ldexp(x, to_exponent(y)),
        "pow" => exponential::pow,
        _ => return None,
    })
}

fn to_exponent(y: f64) -> i64 {
    match y.abs() < 9_223_372_036_854_775_808.0 {
        true => float_to_int(y),
        false => i64::MIN,
    }
}

/// `fma`, with one rounding.
pub(in crate::exporter::jq) fn fma(x: f64, y: f64, z: f64) -> f64 {
    x.mul_add(y, z)
}

/// A polynomial, its highest coefficient first.
fn polynomial(x: f64, coefficients: &[f64]) -> f64 {
    let mut coefficients = coefficients.iter();
    let first = coefficients.next().copied().unwrap_or_default();
    coefficients.fold(first, |sum, coefficient| sum * x + coefficient)
}

#[cfg(test)]
mod tests;
