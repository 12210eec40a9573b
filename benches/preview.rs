//! The preview of 10,000 entities beside gojq, in one run on one machine:
//! `cargo bench --features peers --bench preview`.
//!
//! Eleven expressions for each entity, those of a generated mapping of the
//! explicit style. gojq does the same work twice: with each expression compiled
//! for each object, as the exporter does it, and with each compiled once. The
//! programs take turns, so that a change of the machine's load meets all, and
//! the best round counts. Their bodies must be the same. Without a harness: what
//! is compared is a program of its own, which times itself.

#![expect(clippy::print_stdout, reason = "the figures are what it prints")]

#[path = "../tests/peers/program.rs"]
mod program;

use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Instant;

use glint_gitops::{Dialect, bodies_of};
use serde_json::{Value, json};

const ENTITIES: usize = 10_000;
const ROUNDS: usize = 7;

const SELECTOR: &str = r#"(.spec.blueprint? // "") == "service" and (.spec.identifier? // "") != "" and (.metadata.annotations?["gitops.glint.io/deliver"]? // "") != "false""#;

fn mapping() -> Value {
    json!({
        "identifier": ".spec.identifier",
        "title": r#".metadata.annotations["glint.io/title"] // """#,
        "blueprint": ".spec.blueprint",
        "icon": r#".metadata.annotations["glint.io/icon"] // """#,
        "properties": {
            "*": r#"(.spec.properties // {}) | with_entries(select(.key == ("dashboards", "url", "version")))"#,
            "description": r#".spec.properties["description"]"#,
            "language": r#".spec.properties["language"]"#,
            "tier": r#".spec.properties["tier"]"#,
        },
        "relations": {
            "system": r#".spec.relations["system"]"#,
            "team": r#".spec.relations["team"]"#,
        },
    })
}

fn entity(index: usize) -> Value {
    json!({
        "apiVersion": "glint.io/v1",
        "kind": "Entity",
        "metadata": {
            "name": format!("service-{index}"),
            "namespace": "shop",
            "annotations": {"glint.io/title": format!("Service {index}")},
        },
        "spec": {
            "blueprint": "service",
            "identifier": format!("service-{index}"),
            "properties": {
                "description": "Takes orders and passes them on",
                "language": "go",
                "tier": index % 4,
                "url": format!("https://service-{index}.example"),
                "version": "1.2.3",
                "dashboards": ["latency", "errors"],
            },
            "relations": {"system": "shop", "team": "payments"},
        },
    })
}

/// Seconds of one round of ours, and what it gave.
fn ours(objects: &[Value]) -> (f64, Vec<Value>) {
    let config = json!({"resources": [{
        "kind": "glint.io/v1/entities",
        "selector": {"query": SELECTOR},
        "glint": {"entity": {"mappings": [mapping()]}},
    }]});
    let started = Instant::now();
    let bodies = bodies_of(config, objects, Dialect::Glint, &BTreeMap::new());
    let seconds = started.elapsed().as_secs_f64();
    (seconds, bodies.expect("a config that can be computed"))
}

/// One round of gojq's: seconds as the exporter does it, seconds with each
/// expression compiled once, and what it gave.
fn gojq(program: &std::path::Path, file: &std::path::Path) -> (f64, f64, Vec<Value>) {
    let output = Command::new(program).arg(file).arg("1").output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let seconds = |key: &str| result[key][0].as_f64().expect("seconds");
    let (each_time, once) = (seconds("eachTime"), seconds("once"));
    let Value::Array(bodies) = result["bodies"].take() else {
        panic!("no bodies");
    };
    (each_time, once, bodies)
}

fn main() {
    let objects: Vec<Value> = (0..ENTITIES).map(entity).collect();
    let work = json!({"selector": SELECTOR, "mapping": mapping(), "objects": objects});
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("work.json");
    fs::write(&file, work.to_string()).expect("a place to write");
    let program = program::program("mapper");

    let mut best = [f64::INFINITY; 3];
    for _ in 0..ROUNDS {
        let (seconds, bodies) = ours(&objects);
        let (each_time, once, expected) = gojq(&program, &file);
        assert!(bodies == expected, "gojq gives other bodies");
        assert_eq!(bodies.len(), ENTITIES);
        for (best, seconds) in best.iter_mut().zip([seconds, each_time, once]) {
            *best = best.min(seconds);
        }
    }
    let [ours, each_time, once] = best.map(|seconds| seconds * 1000.0);
    println!("preview of {ENTITIES} entities, 11 expressions each, best of {ROUNDS}:");
    println!("| program | ms |");
    println!("|---|---|");
    println!("| glint-gitops, config decoded and objects converted | {ours:.0} |");
    println!(
        "| gojq 0.12.17, each expression compiled for each object, as the exporter | {each_time:.0} |"
    );
    println!("| gojq 0.12.17, each expression compiled once | {once:.0} |");
}
