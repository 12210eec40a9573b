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
