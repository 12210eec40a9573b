//! jq's formats: `@html`, `@uri`, `@urid`, `@csv`, `@tsv`, `@sh`, `@base64`,
//! `@base64d`.
//!
//! `@text` and `@json` are `tostring` and `tojson`; `@base32` and `@base32d`
//! gojq v0.12.17 doesn't know. Invariant: bytes that are no UTF-8, which Go's
//! strings may hold and ours can't, are refused.

use super::Failure;

/// An element of the array that `@csv`, `@tsv` or `@sh` writes as a row.
#[derive(Clone, Debug)]
pub(in crate::exporter::jq) enum Cell<'a> {
    Text(&'a str),
    /// The JSON text of anything else; NaN's is `null`.
    Other(String),
}

pub(in crate::exporter::jq) fn html(text: &str) -> String {
    replaced(text, |c| match c {
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '&' => Some("&amp;"),
        '\'' => Some("&apos;"),
        '"' => Some("&quot;"),
        _ => None,
    })
}

pub(in crate::exporter::jq) fn uri(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// `@urid`, which takes a plus for a plus.
///
/// # Errors
/// Where a percent sign is no escape, or the bytes are no UTF-8.
pub(in crate::exporter::jq) fn uri_decoded(text: &str) -> Result<String, Failure> {
    let mut out = Vec::with_capacity(text.len());
    // Go looks at all escapes before it decodes one; plus signs are escapes then.
    let escaped = text.replace('+', "%2B");
    let bytes = escaped.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        if *byte != b'%' {
            out.push(*byte);
            at += 1;
            continue;
        }
        let digit = |at: usize| {
            bytes
                .get(at)
                .and_then(|byte| char::from(*byte).to_digit(16))
        };
        let (Some(high), Some(low)) = (digit(at + 1), digit(at + 2)) else {
            return Err(invalid_escape(&bytes[at..]));
        };
        out.extend(u8::try_from(high * 16 + low));
        at += 3;
    }
    String::from_utf8(out)
        .map_err(|_| Failure::Unsupported("@urid of bytes that are no UTF-8".to_owned()))
}

fn invalid_escape(bytes: &[u8]) -> Failure {
    let shown = &bytes[..bytes.len().min(3)];
    let quoted = str::from_utf8(shown).ok().and_then(super::regex::go_quoted);
    match quoted {
        Some(quoted) => Failure::Failed(format!("invalid URL escape {quoted}")),
        None => Failure::Unsupported("@urid of an invalid escape".to_owned()),
    }
}

