//! Our jq answers as gojq does, or says by name that it can't.
//!
//! The peer is gojq v0.12.17 itself, called as the exporter calls it
//! (`peers/go/gojq-runner`). Programs and inputs are made by chance; a pair is
//! one program on one input. The pairs of seed 7 alone are `GLINT_SEED=7
//! GLINT_PROGRAMS=1 cargo test --features peers --test gojq`.

mod compare;
#[path = "../properties/dice.rs"]
mod dice;
mod functions;
mod generate;
mod node;
mod peer;
#[path = "../peers/program.rs"]
mod program;
mod shrink;
mod tally;

use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use crate::compare::{Verdict, check};
use crate::dice::Dice;
use crate::generate::{Case, case};
use crate::node::Node;
use crate::peer::Gojq;
use crate::tally::Tally;

/// Programs of a run, on [`generate::INPUTS`] inputs each.
const PROGRAMS: u64 = 6_000;

/// Failures after which a run ends.
const ENOUGH: usize = 5;

/// Our evaluator goes as deep as the stack lets it.
const STACK: usize = 256 << 20;

#[test]
fn generated_programs_answer_as_in_gojq() {
    let first = number("GLINT_SEED", 1);
    let programs = number("GLINT_PROGRAMS", PROGRAMS);
    let next = AtomicU64::new(first);
    let tally = Mutex::new(Tally::default());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers {
            thread::Builder::new()
                .stack_size(STACK)
                .spawn_scoped(scope, || work(&next, first + programs, &tally))
                .expect("a thread");
        }
    });
    let tally = tally.into_inner().expect("no panic");
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
    // Not by `println!`, which is only shown for a test that fails.
    std::io::stdout()
        .write_all(tally.to_string().as_bytes())
        .expect("stdout");
    tally.check();
}

#[test]
fn phrases_answer_as_in_gojq() {
    let mut gojq = Gojq::start();
    let mut dice = Dice::new(1);
    let inputs: Vec<_> = (0..12).map(|_| generate::input(&mut dice)).collect();
    let mut tally = Tally::default();
    for phrase in generate::tables::phrases() {
        for (verdict, input) in check(&mut gojq, phrase, &inputs).into_iter().zip(&inputs) {
            if let Verdict::Wrong { gojq, ours } = &verdict {
                let (gojq, ours) = (shown(gojq), shown(ours));
                let failure = format!(
                    "program: {phrase}\ninput:   {input}\ngojq:    {gojq}\nours:    {ours}\n"
                );
                tally.failures.push(failure);
                break;
            }
            tally.count(verdict);
        }
    }
    assert!(tally.failures.is_empty(), "{}", tally.failures.join("\n"));
}

/// Checks the programs of one seed after another.
fn work(next: &AtomicU64, end: u64, tally: &Mutex<Tally>) {
    let mut gojq = Gojq::start();
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        let enough = tally.lock().expect("no panic").failures.len() >= ENOUGH;
        if seed >= end || enough {
            return;
        }
        let case = case(seed);
        let verdicts = check(&mut gojq, &case.text(), &case.inputs);
        let failure = verdicts.iter().any(|verdict| verdict.is_wrong());
        let failure = failure.then(|| smallest(&mut gojq, seed, &case));
        let mut tally = tally.lock().expect("no panic");
        verdicts
            .into_iter()
            .for_each(|verdict| tally.count(verdict));
        tally.failures.extend(failure);
    }
}

/// The smallest program that still answers otherwise, for a person.
fn smallest(gojq: &mut Gojq, seed: u64, case: &Case) -> String {
    let wrong = |gojq: &mut Gojq, text: &str| {
        let verdicts = check(gojq, text, &case.inputs);
        let mut pairs = verdicts.into_iter().zip(&case.inputs);
        pairs.find_map(|(verdict, input)| match verdict {
            Verdict::Wrong { gojq, ours } => Some((input.to_string(), gojq, ours)),
            Verdict::Same(_) | Verdict::Unsupported(_) | Verdict::Skipped(_) => None,
        })
    };
    let mut program = case.text();
    if !case.is_damaged() {
        let mut fails = |node: &Node| wrong(gojq, &node.to_string()).is_some();
        program = shrink::shrink(case.node.clone(), &mut fails).to_string();
    }
    let (input, theirs, ours) =
        wrong(gojq, &program).unwrap_or_else(|| panic!("seed {seed} answers so, and so again"));
    let (theirs, ours) = (shown(&theirs), shown(&ours));
    format!(
        "GLINT_SEED={seed} GLINT_PROGRAMS=1\nprogram: {program}\ninput:   {input}\ngojq:    {theirs}\nours:    {ours}\n"
    )
}

/// The beginning of a long answer.
fn shown(answer: &str) -> String {
    answer.chars().take(600).collect()
}

fn number(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text
            .parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is no number")),
        Err(_) => default,
    }
}
