//! Who evaluates the mapping that the played exporter has: here, as long as every block
//! is one that this program generated; else, since it may never end, in a process of
//! its own.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::catalog::Dialect;
use crate::command::evaluate::Foreign;
use crate::exporter::Preview;
use crate::sandbox::{Evaluate, Here};

/// How long the evaluation of a mapping of others may take.
const TIME: Duration = Duration::from_secs(10);

/// The blocks that this program has generated.
#[derive(Clone, Debug, Default)]
pub(super) struct Ours(Arc<Mutex<Vec<Value>>>);

/// Evaluates by itself what is ours alone.
pub(super) struct Careful {
    pub(super) dialect: Dialect,
    pub(super) variables: BTreeMap<String, String>,
    pub(super) ours: Ours,
}

impl Ours {
    /// Adds the blocks of a generated mapping.
    pub(super) fn add(&self, mapping: &Value) {
        let mut ours = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for block in blocks(mapping) {
            if !ours.contains(&block) {
                ours.push(block);
            }
        }
    }

    fn have_all(&self, mapping: &Value) -> bool {
        let ours = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        blocks(mapping).iter().all(|block| ours.contains(block))
    }
}

/// The blocks without their kind, which is no expression.
fn blocks(mapping: &Value) -> Vec<Value> {
    let blocks = mapping["resources"].as_array().into_iter().flatten();
    let mut blocks: Vec<Value> = blocks.cloned().collect();
    for block in &mut blocks {
        if let Some(fields) = block.as_object_mut() {
            fields.remove("kind");
        }
    }
    blocks
}

impl Evaluate for Careful {
    fn evaluate(&self, config: &Value, objects: &[&Value]) -> Result<Preview, String> {
        let Self {
            dialect,
            variables,
            ours,
        } = self;
        if ours.have_all(config) {
            let here = Here {
                dialect: *dialect,
                variables: variables.clone(),
            };
            return here.evaluate(config, objects);
        }
        let foreign = Foreign {
            config,
            dialect: *dialect,
            variables,
            objects: objects.to_vec(),
            deadline: Instant::now() + TIME,
        };
        foreign.as_given().map_err(|error| format!("{error:#}"))
    }
}
