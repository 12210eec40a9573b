//! `controller render`: GlintRenders in, ExternalArtifacts for Flux out.
//!
//! ```text
//! follow ─▶ schedule ─▶ reconcile ─▶ observe ─▶ drift ─▶ make ─▶ publish ─▶ status, tell
//!                                                         │
//!                                     fetch ─▶ unpack ─▶ build | augment ─▶ pack ─▶ store
//! ```
//!
//! `build`, `augment`, `drift`, `status`, `schedule` and the index of `follow` are pure.
//! Invariants: nothing of another namespace than the object's is read for it; nothing
//! is fetched from a host that the operator has not named; there are no credentials
//! here; what is published last stays until something newer is whole.

mod augment;
mod build;
mod drift;
mod duration;
mod failure;
mod finalize;
mod follow;
mod job;
mod keep;
mod make;
mod metrics;
mod observe;
mod publish;
mod reconcile;
mod resource;
mod schedule;
mod source;
mod status;
mod tell;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use tokio::sync::mpsc;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep_until};

use follow::{Asked, Following};
use keep::Shelf;
use make::Workshop;
use observe::Key;
use reconcile::{Reconciler, Tried};
use schedule::{Again, Schedule};
use tell::Teller;

use super::frame::{Context, Notifier, ReadyMark};
use crate::artifact::{ArchiveLimits, Fetcher, Storage};

pub(crate) use duration::parse as duration;
pub(crate) use failure::JobError;
pub(crate) use job::{Beside, Job, Shell, Stream};
pub(crate) use metrics::Metrics;
pub(crate) use reconcile::Waits;

/// What the controller is put together from.
pub(crate) struct RenderOptions {
    /// Settings, policy, and the main job.
    pub shell: Arc<dyn Shell>,
    /// Where artifacts are kept.
    pub storage: Storage,
    /// By which sources come.
    pub fetcher: Fetcher,
    /// By which another replica's artifacts come.
    pub replicas: Fetcher,
    /// How much a source may hold.
    pub limits: ArchiveLimits,
    /// How often a source is fetched again at once.
    pub retries: u16,
    /// The host, or a URL's beginning, by which consumers reach the artifacts.
    pub address: String,
    /// When things are looked at again.
    pub waits: Waits,
    /// How many objects are worked on at a time.
    pub concurrent: usize,
    /// Where Flux's events go.
    pub notifier: Notifier,
    /// What is counted.
    pub metrics: Metrics,
}

/// The controller, and what every replica serves.
pub(crate) struct Render {
    reconciler: Reconciler,
    context: Context,
    concurrent: usize,
    asked: mpsc::Receiver<Key>,
    ready: ReadyMark,
}

impl Render {
    /// Puts it together. Nothing begins yet. `ready` is marked once every object that
    /// there is was worked on: until then this replica lacks files that others have.
    pub(crate) fn new(context: Context, options: RenderOptions, ready: ReadyMark) -> Self {
        let RenderOptions {
            shell,
            storage,
            fetcher,
            replicas,
            limits,
            retries,
            address,
            waits,
            concurrent,
            notifier,
            metrics,
        } = options;
        let (shelf, asked) = Shelf::new();
        let teller = Teller {
            events: context.events.clone(),
            notifier,
        };
        let workshop = Workshop {
            shell,
            storage,
            fetcher,
            replicas,
            limits,
            retries,
        };
        Self {
            reconciler: Reconciler {
                context: context.clone(),
                workshop,
                shelf,
                teller,
                metrics,
                waits,
                address,
                tried: Tried::default(),
            },
            context,
            concurrent,
            asked,
            ready,
        }
    }

    /// What is served.
    pub(crate) fn routes(&self) -> Router {
        let Reconciler {
            shelf, workshop, ..
        } = &self.reconciler;
        shelf.routes(workshop.storage.clone())
    }

