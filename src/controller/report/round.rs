//! The loop that reports, for as long as the replica acts.
//!
//! One task that never waits for another: what comes is taken in at once, what goes out
//! goes when there is room, and batches are under way beside it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::{FuturesUnordered, StreamExt as _};
use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::time::{Instant, sleep, sleep_until};

use super::metrics::Metrics;
use super::sending::{Done, Finished, Sending};
use super::sighting::{Kind, Sighting};
use super::sources::Sources;
use super::sync_watch::{Event, Watching};
use super::targets::{Stands, Targets};
use super::{Links, Options, now};
use crate::catalog_api::Client;
use crate::cluster::Name;
use crate::controller::frame::{Activity, Context};
use crate::report::ClusterName;
use crate::reporter::{self, Listed};

/// How many batches are under way at a time.
const LANES: usize = 4;

/// How many objects are looked for at a time.
const LOOKS: usize = 8;

/// How long to wait after the catalog could not be asked, and at most.
const CLOSED: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(60));

/// When an object is looked for again of which nobody could say whether it is there.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// One time that the replica acts.
pub(super) struct Round {
    sending: Sending,
    targets: Targets,
    ending: Activity,
    /// The kinds of which it is not known yet what there is.
    unlisted: BTreeSet<Kind>,
    /// The kinds that the cluster does not serve.
    unserved: BTreeSet<Kind>,
    start: Start,
    /// Objects to be looked for.
    sought: VecDeque<(Kind, Name, Sought)>,
    looking: usize,
    failures: u32,
    work: FuturesUnordered<BoxFuture<'static, Work>>,
    lanes: usize,
}

/// How far the start is: what the catalog holds of objects that are gone is removed
/// once it is known what there is.
enum Start {
    /// The catalog was not asked yet, or does not answer.
    Asking,
    /// It holds these targets of this cluster.
    Found(Vec<Listed>),
    /// Their objects are looked for.
    Looking,
    /// All of that is over.
    Over,
}

/// Why an object is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sought {
    /// A watch says that it is gone.
    Lost,
    /// The catalog holds it, and no watch told of it.
    Orphan,
}

/// Something that was under way.
enum Work {
    /// What the catalog held at the start.
    Held(Vec<Listed>),
    /// A batch.
    Batch(Finished),
    /// Whether an object is there.
    Looked {
        target: String,
        sought: Sought,
        found: Option<Box<Sighting>>,
    },
}

impl Round {
    pub(super) fn new(
        context: &Context,
        client: &Client,
        options: &Options,
        metrics: &Metrics,
    ) -> Self {
        let Options {
            cluster,
            dialect,
            is_all,
            keep,
        } = options;
        let since = now();
        Self {
            sending: Sending {
                watching: Watching {
                    cluster: context.cluster.clone(),
                    shard: context.shard.clone(),
                    sources: Sources::new(context.cluster.clone()),
                    name: cluster.clone(),
                    dialect: *dialect,
                },
                client: client.clone(),
                activity: context.activity.clone(),
                metrics: metrics.clone(),
                since,
                keep: *keep,
                is_dry_run: context.is_dry_run,
            },
            targets: Targets::new(*is_all, since),
            ending: context.activity.clone(),
            unlisted: Kind::ALL.into_iter().collect(),
            unserved: BTreeSet::new(),
            start: Start::Asking,
            sought: VecDeque::new(),
            looking: 0,
            failures: 0,
            work: FuturesUnordered::new(),
            lanes: 0,
        }
    }

    /// Reports until the end of the process is asked for, and finishes what is under way.
    pub(super) async fn run(&mut self, links: &mut Links) {
        let mut ending = self.ending.clone();
        let mut events = self.sending.watching.events();
        let (client, name) = (&self.sending.client, &self.sending.watching.name);
        self.work.push(held(client.clone(), name.clone()).boxed());
        loop {
            self.begin();
            links.metrics.waiting(self.targets.waiting());
            let due = self.targets.next_due(Instant::now());
            let due = due.filter(|_| self.lanes < LANES);
            tokio::select! {
                () = ending.ended() => break,
                Some(event) = events.next() => self.happened(event),
                Some(work) = self.work.next() => self.finished(work, links),
                Some(deliveries) = links.deliveries.recv() => {
                    self.targets.delivered(deliveries, Instant::now());
                }
                Ok(room) = links.changes.reserve(), if self.targets.has_changes() => {
                    if let Some(change) = self.targets.next_change() {
                        room.send(change);
                    }
                }
                () = at(due) => {}
            }
            for stands in self.targets.standings() {
                stand(stands, links);
            }
            if self.unlisted.is_empty() {
                links.board.filled();
            }
        }
        while self.lanes > 0
            && let Some(work) = self.work.next().await
        {
            self.finished(work, links);
        }
    }

    /// Begins what is to be done and has room.
    fn begin(&mut self) {
        if let Start::Found(_) = self.start
            && self.unlisted.is_empty()
            && let Start::Found(found) = std::mem::replace(&mut self.start, Start::Looking)
        {
            self.seek(found);
        }
        while self.looking < LOOKS
            && let Some((kind, name, sought)) = self.sought.pop_front()
        {
            self.looking += 1;
            let watching = self.sending.watching.clone();
            self.work.push(look(watching, kind, name, sought).boxed());
        }
        if matches!(self.start, Start::Looking) && self.looking == 0 {
            self.start = Start::Over;
            self.targets.settle(Instant::now());
        }
        while self.lanes < LANES
            && let Some(batch) = self.targets.batch(Instant::now())
        {
            self.lanes += 1;
            let sending = self.sending.clone();
            self.work.push(sending.run(batch).map(Work::Batch).boxed());
        }
    }

