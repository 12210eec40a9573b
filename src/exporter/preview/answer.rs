//! What one block makes of one object, in one word: for tests that hold the
//! preview against the exporter's own answers.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::previewer::of_object;
use super::{Outcome, ProblemKind, preview};
use crate::catalog::Dialect;
use crate::exporter::config::Config;
use crate::exporter::decode::Effect;
use crate::exporter::environment::environment;

/// What the exporter does with an object.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// It sends these bodies, in this order.
    Sent(Vec<Value>),
    /// It sends nothing.
    Dropped,
    /// Its process ends.
    Crash,
    /// It can't decode the config.
    Config,
    /// It can't encode a body.
    Unsendable,
    /// Not computed here: why.
    Unsupported(String),
}

/// What a block (one element of a config's `resources`) makes of an object,
/// whatever the kinds of both, with these variables in the exporter's
/// environment.
pub fn answer_of(
    block: &Value,
    object: &Value,
    dialect: Dialect,
    variables: &BTreeMap<String, String>,
) -> Answer {
    let config = match Config::decode(json!({"resources": [block]}), dialect) {
        Ok(config) => config,
        Err(error) => {
            return match error.effect {
                Effect::Stops => Answer::Config,
                Effect::Crashes => Answer::Crash,
                Effect::Unclear => Answer::Unsupported(error.to_string()),
            };
        }
    };
    let environment = match environment(&config.variables, variables) {
        Ok(environment) => environment,
        Err(name) => return Answer::Unsupported(name),
    };
    match of_object(&config, 0, object, &environment) {
        None => Answer::Unsupported("no block".to_owned()),
        Some(Outcome::Sent(sent)) => {
            Answer::Sent(sent.iter().map(|sent| sent.request.to_json()).collect())
        }
        Some(Outcome::Stopped(problems)) => problems.first().map_or_else(
            || Answer::Unsupported("no reason".to_owned()),
            |problem| match problem.kind {
                ProblemKind::Dropped => Answer::Dropped,
                ProblemKind::Crash => Answer::Crash,
                ProblemKind::Unsendable => Answer::Unsendable,
                ProblemKind::Unsupported | ProblemKind::Unresolved => {
                    Answer::Unsupported(format!("{} {}", problem.field, problem.message))
                }
            },
        ),
    }
}

/// The bodies that the exporter sends for objects under a config, in order.
///
/// # Errors
///
/// Why it sends nothing at all: the config, or what can't be computed here.
pub fn bodies_of(
    config: Value,
    objects: &[Value],
    dialect: Dialect,
    variables: &BTreeMap<String, String>,
) -> Result<Vec<Value>, String> {
    let config = Config::decode(config, dialect).map_err(|error| error.to_string())?;
    let environment = environment(&config.variables, variables)?;
    let preview = preview(&config, objects, &environment);
    let sent = preview.sent.into_iter();
    Ok(sent.map(|sent| sent.request.into()).collect())
}
