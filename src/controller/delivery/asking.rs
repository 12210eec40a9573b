//! What the catalog is asked, one thing at a time: for the mapping, for entities, for
//! its verdict, and for a resync.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use tokio::time::Instant;

use super::exporter_watch::ResyncError;
use super::ledger::{Id, Question};
use super::mapping::Mapping;
use super::round::{Found, RoundError};
use super::{Loop, Options, exporter_watch, round};
use crate::catalog::Identity;
use crate::catalog_api::{ApiError, Integration};
use crate::report::Timestamp;
use crate::report::delivery::{Now, Refusal, hazards};

/// How many objects one round looks at: ten searches.
const ROUND: usize = 1_000;

/// How many verdicts one round asks for: five requests.
const ASKED: usize = 100;

/// How long the mapping is taken for the one that is installed, while anything is
/// looked at.
pub(super) const MAPPING: Duration = Duration::from_secs(60);

/// How long after a change of the objects the mapping may change with them.
const FOLLOWS: Duration = Duration::from_secs(300);

/// The pause after a question that failed, at first and at most.
const RETRY: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// How long the catalog has to answer before a host's wait ends without it.
const ANSWER: Duration = Duration::from_secs(5);

/// How often what concerns all entities is counted.
const COUNT: Duration = Duration::from_secs(5);

/// Something that was under way.
pub(super) enum Done {
    Mapping(Result<Option<Integration>, ApiError>),
    Found(Vec<Id>, Result<Found, RoundError>),
    Judged(Result<(Vec<Question>, BTreeMap<Identity, Refusal>), ApiError>),
    Resync(Result<(), ResyncError>),
}

