//! Hyperbolic functions and their inverses, by the steps of Go's `sinh.go`,
//! `tanh.go`, `asinh.go`, `acosh.go` and `atanh.go`.

use std::f64::consts::LN_2;

use super::exponential::{exp, log};
use super::msun::log1p;
use super::polynomial;

/// Numbers nearer to zero than 2^-28, and their counterparts.
const NEAR_ZERO: f64 = 1.0 / (1 << 28) as f64;
const LARGE: f64 = (1 << 28) as f64;

pub(super) fn sinh(x: f64) -> f64 {
    const P: [f64; 4] = [
        -2.630_563_213_397_497e1,
        -2.894_211_355_989_564e3,
        -8.991_272_022_039_509e4,
        -6.307_673_640_497_717e5,
    ];
    const Q: [f64; 4] = [
        1.0,
        -1.736_789_535_582_337e2,
        1.521_517_378_790_019e4,
        -6.307_673_640_497_717e5,
    ];
    let size = if x < 0.0 { -x } else { x };
    let y = if size > 21.0 {
        exp(size) * 0.5
    } else if size > 0.5 {
        let power = exp(size);
        (power - 1.0 / power) * 0.5
    } else {
        let square = size * size;
        polynomial(square, &P) * size / polynomial(square, &Q)
    };
    if x < 0.0 { -y } else { y }
}

pub(super) fn cosh(x: f64) -> f64 {
    let power = exp(x.abs());
    match x.abs() > 21.0 {
        true => power * 0.5,
        false => (power + 1.0 / power) * 0.5,
    }
}

pub(super) fn tanh(x: f64) -> f64 {
    const GREATEST: f64 = 8.802_969_193_111_305e1;
    const P: [f64; 3] = [
        -9.643_991_794_250_523e-1,
        -9.928_772_310_019_185e1,
        -1.614_687_684_417_084_5e3,
    ];
    const Q: [f64; 4] = [
        1.0,
        1.128_116_784_916_329_3e2,
        2.235_488_390_601_004_5e3,
        4.844_063_053_251_255e3,
    ];
    let size = x.abs();
    if size > 0.5 * GREATEST {
        return 1.0_f64.copysign(x);
    }
    if size >= 0.625 {
        let y = 1.0 - 2.0 / (exp(2.0 * size) + 1.0);
        return if x < 0.0 { -y } else { y };
    }
    if x == 0.0 {
        return x;
    }
    let square = x * x;
    x + x * square * polynomial(square, &P) / polynomial(square, &Q)
}

pub(super) fn asinh(x: f64) -> f64 {
    if !x.is_finite() {
        return x;
    }
    let size = if x < 0.0 { -x } else { x };
    let y = if size > LARGE {
        log(size) + LN_2
    } else if size > 2.0 {
        log(2.0 * size + 1.0 / ((size * size + 1.0).sqrt() + size))
    } else if size < NEAR_ZERO {
        size
    } else {
        log1p(size + size * size / (1.0 + (1.0 + size * size).sqrt()))
    };
    if x < 0.0 { -y } else { y }
}

pub(super) fn acosh(x: f64) -> f64 {
    if x < 1.0 || x.is_nan() {
        return f64::NAN;
    }
    if x == 1.0 {
        return 0.0;
    }
    if x >= LARGE {
        return log(x) + LN_2;
    }
    if x > 2.0 {
        return log(2.0 * x - 1.0 / (x + (x * x - 1.0).sqrt()));
    }
    let t = x - 1.0;
    log1p(t + (2.0 * t + t * t).sqrt())
}

pub(super) fn atanh(x: f64) -> f64 {
    if x.is_nan() || x.abs() > 1.0 {
        return f64::NAN;
    }
    if x.abs() == 1.0 {
        return f64::INFINITY.copysign(x);
    }
    let size = if x < 0.0 { -x } else { x };
    let y = if size < NEAR_ZERO {
        size
    } else if size < 0.5 {
        let twice = size + size;
        0.5 * log1p(twice + twice * size / (1.0 - size))
    } else {
        0.5 * log1p((size + size) / (1.0 - size))
    };
    if x < 0.0 { -y } else { y }
}
