//! Powers and logarithms, by the steps of Go's `exp_amd64.s`, `log_amd64.s`,
//! `exp.go`, `log10.go` and `pow.go`.

use std::f64::consts::{FRAC_1_SQRT_2, LOG2_E, LOG10_E};

use super::parts::{frexp, ldexp, modf};

pub(super) const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
pub(super) const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;

pub(super) fn exp(x: f64) -> f64 {
    const GREATEST: f64 = 7.097_827_128_933_84e+02;
    const LN2_UPPER: f64 = 0.693_147_180_559_662_956_511_601_805_686_950_683_593_75;
    const LN2_LOWER: f64 = 0.282_352_905_630_315_771_225_884_481_750_134_360_255_254_120_68e-12;
    const TAYLOR: [f64; 8] = [
        2.480_158_730_158_73e-5,
        1.984_126_984_126_984e-4,
        1.388_888_888_888_889e-3,
        8.333_333_333_333_333e-3,
        4.166_666_666_666_666_4e-2,
        1.666_666_666_666_666_6e-1,
        0.5,
        1.0,
    ];
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x == f64::NEG_INFINITY {
        return 0.0;
    }
    if x > GREATEST {
        return f64::INFINITY;
    }
    let power = (x * LOG2_E).round_ties_even();
    // Out of the range of 32 bits it is far below all that isn't zero.
    if power < -2_147_483_648.0 {
        return 0.0;
    }
    let rest = (-LN2_LOWER).mul_add(power, (-LN2_UPPER).mul_add(power, x)) * 0.0625;
    let mut terms = TAYLOR.iter();
    let first = terms.next().copied().unwrap_or_default();
    let series = terms.fold(first, |sum, term| sum.mul_add(rest, *term));
    // e^(x/16) - 1, squared up four times.
    let mut less_one = rest * series;
    for _ in 0..3 {
        less_one *= less_one + 2.0;
    }
    let fraction = (less_one + 2.0).mul_add(less_one, 1.0);
    scaled(fraction, power as i64)
}

/// A fraction times a power of two, as the assembly puts it together.
fn scaled(fraction: f64, power: i64) -> f64 {
    let biased = power + 0x3ff;
    let two_to = |biased: i64| f64::from_bits((biased as u64) << 52);
    if biased >= 0x7ff {
        return f64::INFINITY;
    }
    if biased > 0 {
        return fraction * two_to(biased);
    }
    if biased < -52 {
        return 0.0;
    }
    fraction * two_to(biased + 0x3fe) * two_to(1)
}

pub(super) fn exp2(x: f64) -> f64 {
    if x.is_nan() {
        return x;
    }
    if x > 1.023_999_999_999_999_9e+03 {
        return f64::INFINITY;
    }
    if x < -1.0740e+03 {
        return 0.0;
    }
    let power = match x {
        x if x > 0.0 => (x + 0.5).trunc(),
        x if x < 0.0 => (x - 0.5).trunc(),
        _ => 0.0,
    };
    let rest = x - power;
    let (high, low) = (rest * LN2_HIGH, -rest * LN2_LOW);
    multiplied(high, low, power as i64)
}

/// e^(high-low) * 2^power.
fn multiplied(high: f64, low: f64, power: i64) -> f64 {
    const P: [f64; 5] = [
        4.138_136_797_057_238_5e-8,
        -1.653_390_220_546_525_2e-6,
        6.613_756_321_437_934e-5,
        -2.777_777_777_701_559_3e-3,
        1.666_666_666_666_666_6e-1,
    ];
    let rest = high - low;
    let square = rest * rest;
    let c = rest - square * super::polynomial(square, &P);
    let y = 1.0 - ((low - (rest * c) / (2.0 - c)) - high);
    ldexp(y, power)
}