pub(in crate::exporter::jq) fn csv(cells: &[Cell<'_>]) -> String {
    row(cells, ",", |text| {
        let text = replaced(text, |c| match c {
            '"' => Some("\"\""),
            '\0' => Some("\\0"),
            _ => None,
        });
        format!("\"{text}\"")
    })
}

pub(in crate::exporter::jq) fn tsv(cells: &[Cell<'_>]) -> String {
    row(cells, "\t", |text| {
        replaced(text, |c| match c {
            '\t' => Some("\\t"),
            '\r' => Some("\\r"),
            '\n' => Some("\\n"),
            '\\' => Some("\\\\"),
            '\0' => Some("\\0"),
            _ => None,
        })
    })
}

pub(in crate::exporter::jq) fn sh(cells: &[Cell<'_>]) -> String {
    let written = cells.iter().map(|cell| match cell {
        Cell::Text(text) => {
            let text = replaced(text, |c| match c {
                '\'' => Some("'\\''"),
                '\0' => Some("\\0"),
                _ => None,
            });
            format!("'{text}'")
        }
        Cell::Other(json) => json.clone(),
    });
    written.collect::<Vec<_>>().join(" ")
}

fn row(cells: &[Cell<'_>], separator: &str, escape: impl Fn(&str) -> String) -> String {
    let written = cells.iter().map(|cell| match cell {
        Cell::Text(text) => escape(text),
        Cell::Other(json) if json == "null" => String::new(),
        Cell::Other(json) => json.clone(),
    });
    written.collect::<Vec<_>>().join(separator)
}

fn replaced(text: &str, replacement: impl Fn(char) -> Option<&'static str>) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match replacement(c) {
            Some(text) => out.push_str(text),
            None => out.push(c),
        }
    }
    out
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

pub(in crate::exporter::jq) fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// `@base64d`: up to the first `=`, line ends left out, the bits that are too
/// many whatever they are.
///
/// # Errors
/// Where a byte is none of the alphabet, one stands alone at the end, or the
/// result is no UTF-8.
pub(in crate::exporter::jq) fn base64_decoded(text: &str) -> Result<String, Failure> {
    let text = text.split('=').next().unwrap_or_default();
    let mut out = Vec::with_capacity(text.len() / 4 * 3 + 2);
    let mut quantum = Vec::with_capacity(4);
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'\n' || byte == b'\r' {
            continue;
        }
        let Some(value) = ALPHABET.iter().position(|letter| *letter == byte) else {
            return Err(corrupt(at));
        };
        quantum.push(value);
        if quantum.len() == 4 {
            out.extend_from_slice(&three_bytes(&quantum));
            quantum.clear();
        }
    }
    match quantum.len() {
        0 => {}
        // Go's counter stands behind the byte, and line ends count.
        1 => return Err(corrupt(text.len() - 1)),
        length => out.extend_from_slice(&three_bytes(&quantum)[..length - 1]),
    }
    String::from_utf8(out)
        .map_err(|_| Failure::Unsupported("@base64d of bytes that are no UTF-8".to_owned()))
}

fn three_bytes(quantum: &[usize]) -> [u8; 3] {
    let bits = (0..4).fold(0, |bits, at| {
        bits << 6 | quantum.get(at).copied().unwrap_or_default()
    });
    [16, 8, 0].map(|shift| (bits >> shift & 0xff) as u8)
}

fn corrupt(at: usize) -> Failure {
    Failure::Failed(format!("illegal base64 data at input byte {at}"))
}

#[cfg(test)]
mod tests {
    use super::{Cell, Failure, base64, base64_decoded, csv, html, sh, tsv, uri, uri_decoded};

    #[test]
    fn texts_are_escaped() {
        assert_eq!(
            html("<a href='x'>&\"</a>"),
            "&lt;a href=&apos;x&apos;&gt;&amp;&quot;&lt;/a&gt;"
        );
        assert_eq!(uri("a b+c/é~-_."), "a%20b%2Bc%2F%C3%A9~-_.");
        assert_eq!(base64("ab"), "YWI=");
    }

    #[test]
    fn rows_leave_null_out_but_for_the_shell() {
        let cells = [
            Cell::Text("a'b\"\t\\"),
            Cell::Other("null".to_owned()),
            Cell::Other("1.5".to_owned()),
        ];
        assert_eq!(csv(&cells), "\"a'b\"\"\t\\\",,1.5");
        assert_eq!(tsv(&cells), "a'b\"\\t\\\\\t\t1.5");
        assert_eq!(sh(&cells), "'a'\\''b\"\t\\' null 1.5");
    }

    #[track_caller]
    fn check(result: Result<String, Failure>, expected: Result<&str, &str>) {
        let expected = expected.map(ToOwned::to_owned);
        assert_eq!(
            result,
            expected.map_err(|text| Failure::Failed(text.to_owned()))
        );
    }

    #[test]
    fn base64_is_read_as_go_does() {
        check(base64_decoded("YWI=YWI="), Ok("ab"));
        check(base64_decoded("YW\r\nJ"), Ok("ab"));
        check(base64_decoded("YWI"), Ok("ab"));
        check(
            base64_decoded("YW*"),
            Err("illegal base64 data at input byte 2"),
        );
        check(
            base64_decoded("YWIjY"),
            Err("illegal base64 data at input byte 4"),
        );
    }

    #[test]
    fn uris_are_read_as_go_does() {
        check(uri_decoded("a%20b+c"), Ok("a b+c"));
        check(uri_decoded("100%"), Err("invalid URL escape \"%\""));
        check(uri_decoded("%zz1"), Err("invalid URL escape \"%zz\""));
    }
}
