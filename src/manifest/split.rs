//! Where one document ends and the next begins, by Go's rule and on bytes.
//!
//! Go does not split by YAML's grammar. What `kubectl`, Argo CD and Flux do is
//! in apimachinery 0.37 (`pkg/util/yaml/decoder.go`): a line that starts with
//! `---` separates, whatever it stands in; a stream whose first character is
//! `{` is a series of JSON values until one can't be read. Versions before 0.33
//! never went back from JSON to YAML.
//!
//! Invariant: the documents are disjoint ranges of the text in ascending order,
//! and what lies between them is separators and white space.

use std::ops::Range;

use memchr::{memchr, memmem};

use super::json;
use super::tree::Notation;

/// One document's bytes in the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The bytes, without the separator that ends it. A separator that begins
    /// the stream or follows another belongs to the document after it, as in
    /// Go's reader.
    pub range: Range<usize>,
    /// The grammar by which Go reads it.
    pub notation: Notation,
}

/// Why Go's reader would stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitError {
    /// The byte at which it stops.
    pub offset: usize,
    /// What it finds there: a clause without a full stop.
    pub message: String,
}

/// Splits a stream into documents; blank ones are among them.
///
/// # Errors
/// Where Go's own reader refuses the stream: a `---` line with something behind
/// it, or JSON that breaks off after more than one value.
pub fn split(text: &[u8]) -> Result<Vec<Document>, SplitError> {
    let mut documents = Vec::new();
    let mut start = 0;
    if looks_like_json(text) {
        match json_documents(text, &mut documents)? {
            Some(rest) => start = rest,
            None => return Ok(documents),
        }
    }
    yaml_documents(text, start, &mut documents)?;
    Ok(documents)
}

/// Whether Go reads the stream as JSON first: the first character of its first
/// 4096 bytes that is no white space is `{`.
fn looks_like_json(text: &[u8]) -> bool {
    let window = &text[..text.len().min(4096)];
    let mut at = 0;
    while let Some((character, width)) = decode(&window[at..]) {
        if !is_go_space(character) {
            return character == '{';
        }
        at += width;
    }
    false
}

/// Reads JSON values while that works. Gives the offset from which Go goes on
/// in YAML, `None` at the end of the stream.
fn json_documents(text: &[u8], documents: &mut Vec<Document>) -> Result<Option<usize>, SplitError> {
    let mut at = 0;
    loop {
        if text[at..]
            .iter()
            .all(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'))
        {
            return Ok(None);
        }
        match json::parse(text, at) {
            Ok((tree, end)) => {
                let start = tree.root.map_or(at, |root| tree.node(root).span.start);
                documents.push(Document {
                    range: start..end,
                    notation: Notation::Json,
                });
                at = end;
            }
            Err(error) if documents.len() > 1 => {
                return Err(SplitError {
                    offset: error.offset,
                    message: format!("broken JSON: {}", error.message),
                });
            }
            Err(error) => match end_of_white_space(text, at) {
                Some(rest) => return Ok(Some(rest)),
                None => {
                    return Err(SplitError {
                        offset: error.offset,
                        message: format!("broken JSON: {}", error.message),
                    });
                }
            },
        }
    }
}

/// `consumeWhitespace` of Go's decoder: white space up to and including the
/// first newline. It reads four bytes at a time and gives up (`None`) where
/// fewer are left.
fn end_of_white_space(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        if text.len() < at + 4 {
            return None;
        }
        let (character, width) = decode(&text[at..])?;
        if !is_go_space(character) {
            return Some(at);
        }
        at += width;
        if character == '\n' {
            return Some(at);
        }
    }
}

fn yaml_documents(
    text: &[u8],
    start: usize,
    documents: &mut Vec<Document>,
) -> Result<(), SplitError> {
    let mut document = start;
    for line in separator_lines(text, start) {
        let end = memchr(b'\n', &text[line..]).map_or(text.len(), |length| line + length + 1);
        let after = &text[line + 3..end];
        if let Some(found) = first_after_space(after)
            && found != '#'
        {
            return Err(SplitError {
                offset: line,
                message: "`---` with something behind it is no document separator; begin a new line behind it".to_owned(),
            });
        }
        if line > document {
            documents.push(Document {
                range: document..line,
                notation: Notation::Yaml,
            });
            document = end;
        }
    }
    if document < text.len() {
        documents.push(Document {
            range: document..text.len(),
            notation: Notation::Yaml,
        });
    }
    Ok(())
}

