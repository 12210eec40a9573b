//! The JSON Schema that `schema` prints, held against entities by a validator.

use std::fs;

use glint_gitops::{Parsed, split};
use jsonschema::Validator;
use serde_json::Value;

use crate::program::{program, root, run, said};

fn validator(flags: &[&str]) -> Validator {
    let output = run(program().arg("schema").args(flags), b"");
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let schema = serde_json::from_slice(&output.stdout).expect("the schema is JSON");
    jsonschema::draft7::meta::validate(&schema).expect("the schema is one of draft-07");
    jsonschema::draft7::new(&schema).expect("the schema can be used")
}

fn documents(text: &[u8]) -> Vec<Value> {
    let documents = split(text).expect("a stream").into_iter();
    let parsed = documents.map(|it| Parsed::read(&text[it.range], it.notation));
    parsed
        .map(|it| it.expect("a manifest").value().clone())
        .collect()
}

#[test]
fn the_examples_fit_their_blueprints() {
    let validator = validator(&["--blueprints", "examples/blueprints.json"]);
    let mut count = 0;
    for entry in fs::read_dir(root().join("examples/shop")).expect("the example") {
        let path = entry.expect("an entry").path();
        for document in documents(&fs::read(&path).expect("a file")) {
            let errors: Vec<_> = validator.iter_errors(&document).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", path.display());
            count += 1;
        }
    }
    assert!(count > 5, "{count} documents");
}

#[track_caller]
fn check(flags: &[&str], entity: &str, expected: &[&str]) {
    let text = format!("apiVersion: glint.io/v1\nkind: Entity\nmetadata: {{name: x}}\n{entity}");
    let [document] = &documents(text.as_bytes())[..] else {
        panic!("not one document");
    };
    let validator = validator(flags);
    let errors = validator.iter_errors(document);
    let mut places: Vec<String> = errors
        .map(|error| error.instance_path().to_string())
        .collect();
    places.sort();
    assert_eq!(places, expected, "{entity}");
}

#[test]
fn what_does_not_fit_is_marked_where_it_stands() {
    let shop = ["--blueprints", "examples/blueprints.json"];
    let service = "blueprint: service, identifier: web";
    let properties = "properties: {tier: 1, lifecycle: production}";
    let relations = "relations: {system: shop}";
    check(
        &shop,
        &format!("spec: {{{service}, {properties}, {relations}}}"),
        &[],
    );
    check(&shop, &format!("spec: {{{service}}}"), &["/spec", "/spec"]);
    check(
        &shop,
        &format!(
            "spec: {{{service}, properties: {{tier: 9, lifecycle: old, extra: 1}}, {relations}}}"
        ),
        &[
            "/spec/properties",
            "/spec/properties/lifecycle",
            "/spec/properties/tier",
        ],
    );
    check(
        &shop,
        &format!(
            "spec: {{{service}, {properties}, relations: {{system: [a], dependsOn: a, x: y}}}}"
        ),
        &[
            "/spec/relations",
            "/spec/relations/dependsOn",
            "/spec/relations/system",
        ],
    );
    check(
        &shop,
        "spec: {blueprint: servcie, identifier: 'a b'}",
        &["/spec/blueprint", "/spec/identifier"],
    );
    let of_team = [
        "--blueprints",
        "examples/blueprints.json",
        "--blueprint",
        "team",
    ];
    check(
        &of_team,
        &format!("spec: {{{service}}}"),
        &["/spec/blueprint"],
    );
}

#[test]
fn without_blueprints_the_shape_alone_is_held() {
    check(
        &[],
        "spec: {blueprint: any, identifier: grün/1, properties: {a: 1}}",
        &[],
    );
    check(
        &[],
        "spec: {blueprint: 'a=b', identifier: ., title: x}",
        &["/spec", "/spec/blueprint", "/spec/identifier"],
    );
    check(&[], "data: {}", &["", ""]);
}

#[test]
fn a_document_of_another_kind_passes() {
    let validator = validator(&["--blueprints", "examples/blueprints.json"]);
    let text = fs::read(root().join("examples/shop/network-policy.yaml")).expect("a file");
    assert!(
        documents(&text)
            .iter()
            .all(|document| validator.is_valid(document))
    );
}
