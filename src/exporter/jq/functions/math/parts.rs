//! Floats taken apart and put together: exact, whatever computes them.

const SHIFT: u32 = 52;
const BIAS: i64 = 1023;
const EXPONENT: u64 = 0x7ff << SHIFT;

/// A subnormal scaled up to be normal, and the exponent that this took away.
fn normal(x: f64) -> (f64, i64) {
    match x.abs() < f64::MIN_POSITIVE {
        true => (x * (1_u64 << SHIFT) as f64, -i64::from(SHIFT)),
        false => (x, 0),
    }
}

fn exponent(bits: u64) -> i64 {
    (bits >> SHIFT & 0x7ff) as i64 - BIAS
}

/// A fraction from 0.5 up to 1, and a power of two.
pub(in crate::exporter::jq) fn frexp(x: f64) -> (f64, i64) {
    if x == 0.0 || !x.is_finite() {
        return (x, 0);
    }
    let (x, scaled) = normal(x);
    let bits = x.to_bits();
    let half = (BIAS as u64 - 1) << SHIFT;
    let fraction = f64::from_bits(bits & !EXPONENT | half);
    (fraction, scaled + exponent(bits) + 1)
}

/// The fraction and the whole, both with the sign, in jq's order.
pub(in crate::exporter::jq) fn modf(x: f64) -> (f64, f64) {
    let whole = x.trunc();
    ((x - whole).copysign(x), whole)
}

pub(super) fn ldexp(x: f64, power: i64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let (x, scaled) = normal(x);
    let bits = x.to_bits();
    let sum = power.wrapping_add(scaled).wrapping_add(exponent(bits));
    if sum < -1075 {
        return 0.0_f64.copysign(x);
    }
    if sum > 1023 {
        return f64::INFINITY.copysign(x);
    }
    let (sum, scale) = match sum < -1022 {
        true => (sum + 53, 1.0 / (1_u64 << 53) as f64),
        false => (sum, 1.0),
    };
    scale * f64::from_bits(bits & !EXPONENT | ((sum + BIAS) as u64) << SHIFT)
}

/// gojq sets the exponent to that of 1; a subnormal isn't scaled before.
pub(super) fn significand(x: f64) -> f64 {
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    f64::from_bits(x.to_bits() & 0x800f_ffff_ffff_ffff | 0x3ff0_0000_0000_0000)
}

pub(super) fn logb(x: f64) -> f64 {
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x.is_nan() {
        return x;
    }
    if x.is_infinite() {
        return f64::INFINITY;
    }
    let (x, scaled) = normal(x);
    (exponent(x.to_bits()) + scaled) as f64
}

/// What is left of `x` after the multiple of `y` nearest to it.
pub(super) fn remainder(x: f64, y: f64) -> f64 {
    const TINY: f64 = 4.450_147_717_014_403e-308;
    if x.is_nan() || y.is_nan() || x.is_infinite() || y == 0.0 {
        return f64::NAN;
    }
    if y.is_infinite() {
        return x;
    }
    let (negative, y) = (x < 0.0, y.abs());
    let mut rest = x.abs();
    if rest == y {
        return if negative { -0.0 } else { 0.0 };
    }
    if y <= f64::MAX / 2.0 {
        rest %= y + y;
    }
    if y < TINY {
        if rest + rest > y {
            rest -= y;
            if rest + rest >= y {
                rest -= y;
            }
        }
    } else {
        let half = 0.5 * y;
        if rest > half {
            rest -= y;
            if rest >= half {
                rest -= y;
            }
        }
    }
    if negative { -rest } else { rest }
}

pub(super) fn drem(x: f64, y: f64) -> f64 {
    match remainder(x, y) {
        0.0 => 0.0_f64.copysign(x),
        rest => rest,
    }
}

pub(super) fn dim(x: f64, y: f64) -> f64 {
    let difference = x - y;
    if difference <= 0.0 { 0.0 } else { difference }
}

pub(super) fn max(x: f64, y: f64) -> f64 {
    if x == f64::INFINITY || y == f64::INFINITY {
        return f64::INFINITY;
    }
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    if x == 0.0 && y == 0.0 {
        return if x.is_sign_negative() { y } else { x };
    }
    if x > y { x } else { y }
}

pub(super) fn min(x: f64, y: f64) -> f64 {
    -max(-x, -y)
}

pub(super) fn hypot(x: f64, y: f64) -> f64 {
    let (x, y) = (x.abs(), y.abs());
    if x.is_infinite() || y.is_infinite() {
        return f64::INFINITY;
    }
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    if x == 0.0 && y == 0.0 {
        return 0.0;
    }
    let (great, small) = if x < y { (y, x) } else { (x, y) };
    let ratio = small / great;
    great * (1.0 + ratio * ratio).sqrt()
}

pub(super) fn next_after(x: f64, y: f64) -> f64 {
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    if x == y {
        return x;
    }
    if x == 0.0 {
        return f64::from_bits(1).copysign(y);
    }
    match (y > x) == (x > 0.0) {
        true => f64::from_bits(x.to_bits() + 1),
        false => f64::from_bits(x.to_bits() - 1),
    }
}
