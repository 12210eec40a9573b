//! Trigonometry, by the steps of Go's `sin.go`, `tan.go`, `atan.go`, `asin.go`
//! and `atan2.go`, whose polynomials are Cephes'.

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, FRAC_PI_4, PI};

use super::polynomial;

const SINE: [f64; 6] = [
    1.589_623_015_765_465_6e-10,
    -2.505_074_776_285_780_7e-8,
    2.755_731_362_138_572_2e-6,
    -1.984_126_982_958_954e-4,
    8.333_333_333_322_118e-3,
    -1.666_666_666_666_663e-1,
];

const COSINE: [f64; 6] = [
    -1.135_853_652_138_768_2e-11,
    2.087_570_084_197_473e-9,
    -2.755_731_417_929_674e-7,
    2.480_158_728_885_170_4e-5,
    -1.388_888_888_887_305_6e-3,
    4.166_666_666_666_659_5e-2,
];

/// The even octant of a number that is not negative, and how far from its
/// middle.
fn octant(x: f64) -> (u64, f64) {
    // A quarter of pi in three parts.
    const HIGH: f64 = 7.853_981_256_484_985e-1;
    const MIDDLE: f64 = 3.774_894_707_930_798e-8;
    const LOW: f64 = 2.695_151_429_079_059_5e-15;
    if x >= (1_u64 << 29) as f64 {
        return far_octant(x);
    }
    let mut octant = (x * (FRAC_2_PI * 2.0)) as u64;
    octant += octant & 1;
    let y = octant as f64;
    (octant & 7, ((x - y * HIGH) - y * MIDDLE) - y * LOW)
}

/// As `octant`, with 4/pi in as many digits as the greatest float asks for.
fn far_octant(x: f64) -> (u64, f64) {
    const FOUR_BY_PI: [u64; 20] = [
        0x0000_0000_0000_0001,
        0x45f3_06dc_9c88_2a53,
        0xf84e_afa3_ea69_bb81,
        0xb6c5_2b32_7887_2083,
        0xfca2_c757_bd77_8ac3,
        0x6e48_dc74_849b_a5c0,
        0x0c92_5dd4_13a3_2439,
        0xfc3b_d639_6253_4e7d,
        0xd104_6bea_5d76_8909,
        0xd338_e04d_68be_fc82,
        0x7323_ac73_06a6_73e9,
        0x3908_bf17_7bf2_5076,
        0x3ff1_2fff_bc0b_301f,
        0xde5e_2316_b414_da3e,
        0xda6c_fd9e_4f96_136e,
        0x9e8c_7ecd_3cbf_d45a,
        0xea4f_758f_d7cb_e2f6,
        0x7a0e_73ef_14a5_25d4,
        0xd7f6_bf62_3f1a_ba10,
        0xac06_608d_f8f6_d757,
    ];
    let bits = x.to_bits();
    let power = (bits >> 52 & 0x7ff) as usize + 61 - 1023 - 52;
    let mantissa = u128::from(bits & 0x000f_ffff_ffff_ffff | 1 << 52);
    let (digit, shift) = (power / 64, power % 64);
    let word = |at: usize| {
        let pair = u128::from(FOUR_BY_PI[at]) << 64 | u128::from(FOUR_BY_PI[at + 1]);
        (pair << shift >> 64) as u64
    };
    let [first, second, third] = [digit, digit + 1, digit + 2].map(word);
    let tail = (u128::from(third) * mantissa) >> 64;
    let product = (u128::from(first).wrapping_mul(mantissa) << 64)
        .wrapping_add(u128::from(second) * mantissa)
        .wrapping_add(tail);
    let octant = (product >> 125) as u64;
    // What is behind the first three bits, as a float below 1.
    let fraction = product << 3;
    let zeros = ((fraction >> 64) as u64).leading_zeros();
    let bits = (fraction << (zeros + 1) >> 64) as u64 >> 12;
    let z = f64::from_bits(bits | u64::from(1023 - (zeros + 1)) << 52);
    match octant & 1 {
        1 => ((octant + 1) & 7, (z - 1.0) * FRAC_PI_4),
        _ => (octant, z * FRAC_PI_4),
    }
}

fn sine_near_zero(z: f64) -> f64 {
    let square = z * z;
    z + z * square * polynomial(square, &SINE)
}

fn cosine_near_zero(z: f64) -> f64 {
    let square = z * z;
    1.0 - 0.5 * square + square * square * polynomial(square, &COSINE)
}

pub(super) fn sin(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() {
        return x;
    }
    if x.is_infinite() {
        return f64::NAN;
    }
    let (octant, z) = octant(x.abs());
    let y = match octant & 3 {
        1 | 2 => cosine_near_zero(z),
        _ => sine_near_zero(z),
    };
    if (x < 0.0) != (octant > 3) { -y } else { y }
}

