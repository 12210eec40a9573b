//! What the real Go readers read from our output is what they read from the
//! input, and what we added.
//!
//! The readers are apimachinery's, through kubectl's resource builder, and
//! gitops-engine's, as Argo CD uses it; `peers/go/reader` serves both. Streams
//! are the golden cases, the examples, and 10,000 made by chance: the one of
//! seed 7 alone is `GLINT_SEED=7 GLINT_STREAMS=1 cargo test --features peers
//! --test go_reader`.

#[path = "../peers/mod.rs"]
mod peers;

mod compare;
mod generate;
mod program;
mod shrink;

use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use base64::Engine;
use serde_json::Value;
use walkdir::WalkDir;

use crate::compare::{RENDERS, Verdict, check};
use crate::generate::Stream;
use crate::peers::{Mode, Reader};

/// kubectl 1.32 gave the recorded answers. The reader of today refuses what is
/// not UTF-8 even in a comment, as Argo CD's does.
const CHANGED_SINCE_KUBECTL_1_32: [&str; 1] = ["s: invalid utf8"];

#[test]
fn the_reader_gives_the_recorded_answers() {
    let mut reader = Reader::start();
    for case in golden() {
        let name = case["name"].as_str().expect("a case has a name");
        let argocd = case.get("argocd").unwrap_or(&case);
        let kubectl = if CHANGED_SINCE_KUBECTL_1_32.contains(&name) {
            argocd
        } else {
            &case
        };
        for (mode, expected) in [(Mode::Kubectl, kubectl), (Mode::ArgoCd, argocd)] {
            let actual = reader.read(mode, &stream_of(&case)).ok();
            let expected = expected.get("documents").and_then(Value::as_array);
            assert_eq!(actual.as_ref(), expected, "{name}, read as {mode}");
        }
    }
}

#[test]
fn golden_streams_read_the_same_afterwards() {
    let mut reader = Reader::start();
    for case in golden() {
        let stream = stream_of(&case);
        let glint = replaced(&stream, b"example.com/v1", b"glint.io/v1");
        for stream in [stream, glint] {
            for arguments in RENDERS {
                check_stream(&mut reader, arguments, &stream, &case["name"].to_string());
            }
        }
    }
}

#[test]
fn examples_read_the_same_afterwards() {
    let mut reader = Reader::start();
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for entry in WalkDir::new(examples)
        .sort_by_file_name()
        .into_iter()
        .flatten()
    {
        let path = entry.path();
        let is_manifest = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "json");
        if is_manifest {
            let stream = std::fs::read(path).expect("an example can be read");
            for arguments in RENDERS {
                let name = path.display().to_string();
                check_stream(&mut reader, arguments, &stream, &name);
            }
        }
    }
}

#[test]
fn generated_streams_read_the_same_afterwards() {
    let first = number("GLINT_SEED", 1);
    let streams = number("GLINT_STREAMS", 10_000);
    let next = AtomicU64::new(first);
    let tally = Mutex::new(Tally::default());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                let mut reader = Reader::start();
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    let enough = tally.lock().expect("no panic").failures.len() >= 3;
                    if seed >= first + streams || enough {
                        break;
                    }
                    let verdict = check_seed(&mut reader, seed);
                    tally.lock().expect("no panic").count(verdict);
                }
            });
        }
    });
    let tally = tally.into_inner().expect("no panic");
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
    // Not by `println!`, which is only shown for a test that fails.
    let score = format!(
        "streams: {} read the same, {} refused by Go\n",
        tally.same, tally.refused
    );
    std::io::stdout()
        .write_all(score.as_bytes())
        .expect("stdout");
    // A generator whose streams Go refuses proves little.
    assert!(
        tally.same * 2 > tally.refused,
        "too few streams that Go reads"
    );
}

#[derive(Default)]
struct Tally {
    same: u64,
    refused: u64,
    failures: Vec<String>,
}

impl Tally {
    fn count(&mut self, verdict: Verdict) {
        match verdict {
            Verdict::Same => self.same += 1,
            Verdict::Refused => self.refused += 1,
            Verdict::Wrong(why) => self.failures.push(why),
        }
    }
}

/// Checks the stream of a seed under the render that the seed chooses; a
/// failure comes with the smallest stream that shows it.
fn check_seed(reader: &mut Reader, seed: u64) -> Verdict {
    let index = usize::try_from(seed % 4).expect("below 4");
    let arguments = RENDERS[index];
    let stream = generate::stream(seed);
    match check(reader, program::binary, arguments, &stream.bytes()) {
        Verdict::Wrong(why) => Verdict::Wrong(smallest(reader, seed, arguments, &stream, why)),
        verdict @ (Verdict::Same | Verdict::Refused) => verdict,
    }
}

fn smallest(
    reader: &mut Reader,
    seed: u64,
    arguments: &[&str],
    stream: &Stream,
    mut why: String,
) -> String {
    let smallest = shrink::shrink(&stream.pieces, &mut |part| match check(
        reader,
        program::binary,
        arguments,
        part,
    ) {
        Verdict::Wrong(reason) => {
            why = reason;
            true
        }
        Verdict::Same | Verdict::Refused => false,
    });
    format!(
        "GLINT_SEED={seed} GLINT_STREAMS=1, post-render {}\n{why}\nthe smallest stream:\n{}\n{:?}\n",
        arguments.join(" "),
        String::from_utf8_lossy(&smallest),
        String::from_utf8_lossy(&smallest),
    )
}

#[track_caller]
fn check_stream(reader: &mut Reader, arguments: &[&str], stream: &[u8], name: &str) {
    let verdict = check(reader, program::binary, arguments, stream);
    if let Verdict::Wrong(why) = verdict {
        panic!(
            "{name}, post-render {}: {why}\n{}",
            arguments.join(" "),
            String::from_utf8_lossy(stream)
        );
    }
}

fn golden() -> Vec<Value> {
    let text = include_str!("../golden/yaml.jsonl");
    let cases = text.lines().filter(|line| !line.is_empty());
    cases
        .map(|case| serde_json::from_str(case).expect("a case is one JSON object"))
        .collect()
}

/// A case's bytes: as text, or as base64 where they are no UTF-8.
fn stream_of(case: &Value) -> Vec<u8> {
    if let Some(text) = case["yaml"].as_str() {
        return text.as_bytes().to_vec();
    }
    let packed = case["base64"].as_str().expect("yaml or base64");
    base64::engine::general_purpose::STANDARD
        .decode(packed)
        .expect("valid base64")
}

fn replaced(stream: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(stream.len());
    let mut rest = stream;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(from) {
            out.extend_from_slice(to);
            rest = after;
        } else {
            out.push(rest[0]);
            rest = &rest[1..];
        }
    }
    out
}

fn number(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is no number")),
        Err(_) => default,
    }
}
