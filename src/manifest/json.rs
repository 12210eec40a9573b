//! JSON by Go's `encoding/json`, with spans.
//!
//! Go accepts what RFC 8259 does, up to a depth of 10,000, replaces broken
//! UTF-8 and lone surrogates by U+FFFD, and lets the last of equal keys win.
//! Our own reader because the spans are the point: no JSON crate gives them.
//! Depth is limited to [`DEPTH_LIMIT`] here; deeper text is an error, which the
//! caller treats as something it can't read.

use std::ops::Range;

use serde_json::Value;

use super::tree::{CollectionStyle, Node, NodeId, NodeKind, Notation, ScalarStyle, Tree};

/// The deepest nesting that is read.
pub(super) const DEPTH_LIMIT: usize = 512;

/// What is wrong, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct JsonError {
    pub(super) offset: usize,
    pub(super) message: &'static str,
}

/// Parses one JSON value that starts at `start` (after white space) and says
/// where it ends.
pub(super) fn parse(text: &[u8], start: usize) -> Result<(Tree, usize), JsonError> {
    let mut parser = Parser {
        text,
        at: start,
        tree: Tree {
            nodes: Vec::new(),
            root: None,
            notation: Notation::Json,
        },
    };
    parser.skip_space();
    let root = parser.value(0)?;
    parser.tree.root = Some(root);
    Ok((parser.tree, parser.at))
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    tree: Tree,
}

