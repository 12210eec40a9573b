//! A stream is read as the real Go readers read it, and they read from what is
//! rendered what they read before, and what was added.
//!
//! The first byte chooses how it is rendered. `GLINT_PEERS` names the folder of the
//! program `reader`, which is started once.

#![no_main]

#[expect(dead_code, reason = "the tests choose among renders of their own")]
#[path = "../../tests/go_reader/compare.rs"]
mod compare;
#[path = "../../tests/peers/mod.rs"]
mod peers;
mod program {
    //! The program under test, which here is no process.

    pub(crate) type PostRender = fn(&[u8], &[&str]) -> Result<Vec<u8>, String>;
}

use std::sync::{Mutex, OnceLock, PoisonError};

use glint_gitops::fuzzing::{Stream, options};
use glint_gitops::{
    ParseErrorKind, Parsed, RenderError, Source, SourceFormat, objects, render, split,
};
use serde_json::Value;

use compare::Verdict;
use peers::{Mode, Reader};

static READER: OnceLock<Mutex<Reader>> = OnceLock::new();

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let reader = READER.get_or_init(|| Mutex::new(Reader::start()));
    let mut reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
    let Stream { render, bytes } = Stream::from(bytes);
    if let Some(why) = misread(&mut reader, bytes) {
        panic!("{why}\n{}", String::from_utf8_lossy(bytes));
    }
    // What we refuse for what it does is read all the same.
    if matches!(output(bytes, render), Err(RenderError::Stopped(_))) {
        return;
    }
    let index = render.to_string();
    let verdict = compare::check(&mut reader, rendered, &[&index], bytes);
    if let Verdict::Wrong(why) = verdict {
        panic!("render {index}: {why}\n{}", String::from_utf8_lossy(bytes));
    }
});

/// The output of a render, which the only argument names.
fn rendered(stream: &[u8], arguments: &[&str]) -> Result<Vec<u8>, String> {
    let index = arguments[0].parse().expect("an index");
    output(stream, index).map_err(|error| error.to_string())
}

fn output(stream: &[u8], index: usize) -> Result<Vec<u8>, RenderError> {
    let texts = [Source {
        name: "<stdin>",
        text: stream,
        format: SourceFormat::Stream,
    }];
    render(&texts, &options(index)).map(|rendered| rendered.to_bytes())
}

/// How often Go is asked again where it reads otherwise: see `compare`.
const READINGS: usize = 50;

/// Says where we read otherwise than kubectl, other than by refusing.
fn misread(reader: &mut Reader, stream: &[u8]) -> Option<String> {
    let ours = read(stream)?;
    (0..READINGS)
        .map(|_| difference(&ours, reader.read(Mode::Kubectl, stream)))
        .find(Option::is_none)
        .unwrap_or_else(|| difference(&ours, reader.read(Mode::Kubectl, stream)))
}

/// What we read: the objects, or that Go refuses the stream. Nothing where we
/// can't tell, where lists stand in lists, which kubectl flattens further, and for
/// what is no UTF-8, of which readers before kubectl 1.33 take more.
fn read(stream: &[u8]) -> Option<Result<Vec<Value>, String>> {
    str::from_utf8(stream).ok()?;
    let documents = match split(stream) {
        Ok(documents) => documents,
        Err(error) => return Some(Err(error.message)),
    };
    let mut values = Vec::new();
    for document in documents {
        let parsed = Parsed::read(&stream[document.range], document.notation);
        match parsed.and_then(|parsed| objects(&parsed)) {
            Ok(objects) => values.extend(objects),
            Err(error) => match error.kind {
                ParseErrorKind::Rejected => return Some(Err(error.message)),
                ParseErrorKind::Unsupported => return None,
            },
        }
    }
    let is_flat = |value: &Value| value.is_object() && value.get("items").is_none();
    values.iter().all(is_flat).then_some(Ok(values))
}

fn difference(ours: &Result<Vec<Value>, String>, go: Result<Vec<Value>, String>) -> Option<String> {
    match (ours, go) {
        (Err(_), Err(_)) => None,
        (Ok(ours), Ok(go)) if equal(&Value::from(ours.clone()), &Value::from(go.clone())) => None,
        (Ok(ours), Ok(go)) => Some(format!("read {ours:?}\nGo   {go:?}")),
        // It is read, and no object of Kubernetes.
        (Ok(_), Err(error)) if error.starts_with("unable to decode") => None,
        (Ok(ours), Err(error)) => Some(format!("Go refuses ({error}), read {ours:?}")),
        (Err(error), Ok(go)) => Some(format!("refused ({error}), Go {go:?}")),
    }
}

/// JSON values are compared as JSON compares: 1 equals 1.0.
fn equal(left: &Value, right: &Value) -> bool {
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
