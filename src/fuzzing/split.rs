//! Streams, taken apart.

use std::ops::Range;

use crate::manifest::{self, Document, Notation};

/// Each byte of a stream is in one document, or in a separator between two; and
/// a document of YAML, split again, is itself.
pub fn split(stream: &[u8]) {
    let documents = match manifest::split(stream) {
        Ok(documents) => documents,
        Err(error) => {
            assert!(error.offset <= stream.len());
            return super::check_message(&error.message);
        }
    };
    let mut at = 0;
    for document in &documents {
        let Range { start, end } = document.range;
        assert!(at <= start && start < end && end <= stream.len());
        check_between(&stream[at..start]);
        check_again(&stream[start..end], document.notation);
        at = end;
    }
    check_between(&stream[at..]);
}

/// What is in no document: white space, lines of `---`, comments behind those.
fn check_between(bytes: &[u8]) {
    for line in bytes.split(|byte| *byte == b'\n') {
        let line = String::from_utf8_lossy(line);
        let line = line.strip_prefix("---").unwrap_or(&line).trim();
        assert!(line.is_empty() || line.starts_with('#'), "lost: {line:?}");
    }
}

fn check_again(document: &[u8], notation: Notation) {
    // Alone, it may look like JSON, which it did not in its stream.
    let is_other = notation == Notation::Json || document.contains(&b'{');
    if !is_other {
        let whole = Document {
            range: 0..document.len(),
            notation,
        };
        assert_eq!(manifest::split(document), Ok(vec![whole]));
    }
}
