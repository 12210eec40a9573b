//! The exporter's part for one kind: its first sync, then what happens to objects.
//!
//! After pkg/k8s/controller.go of port-k8s-exporter v0.7.9. Invariant: what the
//! exporter knows of the cluster is its cache, which is brought up to date by
//! [`Controller::observe`] alone.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use super::batch::{Batch, Sent};
use super::client::{Client, Wire};
use super::evaluate::{Blocks, Evaluate, Made};
use super::live::Deletion;
use super::said::Said;
use super::{Cluster, Key};
use crate::catalog::Identity;
use crate::exporter::Kind;

/// How often an object that failed is tried again (`MaxNumRequeues`).
const TRIES: u32 = 4;
/// `MaxRawDataExamplesToSend`.
const EXAMPLES: usize = 5;

/// What the work needs beside what it is about.
pub(super) struct Context<'a, 'w> {
    pub(super) cluster: &'a Cluster,
    pub(super) wire: &'a mut Wire<'w>,
    pub(super) evaluate: &'a dyn Evaluate,
    pub(super) said: &'a mut Said,
}

/// What a config says beside its blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Flags {
    pub(super) create_missing: bool,
    pub(super) delete_dependents: bool,
    pub(super) only_on_diff: bool,
    pub(super) examples: bool,
}

/// The end of the exporter's process, by this clause.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Crash(pub(super) String);

/// What the first sync of a kind comes to.
#[derive(Clone, Debug, Default)]
pub(super) struct Synced {
    /// The entities that the API took.
    pub(super) entities: BTreeSet<Identity>,
    /// Whether anything failed, by which nothing is deleted.
    pub(super) has_failed: bool,
    /// A few objects, for whoever edits the mapping.
    pub(super) examples: Vec<Value>,
}

/// An object, for one block, to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Item {
    key: Key,
    block: usize,
    is_update: bool,
}

/// An object that is new, or other than it was.
struct Changed {
    key: Key,
    old: Option<Arc<Value>>,
    new: Arc<Value>,
}

/// One kind of a config.
pub(super) struct Controller {
    /// As the config writes it.
    pub(super) text: String,
    pub(super) kind: Kind,
    blocks: Blocks,
    flags: Flags,
    client: Client,
    cache: BTreeMap<Key, Arc<Value>>,
    is_synced: bool,
    batch: Batch<Item>,
    /// In the batch; looked at again only after that.
    at_work: BTreeSet<Item>,
    /// To be looked at after the batch.
    again: BTreeSet<Item>,
    tries: BTreeMap<Item, u32>,
}

impl Controller {
    pub(super) fn new(text: &str, kind: Kind, blocks: Blocks, flags: Flags) -> Self {
        Self {
            text: text.to_owned(),
            kind,
            blocks,
            flags,
            client: Client::default(),
            cache: BTreeMap::new(),
            is_synced: false,
            batch: Batch::default(),
            at_work: BTreeSet::new(),
            again: BTreeSet::new(),
            tries: BTreeMap::new(),
        }
    }

    /// Whether something waits for the time of a batch.
    pub(super) fn has_pending(&self) -> bool {
        !self.batch.is_empty() || !self.again.is_empty()
    }

    /// Lists all objects and sends their entities. Where the process was told to end
    /// while it listed, only the first objects are looked at.
    pub(super) fn sync(
        &mut self,
        listed: Option<usize>,
        context: &mut Context<'_, '_>,
    ) -> Result<Synced, Crash> {
        self.cache = context.cluster.of_kind(&self.kind);
        self.is_synced = true;
        let seen = self.cache.iter().take(listed.unwrap_or(usize::MAX));
        let (keys, objects): (Vec<Key>, Vec<Arc<Value>>) =
            seen.map(|(key, it)| (key.clone(), Arc::clone(it))).unzip();
        let objects: Vec<&Value> = objects.iter().map(AsRef::as_ref).collect();
        let made = self.blocks.make(context.evaluate, &objects);
        let mut synced = Synced::default();
        if self.flags.examples {
            let blocks = &self.blocks;
            synced.examples = blocks.examples(context.evaluate, &objects, &made, EXAMPLES);
        }
        for (key, made) in keys.iter().zip(made) {
            for (block, made) in made.into_iter().enumerate() {
                if self.batch.is_full() {
                    self.send(&mut synced, context);
                }
                let item = Item::new(key, block, false);
                synced.has_failed |= self.take(item, made, context)?;
            }
        }
        while self.has_pending() {
            self.send(&mut synced, context);
            self.look_again(context)?;
        }
        Ok(synced)
    }

    fn send(&mut self, synced: &mut Synced, context: &mut Context<'_, '_>) {
        let (taken, has_failed) = self.flush(context);
        synced.entities.extend(taken);
        synced.has_failed |= has_failed;
    }

