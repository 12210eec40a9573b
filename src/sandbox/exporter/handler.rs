//! One resync: all kinds of a config, and then what is left over is deleted.
//!
//! After pkg/handlers/controllers.go of port-k8s-exporter v0.7.9. The exporter takes
//! the kinds in no order, and several at once where missing related entities are
//! created; here they go one after the other, as the config has them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::client::{Ask, Client, in_query, is_ok};
use super::controller::{Context, Controller, Crash, Flags, Synced};
use super::evaluate::Blocks;
use super::examples::masked;
use super::live::Deletion;
use super::{DATASOURCE, INCLUDE};
use crate::catalog::Identity;
use crate::exporter::{Kinds, Unresolved};

/// The controllers of one config, and how far they are.
pub(super) struct Handler {
    controllers: Vec<Controller>,
    /// The controllers that have synced.
    done: usize,
    /// The entities that are there now.
    entities: BTreeSet<Identity>,
    has_failed: bool,
    has_deleted: bool,
}

/// How a resync goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// It is through.
    Done,
    /// It waits for the list of this kind, and with it all that comes after.
    Waits(String),
}

impl Handler {
    /// `config` is one that can be decoded; `kinds` what discovery said, `None` where
    /// it does not answer.
    pub(super) fn new(
        config: &Value,
        kinds: Option<&Kinds>,
        context: &mut Context<'_, '_>,
    ) -> Self {
        let dialect = context.wire.installation.dialect;
        let blocks = config["resources"].as_array().into_iter().flatten();
        let mut texts: Vec<&str> = Vec::new();
        for text in blocks.map(|block| block["kind"].as_str().unwrap_or_default()) {
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let flags = flags(config);
        let mut controllers = Vec::new();
        for text in texts {
            let resolved = match kinds.map(|kinds| kinds.resolve(text)) {
                Some(Ok(kind)) => Ok(kind),
                Some(Err(Unresolved::Unknown)) => {
                    Err("the cluster had no such kind when the exporter started".to_owned())
                }
                Some(Err(error)) => Err(format!("it {error}")),
                None => Err("the API server does not answer".to_owned()),
            };
            match resolved {
                Ok(kind) => {
                    let blocks = Blocks::of(config, text, &kind, dialect);
                    controllers.push(Controller::new(text, kind, blocks, flags));
                }
                Err(why) => context.said.note(format!(
                    "kind `{text}` is skipped, and what the exporter owns of it is deleted: {why}"
                )),
            }
        }
        Self {
            controllers,
            done: 0,
            entities: BTreeSet::new(),
            has_failed: false,
            has_deleted: false,
        }
    }

    /// Goes on with the resync as far as the cluster lets it.
    pub(super) fn proceed(
        &mut self,
        listed: Option<usize>,
        main: &mut Client,
        context: &mut Context<'_, '_>,
    ) -> Result<Progress, Crash> {
        while let Some(controller) = self.controllers.get_mut(self.done) {
            if !context.cluster.lists(&controller.kind) {
                return Ok(Progress::Waits(controller.text.clone()));
            }
            let Synced {
                entities,
                has_failed,
                examples,
            } = controller.sync(listed, context)?;
            self.entities.extend(entities);
            self.has_failed |= has_failed;
            self.done += 1;
            if !examples.is_empty() {
                let examples = examples.into_iter().map(masked).collect();
                post_examples(&controller.text, examples, main, context);
            }
        }
        if !std::mem::replace(&mut self.has_deleted, true) {
            match self.has_failed {
                true => context
                    .said
                    .note("nothing stale is deleted: not every object could be sent"),
                false => delete_stale(&self.entities, main, context),
            }
        }
        Ok(Progress::Done)
    }

    /// What happened in the cluster, to the kinds that have synced.
    pub(super) fn observe(&mut self, context: &mut Context<'_, '_>) -> Result<(), Crash> {
        let mut controllers = self.controllers.iter_mut();
        controllers.try_for_each(|it| it.observe(context))
    }

    /// The time of the batches has come.
    pub(super) fn wait(&mut self, context: &mut Context<'_, '_>) -> Result<(), Crash> {
        let mut controllers = self.controllers.iter_mut();
        controllers.try_for_each(|it| match it.has_pending() {
            true => it.wait(context),
            false => Ok(()),
        })
    }

    /// Sends what still waits, and ends.
    pub(super) fn stop(mut self, context: &mut Context<'_, '_>) {
        for controller in &mut self.controllers {
            controller.stop(context);
        }
    }

    pub(super) fn has_pending(&self) -> bool {
        self.controllers.iter().any(Controller::has_pending)
    }
}

fn flags(config: &Value) -> Flags {
    let is = |name: &str| config[name].as_bool();
    Flags {
        create_missing: is("createMissingRelatedEntities") == Some(true),
        delete_dependents: is("deleteDependents") == Some(true),
        only_on_diff: is("updateEntityOnlyOnDiff") != Some(false),
        examples: is("sendRawDataExamples") != Some(false),
    }
}

fn post_examples(
    kind: &str,
    examples: Vec<Value>,
    main: &mut Client,
    context: &mut Context<'_, '_>,
) {
    let path = format!(
        "/v1/integration/{}/kinds/{}/examples",
        in_query(&context.wire.installation.state_key),
        in_query(kind)
    );
    main.send(
        context.wire,
        &Ask::post(path, json!({"examples": examples})),
    );
}

/// Deletes all that the exporter owns and that is not among these, one by one and
/// without limit; dependents never.
fn delete_stale(entities: &BTreeSet<Identity>, main: &mut Client, context: &mut Context<'_, '_>) {
    let state_key = &context.wire.installation.state_key;
    let body = json!({
        "datasource_prefix": DATASOURCE,
        "datasource_suffix": format!("(statekey/{state_key})"),
    });
    let ask = Ask::post("/v1/blueprints/entities/datasource-entities", body).with(INCLUDE);
    let Some(answer) = main.send(context.wire, &ask).filter(is_ok) else {
        return context
            .said
            .note("nothing stale is deleted: the API does not tell what is there");
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let owned = answer.body["entities"].as_array().into_iter().flatten();
    let owned = owned.map(|entity| Identity {
        blueprint: text(&entity["blueprint"]),
        identifier: text(&entity["identifier"]),
    });
    let mut deletion = Deletion {
        client: main,
        dependents: false,
    };
    for identity in owned.filter(|identity| !entities.contains(identity)) {
        deletion.of_entity(&identity, context);
    }
}