impl Parser<'_> {
    fn fail<T>(&self, message: &'static str) -> Result<T, JsonError> {
        Err(JsonError {
            offset: self.at,
            message,
        })
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn node(&mut self, kind: NodeKind, span: Range<usize>) -> NodeId {
        self.tree.push(Node {
            kind,
            span,
            tag: None,
            tag_span: None,
            anchor: None,
        })
    }

    fn value(&mut self, depth: usize) -> Result<NodeId, JsonError> {
        if depth > DEPTH_LIMIT {
            return self.fail("nested too deeply");
        }
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.literal("true"),
            Some(b'f') => self.literal("false"),
            Some(b'n') => self.literal("null"),
            Some(_) => self.fail("expected a value"),
            None => self.fail("unexpected end of input"),
        }
    }

    fn literal(&mut self, word: &str) -> Result<NodeId, JsonError> {
        let span = self.at..self.at + word.len();
        if self.text.get(span.clone()) != Some(word.as_bytes()) {
            return self.fail("expected a value");
        }
        self.at = span.end;
        Ok(self.scalar(word.to_owned(), ScalarStyle::Literal, span))
    }

    fn scalar(&mut self, text: String, style: ScalarStyle, span: Range<usize>) -> NodeId {
        self.node(NodeKind::Scalar { text, style }, span)
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    fn number(&mut self) -> Result<NodeId, JsonError> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else if self.digits() == 0 {
            return self.fail("expected a digit");
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if self.digits() == 0 {
                return self.fail("expected a digit");
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if self.digits() == 0 {
                return self.fail("expected a digit");
            }
        }
        let text = String::from_utf8_lossy(&self.text[start..self.at]).into_owned();
        Ok(self.scalar(text, ScalarStyle::Literal, start..self.at))
    }

    fn string(&mut self) -> Result<NodeId, JsonError> {
        let start = self.at;
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            match self.peek() {
                None => return self.fail("unexpected end of input"),
                Some(b'"') => break,
                Some(b'\\') => self.escape(&mut bytes)?,
                Some(0..=0x1f) => return self.fail("control character in a string"),
                Some(byte) => {
                    bytes.push(byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(self.scalar(text, ScalarStyle::Quoted, start..self.at))
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), JsonError> {
        self.at += 1;
        let simple = match self.peek() {
            Some(b'"') => b'"',
            Some(b'\\') => b'\\',
            Some(b'/') => b'/',
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.unicode_escape(bytes),
            Some(_) | None => return self.fail("unknown escape"),
        };
        self.at += 1;
        bytes.push(simple);
        Ok(())
    }

    fn unicode_escape(&mut self, bytes: &mut Vec<u8>) -> Result<(), JsonError> {
        let first = self.hex4()?;
        let mut code = first;
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with(b"\\u") {
            let before = self.at;
            self.at += 1;
            let second = self.hex4()?;
            if (0xdc00..0xe000).contains(&second) {
                code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            } else {
                // Go looks at the second escape again, on its own.
                self.at = before;
            }
        }
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    /// Reads `uXXXX` at the cursor.
    fn hex4(&mut self) -> Result<u32, JsonError> {
        let digits = self
            .text
            .get(self.at + 1..self.at + 5)
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let Some(code) = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) else {
            return self.fail("expected four hexadecimal digits");
        };
        self.at += 5;
        Ok(code)
    }

    fn array(&mut self, depth: usize) -> Result<NodeId, JsonError> {
        let start = self.at;
        self.at += 1;
        let mut items = Vec::new();
        self.skip_space();
        if self.peek() == Some(b']') {
            self.at += 1;
        } else {
            loop {
                self.skip_space();
                items.push(self.value(depth + 1)?);
                if self.separator(b']')? {
                    break;
                }
            }
        }
        let style = CollectionStyle::Flow;
        Ok(self.node(NodeKind::Sequence { items, style }, start..self.at))
    }

    fn object(&mut self, depth: usize) -> Result<NodeId, JsonError> {
        let start = self.at;
        self.at += 1;
        let mut entries = Vec::new();
        self.skip_space();
        if self.peek() == Some(b'}') {
            self.at += 1;
        } else {
            loop {
                self.skip_space();
                if self.peek() != Some(b'"') {
                    return self.fail("expected a key in quotes");
                }
                let key = self.string()?;
                self.skip_space();
                if self.peek() != Some(b':') {
                    return self.fail("expected `:`");
                }
                self.at += 1;
                self.skip_space();
                let value = self.value(depth + 1)?;
                entries.push((key, value));
                if self.separator(b'}')? {
                    break;
                }
            }
        }
        let style = CollectionStyle::Flow;
        Ok(self.node(NodeKind::Mapping { entries, style }, start..self.at))
    }

    /// Steps over `,` (false) or the closing bracket (true).
    fn separator(&mut self, close: u8) -> Result<bool, JsonError> {
        self.skip_space();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                Ok(false)
            }
            Some(byte) if byte == close => {
                self.at += 1;
                Ok(true)
            }
            Some(_) => self.fail("expected `,` or a closing bracket"),
            None => self.fail("unexpected end of input"),
        }
    }
}

/// Writes a JSON document on one line so that a YAML reader takes it for the
/// same value: numbers as they stand, strings by [`quote`].
///
/// Needed where a JSON file becomes one document of a YAML stream; goyaml
/// refuses some of JSON's escapes and its tabs.
pub(crate) fn compact(text: &str) -> Option<String> {
    let (tree, _) = parse(text.as_bytes(), 0).ok()?;
    let mut line = String::with_capacity(text.len());
    write_node(&tree, tree.root?, text, &mut line);
    Some(line)
}

fn write_node(tree: &Tree, id: NodeId, text: &str, line: &mut String) {
    let node = tree.node(id);
    match &node.kind {
        NodeKind::Scalar { style, .. } if *style == ScalarStyle::Literal => {
            line.push_str(&text[node.span.clone()]);
        }
        NodeKind::Scalar { text, .. } => line.push_str(&quote(text)),
        NodeKind::Sequence { items, .. } => {
            line.push('[');
            for (index, item) in items.iter().enumerate() {
                line.push_str(if index > 0 { "," } else { "" });
                write_node(tree, *item, text, line);
            }
            line.push(']');
        }
        NodeKind::Mapping { entries, .. } => {
            line.push('{');
            for (index, (key, value)) in entries.iter().enumerate() {
                line.push_str(if index > 0 { "," } else { "" });
                write_node(tree, *key, text, line);
                // YAML wants a space behind the colon of an unquoted key only,
                // but some readers want it always.
                line.push_str(": ");
                write_node(tree, *value, text, line);
            }
            line.push('}');
        }
        NodeKind::Alias { .. } => {}
    }
}

/// Writes a value as JSON on one line, with strings by [`quote`].
pub(crate) fn json_line(value: &Value) -> String {
    let mut line = String::new();
    write_value(value, &mut line);
    line
}

fn write_value(value: &Value, line: &mut String) {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => line.push_str(&value.to_string()),
        Value::String(text) => line.push_str(&quote(text)),
        Value::Array(items) => {
            line.push('[');
            for (index, item) in items.iter().enumerate() {
                line.push_str(if index > 0 { "," } else { "" });
                write_value(item, line);
            }
            line.push(']');
        }
        Value::Object(fields) => {
            line.push('{');
            for (index, (key, item)) in fields.iter().enumerate() {
                line.push_str(if index > 0 { "," } else { "" });
                line.push_str(&quote(key));
                line.push(':');
                write_value(item, line);
            }
            line.push('}');
        }
    }
}

/// Writes a text as a JSON string that every reader of Kubernetes manifests
/// takes for that text.
///
/// `goyaml` refuses surrogate pairs and `\/`, folds a raw U+0085, U+2028 or
/// U+2029, and refuses other C1 characters, DEL, U+FFFE and U+FFFF; so those
/// are escaped and all else stays as it is.
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{feff}'
            | '\u{fffe}'
            | '\u{ffff}' => quoted.push_str(&format!("\\u{:04x}", u32::from(character))),
            _ => quoted.push(character),
        }
    }
    quoted.push('"');
    quoted
}
