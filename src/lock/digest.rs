//! The digest of an entity's content.
//!
//! Tells whether something changed, and that two contents are the same; it is no
//! proof against somebody who wants to fool it. Invariant: it depends on what a
//! JSON value means, not on how it is written (`1.0` and `1`, the order of keys).

use std::fmt;

use serde_json::{Number, Value};
use sha2::{Digest as _, Sha256};

/// The first 64 bits of a SHA-256, written as 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Digest(u64);

impl Digest {
    /// Of a JSON value.
    pub(crate) fn of(value: &Value) -> Self {
        let hash = Sha256::digest(canonical(value).as_bytes());
        let mut first = [0; 8];
        first.copy_from_slice(&hash[..8]);
        Self(u64::from_be_bytes(first))
    }

    /// From its 16 lower-case digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() != 16 || !text.bytes().all(is_digit) {
            return None;
        }
        u64::from_str_radix(text, 16).ok().map(Self)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// A JSON text that is the same for values that mean the same: keys sorted, no
/// blanks, a whole number without a decimal point.
pub(crate) fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => text.push_str(&value.to_string()),
        Value::Number(number) => {
            text.push_str(&whole(number).unwrap_or_else(|| number.to_string()))
        }
        Value::Array(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            // The map is sorted by itself (no feature `preserve_order`).
            text.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write(member, text);
            }
            text.push('}');
        }
    }
}

/// A float that is a whole number, as that. Beyond 2^53 a float says no more
/// than which one is nearest, so there it stays what it is.
fn whole(number: &Number) -> Option<String> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let float = number.as_f64().filter(|_| number.is_f64())?;
    (float.fract() == 0.0 && float.abs() < EXACT).then(|| format!("{:.0}", float + 0.0))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Digest, canonical};

    #[track_caller]
    fn check(value: Value, expected: &str) {
        assert_eq!(canonical(&value), expected);
    }

    #[test]
    fn what_means_the_same_is_written_the_same() {
        check(
            json!({"b": [1.0, -0.0, 2.5], "a": null}),
            r#"{"a":null,"b":[1,0,2.5]}"#,
        );
        check(json!("a\"b"), r#""a\"b""#);
        check(
            json!(18_446_744_073_709_551_615_u64),
            "18446744073709551615",
        );
        check(json!([true, {}, []]), "[true,{},[]]");
    }

    #[test]
    fn a_digest_reads_as_it_is_written() {
        let digest = Digest::of(&json!({"tier": 1}));
        assert_eq!(digest, Digest::of(&json!({"tier": 1.0})));
        assert_ne!(digest, Digest::of(&json!({"tier": "1"})));
        assert_eq!(Digest::parse(&digest.to_string()), Some(digest));
        for text in [
            "",
            "0",
            "00000000000000000",
            "+000000000000000",
            "00000000000000AA",
        ] {
            assert_eq!(Digest::parse(text), None, "{text}");
        }
    }
}
