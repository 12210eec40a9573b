//! What `check --format sarif` writes, held against the standard's own schema
//! (`tests/sarif`).

use std::fs;

use serde_json::Value;

use crate::program::{program, root, run};

#[track_caller]
fn log(arguments: &[&str]) -> Value {
    let output = run(program().args(arguments).args(["--format", "sarif"]), b"");
    let log = serde_json::from_slice(&output.stdout).expect("JSON");
    let schema = fs::read(root().join("tests/sarif/sarif-schema-2.1.0.json")).expect("a schema");
    let mut schema: Value = serde_json::from_slice(&schema).expect("a JSON schema");
    // The standard has a bracket too many here, which strict readers of patterns
    // refuse; we state no language.
    for holder in ["run", "toolComponent"] {
        let language = &mut schema["definitions"][holder]["properties"]["language"];
        let language = language.as_object_mut().expect("a schema");
        language.remove("pattern");
    }
    let validator = jsonschema::draft7::new(&schema).expect("a valid schema");
    let problems: Vec<String> = validator
        .iter_errors(&log)
        .map(|problem| format!("{}: {problem}", problem.instance_path()))
        .collect();
    assert_eq!(problems, Vec::<String>::new());
    log
}

#[test]
fn a_log_of_many_findings_is_valid() {
    let log = log(&["check", "tests/cmd/apps/broken"]);
    let results = log["runs"][0]["results"].as_array().expect("results");
    assert!(results.len() > 10);
    let rules = log["runs"][0]["tool"]["driver"]["rules"]
        .as_array()
        .expect("rules");
    for result in results {
        let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index"));
        assert_eq!(rules[index.expect("a small one")]["id"], result["ruleId"]);
    }
}

#[test]
fn a_log_with_two_places_is_valid() {
    let log = log(&[
        "check",
        "tests/rules/identity-taken/cart",
        "tests/rules/identity-taken/basket",
    ]);
    let result = &log["runs"][0]["results"][0];
    let file = |place: &Value| place["physicalLocation"]["artifactLocation"]["uri"].clone();
    assert_eq!(
        file(&result["locations"][0]),
        "tests/rules/identity-taken/basket/entity.yaml"
    );
    let other = file(&result["relatedLocations"][0]);
    assert_eq!(other, "tests/rules/identity-taken/cart/entity.yaml");
}

#[test]
fn a_log_of_nothing_is_valid() {
    let log = log(&["check", "examples/shop"]);
    assert_eq!(log["runs"][0]["results"], Value::Array(Vec::new()));
}
