//! The texts of JSON strings, in both directions.

use std::iter::Peekable;
use std::str::Bytes;

/// A text as a JSON string, in quotes, with gojq's escapes.
pub(in crate::exporter::jq) fn quoted(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' || c == '\u{7f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// The text of a string whose escapes are known to be valid. A surrogate
/// without its other half becomes the replacement character.
pub(super) fn unescaped(raw: &str) -> String {
    let mut out = Vec::with_capacity(raw.len());
    let mut bytes = raw.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'b') => out.push(8),
            Some(b'f') => out.push(12),
            Some(b'n') => out.push(b'\n'),
            Some(b'r') => out.push(b'\r'),
            Some(b't') => out.push(b'\t'),
            Some(b'u') => {
                let c = code_point(&mut bytes);
                out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            other => out.extend(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The code point behind a `\u`, and the second half of a pair with it.
fn code_point(bytes: &mut Peekable<Bytes<'_>>) -> char {
    let unit = hexadecimal(bytes);
    if !(0xd800..0xdc00).contains(&unit) {
        return char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER);
    }
    let mut ahead = bytes.clone();
    if ahead.next() == Some(b'\\') && ahead.next() == Some(b'u') {
        let low = hexadecimal(&mut ahead);
        if (0xdc00..0xe000).contains(&low) {
            *bytes = ahead;
            let value = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
            return char::from_u32(value).unwrap_or(char::REPLACEMENT_CHARACTER);
        }
    }
    char::REPLACEMENT_CHARACTER
}

fn hexadecimal(bytes: &mut impl Iterator<Item = u8>) -> u32 {
    bytes
        .take(4)
        .filter_map(|byte| char::from(byte).to_digit(16))
        .fold(0, |value, digit| value * 16 + digit)
}
