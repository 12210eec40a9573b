//! The property: Go reads from our output what it read from the input, and what
//! we added; what it refuses stays refused.

use serde_json::Value;

use crate::peers::{Mode, Reader, difference};
use crate::program::PostRender;

/// The objects that Go sees, or why it refuses the stream.
type Reading = Result<Vec<Value>, String>;

/// How each stream is rendered: once for each host that takes streams, with the
/// settings under which most is added.
pub(crate) const RENDERS: [&[&str]; 4] = [
    &["--host", "pipe", "--application", "shop"],
    &[
        "--host",
        "argocd",
        "--crds",
        "always",
        "--application",
        "shop",
    ],
    &["--host", "flux", "--mapping", "none", "--crds", "never"],
    &[
        "--host",
        "argocd",
        "--mapping",
        "none",
        "--application",
        "a/b",
    ],
];

/// What a check of one stream found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Go reads the input, and the output as it should.
    Same,
    /// Go refuses the input, and so did we, or it refuses the output too.
    Refused,
    /// Says what is wrong, for a person.
    Wrong(String),
}

/// Checks one stream under one of [`RENDERS`], in every mode of the reader.
pub(crate) fn check(
    reader: &mut Reader,
    post_render: PostRender,
    arguments: &[&str],
    stream: &[u8],
) -> Verdict {
    let output = post_render(stream, arguments);
    let mut verdict = Verdict::Same;
    for mode in Mode::ALL {
        match check_mode(reader, mode, stream, &output) {
            Verdict::Same => {}
            Verdict::Refused => verdict = Verdict::Refused,
            Verdict::Wrong(why) => return Verdict::Wrong(format!("{mode}: {why}")),
        }
    }
    verdict
}

/// Go walks a map whose keys may become the same text (`on` and `"true"`), so
/// that the same stream reads now so, now so. One equal answer of these many
/// is then all that can be asked for; the rarer of two answers comes up in every
/// eighth reading.
const READINGS: usize = 200;

fn check_mode(
    reader: &mut Reader,
    mode: Mode,
    stream: &[u8],
    output: &Result<Vec<u8>, String>,
) -> Verdict {
    let before = reader.read(mode, stream);
    let output = match output {
        Ok(output) => output,
        Err(said) => return refusal(reader, stream, before, said),
    };
    let verdict = compare(before.clone(), reader.read(mode, output));
    let varies = matches!(verdict, Verdict::Wrong(_))
        && (1..READINGS).any(|_| reader.read(mode, stream) != before);
    if !varies {
        return verdict;
    }
    (1..READINGS)
        .map(|_| compare(before.clone(), reader.read(mode, output)))
        .find(|verdict| matches!(verdict, Verdict::Same))
        .unwrap_or(verdict)
}

fn compare(before: Reading, after: Reading) -> Verdict {
    match (before, after) {
        (Err(_), Err(_)) => Verdict::Refused,
        (Err(error), Ok(_)) => Verdict::Wrong(format!("refused before ({error}), read after")),
        (Ok(_), Err(error)) => Verdict::Wrong(format!("refused after: {error}")),
        (Ok(before), Ok(after)) => difference(before, after).map_or(Verdict::Same, Verdict::Wrong),
    }
}

/// We may refuse what Go refuses, and a stream that has no object at all: an
/// empty list is none.
fn refusal(reader: &mut Reader, stream: &[u8], before: Reading, said: &str) -> Verdict {
    let Ok(documents) = before else {
        return Verdict::Refused;
    };
    let no_object = [Mode::Kubectl, Mode::ArgoCdRoute].into_iter().any(|mode| {
        reader
            .read(mode, stream)
            .is_ok_and(|objects| objects.is_empty())
    });
    if no_object {
        return Verdict::Refused;
    }
    Verdict::Wrong(format!(
        "Go reads {} documents, we refuse: {said}",
        documents.len()
    ))
}