pub(super) fn cos(x: f64) -> f64 {
    if !x.is_finite() {
        return f64::NAN;
    }
    let (octant, z) = octant(x.abs());
    let y = match octant & 3 {
        1 | 2 => sine_near_zero(z),
        _ => cosine_near_zero(z),
    };
    if (octant > 3) != (octant & 3 > 1) {
        -y
    } else {
        y
    }
}

pub(super) fn tan(x: f64) -> f64 {
    const P: [f64; 3] = [
        -1.309_369_391_813_837_9e4,
        1.153_516_648_385_874_2e6,
        -1.795_652_519_764_848_8e7,
    ];
    const Q: [f64; 5] = [
        1.0,
        1.368_129_634_706_929_6e4,
        -1.320_892_344_402_109_7e6,
        2.500_838_018_233_579e7,
        -5.386_957_559_294_546_4e7,
    ];
    if x == 0.0 || x.is_nan() {
        return x;
    }
    if x.is_infinite() {
        return f64::NAN;
    }
    let (octant, z) = octant(x.abs());
    let square = z * z;
    let mut y = z;
    if square > 1e-14 {
        y = z + z * (square * polynomial(square, &P) / polynomial(square, &Q));
    }
    if octant & 2 == 2 {
        y = -1.0 / y;
    }
    if x < 0.0 { -y } else { y }
}

/// The arc tangent of up to 0.66.
fn small_atan(x: f64) -> f64 {
    const P: [f64; 5] = [
        -8.750_608_600_031_904e-1,
        -1.615_753_718_733_365_2e1,
        -7.500_855_792_314_705e1,
        -1.228_866_684_490_136_1e2,
        -6.485_021_904_942_025e1,
    ];
    const Q: [f64; 6] = [
        1.0,
        2.485_846_490_142_306_2e1,
        1.650_270_098_316_988_5e2,
        4.328_810_604_912_902_7e2,
        4.853_903_996_359_137e2,
        1.945_506_571_482_614e2,
    ];
    let square = x * x;
    let ratio = square * polynomial(square, &P) / polynomial(square, &Q);
    x * ratio + x
}

/// The arc tangent of what is not negative.
fn positive_atan(x: f64) -> f64 {
    const MORE_BITS: f64 = 6.123_233_995_736_766e-17;
    const TAN_3_PI_BY_8: f64 = 2.414_213_562_373_095;
    if x <= 0.66 {
        small_atan(x)
    } else if x > TAN_3_PI_BY_8 {
        FRAC_PI_2 - small_atan(1.0 / x) + MORE_BITS
    } else {
        FRAC_PI_4 + small_atan((x - 1.0) / (x + 1.0)) + 0.5 * MORE_BITS
    }
}

pub(super) fn atan(x: f64) -> f64 {
    if x == 0.0 {
        x
    } else if x > 0.0 {
        positive_atan(x)
    } else {
        -positive_atan(-x)
    }
}

pub(super) fn asin(x: f64) -> f64 {
    if x == 0.0 {
        return x;
    }
    let size = x.abs();
    if size > 1.0 {
        return f64::NAN;
    }
    let other = (1.0 - size * size).sqrt();
    let angle = match size > 0.7 {
        true => FRAC_PI_2 - positive_atan(other / size),
        false => positive_atan(size / other),
    };
    if x < 0.0 { -angle } else { angle }
}

pub(super) fn acos(x: f64) -> f64 {
    FRAC_PI_2 - asin(x)
}

pub(super) fn atan2(y: f64, x: f64) -> f64 {
    const THREE_QUARTERS_OF_PI: f64 =
        2.356_194_490_192_344_928_846_982_537_459_627_163_147_877_049_531;
    if x.is_nan() || y.is_nan() {
        return f64::NAN;
    }
    let size = if y == 0.0 {
        if x.is_sign_positive() { 0.0 } else { PI }
    } else if x == 0.0 {
        FRAC_PI_2
    } else if x.is_infinite() {
        match (x > 0.0, y.is_infinite()) {
            (true, true) => FRAC_PI_4,
            (true, false) => 0.0,
            (false, true) => THREE_QUARTERS_OF_PI,
            (false, false) => PI,
        }
    } else if y.is_infinite() {
        FRAC_PI_2
    } else {
        return finite_atan2(y, x);
    };
    size.copysign(y)
}

fn finite_atan2(y: f64, x: f64) -> f64 {
    let angle = atan(y / x);
    if x >= 0.0 {
        angle
    } else if angle <= 0.0 {
        angle + PI
    } else {
        angle - PI
    }
}
