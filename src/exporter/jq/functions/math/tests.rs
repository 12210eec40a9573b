use super::{UNCERTAIN, binary, frexp, modf, unary};

/// What Go 1.26 computes on amd64: a function, its argument, the bits.
const ONE: [(&str, f64, u64); 0] = [];

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