impl Loop {
    /// The next question, where one is due.
    pub(super) fn ask(&mut self) -> Option<BoxFuture<'static, Done>> {
        let now = self.now();
        if self.again.is_some_and(|(at, _)| at > Instant::now()) {
            return None;
        }
        let client = self.given.client.clone();
        if self.is_mapping_due() {
            let id = self.given.options.integration.clone();
            return Some(round::integration(client, id).map(Done::Mapping).boxed());
        }
        let mapping = Arc::clone(self.mapping.as_ref()?);
        self.count();
        if !self.questions.is_empty() {
            let questions = std::mem::take(&mut self.questions);
            let asked = round::ask(client, mapping.creates_missing, questions);
            return Some(asked.map(Done::Judged).boxed());
        }
        if let Some(resync) = self.resync(&mapping) {
            return Some(resync);
        }
        if self.ledger.next_look().is_none_or(|at| at > now.moment) {
            return None;
        }
        let sought = self.ledger.round(ROUND, now);
        let ids: Vec<Id> = sought.iter().map(|it| it.id).collect();
        if ids.is_empty() {
            return None;
        }
        self.given.metrics.looks.inc_by(ids.len() as u64);
        let evaluate = Arc::clone(&self.given.evaluate);
        let found = round::find(client, mapping, evaluate, sought);
        Some(found.map(|found| Done::Found(ids, found)).boxed())
    }

    /// Whether the mapping is to be read: before a look, and while anything is awaited.
    fn is_mapping_due(&self) -> bool {
        let is_looking = self
            .ledger
            .next_look()
            .is_some_and(|at| at <= self.now().moment);
        let is_old = self.read_at.is_none_or(|at| at.elapsed() >= MAPPING);
        is_old && (is_looking || self.is_mapping_moving())
    }

    /// Whether another mapping, or a start of the exporter, is to be expected: something
    /// is awaited, there is none that works, or objects changed not long ago, which a
    /// mapping may follow.
    pub(super) fn is_mapping_moving(&self) -> bool {
        let is_working = self.mapping.as_ref().is_some_and(|it| it.is_working());
        let age = self
            .ledger
            .last_change()
            .map(|at| self.instant(at).elapsed());
        let is_recent = age.is_some_and(|age| age < FOLLOWS);
        self.ledger.is_listed() && (self.ledger.is_awaiting() || !is_working || is_recent)
    }

    pub(super) fn done(&mut self, done: Done) {
        let now = self.now();
        match done {
            Done::Mapping(Ok(integration)) => {
                self.again = None;
                self.read_at = Some(Instant::now());
                self.installed(integration, now);
            }
            Done::Found(_, Ok(Found { answers, records })) => {
                self.again = None;
                self.questions = self.ledger.see(answers, &records, ASKED, now);
                for lag in self.ledger.lags() {
                    self.given.metrics.delivered(lag);
                }
            }
            Done::Judged(Ok((questions, refused))) => {
                self.again = None;
                self.ledger.judge(questions, refused, now);
            }
            Done::Resync(Ok(())) => {
                self.exporter.asked();
                self.given.metrics.resyncs.inc();
                tracing::info!("entities vanished: asked the exporter to send everything again");
                self.ledger.hurry(now);
            }
            Done::Resync(Err(error)) => {
                let is_asked = matches!(error, ResyncError::Asked(_));
                tracing::warn!(%error, "entities vanished, and no resync was asked for");
                match is_asked {
                    true => self.exporter.asked(),
                    // What comes back meanwhile is seen all the same.
                    false => self.exporter.not_asked(),
                }
            }
            Done::Mapping(Err(error)) => self.failed(&error),
            Done::Judged(Err(error)) => self.failed(&error),
            Done::Found(ids, Err(error)) => {
                self.ledger.put_back(ids, now.moment);
                self.failed(&error);
            }
        }
    }

    /// The catalog can't be asked; it is asked again, each time later.
    fn failed(&mut self, error: &dyn std::error::Error) {
        tracing::warn!(%error, "can't look into the catalog");
        self.given.metrics.failures.inc();
        let [first, most] = RETRY;
        let pause = match self.again {
            Some((_, pause)) => (pause * 2).min(most),
            None => first,
        };
        self.again = Some((Instant::now() + pause, pause));
    }

    /// When the catalog is taken for one that does not answer, if it goes on so.
    pub(super) fn unanswered(&self) -> Option<Instant> {
        match (self.again, self.asked_at) {
            (Some(_), _) => Some(Instant::now()),
            (None, Some(asked)) => Some(asked + ANSWER),
            (None, None) => None,
        }
    }

    /// Takes in the integration as it is now.
    fn installed(&mut self, integration: Option<Integration>, now: Now) {
        let Options {
            dialect,
            integration: id,
            ..
        } = &self.given.options;
        let changed = integration.as_ref().map(|it| it.updated_at.as_str());
        let changed = changed.and_then(Timestamp::parse);
        let mapping = match id {
            None => Mapping::generated(*dialect),
            Some(_) => Mapping::of(*dialect, integration.and_then(|it| it.config)),
        };
        match &self.mapping {
            Some(before) if **before == mapping => {
                // It has just been started, or something was pushed.
                if self.exporter.integration_changed != changed {
                    self.ledger.hurry(now);
                }
            }
            Some(_) | None => {
                self.mapping = Some(Arc::new(mapping));
                self.ledger.look_at_all(now);
            }
        }
        self.exporter.integration_changed = changed;
    }

    /// Counts what concerns all entities, once in a while.
    fn count(&mut self) {
        if self.counted_at.is_some_and(|at| at.elapsed() < COUNT) {
            return;
        }
        self.counted_at = Some(Instant::now());
        let now = self.now();
        let created = self.exporter.created();
        let changed = self.exporter.integration_changed;
        let evidence = self.ledger.evidence(&created, changed, now);
        let hazards = hazards(&evidence);
        let vanished = evidence.kinds.iter().map(|it| it.vanished).sum();
        if self.exporter.is_spreading(vanished) {
            self.ledger.look_at_all(now);
        }
        self.tell.hazards(self.exporter.take(hazards));
        self.ledger.suspect(&self.exporter.hazards, now);
        self.given
            .metrics
            .take(&mut self.ledger, &self.exporter.hazards);
    }

    /// Asks for the one resync, where that is wanted and due.
    fn resync(&mut self, mapping: &Arc<Mapping>) -> Option<BoxFuture<'static, Done>> {
        let id = self.given.options.integration.clone();
        let id = id.filter(|_| self.resync_due().is_some_and(|at| at <= Instant::now()))?;
        if self.given.context.is_dry_run {
            tracing::info!("dry run: would ask the exporter to send everything again");
            self.exporter.asked();
            return None;
        }
        let cluster = self.given.context.cluster.clone();
        let client = self.given.client.clone();
        let (mapping, time) = (Arc::clone(mapping), self.now().time);
        let asked =
            async move { exporter_watch::resync(&cluster, &client, &id, &mapping, time).await };
        Some(asked.map(Done::Resync).boxed())
    }

    /// When a resync is to be asked for, where that is wanted.
    pub(super) fn resync_due(&mut self) -> Option<Instant> {
        let due = self.exporter.resync_due();
        due.filter(|_| self.given.options.is_resyncing)
    }
}
