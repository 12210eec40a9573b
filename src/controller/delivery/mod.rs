//! The closed loop: is each declared entity of this cluster in the catalog as its
//! object says?
//!
//! The objects of the cluster are followed (`entities`), what the exporter sends of
//! them under the installed mapping is computed (`mapping`) and looked for in the
//! catalog, many at once (`round`); how each stands is kept in one place (`ledger`)
//! and told on its target, in Events and in its status (`tell`). When: soon after an
//! object or its application changed, with pauses that grow while something is open,
//! and all of them once in a long while. Without own state: what was delivered before
//! a restart is what the status says, or what the catalog holds.
//! Invariants: nothing a host waits for is written unless it was asked for; a catalog or
//! cluster that can't be read changes nothing of what is told; of an application's run
//! nothing is told before its objects were read after it (`reread`), since a watch may
//! tell of the run first; one thing at a time is asked of the catalog, so that no outage
//! piles anything up.

mod asking;
mod entities;
mod exporter_watch;
mod following;
mod ledger;
mod mapping;
mod metrics;
mod packed;
mod reread;
mod round;
mod tell;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::future::BoxFuture;
use futures_util::stream::{SelectAll, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::catalog::{Dialect, EntityKind};
use crate::catalog_api::Client;
use crate::cluster::Resource;
use crate::controller::frame::{Activity, Context, Shard};
use crate::controller::report::targets::{Deliveries, TargetChange};
use crate::report::delivery::{Gate, Moment, Now};
use crate::report::{Relate, Timestamp};
use asking::{Done, MAPPING};
use exporter_watch::ExporterWatch;
use following::BoxStream;
use ledger::{Ledger, Question, Rules};
use mapping::Mapping;
use reread::Reread;
use tell::{Tell, Written};

pub(crate) use mapping::Evaluate;
pub(crate) use metrics::Metrics;

/// How the loop is closed.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// Whose entities.
    pub dialect: Dialect,
    /// The exporter's integration; without one the generated mapping counts.
    pub integration: Option<String>,
    /// How often everything is looked at.
    pub sweep: Duration,
    /// Whether hosts wait, where an entity does not say.
    pub gate: Gate,
    /// Whether the exporter is asked once to send again what vanished.
    pub is_resyncing: bool,
    /// Which relations a target leads to.
    pub relations: Vec<Relate>,
}

/// What the loop works with.
pub(crate) struct Parts {
    pub context: Context,
    pub client: Client,
    /// For mappings of others.
    pub evaluate: Arc<dyn Evaluate>,
    pub metrics: Metrics,
    pub options: Options,
    /// What applications declare.
    pub targets: mpsc::Receiver<TargetChange>,
    /// What became of it.
    pub deliveries: mpsc::Sender<Deliveries>,
}

impl std::fmt::Debug for Parts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Parts")
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// Closes the loop until the end of the process is asked for.
pub(crate) async fn run(parts: Parts) {
    let Parts {
        context,
        client,
        evaluate,
        metrics,
        options,
        targets,
        deliveries,
    } = parts;
    let given = Given {
        context,
        client,
        evaluate,
        metrics,
        options,
    };
    Loop::new(given).run(targets, deliveries).await;
}

/// What the loop was given, but for the channels.
struct Given {
    context: Context,
    client: Client,
    evaluate: Arc<dyn Evaluate>,
    metrics: Metrics,
    options: Options,
}

struct Loop {
    given: Given,
    begun: Instant,
    ledger: Ledger,
    exporter: ExporterWatch,
    tell: Tell,
    mapping: Option<Arc<Mapping>>,
    read_at: Option<Instant>,
    counted_at: Option<Instant>,
    /// When the question began that is under way.
    asked_at: Option<Instant>,
    questions: Vec<Question>,
    /// When the catalog is asked again, and the pause before that.
    again: Option<(Instant, Duration)>,
    resources: BTreeMap<EntityKind, Resource>,
}

impl Loop {
    fn new(given: Given) -> Self {
        let Options {
            dialect,
            sweep,
            relations,
            ..
        } = given.options.clone();
        let rules = Rules {
            dialect,
            sweep: milliseconds(sweep),
            relations,
            is_sharded: given.context.shard != Shard::default(),
        };
        Self {
            begun: Instant::now(),
            ledger: Ledger::new(rules),
            exporter: ExporterWatch::default(),
            tell: Tell::new(given.context.clone(), dialect, given.metrics.clone()),
            mapping: None,
            read_at: None,
            counted_at: None,
            asked_at: None,
            questions: Vec::new(),
            again: None,
            resources: BTreeMap::new(),
            given,
        }
    }

