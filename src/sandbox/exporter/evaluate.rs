//! What the blocks of one kind make of objects, by the twin that `preview` uses.
//!
//! Not for sending it. Invariant: what can't be computed is a failure by name; the
//! player then deletes nothing, as the exporter does after a failure.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::catalog::Dialect;
use crate::exporter::{Config, Kind, Preview, Problem, ProblemKind, Request, environment, preview};

/// Who computes what a config makes of objects: here, or, for a config of others,
/// which may never end, in a process of its own.
pub(crate) trait Evaluate: Send {
    /// What the exporter sends of the objects as they are.
    ///
    /// # Errors
    /// Why nothing can be computed.
    fn evaluate(&self, config: &Value, objects: &[&Value]) -> Result<Preview, String>;
}

/// Computes in this process: for configs that are known to end.
#[derive(Clone, Debug)]
pub(crate) struct Here {
    /// Whose exporter.
    pub dialect: Dialect,
    /// Its environment.
    pub variables: BTreeMap<String, String>,
}

impl Evaluate for Here {
    fn evaluate(&self, config: &Value, objects: &[&Value]) -> Result<Preview, String> {
        let config = Config::decode(config.clone(), self.dialect).map_err(|it| it.to_string())?;
        let environment = environment(&config.variables, &self.variables)?;
        Ok(preview(&config, objects.iter().copied(), &environment))
    }
}

/// What one block makes of one object.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Made {
    /// These entities, of which there may be none.
    Entities(Vec<Request>),
    /// An error, by this clause.
    Failed(String),
    /// The end of the process, by this clause.
    Crash(String),
}

/// All blocks of a config that have one kind.
#[derive(Clone, Debug)]
pub(super) struct Blocks {
    dialect: Dialect,
    /// A config with these blocks alone, and with a kind that names what the
    /// exporter resolved.
    config: Value,
    count: usize,
}

impl Blocks {
    /// `config` is the whole config, `text` the kind as its blocks write it.
    pub(super) fn of(config: &Value, text: &str, kind: &Kind, dialect: Dialect) -> Self {
        let blocks = config["resources"].as_array().into_iter().flatten();
        let own = blocks.filter(|block| block["kind"].as_str().unwrap_or_default() == text);
        let resolved = format!("{}/{}", kind.api_version(), kind.kind.to_lowercase());
        let own: Vec<Value> = own
            .map(|block| {
                let mut block = block.clone();
                block["kind"] = json!(resolved);
                block
            })
            .collect();
        let count = own.len();
        let mut config = config.clone();
        config["resources"] = Value::Array(own);
        Self {
            dialect,
            config,
            count,
        }
    }

    /// What each block makes of each object, by object, then block.
    pub(super) fn make(&self, evaluate: &dyn Evaluate, objects: &[&Value]) -> Vec<Vec<Made>> {
        if objects.is_empty() {
            return Vec::new();
        }
        let nothing = || vec![vec![Made::Entities(Vec::new()); self.count]; objects.len()];
        match evaluate.evaluate(&self.config, objects) {
            Ok(preview) => place(preview, nothing()),
            Err(why) => vec![vec![Made::Failed(why); self.count]; objects.len()],
        }
    }

    /// The first objects that pass the selectors without a failure, each as its
    /// mappings see it: what the exporter sends as examples of a kind.
    pub(super) fn examples(
        &self,
        evaluate: &dyn Evaluate,
        objects: &[&Value],
        made: &[Vec<Made>],
        limit: usize,
    ) -> Vec<Value> {
        let mut examples = Vec::new();
        for (object, made) in objects.iter().zip(made) {
            for (block, made) in made.iter().enumerate() {
                if examples.len() >= limit {
                    examples.truncate(limit);
                    return examples;
                }
                match (self.shape(block), made) {
                    (_, Made::Failed(_) | Made::Crash(_)) => {}
                    (Shape::Whole, Made::Entities(entities)) if entities.is_empty() => {}
                    (Shape::Whole, Made::Entities(_)) => examples.push((*object).clone()),
                    (Shape::Other, Made::Entities(_)) => {
                        examples.extend(self.seen(evaluate, block, object));
                    }
                }
            }
        }
        examples.truncate(limit);
        examples
    }

    fn shape(&self, block: usize) -> Shape {
        let part = &self.config["resources"][block][self.dialect.mapping_key()];
        let has_items = !part["itemsToParse"].as_str().unwrap_or_default().is_empty();
        let mappings = part["entity"]["mappings"].as_array();
        match has_items || mappings.is_none_or(Vec::is_empty) {
            true => Shape::Other,
            false => Shape::Whole,
        }
    }

    /// What the mappings of a block see of an object: asked by a mapping that gives
    /// back all that it sees.
    fn seen(&self, evaluate: &dyn Evaluate, block: usize, object: &Value) -> Vec<Value> {
        let mut config = self.config.clone();
        let mut asking = config["resources"][block].clone();
        asking[self.dialect.mapping_key()]["entity"] = json!({"mappings": [{
            "identifier": "\"x\"", "blueprint": "\"x\"", "properties": {"seen": "."},
        }]});
        config["resources"] = json!([asking]);
        let preview = evaluate.evaluate(&config, &[object]).unwrap_or_default();
        let sent = preview.sent.into_iter();
        sent.filter_map(|mut sent| sent.request.properties.remove("seen"))
            .collect()
    }
}

/// What the mappings of a block see of an object.
enum Shape {
    /// The object, and by its entities one knows that it passes.
    Whole,
    /// Something that has to be asked for.
    Other,
}

fn place(preview: Preview, mut made: Vec<Vec<Made>>) -> Vec<Vec<Made>> {
    let Preview { sent, problems } = preview;
    for sent in sent {
        let cell = made.get_mut(sent.object);
        if let Some(Made::Entities(entities)) = cell.and_then(|row| row.get_mut(sent.block)) {
            entities.push(sent.request);
        }
    }
    for problem in problems {
        let rows = match problem.object {
            Some(object) => object..object + 1,
            None => 0..made.len(),
        };
        for row in made.get_mut(rows).into_iter().flatten() {
            if let Some(cell @ Made::Entities(_)) = row.get_mut(problem.block) {
                *cell = failure(&problem);
            }
        }
    }
    made
}

fn failure(problem: &Problem) -> Made {
    let Problem {
        field,
        kind,
        message,
        ..
    } = problem;
    let clause = format!("`{field}` {message}");
    match kind {
        ProblemKind::Crash => Made::Crash(clause),
        ProblemKind::Dropped
        | ProblemKind::Unsendable
        | ProblemKind::Unsupported
        | ProblemKind::Unresolved => Made::Failed(clause),
    }
}
