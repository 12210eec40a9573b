//! jq's numbers: how they are read, computed with, compared and written.
//!
//! A number is an integer of the machine, a big integer or a float, and which
//! of them depends on how it came to be (`normalizeNumber`, `operator.go` and
//! `encoder.go` of gojq v0.12.17). Not here: the functions of `math.rs`.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};
use num_integer::Integer;

/// A number. A big one may also hold what an integer could: gojq doesn't bring
/// the results of its big arithmetic back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Big(BigInt),
    Float(f64),
}

/// A division or a remainder by zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::exporter::jq) struct ZeroDivisor;

/// The number of a literal that [`scan`] took, or of a JSON number.
pub(in crate::exporter::jq) fn literal(text: &str) -> Number {
    if let Ok(int) = text.parse() {
        return Number::Int(int);
    }
    if text.contains(['.', 'e', 'E']) {
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => return Number::Float(float),
            Ok(_) | Err(_) => {}
        }
    } else if let Ok(big) = text.parse() {
        return Number::Big(big);
    }
    Number::Float(match text.starts_with('-') {
        true => f64::NEG_INFINITY,
        false => f64::INFINITY,
    })
}

/// What `tonumber` makes of a text; `None` where it finds no number.
pub(in crate::exporter::jq) fn tonumber(text: &str) -> Option<Number> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let first = digits.strip_prefix('.').unwrap_or(digits);
    let is_number =
        first.starts_with(|c: char| c.is_ascii_digit()) && scan(digits) == Ok(digits.len());
    is_number.then(|| literal(text))
}

/// Takes a number literal off the front of a text that starts with a digit, or
/// with a point and a digit.
///
/// # Errors
/// The length of the token that the lexer refuses as invalid.
pub(in crate::exporter::jq) fn scan(text: &str) -> Result<usize, usize> {
    let bytes = text.as_bytes();
    let digits = |at: usize| {
        let rest = bytes.get(at..).unwrap_or_default();
        at + rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut end = digits(0);
    if bytes.get(end) == Some(&b'.') {
        end = digits(end + 1);
        if bytes.get(end) == Some(&b'.') {
            return Err(end + 1);
        }
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = matches!(bytes.get(end + 1), Some(b'+' | b'-'));
        let start = end + 1 + usize::from(sign);
        end = digits(start);
        if end == start {
            return Err(end + usize::from(starts_word(bytes.get(end))));
        }
    }
    match starts_word(bytes.get(end)) {
        true => Err(end + 1),
        false => Ok(end),
    }
}

fn starts_word(byte: Option<&u8>) -> bool {
    byte.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
}

/// A number as `tojson` writes it.
pub(in crate::exporter::jq) fn text(number: &Number) -> String {
    match number {
        Number::Int(int) => int.to_string(),
        Number::Big(big) => big.to_string(),
        Number::Float(float) => float_text(*float),
    }
}

/// A float as `tojson` writes it: NaN as `null`, an infinity as the greatest
/// number, an exponent only below 1e-6 and from 1e21 on.
pub(in crate::exporter::jq) fn float_text(float: f64) -> String {
    if float.is_nan() {
        return "null".to_owned();
    }
    let float = float.clamp(-f64::MAX, f64::MAX);
    let size = float.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return float.to_string();
    }
    let text = format!("{float:e}");
    match text.contains("e-") {
        true => text,
        false => text.replace('e', "e+"),
    }
}

/// The number as a float, as gojq's mathematics take it.
pub(in crate::exporter::jq) fn to_float(number: &Number) -> f64 {
    match number {
        Number::Int(int) => *int as f64,
        Number::Big(big) => big_to_float(big),
        Number::Float(float) => *float,
    }
}

/// The nearest float; an infinity where there is none.
pub(in crate::exporter::jq) fn big_to_float(big: &BigInt) -> f64 {
    // By its text: the parser's rounding is right for every length.
    big.to_string().parse().unwrap_or(f64::NAN)
}

/// The number as an index: without its fraction, and at most the greatest.
pub(in crate::exporter::jq) fn to_int(number: &Number) -> i64 {
    match number {
        Number::Int(int) => *int,
        Number::Big(big) => i64::try_from(big).unwrap_or(match big.sign() {
            Sign::Minus => i64::MIN,
            Sign::NoSign | Sign::Plus => i64::MAX,
        }),
        Number::Float(float) => float_to_int(*float),
    }
}

/// As amd64 converts: 2^63 itself becomes the least integer, as does NaN.
pub(in crate::exporter::jq) fn float_to_int(float: f64) -> i64 {
    const END: f64 = 9_223_372_036_854_775_808.0;
    if float.is_nan() || float == END {
        return i64::MIN;
    }
    float as i64
}

/// Two numbers as the kind in which gojq computes with them.
enum Pair {
    Ints(i64, i64),
    Bigs(BigInt, BigInt),
    Floats(f64, f64),
}

