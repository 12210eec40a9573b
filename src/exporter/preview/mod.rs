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
mod previewer;
mod request;
mod unseen;
mod wire;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::config::Config;
use super::jq::Environment;
use crate::manifest::FieldPath;

pub use answer::{Answer, answer_of, bodies_of};
pub(super) use items::with_item;
pub(crate) use previewer::{Previewer, Step};
pub(crate) use request::Request;
pub(crate) use unseen::in_cluster;
#[cfg(feature = "catalog")]
pub(crate) use unseen::is_cluster_scoped;
pub(crate) use wire::{Task, Told};

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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
pub(crate) fn preview<'o>(
    config: &Config,
    objects: impl IntoIterator<Item = &'o Value>,
    environment: &Environment,
) -> Preview {
    preview_of(config, 0..config.blocks.len(), objects, environment)
}

/// The same for some of the config's blocks.
pub(crate) fn preview_of<'o>(
    config: &Config,
    blocks: impl IntoIterator<Item = usize>,
    objects: impl IntoIterator<Item = &'o Value>,
    environment: &Environment,
) -> Preview {
    let unwatched = |_: Step<'_>| {};
    let mut previewer = Previewer::new(config, objects, environment, &unwatched);
    let mut preview = Preview::default();
    for block in blocks {
        preview.extend(previewer.block(block));
    }
    preview.in_order()
}

impl Preview {
    /// Adds what another block makes of the same objects.
    pub(crate) fn extend(&mut self, other: Self) {
        let Self { sent, problems } = other;
        self.sent.extend(sent);
        self.problems.extend(problems);
    }

    /// The same in the order that is promised.
    #[must_use]
    pub(crate) fn in_order(mut self) -> Self {
        self.sent.sort_by_key(|sent| (sent.object, sent.block));
        self.problems
            .sort_by_key(|problem| (problem.object, problem.block));
        self
    }
}

impl Problem {
    /// What is not computed here for all objects of a block, or for one.
    pub(crate) fn unsupported(
        object: Option<usize>,
        block: usize,
        field: FieldPath,
        message: String,
    ) -> Self {
        Self {
            object,
            block,
            field,
            kind: ProblemKind::Unsupported,
            message,
            detail: None,
        }
    }
}

#[cfg(test)]
mod tests;
