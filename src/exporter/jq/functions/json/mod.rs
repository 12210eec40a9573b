//! JSON text as Go's `encoding/json` reads it and as gojq writes its strings.
//!
//! Not `serde_json`: that refuses lone surrogates and knows no big integers.
//! Invariant: what is accepted, and the message where it isn't, is Go's.

mod string;

use std::collections::BTreeMap;

use super::Failure;
use super::numbers::{self, Number};
pub(in crate::exporter::jq) use string::quoted;
use string::unescaped;

/// A JSON text's value.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::exporter::jq) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Self>),
    Object(BTreeMap<String, Self>),
}

/// Why `fromjson` refuses a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::exporter::jq) enum JsonError {
    /// Holds the message of `encoding/json`.
    Syntax(String),
    /// One value, and something behind it.
    Trailing,
    Unsupported(String),
}

impl From<JsonError> for Failure {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::Syntax(message) => Self::Failed(message),
            JsonError::Trailing => Self::Failed("trailing data".to_owned()),
            JsonError::Unsupported(name) => Self::Unsupported(name),
        }
    }
}

/// Deeper than this we don't follow; Go goes down to 10,000.
const DEPTH: usize = 500;

/// Reads one JSON value.
///
/// # Errors
/// Where Go would not, or finds more than one; or where the value nests deeper
/// than we follow.
pub(in crate::exporter::jq) fn parse(text: &str) -> Result<Json, JsonError> {
    let mut reader = Reader {
        text,
        at: 0,
        depth: 0,
    };
    reader.blanks();
    if reader.at == text.len() {
        return Err(JsonError::Syntax("EOF".to_owned()));
    }
    let value = reader.value()?;
    reader.blanks();
    match reader.at == text.len() {
        true => Ok(value),
        false => Err(JsonError::Trailing),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The byte here, and on to the next.
    fn next(&mut self) -> Result<u8, JsonError> {
        let byte = self
            .peek()
            .ok_or_else(|| JsonError::Syntax("unexpected EOF".to_owned()))?;
        self.at += 1;
        Ok(byte)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    /// The first byte that is no blank.
    fn next_solid(&mut self) -> Result<u8, JsonError> {
        self.blanks();
        self.next()
    }

    fn value(&mut self) -> Result<Json, JsonError> {
        match self.next_solid()? {
            b'{' => self.nested(Self::object),
            b'[' => self.nested(Self::array),
            b'"' => self.string().map(Json::String),
            b't' => self.word("true", Json::Bool(true)),
            b'f' => self.word("false", Json::Bool(false)),
            b'n' => self.word("null", Json::Null),
            byte if byte == b'-' || byte.is_ascii_digit() => self.number(byte),
            byte => Err(invalid(byte, "looking for beginning of value")),
        }
    }

    fn nested(
        &mut self,
        read: fn(&mut Self) -> Result<Json, JsonError>,
    ) -> Result<Json, JsonError> {
        if self.depth == DEPTH {
            return Err(JsonError::Unsupported(format!(
                "fromjson of more than {DEPTH} levels"
            )));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }

    fn array(&mut self) -> Result<Json, JsonError> {
        let mut elements = Vec::new();
        self.blanks();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::Array(elements));
        }
        loop {
            elements.push(self.value()?);
            match self.next_solid()? {
                b',' => {}
                b']' => return Ok(Json::Array(elements)),
                byte => return Err(invalid(byte, "after array element")),
            }
        }
    }

    fn object(&mut self) -> Result<Json, JsonError> {
        let mut members = BTreeMap::new();
        self.blanks();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            match self.next_solid()? {
                b'"' => {}
                byte => return Err(invalid(byte, "looking for beginning of object key string")),
            }
            let key = self.string()?;
            match self.next_solid()? {
                b':' => {}
                byte => return Err(invalid(byte, "after object key")),
            }
            let value = self.value()?;
            members.insert(key, value);
            match self.next_solid()? {
                b',' => {}
                b'}' => return Ok(Json::Object(members)),
                byte => return Err(invalid(byte, "after object key:value pair")),
            }
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, JsonError> {
        for expected in word.chars().skip(1) {
            let byte = self.next()?;
            if char::from(byte) != expected {
                let context = format!("in literal {word} (expecting '{expected}')");
                return Err(invalid(byte, &context));
            }
        }
        Ok(value)
    }

    fn number(&mut self, first: u8) -> Result<Json, JsonError> {
        let start = self.at - 1;
        let mut lead = first;
        if first == b'-' {
            lead = self.next()?;
            if !lead.is_ascii_digit() {
                return Err(invalid(lead, "in numeric literal"));
            }
        }
        if lead != b'0' {
            self.digits();
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digit("after decimal point in numeric literal")?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digit("in exponent of numeric literal")?;
        }
        Ok(Json::Number(numbers::literal(&self.text[start..self.at])))
    }

    /// One digit, and those behind it.
    fn digit(&mut self, context: &str) -> Result<(), JsonError> {
        let byte = self.next()?;
        if !byte.is_ascii_digit() {
            return Err(invalid(byte, context));
        }
        self.digits();
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
    }

    /// What is left of a string behind its opening quote.
    fn string(&mut self) -> Result<String, JsonError> {
        let start = self.at;
        loop {
            match self.next()? {
                b'"' => return Ok(unescaped(&self.text[start..self.at - 1])),
                b'\\' => self.escape()?,
                byte if byte < b' ' => return Err(invalid(byte, "in string literal")),
                _ => {}
            }
        }
    }

    fn escape(&mut self) -> Result<(), JsonError> {
        match self.next()? {
            b'b' | b'f' | b'n' | b'r' | b't' | b'\\' | b'/' | b'"' => Ok(()),
            b'u' => {
                for _ in 0..4 {
                    let byte = self.next()?;
                    if !byte.is_ascii_hexdigit() {
                        return Err(invalid(byte, "in \\u hexadecimal character escape"));
                    }
                }
                Ok(())
            }
            byte => Err(invalid(byte, "in string escape code")),
        }
    }
}

/// Go names the byte, as if it were a code point.
fn invalid(byte: u8, context: &str) -> JsonError {
    let name = match byte {
        b'\'' => "\\'".to_owned(),
        7 => "\\a".to_owned(),
        8 => "\\b".to_owned(),
        12 => "\\f".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        11 => "\\v".to_owned(),
        b'\\' => "\\\\".to_owned(),
        0..b' ' | 0x7f => format!("\\x{byte:02x}"),
        0x80..=0xa0 | 0xad => format!("\\u{byte:04x}"),
        _ => char::from(byte).to_string(),
    };
    JsonError::Syntax(format!("invalid character '{name}' {context}"))
}

#[cfg(test)]
mod tests;
