//! What a scalar's text means in YAML 1.1 as Go resolves it.
//!
//! Follows `resolve.go` of goyaml v2.4 (`go.yaml.in/yaml/v2`), the reader below
//! `sigs.k8s.io/yaml` in Kubernetes, Argo CD, Helm and Flux, and `strconv` where
//! that file relies on it.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// A scalar's value with goyaml's types; they matter for keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar {
    Null,
    Bool(bool),
    Int(i64),
    /// Above `i64::MAX`.
    UInt(u64),
    Float(f64),
    Str(String),
}

const PREFIX: &str = "tag:yaml.org,2002:";

/// Resolves a scalar that goyaml calls implicit or that has a tag.
///
/// # Errors
/// A clause that says why the text is not what its tag claims.
pub(super) fn resolve(tag: Option<&str>, text: &str) -> Result<Scalar, String> {
    let short = match tag {
        None => return Ok(implicit(text)),
        Some(tag) => tag.strip_prefix(PREFIX),
    };
    let mismatch = |wanted: &str| Err(format!("`!!{wanted}` on a value that is none"));
    match (short, short.map(|_| implicit(text))) {
        (Some("str"), _) => Ok(Scalar::Str(text.to_owned())),
        (Some("binary"), _) => binary(text),
        (Some("bool"), Some(value @ Scalar::Bool(_)))
        | (Some("int"), Some(value @ (Scalar::Int(_) | Scalar::UInt(_))))
        | (Some("null"), Some(value @ Scalar::Null))
        | (Some("float"), Some(value @ Scalar::Float(_))) => Ok(value),
        (Some("float"), Some(Scalar::Int(value))) => Ok(Scalar::Float(value as f64)),
        (Some("timestamp"), _) if is_date(text) => Ok(Scalar::Str(text.to_owned())),
        (Some(wanted @ ("bool" | "int" | "null" | "float" | "timestamp")), _) => mismatch(wanted),
        // Any other tag is kept by goyaml and ignored by its decoder.
        (Some(_) | None, _) => Ok(Scalar::Str(text.to_owned())),
    }
}

fn binary(text: &str) -> Result<Scalar, String> {
    let config =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::RequireCanonical);
    let packed: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    GeneralPurpose::new(&STANDARD, config.with_decode_allow_trailing_bits(true))
        .decode(packed)
        .map(|bytes| Scalar::Str(go_text(&bytes)))
        .map_err(|_| "`!!binary` on a value that is no base64".to_owned())
}

/// Bytes as `encoding/json` writes them: U+FFFD for each that is no UTF-8.
fn go_text(bytes: &[u8]) -> String {
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER));
    }
    text
}

/// A plain date as `2006-1-2`, the only form of `!!timestamp` that is read
/// here; it stays a string in goyaml's decoder.
pub(crate) fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts[..] else {
        return false;
    };
    let number = |digits: &str, longest: usize| {
        let digits_only = digits.bytes().all(|byte| byte.is_ascii_digit());
        (digits_only && (1..=longest).contains(&digits.len()))
            .then(|| digits.parse::<u32>().ok())
            .flatten()
    };
    let (Some(year_number), Some(month), Some(day)) =
        (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let leap = year_number % 4 == 0 && (year_number % 100 != 0 || year_number % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 31,
    };
    year.len() == 4 && (1..=12).contains(&month) && (1..=days).contains(&day)
}

/// Whether a text without quotes means itself.
pub(crate) fn is_plain_text(text: &str) -> bool {
    matches!(implicit(text), Scalar::Str(_))
}

/// The value of a text without tag: `resolve("", text)`.
fn implicit(text: &str) -> Scalar {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Scalar::Bool(true);
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Scalar::Bool(false);
        }
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        ".nan" | ".NaN" | ".NAN" => return Scalar::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Scalar::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Scalar::Float(f64::NEG_INFINITY),
        _ => {}
    }
    let number = match text.as_bytes().first() {
        Some(b'.') => yaml_float(text).map(Scalar::Float),
        Some(b'+' | b'-' | b'0'..=b'9') => number(&text.replace('_', "")),
        Some(_) | None => None,
    };
    number.unwrap_or_else(|| Scalar::Str(text.to_owned()))
}

fn number(plain: &str) -> Option<Scalar> {
    parse_int(plain).or_else(|| yaml_float(plain).map(Scalar::Float))
}

