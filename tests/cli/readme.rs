//! What the README states in tables, held against the program.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::program::{program, root, run};

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).expect("the README")
}

/// The names in the first column of the table below a heading.
fn first_column(text: &str, heading: &str) -> BTreeSet<String> {
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

/// Every rule id of the code: the words in kebab case of the modules that make
/// findings.
fn rules() -> BTreeSet<String> {
    // What else is written so there: a value of Helm's, names of settings, and
    // Kubernetes' own keywords of a schema.
    const OTHERS: [&str; 3] = ["crd-install", "source-path", "source-repo"];
    let mut found = BTreeSet::new();
    for module in ["validate", "catalog", "render", "command"] {
        collect(&root().join("src").join(module), &mut found);
    }
    let is_keyword = |word: &str| word.starts_with("x-kubernetes-");
    found.retain(|word| !OTHERS.contains(&word.as_str()) && !is_keyword(word));
    found
}

fn collect(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("a folder of code") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).expect("a file of code");
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        // Every second part stands between quotes.
        let literals = code.split('"').skip(1).step_by(2);
        found.extend(literals.filter(|text| is_kebab(text)).map(str::to_owned));
        let constant = code.split_once(" RULE: &str = \"");
        let named = constant.and_then(|(_, rest)| rest.split('"').next());
        found.extend(named.map(str::to_owned));
    }
}

fn is_kebab(text: &str) -> bool {
    let words: Vec<&str> = text.split('-').collect();
    let is_word = |word: &&str| !word.is_empty() && word.bytes().all(|it| it.is_ascii_lowercase());
    words.len() > 1 && words.iter().all(is_word)
}

#[test]
fn the_table_of_findings_names_every_rule() {
    assert_eq!(first_column(&readme(), "Findings"), rules());
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
