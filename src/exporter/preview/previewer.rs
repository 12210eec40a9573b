//! Goes through blocks and objects.

use serde_json::Value;

use super::compile::{Compiled, Programs};
use super::evaluate::answer;
use super::{Outcome, Preview, Problem, ProblemKind, Sent};
use crate::exporter::config::Config;
use crate::exporter::jq::{self, Environment};
use crate::exporter::kinds::{Kind, Kinds, Unresolved};
use crate::manifest::FieldPath;

/// What is about to be computed: for whoever wants to know where a computation
/// that does not end was.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step<'a> {
    /// What the block makes of the object with this index among those given.
    Object(usize),
    /// The expression at this place of the config.
    Expression(&'a FieldPath),
}

/// Told of each step before it is taken.
pub(crate) type Watch<'a> = &'a dyn Fn(Step<'_>);

/// A config and objects, block by block. Each expression is compiled once, and
/// each object converted once.
pub(crate) struct Previewer<'a> {
    config: &'a Config,
    objects: Vec<&'a Value>,
    kinds: Kinds,
    /// What each object says that it is.
    declared: Vec<Option<Kind>>,
    /// Each object as jq's input, once it has been needed.
    inputs: Vec<Option<jq::Value>>,
    programs: Programs<'a>,
    watch: Watch<'a>,
}

impl<'a> Previewer<'a> {
    /// Nothing is computed yet.
    pub(crate) fn new<'o: 'a>(
        config: &'a Config,
        objects: impl IntoIterator<Item = &'o Value>,
        environment: &'a Environment,
        watch: Watch<'a>,
    ) -> Self {
        let objects: Vec<&'a Value> = objects.into_iter().map(|object| object as &Value).collect();
        Self {
            config,
            kinds: Kinds::of(&objects, config.dialect),
            declared: objects.iter().map(|object| Kind::of(object)).collect(),
            inputs: vec![None; objects.len()],
            objects,
            programs: Programs::new(environment),
            watch,
        }
    }

    /// What a block makes of all objects that it is for, in their order; nothing
    /// where the config has no such block.
    pub(crate) fn block(&mut self, index: usize) -> Preview {
        let mut preview = Preview::default();
        let Some(block) = self.config.blocks.get(index) else {
            return preview;
        };
        let kind = match self.kinds.resolve(&block.kind) {
            Ok(kind) => kind,
            Err(error) => {
                preview.problems.push(unresolved(index, &error));
                return preview;
            }
        };
        let compiled = Compiled::of(block, index, self.config, &mut self.programs);
        for (object, declared) in self.declared.iter().enumerate() {
            let outcome = match declared {
                Some(declared) if *declared == kind => {
                    (self.watch)(Step::Object(object));
                    let input = self.inputs[object]
                        .get_or_insert_with(|| jq::Value::of_object(self.objects[object]));
                    answer(&compiled, input, self.watch)
                }
                Some(declared) if declared.is_version_of(&kind) => {
                    converted(&kind, declared, index)
                }
                Some(_) | None => continue,
            };
            add(&mut preview, outcome, object, index);
        }
        preview
    }
}

/// What one block makes of one object, whatever its kind.
pub(super) fn of_object(
    config: &Config,
    block: usize,
    object: &Value,
    environment: &Environment,
) -> Option<Outcome> {
    let mut programs = Programs::new(environment);
    let compiled = Compiled::of(config.blocks.get(block)?, block, config, &mut programs);
    Some(answer(&compiled, &jq::Value::of_object(object), &|_| {}))
}

fn add(preview: &mut Preview, outcome: Outcome, object: usize, block: usize) {
    match outcome {
        Outcome::Sent(sent) => preview.sent.extend(sent.into_iter().map(|sent| Sent {
            object,
            block,
            ..sent
        })),
        Outcome::Stopped(problems) => {
            let problems = problems.into_iter().map(|problem| Problem {
                object: Some(object),
                ..problem
            });
            preview.problems.extend(problems);
        }
    }
}

/// The exporter skips the block.
fn unresolved(block: usize, error: &Unresolved) -> Problem {
    let field = Config::block_path(block).key("kind");
    Problem {
        kind: ProblemKind::Unresolved,
        ..Problem::unsupported(None, block, field, error.to_string())
    }
}

/// The cluster gives the object in the block's version, converted.
fn converted(kind: &Kind, declared: &Kind, block: usize) -> Outcome {
    let message = format!(
        "reads `{}`, and the object is written as `{}`: the cluster converts it, which is not \
         computed here",
        kind.api_version(),
        declared.api_version()
    );
    let field = Config::block_path(block).key("kind");
    Outcome::Stopped(vec![Problem::unsupported(None, block, field, message)])
}
