//! Functions near their zeros, by the steps of Go's `expm1.go`, `log1p.go` and
//! `cbrt.go`, which are those of FreeBSD's msun.

use std::f64::consts::LOG2_E;

use super::exponential::{LN2_HIGH, LN2_LOW};
use super::polynomial;

/// The float with `power` added to its exponent.
fn with_power(y: f64, power: i64) -> f64 {
    f64::from_bits(y.to_bits().wrapping_add((power as u64) << 52))
}

pub(super) fn expm1(x: f64) -> f64 {
    const GREATEST: f64 = 7.097_827_128_933_84e2;
    const LN2_56_TIMES: f64 = 3.881_624_211_135_693_5e1;
    const Q: [f64; 6] = [
        -2.010_992_181_836_243_7e-7,
        4.008_217_827_329_362e-6,
        -7.936_507_578_674_88e-5,
        1.587_301_587_254_814_6e-3,
        -3.333_333_333_333_313e-2,
        1.0,
    ];
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x <= -LN2_56_TIMES {
        return -1.0;
    }
    if x >= GREATEST {
        return f64::INFINITY;
    }
    if x.abs() < 1.0 / (1_u64 << 54) as f64 {
        return x;
    }
    let (x, c, power) = reduced(x);
    let half = 0.5 * x;
    let square = x * half;
    let r = polynomial(square, &Q);
    let t = 3.0 - r * half;
    let e = square * ((r - t) / (6.0 - x * t));
    if power == 0 {
        return x - (x * e - square);
    }
    let e = (x * (e - c) - c) - square;
    match power {
        -1 => 0.5 * (x - e) - 0.5,
        1 if x < -0.25 => -2.0 * (e - (x + 0.5)),
        1 => 1.0 + 2.0 * (x - e),
        ..=-2 | 57.. => with_power(1.0 - (e - x), power) - 1.0,
        2..20 => {
            let t = f64::from_bits(0x3ff0_0000_0000_0000 - (0x0020_0000_0000_0000 >> power));
            with_power(t - (e - x), power)
        }
        0 | 20..=56 => {
            let t = f64::from_bits(((0x3ff - power) as u64) << 52);
            with_power(x - (e + t) + 1.0, power)
        }
    }
}

/// What is left of `x` without a multiple of ln 2, the error of that, and the
/// multiple.
fn reduced(x: f64) -> (f64, f64, i64) {
    const LN2_HALF: f64 = 3.465_735_902_799_726_4e-1;
    const LN2_HALF_3_TIMES: f64 = 1.039_720_770_839_917_9;
    if x.abs() <= LN2_HALF {
        return (x, 0.0, 0);
    }
    let power = match x.abs() < LN2_HALF_3_TIMES {
        true => 1.0_f64.copysign(x),
        false => (LOG2_E * x + 0.5_f64.copysign(x)).trunc(),
    };
    let high = x - power * LN2_HIGH;
    let low = power * LN2_LOW;
    let rest = high - low;
    (rest, (high - rest) - low, power as i64)
}

/// The logarithm of 1 + f, so far as it is taken: f, its bits where they
/// matter, the power of two, and a correction.
struct Argument {
    f: f64,
    is_tiny: bool,
    power: i64,
    correction: f64,
}

pub(super) fn log1p(x: f64) -> f64 {
    const LP: [f64; 7] = [
        1.479_819_860_511_658_6e-1,
        1.531_383_769_920_937_3e-1,
        1.818_357_216_161_805e-1,
        2.222_219_843_214_978_4e-1,
        2.857_142_874_366_239e-1,
        3.999_999_999_940_942e-1,
        6.666_666_666_666_735e-1,
    ];
    if x < -1.0 || x.is_nan() {
        return f64::NAN;
    }
    if x == -1.0 {
        return f64::NEG_INFINITY;
    }
    if x == f64::INFINITY {
        return x;
    }
    if x.abs() < 1.0 / (1_u64 << 54) as f64 {
        return x;
    }
    if x.abs() < 1.0 / (1_u64 << 29) as f64 {
        return x - x * x * 0.5;
    }
    let Argument {
        f,
        is_tiny,
        power,
        correction,
    } = argument(x);
    let k = power as f64;
    let half = 0.5 * f * f;
    if is_tiny {
        return match (f == 0.0, power) {
            (true, 0) => 0.0,
            (true, _) => k * LN2_HIGH + (correction + k * LN2_LOW),
            (false, _) => {
                let r = half * (1.0 - 0.666_666_666_666_666_6 * f);
                match power {
                    0 => f - r,
                    _ => k * LN2_HIGH - ((r - (k * LN2_LOW + correction)) - f),
                }
            }
        };
    }
    let s = f / (2.0 + f);
    let z = s * s;
    let r = z * polynomial(z, &LP);
    match power {
        0 => f - (half - s * (half + r)),
        _ => k * LN2_HIGH - ((half - (s * (half + r) + (k * LN2_LOW + correction))) - f),
    }
}

fn argument(x: f64) -> Argument {
    const SQRT2_LESS_1: f64 = 4.142_135_623_730_950_3e-1;
    const HALF_SQRT2_LESS_1: f64 = -2.928_932_188_134_525e-1;
    const MANTISSA: u64 = 0x000f_ffff_ffff_ffff;
    if x.abs() < SQRT2_LESS_1 && x > HALF_SQRT2_LESS_1 {
        return Argument {
            f: x,
            is_tiny: false,
            power: 0,
            correction: 0.0,
        };
    }
    let is_small = x.abs() < (1_u64 << 53) as f64;
    let u = if is_small { 1.0 + x } else { x };
    let bits = u.to_bits();
    let power = (bits >> 52) as i64 - 1023;
    let correction = match (is_small, power > 0) {
        (false, _) => 0.0,
        (true, true) => (1.0 - (u - x)) / u,
        (true, false) => (x - (u - 1.0)) / u,
    };
    let bits = bits & MANTISSA;
    let (u, bits, power) = match bits < 0x0006_a09e_667f_3bcd {
        true => (bits | 0x3ff0_0000_0000_0000, bits, power),
        false => (
            bits | 0x3fe0_0000_0000_0000,
            (0x0010_0000_0000_0000 - bits) >> 2,
            power + 1,
        ),
    };
    Argument {
        f: f64::from_bits(u) - 1.0,
        is_tiny: bits == 0,
        power,
        correction,
    }
}

pub(super) fn cbrt(x: f64) -> f64 {
    const B1: u64 = 715_094_163;
    const B2: u64 = 696_219_795;
    const C: f64 = 5.428_571_428_571_428e-1;
    const D: f64 = -7.053_061_224_489_796e-1;
    const E: f64 = 1.414_285_714_285_714_4;
    const F: f64 = 1.607_142_857_142_857_2;
    const G: f64 = 3.571_428_571_428_571_5e-1;
    if x == 0.0 || !x.is_finite() {
        return x;
    }
    let size = x.abs();
    let rough = match size < f64::MIN_POSITIVE {
        true => {
            let scaled = (1_u64 << 54) as f64 * size;
            f64::from_bits(scaled.to_bits() / 3 + (B2 << 32))
        }
        false => f64::from_bits(size.to_bits() / 3 + (B1 << 32)),
    };
    let r = rough * rough / size;
    let s = C + r * rough;
    let t = rough * (G + F / (s + E + D / s));
    let t = f64::from_bits((t.to_bits() & (0xf_ffff_fffc << 28)) + (1 << 30));
    let r = size / (t * t);
    let r = (r - t) / (t + t + r);
    (t + t * r).copysign(x)
}
