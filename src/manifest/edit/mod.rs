//! Sets annotations in a document's text and leaves every other byte alone.
//!
//! Entries go to the *front* of a mapping: that needs no knowledge of what
//! stands behind the last one (comments, kept blank lines, no final newline).
//! Keys and values are written as JSON strings, so one way of writing serves
//! YAML and JSON. What can't be edited safely is refused with the reason, and
//! every edit is verified by reading the result again: it must hold what the
//! document held, plus the annotations.

mod editor;
mod verify;

use std::collections::BTreeMap;
use std::ops::Range;

use super::object::ObjectPath;
use super::parsed::Parsed;
use editor::Editor;
use verify::Verifier;

pub(crate) use verify::annotate_value;

/// Annotations to set, by key.
pub type Annotations = BTreeMap<String, String>;

/// What replaces a range of a document's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Splice {
    /// The bytes that go; empty for an insertion.
    pub range: Range<usize>,
    /// The text that comes.
    pub text: String,
}

/// Why a document is better left alone: a clause in lower case.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(String);

fn refuse<T>(reason: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal(reason.into()))
}

/// What to set on an object. It is given by its path: empty for the document
/// itself, else the index of an item of its list.
pub(crate) type Edit = (ObjectPath, Annotations);

/// Finds the splices, in ascending order, that set annotations on objects of a
/// document. An annotation that already has its value needs no splice.
///
/// # Errors
/// Where no safe edit exists; nothing is edited then, not even other objects.
pub fn annotate(document: &Parsed<'_>, edits: &[Edit]) -> Result<Vec<Splice>, Refusal> {
    match annotate_each(document, edits) {
        (splices, refused) if refused.is_empty() => Ok(splices),
        (_, refused) => {
            let first = refused.into_iter().min_by_key(|(index, _)| *index);
            first.map_or(Ok(Vec::new()), |(_, refusal)| Err(refusal))
        }
    }
}

/// As [`annotate`], but an object without a safe edit keeps no other from
/// being edited: its index comes back with the reason.
pub(crate) fn annotate_each(
    document: &Parsed<'_>,
    edits: &[Edit],
) -> (Vec<Splice>, Vec<(usize, Refusal)>) {
    let editor = Editor::new(document);
    let mut planned = Vec::new();
    let mut refused = Vec::new();
    for (index, edit) in edits.iter().enumerate() {
        match editor.edit(edit) {
            Ok(splices) => planned.push(Planned {
                index,
                edit,
                splices,
            }),
            Err(refusal) => refused.push((index, refusal)),
        }
    }
    let (good, bad) = Verifier::new(document).sort_out(planned);
    refused.extend(bad.iter().map(|planned| (planned.index, unusual())));
    (splices_of(&good), refused)
}

/// Applies splices in ascending order to a text.
pub fn apply(text: &str, splices: &[Splice]) -> String {
    let added: usize = splices.iter().map(|splice| splice.text.len()).sum();
    let mut result = String::with_capacity(text.len() + added);
    let mut at = 0;
    for Splice { range, text: new } in splices {
        result.push_str(&text[at..range.start]);
        result.push_str(new);
        at = range.end;
    }
    result.push_str(&text[at..]);
    result
}

/// The splices of one edit, not verified yet.
struct Planned<'e> {
    index: usize,
    edit: &'e Edit,
    splices: Vec<Splice>,
}

fn splices_of(planned: &[Planned<'_>]) -> Vec<Splice> {
    let splices = planned.iter().flat_map(|planned| planned.splices.clone());
    let mut splices: Vec<Splice> = splices.collect();
    splices.sort_by_key(|splice| splice.range.start);
    splices
}

fn unusual() -> Refusal {
    Refusal("its text is written in a way that no safe edit is known for".to_owned())
}

#[cfg(test)]
mod tests;