    /// Works until the end of the process is asked for, and finishes what is under way.
    pub(crate) async fn run(self) -> Result<(), Infallible> {
        let Self {
            reconciler,
            context,
            concurrent,
            mut asked,
            ready,
        } = self;
        let mut following = Following::of(&context);
        let mut work = Work {
            schedule: Schedule::default(),
            running: JoinSet::new(),
            keys: BTreeMap::new(),
            reconciler,
            concurrent,
            first: First::Listing,
            ready,
        };
        let (mut ended, mut activity) = (context.activity.clone(), context.activity.clone());
        let mut was_active = activity.is_active();
        loop {
            work.begin();
            let due = work.due();
            tokio::select! {
                () = ended.ended() => break,
                asked = following.next() => work.ask(asked),
                Some(key) = asked.recv() => work.schedule.ask(&key, Instant::now()),
                Some(done) = work.running.join_next_with_id() => work.done(done),
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {}
                () = turned(&mut activity, was_active) => {
                    was_active = !was_active;
                    // Who leads now knows nothing of what the other one left undone.
                    let keys = following.all();
                    work.ask(Asked { keys, is_complete: false });
                }
            }
        }
        while work.running.join_next().await.is_some() {}
        Ok(())
    }
}

/// Returns once the replica acts that did not, or the other way round.
async fn turned(activity: &mut super::frame::Activity, was_active: bool) {
    match was_active {
        true => activity.inactive().await,
        false => activity.active().await,
    }
}

/// What is under way.
struct Work {
    schedule: Schedule,
    running: JoinSet<Again>,
    /// What each task works on.
    keys: BTreeMap<Id, Key>,
    reconciler: Reconciler,
    concurrent: usize,
    first: First,
    ready: ReadyMark,
}

/// The first look at all objects.
enum First {
    /// They are being listed.
    Listing,
    /// These are left.
    Left(BTreeSet<Key>),
    /// It is over.
    Over,
}

impl Work {
    /// Begins what is due, as much as may be under way.
    fn begin(&mut self) {
        while self.running.len() < self.concurrent
            && let Some(key) = self.schedule.take(Instant::now())
        {
            let (reconciler, on) = (self.reconciler.clone(), key.clone());
            let task = self
                .running
                .spawn(async move { reconciler.reconcile(&on).await });
            self.keys.insert(task.id(), key);
        }
    }

    /// When there is something to begin; `None` while enough is under way.
    fn due(&self) -> Option<Instant> {
        match self.running.len() < self.concurrent {
            true => self.schedule.next(),
            false => None,
        }
    }

    fn ask(&mut self, asked: Asked) {
        let now = Instant::now();
        for key in &asked.keys {
            self.schedule.ask(key, now);
        }
        if asked.is_complete && matches!(self.first, First::Listing) {
            self.listed();
        }
    }

    /// All objects are known: what the storage holds of others goes.
    fn listed(&mut self) {
        let known = self.schedule.keys();
        let storage = &self.reconciler.workshop.storage;
        match storage.objects() {
            Ok(stored) => {
                for (namespace, name) in stored {
                    let key = Key { namespace, name };
                    if !known.contains(&key) {
                        self.schedule.ask(&key, Instant::now());
                    }
                }
            }
            Err(error) => tracing::warn!(%error, "the storage can't be looked through"),
        }
        self.first = First::Left(known);
        self.look();
    }

    fn done(&mut self, done: Result<(Id, Again), JoinError>) {
        let (id, again) = match done {
            Ok(done) => done,
            Err(panic) => {
                tracing::error!(%panic, "the work on an object broke");
                (panic.id(), Again::Failed)
            }
        };
        if let Some(key) = self.keys.remove(&id) {
            self.schedule.done(&key, again, Instant::now());
            if let First::Left(left) = &mut self.first {
                left.remove(&key);
            }
        }
        self.look();
    }

    /// Ready once nothing of the first look is left.
    fn look(&mut self) {
        if matches!(&self.first, First::Left(left) if left.is_empty()) {
            self.first = First::Over;
            self.ready.ready();
        }
    }
}