/// `strconv.ParseInt(text, 0, 64)`, then `ParseUint`.
fn parse_int(text: &str) -> Option<Scalar> {
    let (negative, signed, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // Rust's own parser would take a second sign.
    if !digits.starts_with(|first: char| first.is_ascii_alphanumeric()) {
        return None;
    }
    let magnitude = u64::from_str_radix(digits, radix).ok()?;
    match (i64::try_from(magnitude), negative) {
        (Ok(value), true) => Some(Scalar::Int(-value)),
        (Ok(value), false) => Some(Scalar::Int(value)),
        (Err(_), true) if magnitude == i64::MIN.unsigned_abs() => Some(Scalar::Int(i64::MIN)),
        (Err(_), false) if !signed => Some(Scalar::UInt(magnitude)),
        (Err(_), _) => None,
    }
}

/// `yamlStyleFloat`: `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, in
/// the range of a float64.
fn yaml_float(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        Some(at) => (&unsigned[..at], Some(&unsigned[at + 1..])),
        None => (unsigned, None),
    };
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_ok =
        all_digits(whole) && all_digits(fraction) && (!whole.is_empty() || !fraction.is_empty());
    let exponent_ok = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !digits.is_empty() && all_digits(digits)
    });
    if !mantissa_ok || !exponent_ok {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A float as a mapping's key: `strconv.FormatFloat(value, 'g', -1, 32)`.
pub(super) fn float_key(value: f64) -> String {
    let narrow = value as f32;
    if narrow.is_nan() {
        return ".nan".to_owned();
    }
    if narrow.is_infinite() {
        return if narrow > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{narrow:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // Go's shortest 'g' turns to an exponent below 1e-4 and from 1e6 up.
    if (-4..6).contains(&exponent) {
        return format!("{narrow}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::{Scalar, float_key, resolve};

    #[track_caller]
    fn check(text: &str, expected: Scalar) {
        assert_eq!(resolve(None, text), Ok(expected), "{text:?}");
    }

    fn string(text: &str) -> Scalar {
        Scalar::Str(text.to_owned())
    }

    #[test]
    fn words_of_yaml_1_1_are_booleans_in_the_listed_cases_only() {
        check("yes", Scalar::Bool(true));
        check("Off", Scalar::Bool(false));
        check("n", Scalar::Bool(false));
        check("yEs", string("yEs"));
    }

    #[test]
    fn integers_have_go_prefixes_and_underscores() {
        check("0644", Scalar::Int(420));
        check("-0644", Scalar::Int(-420));
        check("0o17", Scalar::Int(15));
        check("0x_1F", Scalar::Int(31));
        check("-0b11", Scalar::Int(-3));
        check("+1_000", Scalar::Int(1000));
        check("0", Scalar::Int(0));
        check("-9223372036854775808", Scalar::Int(i64::MIN));
        check("18446744073709551615", Scalar::UInt(u64::MAX));
        check(
            "+18446744073709551615",
            Scalar::Float(18_446_744_073_709_552_000.0),
        );
        check("0x", string("0x"));
        check("+-1", string("+-1"));
        check("_1", string("_1"));
    }

    #[test]
    fn floats_need_no_dot_but_must_fit() {
        check("08", Scalar::Float(8.0));
        check("1e3", Scalar::Float(1000.0));
        check("1.", Scalar::Float(1.0));
        check("-.5", Scalar::Float(-0.5));
        check(".5", Scalar::Float(0.5));
        check("1e400", string("1e400"));
        check("1e", string("1e"));
        check(".", string("."));
        check("12:30:45", string("12:30:45"));
        check("2001-01-01", string("2001-01-01"));
    }

    #[test]
    fn a_tag_must_fit_its_value() {
        let core = |name: &str| format!("tag:yaml.org,2002:{name}");
        assert_eq!(resolve(Some(&core("str")), "yes"), Ok(string("yes")));
        assert_eq!(resolve(Some(&core("float")), "3"), Ok(Scalar::Float(3.0)));
        assert_eq!(
            resolve(Some(&core("binary")), "aGVsbG8="),
            Ok(string("hello"))
        );
        assert_eq!(resolve(Some("!"), "12"), Ok(string("12")));
        assert_eq!(resolve(Some("!Ref"), "12"), Ok(string("12")));
        assert_eq!(
            resolve(Some(&core("int")), "x"),
            Err("`!!int` on a value that is none".to_owned())
        );
    }

    #[test]
    fn float_keys_are_printed_as_go_prints_them() {
        assert_eq!(float_key(1.5), "1.5");
        assert_eq!(float_key(1000.0), "1000");
        assert_eq!(float_key(1e6), "1e+06");
        assert_eq!(float_key(123_456.0), "123456");
        assert_eq!(float_key(1_234_567.5), "1.2345675e+06");
        assert_eq!(float_key(0.00001), "1e-05");
    }
}
