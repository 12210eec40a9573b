//! Mathematics, bit for bit.

use super::{UNCERTAIN, binary, frexp, modf, unary};

/// What Go 1.26 computes on amd64: a function, its argument, the bits.
const ONE: [(&str, f64, u64); 19] = [
    ("exp", 1.5, 0x4011_ed3f_e64f_c542),
    ("exp", -700.25, 0x00ca_f5fe_9a48_5c8e),
    ("exp", 0.001, 0x3ff0_0419_19b7_ee34),
    ("exp2", 0.3, 0x3ff3_b2c4_7bff_8329),
    ("log", 0.7, 0xbfd6_d3c3_24e1_3f50),
    ("log", 10.0, 0x4002_6bb1_bbb5_5516),
    ("log2", 3.0, 0x3ff9_5c01_a39f_bd69),
    ("log10", 0.02, 0xbffb_2efb_2bd8_2180),
    ("cbrt", 2.0, 0x3ff4_28a2_f98d_728b),
    ("sin", 1.0, 0x3fea_ed54_8f09_0cee),
    ("sin", 1e10, 0xbfdf_334c_7896_a4e4),
    ("cos", 3.0, 0xbfef_ae04_be85_e5d2),
    ("tan", 2.5, 0xbfe7_e79b_4e00_bb15),
    ("atan", 0.9, 0x3fe7_7338_a806_03be),
    ("tanh", 0.8, 0x3fe5_3fca_0a74_8a40),
    ("expm1", 0.4, 0x3fdf_7a0e_4bee_ff80),
    ("log1p", 0.6, 0x3fde_148a_1a27_26ce),
    ("gamma", 4.5, 0x4027_4371_e786_6c66),
    ("gamma", 50.25, 0x4d0f_6587_8690_3e36),
];

#[test]
fn every_function_gives_the_bits_that_go_gives() {
    for (name, x, expected) in ONE {
        let actual = unary(name).expect("a known function")(x);
        assert_eq!(actual.to_bits(), expected, "{name}({x:e})");
    }
}

#[test]
fn parts_are_exact() {
    assert_eq!(frexp(5e-324), (0.5, -1073));
    assert_eq!(frexp(-8.0), (-0.5, 4));
    assert_eq!(modf(-3.25), (-0.25, -3.0));
    let ldexp = binary("ldexp").expect("a known function");
    assert_eq!(ldexp(1.0, -1074.0), 5e-324);
    assert_eq!(ldexp(1.0, f64::NAN), 0.0);
}

#[test]
fn what_is_refused_is_not_computed() {
    for name in UNCERTAIN {
        assert!(unary(name).is_none() && binary(name).is_none(), "{name}");
    }
}