pub(super) fn log(x: f64) -> f64 {
    const ODD: [f64; 4] = [
        1.479_819_860_511_658_6e-1,
        1.818_357_216_161_805e-1,
        2.857_142_874_366_239e-1,
        6.666_666_666_666_735e-1,
    ];
    const EVEN: [f64; 3] = [
        1.531_383_769_920_937_3e-1,
        2.222_219_843_214_978_4e-1,
        3.999_999_999_940_942e-1,
    ];
    if x.is_nan() || x == f64::INFINITY {
        return x;
    }
    if x == 0.0 {
        return f64::NEG_INFINITY;
    }
    if x < 0.0 {
        return f64::NAN;
    }
    // The assembly doesn't scale a subnormal.
    let bits = x.to_bits();
    let mut fraction = f64::from_bits(bits & 0x000f_ffff_ffff_ffff | 0.5_f64.to_bits());
    let mut power = ((bits >> 52) as i64 - 0x3fe) as f64;
    if fraction <= FRAC_1_SQRT_2 {
        fraction *= 2.0;
        power -= 1.0;
    }
    let f = fraction - 1.0;
    let s = f / (2.0 + f);
    let square = s * s;
    let fourth = square * square;
    let odd = square * super::polynomial(fourth, &ODD);
    let even = fourth * super::polynomial(fourth, &EVEN);
    let half = 0.5 * f * f;
    let sum = s * (odd + even + half) + power * LN2_LOW;
    power * LN2_HIGH - ((half - sum) - f)
}

pub(super) fn log10(x: f64) -> f64 {
    log(x) * LOG10_E
}

pub(super) fn log2(x: f64) -> f64 {
    let (fraction, power) = frexp(x);
    if fraction == 0.5 {
        return (power - 1) as f64;
    }
    log(fraction) * LOG2_E + power as f64
}

pub(super) fn pow(x: f64, y: f64) -> f64 {
    if let Some(special) = special_power(x, y) {
        return special;
    }
    let (fraction, whole) = modf(y.abs());
    if fraction != 0.0 && x < 0.0 {
        return f64::NAN;
    }
    if whole >= 9_223_372_036_854_775_808.0 {
        return match x {
            -1.0 => 1.0,
            x if (x.abs() < 1.0) == (y > 0.0) => 0.0,
            _ => f64::INFINITY,
        };
    }
    let (mut fraction, mut whole) = (fraction, whole);
    if fraction > 0.5 {
        fraction -= 1.0;
        whole += 1.0;
    }
    let start = match fraction {
        0.0 => 1.0,
        fraction => exp(fraction * log(x)),
    };
    let (product, power) = times_whole_power(start, x, whole as i64);
    match y < 0.0 {
        true => ldexp(1.0 / product, -power),
        false => ldexp(product, power),
    }
}

/// `start` times `x` to a whole power, as a fraction and a power of two.
fn times_whole_power(start: f64, x: f64, whole: i64) -> (f64, i64) {
    let (mut product, mut power) = (start, 0);
    let (mut square, mut square_power) = frexp(x);
    let mut left = whole;
    while left != 0 {
        if !(-(1 << 12)..=1 << 12).contains(&square_power) {
            // Far beyond what a float can be, whatever else comes.
            power += square_power;
            break;
        }
        if left & 1 == 1 {
            product *= square;
            power += square_power;
        }
        square *= square;
        square_power <<= 1;
        if square < 0.5 {
            square += square;
            square_power -= 1;
        }
        left >>= 1;
    }
    (product, power)
}

fn special_power(x: f64, y: f64) -> Option<f64> {
    if y == 0.0 || x == 1.0 {
        return Some(1.0);
    }
    if y == 1.0 {
        return Some(x);
    }
    if x.is_nan() || y.is_nan() {
        return Some(f64::NAN);
    }
    if x == 0.0 {
        let odd = is_odd(y);
        return Some(match y < 0.0 {
            true if odd => f64::INFINITY.copysign(x),
            true => f64::INFINITY,
            false if odd => x,
            false => 0.0,
        });
    }
    if y.is_infinite() {
        return Some(match x {
            -1.0 => 1.0,
            x if (x.abs() < 1.0) == (y > 0.0) => 0.0,
            _ => f64::INFINITY,
        });
    }
    if x == f64::NEG_INFINITY {
        return Some(pow(1.0 / x, -y));
    }
    if x == f64::INFINITY {
        return Some(if y < 0.0 { 0.0 } else { f64::INFINITY });
    }
    match y {
        0.5 => Some(x.sqrt()),
        -0.5 => Some(1.0 / x.sqrt()),
        _ => None,
    }
}

fn is_odd(y: f64) -> bool {
    y.abs() < 9_007_199_254_740_992.0 && y % 2.0 != 0.0 && y.fract() == 0.0
}
