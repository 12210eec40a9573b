//! Documents, read.

use crate::manifest::{self, Notation, Parsed, json_line, objects_of};

/// Every document of a stream is read or refused. What is read is a value whose
/// JSON reads as the same, and its nodes lie in its text.
pub fn read(stream: &[u8]) {
    let Ok(documents) = manifest::split(stream) else {
        return;
    };
    for document in documents {
        match Parsed::read(&stream[document.range.clone()], document.notation) {
            Ok(parsed) => check(&parsed),
            Err(error) => {
                assert!(error.offset <= document.range.len());
                super::check_message(&error.message);
            }
        }
    }
}

fn check(parsed: &Parsed<'_>) {
    for node in parsed.tree().nodes() {
        assert!(parsed.text().get(node.span.clone()).is_some());
    }
    for object in objects_of(parsed) {
        assert!(object.bytes().end <= parsed.text().len());
        drop(object.reference());
    }
    let json = json_line(parsed.value());
    let again = Parsed::read(json.as_bytes(), Notation::Json);
    let again = again.map(|again| again.value().clone());
    assert_eq!(again.as_ref(), Ok(parsed.value()));
}
