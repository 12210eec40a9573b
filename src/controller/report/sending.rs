//! One batch: what the catalog holds of its targets is read, and what is missing is
//! written.
//!
//! Not for what is due (`targets`) nor for what is to be written (`plan`). Invariant:
//! nothing is written while the replica does not act, nor in a dry run.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _};

use super::metrics::Metrics;
use super::sighting::Kind;
use super::sync_watch::Watching;
use super::targets::{Batch, Item, News, Outcome, Sent};
use super::{now, plan};
use crate::catalog_api::Client;
use crate::cluster::Name;
use crate::controller::frame::Activity;
use crate::report::{Reported, SyncResult, Timestamp};
use crate::reporter::{self, ReporterError, Writing};

/// How many objects are read again at a time.
const REREAD: usize = 8;

/// What batches are sent with.
#[derive(Clone, Debug)]
pub(super) struct Sending {
    pub watching: Watching,
    pub client: Client,
    pub activity: Activity,
    pub metrics: Metrics,
    /// When the watch began.
    pub since: Timestamp,
    /// How many runs of a target the catalog keeps.
    pub keep: usize,
    pub is_dry_run: bool,
}

/// What became of a batch.
#[derive(Debug)]
pub(super) struct Finished {
    pub done: Done,
    /// Why the catalog could not be asked.
    pub trouble: Option<ReporterError>,
}

/// What became of its targets.
#[derive(Debug)]
pub(super) enum Done {
    Reported(Vec<Sent>),
    Removed { targets: Vec<String>, is_done: bool },
}

/// An item, with what its object told in the end.
struct Ready {
    item: Item,
    result: Option<Box<SyncResult>>,
    is_reread: bool,
}

/// An item that is ready, or what became of it already.
enum Prepared {
    Ready(Ready),
    Over(Sent),
}

impl Sending {
    /// Does a batch.
    pub(super) async fn run(self, batch: Batch) -> Finished {
        match batch {
            Batch::Report(items) => self.report(items).await,
            Batch::Remove(targets) => self.remove(targets).await,
        }
    }

    async fn report(&self, items: Vec<Item>) -> Finished {
        let prepared = stream::iter(items).map(|item| self.prepare(item));
        let prepared: Vec<Prepared> = prepared.buffered(REREAD).collect().await;
        let (mut ready, mut sent) = (Vec::new(), Vec::new());
        for prepared in prepared {
            match prepared {
                Prepared::Ready(it) => ready.push(it),
                Prepared::Over(it) => sent.push(it),
            }
        }
        let trouble = match self.write(&mut ready).await {
            Ok(outcomes) => {
                let both = ready.into_iter().zip(outcomes);
                sent.extend(both.map(|(ready, outcome)| ready.sent(outcome)));
                None
            }
            Err(error) => {
                sent.extend(ready.into_iter().map(|it| it.sent(Err(Outcome::Failed))));
                Some(error)
            }
        };
        let done = Done::Reported(sent);
        Finished { done, trouble }
    }

    /// Reads the object again, where that is needed.
    async fn prepare(&self, mut item: Item) -> Prepared {
        let result = match std::mem::replace(&mut item.news, News::None) {
            News::Told(result) => Some(result),
            News::None => None,
            News::Reread => return self.reread(item).await,
        };
        Prepared::Ready(Ready {
            item,
            result,
            is_reread: false,
        })
    }

    async fn reread(&self, item: Item) -> Prepared {
        let name = Name {
            namespace: item.subject.namespace.clone(),
            name: item.subject.name.clone(),
        };
        let looked = match Kind::of(&item.subject.kind) {
            Some(kind) => self.watching.look(kind, &name).await,
            None => Ok(None),
        };
        let over = match looked {
            Ok(Some(sighting)) => {
                return Prepared::Ready(Ready {
                    item,
                    result: Some(Box::new(sighting.result)),
                    is_reread: true,
                });
            }
            Ok(None) => Outcome::Gone,
            Err(error) => {
                tracing::warn!(%error, target = item.target, "can't be reported now");
                Outcome::Failed
            }
        };
        Prepared::Over(Sent {
            target: item.target,
            seen: item.seen,
            debt: item.debt,
            outcome: over,
        })
    }

    /// Writes what the catalog does not hold; one result for each.
    async fn write(&self, ready: &mut [Ready]) -> Result<Vec<Result<(), Outcome>>, ReporterError> {
        let known = ready.iter().filter(|it| !it.item.is_new);
        let known: Vec<String> = known.map(|it| it.item.target.clone()).collect();
        let reported = reporter::reported_many(&self.client, &known).await?;
        let writings: Vec<Writing> = ready
            .iter_mut()
            .map(|ready| self.writing(ready, &reported))
            .collect();
        if self.is_dry_run {
            for (blueprint, body) in writings.iter().flat_map(|it| &it.requests) {
                tracing::info!(blueprint, %body, "would be sent");
            }
            return Ok(ready.iter().map(|_| Ok(())).collect());
        }
        if !self.activity.is_active() {
            return Ok(ready.iter().map(|_| Err(Outcome::Failed)).collect());
        }
        let results = reporter::write_many(&self.client, &writings).await?;
        let now = now();
        let outcomes = writings.iter().zip(results).map(|(writing, result)| {
            let outcome = result.map_err(|error| refused(&writing.target, &error));
            match &outcome {
                Ok(()) => self.metrics.sent(writing, self.since, now),
                Err(_) => self.metrics.failed(),
            }
            outcome
        });
        Ok(outcomes.collect())
    }

    fn writing(&self, ready: &mut Ready, reported: &BTreeMap<String, Reported>) -> Writing {
        let none = Reported::default();
        let reported = reported.get(&ready.item.target).unwrap_or(&none);
        let result = ready.result.as_deref();
        plan::writing(&mut ready.item, result, reported, self.since, self.keep)
    }

    async fn remove(&self, targets: Vec<String>) -> Finished {
        if self.is_dry_run {
            tracing::info!(?targets, "would be removed");
        }
        let may_write = !self.is_dry_run && self.activity.is_active();
        let removed = match may_write {
            true => reporter::remove_many(&self.client, &targets).await,
            false => Ok(BTreeSet::new()),
        };
        let (is_done, trouble) = match removed {
            Ok(needed) => {
                for target in &needed {
                    tracing::warn!(target, "stays: other entities of the catalog need it");
                }
                (true, None)
            }
            Err(error) => (false, Some(error)),
        };
        Finished {
            done: Done::Removed { targets, is_done },
            trouble,
        }
    }
}

impl Ready {
    fn sent(self, outcome: Result<(), Outcome>) -> Sent {
        let Self {
            item,
            result,
            is_reread,
        } = self;
        let outcome = match (outcome, result) {
            (Ok(()), Some(result)) if is_reread => Outcome::Reread(result),
            (Ok(()), result) => Outcome::Reported(result),
            (Err(outcome), _) => outcome,
        };
        Sent {
            target: item.target,
            seen: item.seen,
            debt: item.debt,
            outcome,
        }
    }
}

/// What it means that a target was not taken.
fn refused(target: &str, error: &ReporterError) -> Outcome {
    match error.is_passing() {
        true => {
            tracing::debug!(%error, target, "not reported now");
            Outcome::Failed
        }
        false => {
            tracing::warn!(%error, target, "not reported");
            Outcome::Refused
        }
    }
}