/// The offsets of the lines that start with `---`, from `start` on.
fn separator_lines(text: &[u8], start: usize) -> impl Iterator<Item = usize> {
    let first = text[start..].starts_with(b"---").then_some(start);
    let rest = memmem::find_iter(&text[start..], b"\n---").map(move |at| start + at + 1);
    first.into_iter().chain(rest)
}

/// The first character that `strings.TrimSpace` leaves, U+FFFD for bytes that
/// are no UTF-8.
fn first_after_space(line: &[u8]) -> Option<char> {
    let mut at = 0;
    while at < line.len() {
        let Some((character, width)) = decode(&line[at..]) else {
            return Some(char::REPLACEMENT_CHARACTER);
        };
        if !is_go_space(character) {
            return Some(character);
        }
        at += width;
    }
    None
}

/// The first character of the text and its width in bytes, `None` at the end
/// and for broken UTF-8.
fn decode(text: &[u8]) -> Option<(char, usize)> {
    let window = &text[..text.len().min(4)];
    let valid = match std::str::from_utf8(window) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(&window[..error.valid_up_to()]).ok()?,
    };
    let character = valid.chars().next()?;
    Some((character, character.len_utf8()))
}

/// Go's `unicode.IsSpace`.
fn is_go_space(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'
            ..='\u{200a}' | '\u{2028}' | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

#[cfg(test)]
mod tests {
    use super::split;

    #[track_caller]
    fn check(stream: &str, expected: &[&str]) {
        let documents = split(stream.as_bytes()).unwrap();
        let texts: Vec<&str> = documents
            .iter()
            .map(|document| &stream[document.range.clone()])
            .collect();
        assert_eq!(texts, expected);
    }

    #[track_caller]
    fn check_refused(stream: &str, offset: usize, message: &str) {
        let error = split(stream.as_bytes()).unwrap_err();
        assert_eq!((error.offset, error.message.as_str()), (offset, message));
    }

    #[test]
    fn a_line_of_three_dashes_separates() {
        check("a: 1\n---\nb: 2\n", &["a: 1\n", "b: 2\n"]);
        check("a: 1\n---  \t\r\nb: 2", &["a: 1\n", "b: 2"]);
        check("a: 1\n--- # c\nb: 2\n---", &["a: 1\n", "b: 2\n"]);
        check("a: 1\n---#x\nb: 2\n", &["a: 1\n", "b: 2\n"]);
        check("", &[]);
    }

    #[test]
    fn a_leading_or_second_separator_belongs_to_what_follows() {
        check("---\na: 1\n", &["---\na: 1\n"]);
        check("---\n---\na: 1\n", &["---\n", "a: 1\n"]);
        check("a: 1\n---\n---\nb: 2\n", &["a: 1\n", "---\nb: 2\n"]);
    }

    #[test]
    fn dashes_separate_even_inside_a_scalar_at_the_margin() {
        check("a: |\n  x\n---\n  y\n", &["a: |\n  x\n", "  y\n"]);
        check("a: |\n  ---\n", &["a: |\n  ---\n"]);
    }

    #[test]
    fn other_text_behind_the_dashes_is_refused() {
        let message =
            "`---` with something behind it is no document separator; begin a new line behind it";
        check_refused("a: 1\n----\nb: 2\n", 5, message);
        check_refused("a: 1\n--- {b: 2}\n", 5, message);
        check_refused("a: 1\n--- !!map\nb: 2\n", 5, message);
    }

    #[test]
    fn json_values_need_no_separator() {
        check(r#"{"a":1}{"b":2}"#, &[r#"{"a":1}"#, r#"{"b":2}"#]);
        check("\n {\"a\":1}\n\n[2] 3\n", &["{\"a\":1}", "[2]", "3"]);
    }

    #[test]
    fn one_json_value_may_be_followed_by_yaml() {
        check("{\"a\":1}\n---\nb: 2\n", &["{\"a\":1}", "---\nb: 2\n"]);
        check("{a: 1}\n---\nb: 2\n", &["{a: 1}\n", "b: 2\n"]);
    }

    #[test]
    fn a_json_stream_does_not_turn_into_yaml() {
        check_refused("{}\n{}\n---\n{}", 7, "broken JSON: expected a digit");
    }
}
