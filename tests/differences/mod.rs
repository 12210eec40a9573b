//! The rows of `docs/jq.md`: expressions on which implementations of jq differ,
//! with gojq's answer and ours.
//!
//! Shared by the target that holds our answers and the one that asks gojq.

use std::fs;
use std::path::Path;

use serde_json::Value;

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Difference {
    pub(crate) query: String,
    pub(crate) input: Value,
    /// What gojq prints, or `error: KIND`.
    pub(crate) gojq: String,
    /// `same` or `refused`.
    pub(crate) here: String,
}

/// All rows, in the order of the page.
pub(crate) fn differences() -> Vec<Difference> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/jq.md");
    let page = fs::read_to_string(path).expect("the page");
    let rows = page
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains('`'));
    let rows: Vec<Difference> = rows.map(difference).collect();
    assert!(rows.len() > 80, "{} rows", rows.len());
    for row in &rows {
        assert!(matches!(&*row.here, "same" | "refused"), "{row:?}");
    }
    rows
}

fn difference(row: &str) -> Difference {
    // A bar in a cell is escaped.
    let row = row.replace("\\|", "\u{0}");
    let cells: Vec<String> = row
        .trim_matches('|')
        .split('|')
        .map(|cell| cell.trim().trim_matches('`').replace('\u{0}', "|"))
        .collect();
    let [_, query, input, gojq, here] = &cells[..] else {
        panic!("a row of five cells: {row}");
    };
    Difference {
        query: query.clone(),
        input: serde_json::from_str(input).expect("the input is JSON"),
        gojq: gojq.clone(),
        here: here.clone(),
    }
}
