//! What the real programs answered, held against this one.
//!
//! Reads `tests/golden`, or the folder that `GLINT_GOLDEN` names, and runs the
//! files it finds there. Prints `NAME: M of N` for each and the names of the
//! cases that differ. A wrong answer always fails; `unsupported` is allowed
//! down to a stated minimum of held cases.

#![expect(clippy::print_stdout, reason = "the score is what this target prints")]

mod argocd;
mod differences;
mod edits;
mod exporter;
mod jq;
mod mappings;
#[path = "../differences/mod.rs"]
mod pages;
mod yaml;

use std::path::PathBuf;

/// The result of one case.
pub(crate) enum Verdict {
    Held,
    Unsupported,
    Wrong(String),
}

/// The cases of one file, `None` where the folder has no such file.
pub(crate) fn cases(name: &str) -> Option<Vec<serde_json::Value>> {
    let folder = std::env::var_os("GLINT_GOLDEN").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden"),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(folder.join(format!("{name}.jsonl"))).ok()?;
    let lines = text.lines().filter(|line| !line.is_empty());
    Some(lines.map(case).collect())
}

/// Stands for an input that no JSON text can hold.
pub(crate) const INFINITY: &str = "@infinity";

/// The case of a line. Some hold the word `Infinity`, as the program that was
/// asked prints and reads it.
fn case(line: &str) -> serde_json::Value {
    let infinite = line.replace(": Infinity", &format!(": \"{INFINITY}\""));
    serde_json::from_str(line)
        .or_else(|_| serde_json::from_str(&infinite))
        .expect("a case is one JSON object")
}

/// How many cases of how many may be refused by name.
#[derive(Clone, Copy)]
pub(crate) struct Refusals {
    pub(crate) allowed: usize,
    pub(crate) of: usize,
}

/// Runs every case of a file, prints the score and panics on a wrong answer or
/// where more cases are refused by name than allowed.
pub(crate) fn run(name: &str, refusals: Refusals, verdict: impl Fn(&serde_json::Value) -> Verdict) {
    run_where(name, name, |_| true, refusals, verdict);
}

/// As [`run`], for the cases of a file that a condition holds for; the score is
/// printed under a name of its own.
pub(crate) fn run_where(
    file: &str,
    name: &str,
    wanted: impl Fn(&serde_json::Value) -> bool,
    refusals: Refusals,
    verdict: impl Fn(&serde_json::Value) -> Verdict,
) {
    let Some(mut cases) = cases(file) else {
        println!("{name}: no such file in this folder");
        return;
    };
    cases.retain(|case| wanted(case));
    let mut held = 0;
    let mut refused = Vec::new();
    let mut wrong = Vec::new();
    for case in &cases {
        let case_name = case["name"].as_str().unwrap_or("?").to_owned();
        match verdict(case) {
            Verdict::Held => held += 1,
            Verdict::Unsupported => refused.push(case_name),
            Verdict::Wrong(why) => wrong.push(format!("{case_name}: {why}")),
        }
    }
    let total = cases.len();
    match refused.len() {
        0 => println!("{name}: {held} of {total}"),
        count => println!("{name}: {held} of {total}, {count} unsupported"),
    }
    for case in &refused {
        println!("  unsupported: {case}");
    }
    for case in &wrong {
        println!("  wrong: {case}");
    }
    assert!(wrong.is_empty(), "{name}: {} wrong answers", wrong.len());
    // Another folder may hold more cases; the share that may be refused stays.
    let allowed = refusals.allowed.max(total * refusals.allowed / refusals.of);
    assert!(
        refused.len() <= allowed,
        "{name}: {} unsupported, {allowed} allowed",
        refused.len()
    );
}
