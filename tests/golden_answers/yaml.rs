//! `yaml.jsonl`: what `kubectl` reads from a stream.

use base64::Engine;
use glint_gitops::{ParseErrorKind, Parsed, objects, split};
use serde_json::Value;

use crate::{Refusals, Verdict, run};

/// A stream's bytes: as text, or as base64 where they are no UTF-8.
pub(crate) fn bytes(case: &Value) -> Vec<u8> {
    case["yaml"].as_str().map_or_else(
        || {
            let packed = case["base64"].as_str().expect("yaml or base64");
            base64::engine::general_purpose::STANDARD
                .decode(packed)
                .expect("valid base64")
        },
        |text| text.as_bytes().to_vec(),
    )
}

enum Reading {
    Documents(Vec<Value>),
    Rejected,
    Unsupported,
}

fn read(stream: &[u8]) -> Reading {
    let Ok(documents) = split(stream) else {
        return Reading::Rejected;
    };
    let mut values = Vec::new();
    let mut unsupported = false;
    for document in documents {
        let parsed = Parsed::read(&stream[document.range], document.notation);
        match parsed.and_then(|parsed| objects(&parsed)) {
            Ok(objects) => values.extend(objects),
            Err(error) => match error.kind {
                ParseErrorKind::Rejected => return Reading::Rejected,
                ParseErrorKind::Unsupported => unsupported = true,
            },
        }
    }
    if unsupported {
        Reading::Unsupported
    } else {
        Reading::Documents(values)
    }
}

/// JSON values are compared as JSON compares: 1 equals 1.0.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| equal(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| equal(value, other)))
        }
        _ => left == right,
    }
}

fn verdict(case: &Value) -> Verdict {
    let expected = case.get("documents").and_then(Value::as_array);
    match (read(&bytes(case)), expected) {
        (Reading::Documents(actual), Some(expected)) => {
            let same = actual.len() == expected.len()
                && actual.iter().zip(expected).all(|(a, e)| equal(a, e));
            if same {
                Verdict::Held
            } else {
                Verdict::Wrong(format!("read {actual:?}"))
            }
        }
        (Reading::Rejected, None) => Verdict::Held,
        (Reading::Unsupported, _) => Verdict::Unsupported,
        (Reading::Documents(actual), None) => {
            Verdict::Wrong(format!("Go rejects it, read {actual:?}"))
        }
        (Reading::Rejected, Some(_)) => Verdict::Wrong("rejected, Go reads it".to_owned()),
    }
}

#[test]
fn yaml_is_read_as_go_reads_it() {
    run(
        "yaml",
        Refusals {
            allowed: 3,
            of: 173,
        },
        verdict,
    );
}
