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

mod entities;
mod exporter_watch;
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

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{SelectAll, StreamExt};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};

use crate::catalog::{Dialect, EntityKind, Identity};
use crate::catalog_api::{ApiError, Client, Integration};
use crate::cluster::{Change, ClusterError, Name, Resource, Scope};
use crate::controller::frame::{Activity, Context, Shard};
use crate::controller::report::targets::{Deliveries, TargetChange};
use crate::report::delivery::{Gate, Moment, Now, Refusal, hazards};
use crate::report::{ObjectKey, Relate, Timestamp};
use entities::{Live, OfEntities};
use exporter_watch::{Crd, ExporterWatch, ResyncError};
use ledger::{Id, Ledger, Question, Read, Rules};
use mapping::Mapping;
use packed::Shapes;
use round::{Found, RoundError};
use tell::{Tell, Written};

pub(crate) use mapping::Evaluate;
pub(crate) use metrics::Metrics;

/// How many objects one round looks at: ten searches.
const ROUND: usize = 1_000;

/// How many verdicts one round asks for: five requests.
const ASKED: usize = 100;

/// How long the mapping is taken for the one that is installed, while anything is
/// looked at.
const MAPPING: Duration = Duration::from_secs(60);

/// How long after a change of the objects the mapping may change with them.
const FOLLOWS: Duration = Duration::from_secs(300);

/// The pause after a question that failed, at first and at most.
const RETRY: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(60)];

/// How long the catalog has to answer before a host's wait ends without it.
const ANSWER: Duration = Duration::from_secs(5);

/// How often what concerns all entities is counted.
const COUNT: Duration = Duration::from_secs(5);

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

/// What happens to objects.
type Changes = Result<(EntityKind, Change<(Live, Identity)>), ClusterError>;

/// Something that was under way.
enum Done {
    Mapping(Result<Option<Integration>, ApiError>),
    Found(Vec<Id>, Result<Found, RoundError>),
    Judged(Result<(Vec<Question>, BTreeMap<Identity, Refusal>), ApiError>),
    Resync(Result<(), ResyncError>),
}

/// What was read once more, or that it could not be.
struct Reread {
    ids: Vec<Id>,
    read: Result<Vec<Read>, ClusterError>,
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

    /// What happens to the objects of both kinds.
    fn follow(&self) -> SelectAll<futures_util::stream::BoxStream<'static, Changes>> {
        let Options { dialect, gate, .. } = self.given.options;
        let context = &self.given.context;
        let streams = EntityKind::ALL.map(|kind| {
            let name = format!("{}/{}", dialect.api_version(), kind.plural());
            let mut shapes = Shapes::default();
            let reduce = move |object| Live::reduce(kind, object, gate, &mut shapes);
            // Those of all shards, wherever they are: applications of this one may declare
            // any of them, and two of different shards may be the same entity.
            let scope = Scope::all(&name);
            let changes = context.cluster.follow_parts::<OfEntities, _>(scope, reduce);
            changes
                .map(move |change| change.map(|change| (kind, change)))
                .boxed()
        });
        futures_util::stream::select_all(streams)
    }

    fn change(&mut self, change: Changes, crds: &mut SelectAll<BoxStream>) {
        let now = self.now();
        match change {
            Ok((_, Change::Applied((live, declared)))) => {
                self.ledger.applied(live, declared, now);
            }
            Ok((kind, Change::Deleted(Name { namespace, name }))) => {
                let key = ObjectKey {
                    kind,
                    namespace,
                    name,
                };
                self.ledger.deleted(&key, now);
            }
            Ok((kind, Change::Listed(resource))) => {
                self.resources.insert(kind, resource);
                self.ledger.listed(kind);
                crds.push(self.crd(kind));
            }
            Ok((kind, Change::Unserved)) => {
                self.exporter.crds.remove(&kind);
                self.ledger.unserved(kind, now);
            }
            Err(error) => tracing::warn!(%error, "entities can't be followed"),
        }
    }

    /// Reads a CRD, once its kind is listed.
    fn crd(&self, kind: EntityKind) -> BoxStream {
        let (cluster, dialect) = (
            self.given.context.cluster.clone(),
            self.given.options.dialect,
        );
        let read = async move {
            match exporter_watch::crd(&cluster, dialect, kind).await {
                Ok(crd) => (kind, crd),
                Err(error) => {
                    tracing::warn!(%error, "a CRD can't be read, so that nobody can tell here whether the exporter knows it");
                    (kind, None)
                }
            }
        };
        futures_util::stream::once(read).boxed()
    }

    fn target(&mut self, change: TargetChange) {
        match change {
            TargetChange::Changed(declared) => {
                let now = self.now();
                self.ledger.declared(declared, now);
            }
            TargetChange::Gone { target } => self.ledger.gone(&target),
        }
    }

    /// Reads the next objects once more, where any are due.
    fn reread(&mut self) -> Option<BoxFuture<'static, Reread>> {
        let now = self.now();
        if self.ledger.next_read().is_none_or(|at| at > now.moment) {
            return None;
        }
        let unread = self.ledger.unread(now);
        let ids: Vec<Id> = unread.iter().map(|it| it.id).collect();
        if ids.is_empty() {
            return None;
        }
        let (cluster, resources) = (self.given.context.cluster.clone(), self.resources.clone());
        let gate = self.given.options.gate;
        let read = async move {
            let read = reread::read(cluster, resources, gate, unread).await;
            Reread { ids, read }
        };
        Some(read.boxed())
    }

    /// Takes in what was read once more.
    fn compare(&mut self, Reread { ids, read }: Reread) {
        let now = self.now();
        match read {
            Ok(read) => self.ledger.read(read, now),
            Err(error) => {
                tracing::warn!(%error, "entities can't be read, so that nobody can say what became of them");
                self.ledger.not_read(ids, now);
            }
        }
    }

    /// The next question, where one is due.
    fn ask(&mut self) -> Option<BoxFuture<'static, Done>> {
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
    fn is_mapping_moving(&self) -> bool {
        let is_working = self.mapping.as_ref().is_some_and(|it| it.is_working());
        let age = self
            .ledger
            .last_change()
            .map(|at| self.instant(at).elapsed());
        let is_recent = age.is_some_and(|age| age < FOLLOWS);
        self.ledger.is_listed() && (self.ledger.is_awaiting() || !is_working || is_recent)
    }

    fn done(&mut self, done: Done) {
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
    fn unanswered(&self) -> Option<Instant> {
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
    fn resync_due(&mut self) -> Option<Instant> {
        let due = self.exporter.resync_due();
        due.filter(|_| self.given.options.is_resyncing)
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

type BoxStream = futures_util::stream::BoxStream<'static, (EntityKind, Option<Crd>)>;

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
