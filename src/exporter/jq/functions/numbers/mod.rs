//! jq's numbers: how they are read, computed with, compared and written.
//!
//! A number is an integer of the machine, a big integer or a float, and which
//! of them depends on how it came to be (`normalizeNumber`, `operator.go` and
//! `encoder.go` of gojq v0.12.17). Not here: the functions of `math.rs`.

mod arithmetic;
mod text;

use num_bigint::{BigInt, Sign};

pub(in crate::exporter::jq) use arithmetic::{
    ZeroDivisor, add, compare, divide, modulo, multiply, negate, subtract,
};
pub(in crate::exporter::jq) use text::{float_text, text};

/// A number. A big one may also hold what an integer could: gojq doesn't bring
/// the results of its big arithmetic back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Number {
    Int(i64),
    Big(BigInt),
    Float(f64),
}

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

#[cfg(test)]
mod tests;