    async fn run(
        mut self,
        mut targets: mpsc::Receiver<TargetChange>,
        deliveries: mpsc::Sender<Deliveries>,
    ) {
        let mut ending = self.given.context.activity.clone();
        let mut activity = self.given.context.activity.clone();
        let mut changes = self.follow();
        let mut crds: SelectAll<BoxStream> = SelectAll::new();
        let mut asking: Option<BoxFuture<'static, Done>> = None;
        let mut reading: Option<BoxFuture<'static, Reread>> = None;
        let mut writing: Option<BoxFuture<'static, Written>> = None;
        loop {
            let is_active = self.given.context.activity.is_active();
            if is_active && asking.is_none() {
                asking = self.ask();
                self.asked_at = asking.is_some().then(Instant::now);
            }
            if is_active && self.unanswered().is_some_and(|at| at <= Instant::now()) {
                let now = self.now();
                self.ledger.end_waits(now);
            }
            if is_active && reading.is_none() {
                reading = self.reread();
            }
            if is_active && writing.is_none() {
                let now = self.now();
                writing = self.tell.write(&mut self.ledger, &self.resources, now);
            }
            let wake = self.wake(is_active && asking.is_none());
            let reread_at = self.ledger.next_read();
            let reread_at = reread_at.filter(|_| is_active && reading.is_none());
            let wake = reread_at.map_or(wake, |at| wake.min(self.instant(at)));
            let has_news = is_active && self.ledger.has_deliveries();
            tokio::select! {
                () = ending.ended() => return,
                Some(change) = changes.next() => self.change(change, &mut crds),
                Some((kind, crd)) = crds.next() => {
                    self.exporter.crds.extend(crd.map(|crd| (kind, crd)));
                }
                Some(change) = targets.recv() => self.target(change),
                done = under_way(&mut asking) => {
                    asking = None;
                    self.done(done);
                }
                reread = under_way(&mut reading) => {
                    reading = None;
                    self.compare(reread);
                }
                written = under_way(&mut writing) => {
                    writing = None;
                    self.tell.written(written, &mut self.ledger);
                }
                permit = deliveries.reserve(), if has_news => match permit {
                    Ok(permit) => {
                        if let Some(deliveries) = self.ledger.deliveries() {
                            permit.send(deliveries);
                        }
                    }
                    Err(_) => return,
                },
                () = sleep_until(wake) => {}
                () = changed(&mut activity, is_active) => if is_active {
                    // Who tells of applications begins anew as well.
                    self.ledger.undeclared();
                }
            }
        }
    }

    /// When there is something to do at the latest.
    fn wake(&mut self, is_free: bool) -> Instant {
        let far = Instant::now() + Duration::from_secs(3600);
        let again = self.again.map(|(at, _)| at);
        let look = self.ledger.next_look().map(|at| self.instant(at));
        let read = self.read_at.map(|at| at + MAPPING);
        let read = read.filter(|_| self.is_mapping_moving());
        let resync = self
            .resync_due()
            .filter(|_| self.given.options.integration.is_some());
        let next = [look, read, resync].into_iter().flatten().min();
        let asked = match (is_free, next) {
            (true, Some(next)) => again.map_or(next, |again| again.max(next)),
            (true, None) | (false, _) => far,
        };
        let is_active = self.given.context.activity.is_active();
        let end = self.ledger.next_end().filter(|_| is_active);
        let end = end.map(|at| self.instant(at));
        let end = end
            .zip(self.unanswered())
            .map(|(end, unanswered)| end.max(unanswered));
        asked
            .min(self.tell.wake().unwrap_or(far))
            .min(end.unwrap_or(far))
    }

    fn instant(&self, at: Moment) -> Instant {
        self.begun + Duration::from_millis(at.milliseconds())
    }

    fn now(&self) -> Now {
        let elapsed = self.begun.elapsed();
        let unix = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let unix = unix.unwrap_or_default().as_secs();
        Now {
            moment: Moment::of(milliseconds(elapsed)),
            time: Timestamp::of_unix(i64::try_from(unix).unwrap_or(i64::MAX)),
        }
    }
}

/// What is under way, if anything.
async fn under_way<T>(future: &mut Option<BoxFuture<'static, T>>) -> T {
    match future {
        Some(future) => future.await,
        None => std::future::pending().await,
    }
}

/// Returns once the replica begins to act, or ends.
async fn changed(activity: &mut Activity, is_active: bool) {
    match is_active {
        true => activity.inactive().await,
        false => activity.active().await,
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
