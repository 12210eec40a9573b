//! Numbers as `tojson` writes them (`encoder.go` of gojq v0.12.17).

use super::Number;

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
    let shortest = shortest(float);
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return plain(&shortest);
    }
    match shortest.contains("e-") {
        true => shortest,
        false => shortest.replace('e', "e+"),
    }
}

/// The shortest text with an exponent that reads as the same float. Of two that
/// are as near Go takes the one with the even digit, and Rust the greater one.
fn shortest(float: f64) -> String {
    const NO_CHOICE: usize = 15;
    let text = format!("{float:e}");
    let (mantissa, _) = text.split_once('e').unwrap_or((&text, ""));
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    if digits <= NO_CHOICE {
        return text;
    }
    let rounded = format!("{float:.*e}", digits - 1);
    match rounded.parse() == Ok(float) {
        true => rounded,
        false => text,
    }
}

/// A text with an exponent, written without.
fn plain(text: &str) -> String {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let (sign, mantissa) = match mantissa.strip_prefix('-') {
        Some(mantissa) => ("-", mantissa),
        None => ("", mantissa),
    };
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let Ok(point) = usize::try_from(exponent + 1) else {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return format!("{sign}0.{zeros}{digits}");
    };
    if point == 0 {
        return format!("{sign}0.{digits}");
    }
    if digits.len() <= point {
        return format!("{sign}{digits}{}", "0".repeat(point - digits.len()));
    }
    let (whole, fraction) = digits.split_at(point);
    format!("{sign}{whole}.{fraction}")
}
