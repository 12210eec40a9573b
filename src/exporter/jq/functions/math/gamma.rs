//! The gamma function, by the steps of Go's `gamma.go`, which are Cephes'.

use std::f64::consts::PI;

use super::cephes::sin;
use super::exponential::{exp, pow};
use super::polynomial;

/// Stirling's formula as two factors, of which each may be a float while the
/// product isn't.
fn stirling(x: f64) -> (f64, f64) {
    const SQRT_TWO_PI: f64 = 2.506_628_274_631_000_7;
    const GREATEST: f64 = 143.016_08;
    const S: [f64; 5] = [
        7.873_113_957_930_937e-4,
        -2.295_499_616_133_781_3e-4,
        -2.681_326_178_057_812_4e-3,
        3.472_222_216_054_586_6e-3,
        8.333_333_333_334_822e-2,
    ];
    if x > 200.0 {
        return (f64::INFINITY, 1.0);
    }
    let w = 1.0 / x;
    let w = 1.0 + w * polynomial(w, &S);
    let power = exp(x);
    if x > GREATEST {
        let root = pow(x, 0.5 * x - 0.25);
        return (root, SQRT_TWO_PI * w * (root / power));
    }
    (pow(x, x - 0.5) / power, SQRT_TWO_PI * w * 1.0)
}

pub(super) fn gamma(x: f64) -> f64 {
    if x.is_nan() || x == f64::NEG_INFINITY || (x < 0.0 && x.fract() == 0.0) {
        return f64::NAN;
    }
    if x == f64::INFINITY {
        return x;
    }
    if x == 0.0 {
        return f64::INFINITY.copysign(x);
    }
    match x.abs() > 33.0 {
        true if x > 0.0 => {
            let (first, second) = stirling(x);
            first * second
        }
        true => far_below_zero(x.abs()),
        false => near_zero(x),
    }
}

/// The gamma function of -q.
fn far_below_zero(q: f64) -> f64 {
    let whole = q.floor();
    let sign = if whole as i64 & 1 == 0 { -1.0 } else { 1.0 };
    let mut rest = q - whole;
    if rest > 0.5 {
        rest = q - (whole + 1.0);
    }
    let z = q * sin(PI * rest);
    if z == 0.0 {
        return f64::INFINITY.copysign(sign);
    }
    let (first, second) = stirling(q);
    let z = z.abs();
    let product = z * first * second;
    sign * match product.is_infinite() {
        true => PI / z / first / second,
        false => PI / product,
    }
}

fn near_zero(x: f64) -> f64 {
    const EULER: f64 = 0.577_215_664_901_532_860_606_512_090_082_402_431_042_159_335_939_92;
    const P: [f64; 7] = [
        1.601_195_224_767_518_5e-4,
        1.191_351_470_065_863_8e-3,
        1.042_137_975_617_615_8e-2,
        4.763_678_004_571_372e-2,
        2.074_482_276_484_359_8e-1,
        4.942_148_268_014_971e-1,
        1.0,
    ];
    const Q: [f64; 8] = [
        -2.315_818_733_241_201_4e-5,
        5.396_055_804_933_034e-4,
        -4.456_419_138_517_973e-3,
        1.181_397_852_220_604_3e-2,
        3.582_363_986_054_986_5e-2,
        -2.345_917_957_182_433_5e-1,
        7.143_049_170_302_73e-2,
        1.0,
    ];
    let mut x = x;
    let mut z = 1.0;
    while x >= 3.0 {
        x -= 1.0;
        z *= x;
    }
    while x < 2.0 {
        // Near enough to a pole for the first terms of the series.
        if x > -1e-09 && x < 1e-09 {
            return match x {
                0.0 => f64::INFINITY,
                x => z / ((1.0 + EULER * x) * x),
            };
        }
        z /= x;
        x += 1.0;
    }
    if x == 2.0 {
        return z;
    }
    let x = x - 2.0;
    z * polynomial(x, &P) / polynomial(x, &Q)
}
