//! How fast a mapping's expressions are.

use std::time::{Duration, Instant};

use super::super::{Environment, Program, Value};

/// What is evaluated for one entity under a mapping of ours: two selectors, the
/// fields of the generic style, and some of the explicit one.
const EXPRESSIONS: [&str; 11] = [
    r#"(.spec.blueprint? // "") != "" and (.spec.identifier? // "") != "" and (.metadata.annotations?["gitops.glint.io/deliver"]? // "") != "false" and (.metadata.annotations?["glint.io/team"]? // "") == """#,
    r#"(.spec.blueprint? // "") != "" and (.spec.identifier? // "") != "" and (.metadata.annotations?["gitops.glint.io/deliver"]? // "") != "false" and (.metadata.annotations?["glint.io/team"]? // "") != """#,
    ".spec.identifier",
    r#".metadata.annotations["glint.io/title"] // """#,
    ".spec.blueprint",
    r#".metadata.annotations["glint.io/icon"] // """#,
    ".spec.properties // {}",
    ".spec.relations // {}",
    r#"(.spec.properties // {}) | with_entries(select(.key == ("lang", "slo")))"#,
    r#".spec.properties["tier"]"#,
    r#".spec.relations["owner"]"#,
];

const ENTITY: &str = r#"{"apiVersion":"glint.io/v1","kind":"Entity",
    "metadata":{"name":"pay","namespace":"shop","labels":{"a":"b"},
        "annotations":{"glint.io/title":"Pay","gitops.glint.io/application":"shop"}},
    "spec":{"blueprint":"service","identifier":"pay",
        "properties":{"tier":"gold","lang":"go","slo":99.9,"on":true,"n":3,"url":"https://a.b"},
        "relations":{"owner":"team-a","uses":["x","y"]}}}"#;

#[test]
#[ignore = "measures: cargo test --release --lib -- --ignored speed"]
fn ten_thousand_entities_take_less_than_150_ms() {
    let environment = Environment::default();
    let compile = |query: &&str| Program::compile(query, &environment).unwrap();
    let programs: Vec<_> = EXPRESSIONS.iter().map(compile).collect();
    let entity: serde_json::Value = serde_json::from_str(ENTITY).unwrap();
    let start = Instant::now();
    for _ in 0..10_000 {
        let value = Value::from(&entity);
        for program in &programs {
            assert!(program.first(&value).is_ok());
        }
    }
    let taken = start.elapsed();
    assert!(taken < Duration::from_millis(150), "{taken:?}");
}
