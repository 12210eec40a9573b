//! What the exporter makes of objects: a config and objects in, the requests
//! that it sends out, or why it sends none.
//!
//! After port-k8s-exporter v0.7.9: pkg/k8s/controller.go (`getObjectEntities`),
//! pkg/port/entity/entity.go, pkg/jq/parser.go. Invariants: what is given as
//! sent is, as JSON, what the exporter sends; what can't be said for certain is
//! a problem that says so ([`ProblemKind::Unsupported`]), never a guess. Not
//! here: what the catalog makes of a request.

mod answer;
mod compile;
mod evaluate;
mod items;
mod members;
mod request;

use std::collections::BTreeMap;

use serde_json::Value;

use super::config::Config;
use super::jq::{self, Environment};
use super::kinds::{Kind, Kinds};
use crate::manifest::FieldPath;

use compile::{Compiled, Programs};
use evaluate::answer;

pub use answer::{Answer, answer_of};
pub(crate) use request::Request;

/// What objects become under a config.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Preview {
    /// In the order of the objects, then of blocks, items and mappings. The
    /// exporter takes the kinds in an order of its own.
    pub sent: Vec<Sent>,
    /// What is not sent, and why; in the same order, those of a whole block
    /// before all others.
    pub problems: Vec<Problem>,
}

/// One request, and what it is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Sent {
    /// What is sent.
    pub request: Request,
    /// The object's index among those given.
    pub object: usize,
    /// The block's index in the config.
    pub block: usize,
    /// The index among the block's items, where it has `itemsToParse`.
    pub item: Option<usize>,
    /// The index among the block's mappings.
    pub mapping: usize,
}

/// Why the exporter does not send what a block is meant to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The object's index among those given; none for a whole block.
    pub object: Option<usize>,
    /// The block's index in the config.
    pub block: usize,
    /// Where in the config: `.resources[0].selector.query`.
    pub field: FieldPath,
    /// What becomes of it.
    pub kind: ProblemKind,
    /// A clause about the field, without any value of the object.
    pub message: String,
    /// What jq said, which may hold values of the object: never for a finding.
    pub detail: Option<String>,
}

/// What becomes of a block's objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ProblemKind {
    /// The exporter sends nothing for the object in this block, and deletes
    /// nothing at all while that lasts.
    Dropped,
    /// The exporter's process ends, and again after each restart.
    Crash,
    /// The request can't be encoded; the exporter loses it with the up to 19
    /// others of its batch.
    Unsendable,
    /// Nobody can say here what the exporter does.
    Unsupported,
    /// The exporter skips the block, or may; and deletes what it owns of it.
    Unresolved,
}

/// What one block makes of one object.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// These requests; the object's and the block's index are the caller's to
    /// say, and 0 here.
    Sent(Vec<Sent>),
    /// Nothing, for these reasons, of which the first decides.
    Stopped(Vec<Problem>),
}

/// Computes what the exporter sends.
pub(crate) fn preview(config: &Config, objects: &[Value], environment: &Environment) -> Preview {
    let all: Vec<usize> = (0..config.blocks.len()).collect();
    preview_blocks(config, &all, objects, environment)
}

/// As [`preview`], for some blocks of the config.
pub(crate) fn preview_blocks(
    config: &Config,
    blocks: &[usize],
    objects: &[Value],
    environment: &Environment,
) -> Preview {
    let kinds = Kinds::of(objects, config.dialect);
    let declared: Vec<Option<Kind>> = objects.iter().map(Kind::of).collect();
    let mut inputs: BTreeMap<usize, jq::Value> = BTreeMap::new();
    let mut programs = Programs::new(environment);
    let mut preview = Preview::default();
    for &index in blocks {
        let Some(block) = config.blocks.get(index) else {
            continue;
        };
        let kind = match kinds.resolve(&block.kind) {
            Ok(kind) => kind,
            Err(error) => {
                let field = Config::block_path(index).key("kind");
                let problem = Problem::of_block(index, field, error.to_string());
                preview.problems.push(problem);
                continue;
            }
        };
        let compiled = Compiled::of(block, index, config, &mut programs);
        for (object, declared) in declared.iter().enumerate() {
            let Some(declared) = declared else { continue };
            if *declared == kind {
                let input = inputs
                    .entry(object)
                    .or_insert_with(|| jq::Value::of_object(&objects[object]));
                preview.add(answer(&compiled, input), object, index);
            } else if declared.is_version_of(&kind) {
                preview.add(converted(&kind, declared, index), object, index);
            }
        }
    }
    preview.in_order()
}

/// What one block makes of one object, whatever its kind.
pub(crate) fn preview_object(
    config: &Config,
    block: usize,
    object: &Value,
    environment: &Environment,
) -> Option<Outcome> {
    let mut programs = Programs::new(environment);
    let compiled = Compiled::of(config.blocks.get(block)?, block, config, &mut programs);
    Some(answer(&compiled, &jq::Value::of_object(object)))
}

/// The cluster gives the object in the block's version, converted.
fn converted(kind: &Kind, declared: &Kind, block: usize) -> Outcome {
    let (wanted, written) = (kind.api_version(), declared.api_version());
    let message = format!(
        "reads `{wanted}`, and the object is written as `{written}`: the cluster converts it, which is not computed here"
    );
    Outcome::Stopped(vec![Problem {
        kind: ProblemKind::Unsupported,
        ..Problem::of_block(block, Config::block_path(block).key("kind"), message)
    }])
}

impl Preview {
    fn add(&mut self, outcome: Outcome, object: usize, block: usize) {
        match outcome {
            Outcome::Sent(sent) => self.sent.extend(sent.into_iter().map(|sent| Sent {
                object,
                block,
                ..sent
            })),
            Outcome::Stopped(problems) => {
                self.problems
                    .extend(problems.into_iter().map(|problem| Problem {
                        object: Some(object),
                        ..problem
                    }));
            }
        }
    }

    fn in_order(mut self) -> Self {
        self.sent.sort_by_key(|sent| (sent.object, sent.block));
        self.problems
            .sort_by_key(|problem| (problem.object, problem.block));
        self
    }
}

impl Problem {
    /// A block that the exporter skips.
    fn of_block(block: usize, field: FieldPath, message: String) -> Self {
        Self {
            object: None,
            block,
            field,
            kind: ProblemKind::Unresolved,
            message,
            detail: None,
        }
    }
}
