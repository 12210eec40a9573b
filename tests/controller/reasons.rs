//! Each reason that the controllers give is met in a scenario: a new one without any
//! fails here.
//!
//! Not for how well a scenario looks at it, and not for the words of the fixture below
//! `fake`.

use std::fs;
use std::path::Path;

use glint_gitops::Reason;

/// What the scenarios say, without their comments.
fn scenarios() -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/controller");
    let entries = fs::read_dir(folder).expect("the scenarios");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let files = paths.filter(|path| path.extension().is_some_and(|it| it == "rs"));
    let texts: Vec<String> = files
        .map(|file| fs::read_to_string(file).expect("a text"))
        .collect();
    let lines = texts.iter().flat_map(|text| text.lines());
    let said = lines.filter(|line| !line.trim_start().starts_with("//"));
    said.collect::<Vec<&str>>().join("\n")
}

#[test]
fn every_reason_is_met_in_a_scenario() {
    let scenarios = scenarios();
    let is_met = |reason: &&str| {
        let mut words = scenarios.split(|char: char| !char.is_alphanumeric());
        words.any(|word| word == *reason)
    };
    let reasons = Reason::ALL.iter().map(|reason| reason.as_str());
    let unmet: Vec<&str> = reasons.filter(|reason| !is_met(reason)).collect();
    assert_eq!(unmet, [""; 0]);
}
