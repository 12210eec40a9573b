//! Numbers, as gojq reads, computes and writes them.

use super::{Number, float_text, literal, modulo, multiply, scan, text, tonumber};

#[track_caller]
fn check_literal(source: &str, expected: &str) {
    assert_eq!(text(&literal(source)), expected);
}

#[test]
fn a_literal_is_an_integer_a_big_one_or_a_float() {
    check_literal("007", "7");
    check_literal("9223372036854775807", "9223372036854775807");
    check_literal("9223372036854775808", "9223372036854775808");
    check_literal("9223372036854775808.0", "9223372036854776000");
    check_literal("1.0", "1");
    check_literal("5.", "5");
    check_literal(".5", "0.5");
    check_literal("1e1000", "1.7976931348623157e+308");
    check_literal("-1e1000", "-1.7976931348623157e+308");
    check_literal("1e-400", "0");
}

#[track_caller]
fn check_float(float: f64, expected: &str) {
    assert_eq!(float_text(float), expected);
}

#[test]
fn a_float_is_written_as_go_does() {
    check_float(3.0, "3");
    check_float(-0.0, "-0");
    check_float(1e17, "100000000000000000");
    check_float(1e20, "100000000000000000000");
    check_float(1e21, "1e+21");
    check_float(1.5e300, "1.5e+300");
    check_float(1e-6, "0.000001");
    check_float(1e-7, "1e-7");
    check_float(1.25e-10, "1.25e-10");
    check_float(f64::NAN, "null");
    check_float(0.5, "0.5");
    check_float(-0.012, "-0.012");
    check_float(123.25, "123.25");
    check_float(2f64.powi(-25), "2.9802322387695312e-8");
    check_float(-1_057_490_053_927_233.25, "-1057490053927233.2");
}

#[track_caller]
fn check_tonumber(source: &str, expected: Option<&str>) {
    assert_eq!(tonumber(source).as_ref().map(text).as_deref(), expected);
}

#[test]
fn tonumber_takes_what_the_lexer_takes_and_a_sign() {
    check_tonumber("+5", Some("5"));
    check_tonumber("-0", Some("0"));
    check_tonumber("-0.0", Some("-0"));
    check_tonumber("-.5e1", Some("-5"));
    check_tonumber("5.e1", Some("50"));
    for text in [
        "", " 1", "1 ", ".", "-", "+-1", "0x10", "1e", "1_0", "nan", "1.2.3", ".e1",
    ] {
        check_tonumber(text, None);
    }
}

#[test]
fn the_lexer_ends_a_number_as_gojq_does() {
    assert_eq!(scan("12]"), Ok(2));
    assert_eq!(scan(".5,"), Ok(2));
    assert_eq!(scan("1.2.3"), Err(4));
    assert_eq!(scan("1a"), Err(2));
    assert_eq!(scan("1e]"), Err(2));
    assert_eq!(scan("1ex"), Err(3));
    assert_eq!(scan("1e5e"), Err(4));
}

#[test]
fn what_overflows_is_big_and_floats_lose_their_fraction_in_a_remainder() {
    let greatest = Number::Int(i64::MAX);
    assert_eq!(
        text(&multiply(&greatest, &Number::Int(2))),
        "18446744073709551614"
    );
    assert_eq!(
        modulo(&Number::Float(5.9), &Number::Float(-3.9)),
        Ok(Number::Int(2))
    );
}
