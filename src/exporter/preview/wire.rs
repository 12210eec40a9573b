//! A preview as two streams of JSON lines: for a process of its own, which may
//! be ended at any time.
//!
//! In: a [`Task`], then each object. Out: [`Line`]s; whatever stands before the
//! end of a process is true, so that the last step tells what ended it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Preview, Previewer, Problem, Sent, Step};
use crate::catalog::Dialect;
use crate::exporter::config::Config;
use crate::exporter::environment::environment;
use crate::manifest::FieldPath;

/// What is to be computed.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    /// The word of the dialect.
    dialect: String,
    config: Value,
    /// The exporter's environment.
    variables: BTreeMap<String, String>,
    /// The blocks, in the order in which they are computed.
    blocks: Vec<usize>,
}

/// One line of the answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    /// The work begins on an object, by its index.
    Object(usize),
    /// The expression at this place comes next.
    Expression(FieldPath),
    Sent(Sent),
    Problem(Problem),
    /// A block is complete.
    Block(usize),
}

/// What a process has said before it ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Told {
    /// Of all complete blocks.
    pub preview: Preview,
    /// The complete blocks.
    pub complete: Vec<usize>,
    /// The object of the last step, by its index.
    pub object: Option<usize>,
    /// The expression of the last step.
    pub expression: Option<FieldPath>,
}

impl Task {
    /// Blocks of a config, which must be one that can be decoded.
    pub(crate) fn new(
        config: &Value,
        dialect: Dialect,
        variables: &BTreeMap<String, String>,
        blocks: Vec<usize>,
    ) -> Self {
        Self {
            dialect: dialect.as_str().to_owned(),
            config: config.clone(),
            variables: variables.clone(),
            blocks,
        }
    }

    /// The lines that are read by [`Self::run`].
    pub(crate) fn to_lines<'o>(&self, objects: impl IntoIterator<Item = &'o Value>) -> String {
        let mut lines = line(self);
        for object in objects {
            lines.push_str(&line(object));
        }
        lines
    }

    /// Computes what the lines ask for, and tells each line of the answer as
    /// soon as it is true.
    ///
    /// # Errors
    ///
    /// What is wrong with the lines.
    pub(crate) fn run(lines: &str, tell: &dyn Fn(&str)) -> Result<(), String> {
        let mut values = serde_json::Deserializer::from_str(lines).into_iter::<Value>();
        let task = values.next().ok_or("no task")?;
        let task = task.and_then(serde_json::from_value::<Self>);
        let task = task.map_err(|error| error.to_string())?;
        let objects: Result<Vec<Value>, _> = values.collect();
        let objects = objects.map_err(|error| error.to_string())?;
        let dialect = Dialect::ALL
            .into_iter()
            .find(|dialect| dialect.as_str() == task.dialect);
        let dialect = dialect.ok_or("no such dialect")?;
        let config = Config::decode(task.config, dialect).map_err(|error| error.to_string())?;
        let environment = environment(&config.variables, &task.variables)?;
        let watch = |step: Step<'_>| {
            tell(&line(&match step {
                Step::Object(object) => Line::Object(object),
                Step::Expression(field) => Line::Expression(field.clone()),
            }));
        };
        let mut previewer = Previewer::new(&config, &objects, &environment, &watch);
        for block in task.blocks {
            let Preview { sent, problems } = previewer.block(block);
            let sent = sent.into_iter().map(Line::Sent);
            let lines = sent.chain(problems.into_iter().map(Line::Problem));
            let mut lines: String = lines.map(|answer| line(&answer)).collect();
            lines.push_str(&line(&Line::Block(block)));
            tell(&lines);
        }
        Ok(())
    }
}

impl Told {
    /// Reads what was said; the last line may be cut off.
    pub(crate) fn of(lines: &[u8]) -> Self {
        let mut told = Self::default();
        let mut open = Preview::default();
        let values = serde_json::Deserializer::from_slice(lines).into_iter::<Line>();
        for line in values.map_while(Result::ok) {
            match line {
                Line::Object(object) => {
                    told.object = Some(object);
                    told.expression = None;
                }
                Line::Expression(field) => told.expression = Some(field),
                Line::Sent(sent) => open.sent.push(sent),
                Line::Problem(problem) => open.problems.push(problem),
                Line::Block(block) => {
                    told.complete.push(block);
                    told.preview.extend(std::mem::take(&mut open));
                    told.object = None;
                    told.expression = None;
                }
            }
        }
        told
    }
}

/// A value on a line of its own. Nothing here fails to be JSON.
fn line(value: &impl Serialize) -> String {
    let mut line = serde_json::to_string(value).unwrap_or_default();
    line.push('\n');
    line
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use serde_json::json;

    use super::{Task, Told};
    use crate::catalog::Dialect;
    use crate::exporter::config::Config;
    use crate::exporter::jq::Environment;
    use crate::exporter::preview::preview;

    #[test]
    fn what_is_told_is_the_preview_and_a_cut_keeps_complete_blocks() {
        let block = |property: &str| {
            json!({"kind": "v1/services", "port": {"entity": {"mappings": [{
                "identifier": ".metadata.name", "blueprint": "\"b\"",
                "properties": {"p": property},
            }]}}})
        };
        let config = json!({"resources": [block(".spec"), block("nan"), {"kind": "x"}]});
        let objects = ["a", "b"].map(|name| {
            json!({"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": 1.0})
        });
        let task = Task::new(&config, Dialect::Port, &[].into(), vec![0, 1, 2]);
        let told = RefCell::new(String::new());
        let tell = |lines: &str| told.borrow_mut().push_str(lines);
        Task::run(&task.to_lines(&objects), &tell).unwrap();
        let told = told.into_inner();

        let config = Config::decode(config, Dialect::Port).unwrap();
        let expected = preview(&config, &objects, &Environment::default());
        let read = Told::of(told.as_bytes());
        assert_eq!(read.preview.in_order(), expected);
        assert_eq!(read.complete, [0, 1, 2]);

        let cut = told.find(r#"{"block":1}"#).unwrap();
        let read = Told::of(&told.as_bytes()[..cut + 3]);
        assert_eq!(read.complete, [0]);
        assert_eq!(read.preview.sent.len(), 2);
        assert_eq!(read.object, Some(1));
        assert_eq!(
            read.expression.unwrap().to_string(),
            ".resources[1].port.entity.mappings[0].properties.p"
        );
    }
}
