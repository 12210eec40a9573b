//! jq, as the exporter runs it.
//!
//! The exporter (port-k8s-exporter v0.7.9) calls gojq v0.12.17 as a library:
//! an expression is parsed, compiled with the environment that it lets through,
//! run on one object, and only its first output is asked for. What is promised:
//! for every expression and every input the answer is gojq's (the same value,
//! the same kind of failure), or it is `Unsupported` by name. Never another
//! answer.
//!
//! Own, and not built on jaq: gojq's answer depends on the order in which its
//! machine evaluates operands, on where it keeps track of paths, and on which
//! value is the same one in memory; an interpreter that goes the same way gives
//! all that for nothing, where a translation to another engine can only refuse.
//!
//! Not here: what the exporter makes of an output (the preview), and which
//! variables of the environment it lets through.

mod access;
mod ask;
mod change;
mod compile;
mod fault;
mod functions;
mod json;
mod native;
mod operator;
mod order;
mod run;
mod syntax;
#[cfg(test)]
mod tests;
mod text;
mod value;

use std::collections::BTreeMap;
use std::rc::Rc;

pub use ask::{JqError, jq_first};
pub(crate) use value::Value;

/// What jq may read by `env` and `$ENV`: already reduced to what the exporter
/// lets through.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment(BTreeMap<String, String>);

impl From<BTreeMap<String, String>> for Environment {
    fn from(variables: BTreeMap<String, String>) -> Self {
        Self(variables)
    }
}

/// Why there is no program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CompileError {
    /// The exporter refuses it too. Holds gojq's message.
    #[error("{0}")]
    Invalid(String),
    /// We can't compile what the exporter may be able to. Holds its name.
    #[error("unsupported: {0}")]
    Unsupported(String),
}

/// Why a program gave no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RunError {
    /// It fails in the exporter too. Holds gojq's message, which may quote
    /// values of the input.
    #[error("{0}")]
    Failed(String),
    /// It ended without an output, which the exporter takes for a failure.
    #[error("no output")]
    NoOutput,
    /// We can't run what the exporter may be able to. Holds its name.
    #[error("unsupported: {0}")]
    Unsupported(String),
}

/// An expression, compiled once and run on many inputs.
#[derive(Debug)]
pub(crate) struct Program {
    plan: compile::Plan,
    context: native::Context,
}

impl Program {
    /// Compiles as gojq does.
    ///
    /// # Errors
    ///
    /// [`CompileError`]: gojq refuses it, or we do.
    pub(crate) fn compile(query: &str, environment: &Environment) -> Result<Self, CompileError> {
        let variables = environment.0.iter();
        let variables =
            variables.map(|(name, value)| (Rc::from(name.as_str()), Value::text(value.as_str())));
        let plan = compile::compile(query, Value::object(variables.collect()))?;
        Ok(Self {
            plan,
            context: native::Context::default(),
        })
    }

    /// The first output. Later ones are never computed.
    ///
    /// # Errors
    ///
    /// [`RunError`]: there is none, in gojq or with us.
    pub(crate) fn first(&self, input: &Value) -> Result<Value, RunError> {
        run::first(&self.plan, &self.context, input)
    }
}
