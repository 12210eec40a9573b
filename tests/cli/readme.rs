//! What the README states in tables, held against the program.

use std::collections::BTreeSet;
use std::fs;

use crate::program::{program, root, run};

pub(crate) fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("the README")
}

/// The names in the first column of the table below a heading.
pub(crate) fn first_column(text: &str, heading: &str) -> BTreeSet<String> {
    let (_, section) = text
        .split_once(&format!("\n## {heading}\n"))
        .unwrap_or_else(|| panic!("no section `{heading}`"));
    let section = section.split("\n## ").next().unwrap_or_default();
    let cells = section
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|line| line.split('`').next());
    cells.map(str::to_owned).collect()
}

#[test]
fn the_table_of_settings_names_every_setting() {
    let mut command = program();
    command.args(["render", "examples/shop", "--show-settings"]);
    let output = run(&mut command, b"");
    let shown = String::from_utf8(output.stdout).expect("UTF-8");
    let names = shown.lines().filter_map(|line| line.split(' ').next());
    assert_eq!(
        first_column(&readme(), "Settings"),
        names.map(str::to_owned).collect()
    );
}
