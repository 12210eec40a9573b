//! `check` over more than a case file holds.

use std::fmt::Write as _;

use crate::program::{program, run};

/// A stream of entities, each with one field too many.
fn stream(count: usize) -> String {
    let mut text = String::new();
    for index in 0..count {
        // Writing to a String does not fail.
        write!(
            text,
            "---\napiVersion: glint.io/v1\nkind: Entity\nmetadata: {{name: e{index}}}\nspec: {{blueprint: b, identifier: e{index}, title: x}}\n"
        )
        .ok();
    }
    text
}

#[test]
fn the_worst_of_very_many_findings_are_listed_and_all_are_counted() {
    let text = stream(1200) + "---\napiVersion: glint.io/v1\nkind: Entity\nspec: {\n";
    let output = run(program().args(["check", "-"]), text.as_bytes());
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    assert_eq!(said.matches("warning[pruned-field]").count(), 999);
    assert_eq!(said.matches("error[broken-entity]").count(), 1);
    assert_eq!(
        said.lines().last(),
        Some(
            "1 error, 1200 warnings (201 of them left out) in 1 file (1200 entities); `glint-gitops explain broken-entity`"
        )
    );
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn a_finding_far_into_a_line_has_a_place_and_no_text() {
    let text = format!(
        "{{\"apiVersion\": \"glint.io/v1\", \"kind\": \"Entity\", \"spec\": {{\"identifier\": \"i\", \"blueprint\": \"b\", \"properties\": {{\"a\": \"{}\"}}, \"title\": \"x\"}}}}",
        "x".repeat(10_000)
    );
    let output = run(program().args(["check", "-"]), text.as_bytes());
    let said = String::from_utf8(output.stdout).expect("UTF-8");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(
        lines,
        [
            "warning[pruned-field]: `.spec.title` is no field of an entity: the cluster drops it",
            "--> <stdin>:1:10120",
            " |",
            "help: write it as the annotation `glint.io/title`",
            "",
            "1 warning in 1 file (1 entity); `glint-gitops explain pruned-field`",
        ]
    );
}