fn pair(left: &Number, right: &Number) -> Pair {
    match (left, right) {
        (Number::Int(left), Number::Int(right)) => Pair::Ints(*left, *right),
        (Number::Float(_), _) | (_, Number::Float(_)) => {
            Pair::Floats(to_float(left), to_float(right))
        }
        (Number::Int(left), Number::Big(right)) => Pair::Bigs((*left).into(), right.clone()),
        (Number::Big(left), Number::Int(right)) => Pair::Bigs(left.clone(), (*right).into()),
        (Number::Big(left), Number::Big(right)) => Pair::Bigs(left.clone(), right.clone()),
    }
}

pub(in crate::exporter::jq) fn add(left: &Number, right: &Number) -> Number {
    match pair(left, right) {
        Pair::Ints(left, right) => left
            .checked_add(right)
            .map_or_else(|| Number::Big(BigInt::from(left) + right), Number::Int),
        Pair::Bigs(left, right) => Number::Big(left + right),
        Pair::Floats(left, right) => Number::Float(left + right),
    }
}

pub(in crate::exporter::jq) fn subtract(left: &Number, right: &Number) -> Number {
    match pair(left, right) {
        Pair::Ints(left, right) => left
            .checked_sub(right)
            .map_or_else(|| Number::Big(BigInt::from(left) - right), Number::Int),
        Pair::Bigs(left, right) => Number::Big(left - right),
        Pair::Floats(left, right) => Number::Float(left - right),
    }
}

pub(in crate::exporter::jq) fn multiply(left: &Number, right: &Number) -> Number {
    match pair(left, right) {
        Pair::Ints(left, right) => {
            // gojq's test for an overflow, which the least integer times -1 passes.
            let product = left.wrapping_mul(right);
            match right == 0 || product.wrapping_div(right) == left {
                true => Number::Int(product),
                false => Number::Big(BigInt::from(left) * right),
            }
        }
        Pair::Bigs(left, right) => Number::Big(left * right),
        Pair::Floats(left, right) => Number::Float(left * right),
    }
}

/// # Errors
/// Where the divisor is zero.
pub(in crate::exporter::jq) fn divide(
    left: &Number,
    right: &Number,
) -> Result<Number, ZeroDivisor> {
    match pair(left, right) {
        Pair::Ints(_, 0) => Err(ZeroDivisor),
        Pair::Ints(left, right) if left.wrapping_rem(right) == 0 => {
            Ok(Number::Int(left.wrapping_div(right)))
        }
        Pair::Ints(left, right) => Ok(Number::Float(left as f64 / right as f64)),
        Pair::Bigs(_, right) if right.sign() == Sign::NoSign => Err(ZeroDivisor),
        Pair::Bigs(left, right) => {
            let (quotient, rest) = left.div_rem(&right);
            Ok(match rest.sign() {
                Sign::NoSign => Number::Big(quotient),
                Sign::Minus | Sign::Plus => {
                    Number::Float(big_to_float(&left) / big_to_float(&right))
                }
            })
        }
        Pair::Floats(_, 0.0) => Err(ZeroDivisor),
        Pair::Floats(left, right) => Ok(Number::Float(left / right)),
    }
}

/// The remainder with the sign of the dividend; floats lose their fractions.
///
/// # Errors
/// Where the divisor is zero.
pub(in crate::exporter::jq) fn modulo(
    left: &Number,
    right: &Number,
) -> Result<Number, ZeroDivisor> {
    match pair(left, right) {
        Pair::Ints(_, 0) => Err(ZeroDivisor),
        Pair::Ints(left, right) => Ok(Number::Int(left.wrapping_rem(right))),
        Pair::Bigs(_, right) if right.sign() == Sign::NoSign => Err(ZeroDivisor),
        Pair::Bigs(left, right) => Ok(Number::Big(left % right)),
        Pair::Floats(left, right) => {
            let divisor = float_to_int(right);
            if divisor == 0 {
                return Err(ZeroDivisor);
            }
            if left.is_nan() || right.is_nan() {
                return Ok(Number::Float(f64::NAN));
            }
            Ok(Number::Int(float_to_int(left).wrapping_rem(divisor)))
        }
    }
}

pub(in crate::exporter::jq) fn negate(number: &Number) -> Number {
    match number {
        Number::Int(int) => Number::Int(int.wrapping_neg()),
        Number::Big(big) => Number::Big(-big),
        Number::Float(float) => Number::Float(-float),
    }
}

/// jq's order, in which NaN is less than every number, itself included.
pub(in crate::exporter::jq) fn compare(left: &Number, right: &Number) -> Ordering {
    match pair(left, right) {
        Pair::Ints(left, right) => left.cmp(&right),
        Pair::Bigs(left, right) => left.cmp(&right),
        Pair::Floats(left, right) => left.partial_cmp(&right).unwrap_or(match left.is_nan() {
            true => Ordering::Less,
            false => Ordering::Greater,
        }),
    }
}

#[cfg(test)]
mod tests {
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
}