    /// Looks at what happened in the cluster since.
    pub(super) fn observe(&mut self, context: &mut Context<'_, '_>) -> Result<(), Crash> {
        if !self.is_synced {
            return Ok(());
        }
        let now = context.cluster.of_kind(&self.kind);
        let before = std::mem::replace(&mut self.cache, now);
        let mut changed = Vec::new();
        for (key, new) in &self.cache {
            match before.get(key) {
                Some(old) if Arc::ptr_eq(old, new) => {}
                old => changed.push(Changed {
                    key: key.clone(),
                    old: old.cloned(),
                    new: Arc::clone(new),
                }),
            }
        }
        self.take_changed(&changed, context)?;
        let is_gone = |key: &Key| !self.cache.contains_key(key);
        let gone: Vec<_> = before.iter().filter(|(key, _)| is_gone(key)).collect();
        for (_, object) in gone {
            let deletion = Deletion {
                client: &mut self.client,
                dependents: self.flags.delete_dependents,
            };
            deletion.of_object(object, &self.blocks, context)?;
        }
        Ok(())
    }

    fn take_changed(
        &mut self,
        changed: &[Changed],
        context: &mut Context<'_, '_>,
    ) -> Result<(), Crash> {
        let old = changed.iter().filter_map(|it| it.old.as_deref());
        let old: Vec<&Value> = old.collect();
        let new: Vec<&Value> = changed.iter().map(|it| it.new.as_ref()).collect();
        let mut made_before = self.blocks.make(context.evaluate, &old).into_iter();
        let made = self.blocks.make(context.evaluate, &new);
        for (Changed { key, old, .. }, made) in changed.iter().zip(made) {
            let before = old.as_ref().and_then(|_| made_before.next());
            let is_update = before.is_some();
            if self.flags.only_on_diff && before.as_ref() == Some(&made) && is_whole(&made) {
                continue;
            }
            for (block, made) in made.into_iter().enumerate() {
                if self.batch.is_full() {
                    self.flush(context);
                }
                let item = Item::new(key, block, is_update);
                match self.at_work.contains(&item) {
                    true => drop(self.again.insert(item)),
                    false => drop(self.take(item, made, context)?),
                }
            }
        }
        Ok(())
    }

    /// Puts what an object was made into where it is sent; whether that failed.
    fn take(
        &mut self,
        item: Item,
        made: Made,
        context: &mut Context<'_, '_>,
    ) -> Result<bool, Crash> {
        match made {
            Made::Entities(entities) => {
                context.said.unmapped.remove(&item.key);
                if !entities.is_empty() {
                    self.at_work.insert(item.clone());
                }
                for entity in entities {
                    self.batch.add(entity, item.clone());
                }
                Ok(false)
            }
            // Trying again gives the same: nothing is sent in between.
            Made::Failed(why) => {
                context.said.failed(&item.key, &why);
                Ok(true)
            }
            Made::Crash(why) => Err(Crash(why)),
        }
    }

    /// The time of the batch has come.
    pub(super) fn wait(&mut self, context: &mut Context<'_, '_>) -> Result<(), Crash> {
        self.flush(context);
        self.look_again(context)
    }

    /// The last batch of a controller that is stopped.
    pub(super) fn stop(&mut self, context: &mut Context<'_, '_>) {
        if !self.batch.is_empty() {
            self.flush(context);
        }
    }

    /// Sends the batch; the entities that the API took, and whether any was refused.
    fn flush(&mut self, context: &mut Context<'_, '_>) -> (BTreeSet<Identity>, bool) {
        let create_missing = self.flags.create_missing;
        let sent = self
            .batch
            .send(&mut self.client, context.wire, create_missing);
        let Sent {
            taken,
            refused,
            again,
            items,
        } = sent;
        for item in items {
            self.at_work.remove(&item);
            match again.contains(&item) {
                true => {
                    let tries = self.tries.entry(item.clone()).or_default();
                    *tries += 1;
                    if *tries <= TRIES {
                        self.again.insert(item);
                    }
                }
                false => drop(self.tries.remove(&item)),
            }
        }
        let has_failed = !refused.is_empty();
        context.said.sent(taken.iter().cloned(), refused);
        (taken, has_failed)
    }

    fn look_again(&mut self, context: &mut Context<'_, '_>) -> Result<(), Crash> {
        for item in std::mem::take(&mut self.again) {
            let Some(object) = self.cache.get(&item.key).cloned() else {
                continue;
            };
            let made = self.blocks.make(context.evaluate, &[&object]);
            let made = made.into_iter().next().unwrap_or_default();
            if let Some(made) = made.into_iter().nth(item.block) {
                self.take(item, made, context)?;
            }
        }
        Ok(())
    }
}

impl Item {
    fn new(key: &Key, block: usize, is_update: bool) -> Self {
        Self {
            key: key.clone(),
            block,
            is_update,
        }
    }
}

/// Whether nothing failed: what fails is always looked at.
fn is_whole(made: &[Made]) -> bool {
    made.iter().all(|made| matches!(made, Made::Entities(_)))
}
