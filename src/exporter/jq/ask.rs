//! One expression, one input: what tests ask, who hold the answers against
//! those of the real program.

use std::collections::BTreeMap;

use super::{CompileError, Environment, Program, RunError, Value, text};

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JqError {
    /// Not an expression. Holds gojq's message.
    Compile(String),
    /// It fails. Holds gojq's message.
    Failed(String),
    /// It ends without an output.
    NoOutput,
    /// gojq may have an answer, but we can't give it. Holds its name.
    Unsupported(String),
}

/// The first output, as gojq prints it: keys in order, NaN as `null`, an
/// infinity as the greatest number.
///
/// # Errors
///
/// [`JqError`]: there is none, in gojq or with us.
pub fn jq_first(
    query: &str,
    input: &serde_json::Value,
    environment: BTreeMap<String, String>,
) -> Result<String, JqError> {
    let program = Program::compile(query, &Environment::from(environment));
    let program = program.map_err(|error| match error {
        CompileError::Invalid(message) => JqError::Compile(message),
        CompileError::Unsupported(name) => JqError::Unsupported(name),
    })?;
    match program.first(&Value::from(input)) {
        Ok(value) => Ok(text::json(&value)),
        Err(RunError::Failed(message)) => Err(JqError::Failed(message)),
        Err(RunError::NoOutput) => Err(JqError::NoOutput),
        Err(RunError::Unsupported(name)) => Err(JqError::Unsupported(name)),
    }
}

#[cfg(test)]
mod tests {
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
    #[ignore = "measures: cargo test --release --lib -- --ignored ask"]
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
}