    /// Looks for the objects of targets that no watch told of.
    fn seek(&mut self, found: Vec<Listed>) {
        let shard = &self.sending.watching.shard;
        for listed in found {
            let is_ours =
                shard.namespaces.is_empty() || shard.namespaces.contains(&listed.namespace);
            if self.targets.knows(&listed.identifier) || !is_ours {
                continue;
            }
            let name = Name {
                namespace: Some(listed.namespace),
                name: listed.name,
            };
            let mut kinds = Kind::ALL.into_iter();
            let kind = kinds
                .find(|kind| kind.target(&self.sending.watching.name, &name) == listed.identifier);
            // Of a kind that is not served nobody can say what is there.
            if let Some(kind) = kind.filter(|kind| !self.unserved.contains(kind)) {
                self.sought.push_back((kind, name, Sought::Orphan));
            }
        }
    }

    fn happened(&mut self, event: Event) {
        match event {
            Event::Sighted(sighting) => self.targets.sighted(*sighting, Instant::now()),
            // An object that lost its labels is there all the same.
            Event::Lost(kind, name) => self.sought.push_back((kind, name, Sought::Lost)),
            Event::Listed(kind) => {
                self.unserved.remove(&kind);
                self.unlisted.remove(&kind);
            }
            Event::Unserved(kind) => {
                tracing::info!("{} is not served", kind.path());
                self.unserved.insert(kind);
                self.unlisted.remove(&kind);
            }
            Event::Failed(kind, error) => {
                tracing::warn!(%error, "{} can't be watched now", kind.path());
            }
        }
    }

    fn finished(&mut self, work: Work, links: &Links) {
        let now = Instant::now();
        match work {
            Work::Held(found) => {
                let held = found.iter().map(|it| it.identifier.clone());
                self.targets.found(held.collect());
                self.start = Start::Found(found);
            }
            Work::Batch(finished) => self.batch_finished(finished, links, now),
            Work::Looked {
                target,
                sought,
                found,
            } => {
                self.looking -= 1;
                let is_labelled = self.sending.watching.shard.labels.is_some();
                match (found, sought) {
                    (None, _) => self.targets.gone(&target),
                    // It is of another shard now.
                    (Some(_), Sought::Lost) if is_labelled => self.targets.leave(&target),
                    (Some(sighting), Sought::Orphan) if !is_labelled => {
                        self.targets.sighted(*sighting, now);
                    }
                    // The watch tells.
                    (Some(_), _) => {}
                }
            }
        }
    }

    fn batch_finished(&mut self, finished: Finished, links: &Links, now: Instant) {
        let Finished { done, trouble } = finished;
        self.lanes -= 1;
        match trouble {
            Some(error) => {
                links.metrics.unreachable();
                let wait = pause(self.failures);
                self.failures += 1;
                tracing::warn!(%error, "the catalog can't be told; again in {wait:?}");
                self.targets.close_until(now + wait);
            }
            None => self.failures = 0,
        }
        match done {
            Done::Reported(sent) => {
                for sent in sent {
                    self.targets.finished(sent, now);
                }
            }
            Done::Removed { targets, is_done } => {
                if is_done {
                    links.metrics.removed(targets.len());
                }
                self.targets.removed(&targets, is_done);
            }
        }
    }
}

/// The targets that the catalog holds of this cluster. It is asked until it answers.
async fn held(client: Client, cluster: ClusterName) -> Work {
    let mut failures = 0;
    loop {
        match reporter::targets(&client, &cluster).await {
            Ok(found) => return Work::Held(found),
            Err(error) => {
                let wait = pause(failures);
                failures += 1;
                tracing::warn!(%error, "the catalog can't be asked; again in {wait:?}");
                sleep(wait).await;
            }
        }
    }
}

/// Whether an object is there. It is looked for until somebody can say.
async fn look(watching: Watching, kind: Kind, name: Name, sought: Sought) -> Work {
    let target = kind.target(&watching.name, &name);
    loop {
        match watching.look(kind, &name).await {
            Ok(found) => {
                return Work::Looked {
                    target,
                    sought,
                    found: found.map(Box::new),
                };
            }
            Err(error) => {
                tracing::debug!(%error, target, "nobody can say whether it is there");
                sleep(LOOK_AGAIN).await;
            }
        }
    }
}

/// How long to leave the catalog alone after so many failures, give or take.
fn pause(failures: u32) -> Duration {
    let (first, most) = CLOSED;
    let pause = first.saturating_mul(1 << failures.min(10)).min(most);
    pause.mul_f64(0.5 + fastrand::f64() / 2.0)
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => std::future::pending().await,
    }
}

fn stand(stands: Stands, links: &Links) {
    match stands {
        Stands::Now(standing) => {
            let before = links.board.put(Arc::clone(&standing));
            links.metrics.stands(before.as_deref(), Some(&standing));
        }
        Stands::No(subject) => {
            let before = links.board.remove(&subject);
            links.metrics.stands(before.as_deref(), None);
        }
    }
}
