//! Telling how entities stand: Events on them and on CRDs, and the condition in their
//! status.
//!
//! A few at a time, so that neither a first start nor an outage floods the API server:
//! a condition that waits is written as things are when its turn comes, and Events
//! beyond what people can read are dropped. Invariant: a status is written where it
//! tells another thing, and to the very object that was looked at.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use futures_util::stream::{self, StreamExt};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::ledger::{Id, Ledger, Said};
use super::metrics::Metrics;
use crate::catalog::{Dialect, EntityKind};
use crate::cluster::{ClusterError, Resource};
use crate::controller::frame::{Context, EventWeight, ObjectRef};
use crate::report::delivery::{Condition, Hazard, Now};

/// The field manager of the conditions.
const MANAGER: &str = "glint-gitops-delivery";

/// How many objects are told of in one go.
const AT_ONCE: usize = 50;

/// How many requests are under way at a time.
const CONCURRENT: usize = 8;

/// How long one go takes at least: 200 writes a second.
const PACE: Duration = Duration::from_millis(250);

/// How many Events may come at once, and how many a second after that.
const EVENTS: (f64, f64) = (100.0, 1.0);

/// The pause after a write that failed.
const RETRY: Duration = Duration::from_secs(10);

/// Who tells.
pub(super) struct Tell {
    context: Context,
    dialect: Dialect,
    metrics: Metrics,
    hazards: VecDeque<(Hazard, ObjectRef)>,
    /// How many Events may come now, and since when that is so.
    events: (f64, Instant),
    /// What could not be written waits until then.
    again: Option<Instant>,
}

/// What became of the writes.
pub(super) struct Written {
    done: Vec<(Id, Condition)>,
    failed: Vec<Id>,
}

/// What is to be told of one object.
struct Task {
    id: Id,
    about: ObjectRef,
    said: Option<Said>,
    status: Option<(Resource, Value, Condition)>,
}

impl Tell {
    pub(super) fn new(context: Context, dialect: Dialect, metrics: Metrics) -> Self {
        Self {
            context,
            dialect,
            metrics,
            hazards: VecDeque::new(),
            events: (EVENTS.0, Instant::now()),
            again: None,
        }
    }

    /// Has hazards told, each about some CRDs.
    pub(super) fn hazards(&mut self, hazards: Vec<(Hazard, Vec<ObjectRef>)>) {
        for (hazard, about) in hazards {
            tracing::warn!(hazard = hazard.as_str(), "{}", hazard.message());
            self.hazards
                .extend(about.into_iter().map(|it| (hazard, it)));
        }
    }

    /// When there is something to write again.
    pub(super) fn wake(&self) -> Option<Instant> {
        self.again
    }

    /// Tells the next few; nothing where there is nothing to tell.
    pub(super) fn write(
        &mut self,
        ledger: &mut Ledger,
        resources: &BTreeMap<EntityKind, Resource>,
        now: Now,
    ) -> Option<BoxFuture<'static, Written>> {
        if self.again.is_some_and(|at| at > Instant::now()) {
            return None;
        }
        self.again = None;
        let hazards: Vec<_> = self.hazards.drain(..).collect();
        let mut tasks = Vec::new();
        while tasks.len() < AT_ONCE {
            let Some((id, said, condition)) = ledger.unsaid(now) else {
                break;
            };
            let Some(live) = ledger.live(id) else {
                continue;
            };
            let resource = resources.get(&live.key.kind).cloned();
            let status = condition.zip(resource).map(|(condition, resource)| {
                let status = live.status(self.dialect, &condition);
                (resource, status, condition)
            });
            tasks.push(Task {
                id,
                about: live.reference(self.dialect),
                said: said.filter(|_| self.may_say()),
                status,
            });
        }
        if hazards.is_empty() && tasks.is_empty() {
            return None;
        }
        let context = self.context.clone();
        Some(write(context, hazards, tasks).boxed())
    }

    /// Takes in what was written.
    pub(super) fn written(&mut self, written: Written, ledger: &mut Ledger) {
        let Written { done, failed } = written;
        for (id, condition) in done {
            ledger.written(id, condition.kept());
        }
        if !failed.is_empty() {
            self.again = Some(Instant::now() + RETRY);
        }
        for id in failed {
            ledger.unwritten(id);
        }
    }

    /// Whether one more Event can be read by anybody.
    fn may_say(&mut self) -> bool {
        let (burst, rate) = EVENTS;
        let (left, since) = self.events;
        let left = (left + since.elapsed().as_secs_f64() * rate).min(burst);
        let may = left >= 1.0;
        let left = if may { left - 1.0 } else { left };
        self.events = (left, Instant::now());
        if !may {
            self.metrics.events_dropped.inc();
        }
        may
    }
}

async fn write(context: Context, hazards: Vec<(Hazard, ObjectRef)>, tasks: Vec<Task>) -> Written {
    let pace = sleep(PACE);
    for (hazard, about) in hazards {
        let (weight, message) = (EventWeight::Warning, hazard.message());
        let events = &context.events;
        events
            .publish(&about, weight, hazard.reason(), &message)
            .await;
    }
    let is_full = tasks.len() >= AT_ONCE;
    let told = stream::iter(tasks).map(|task| tell(&context, task));
    let told: Vec<_> = told.buffer_unordered(CONCURRENT).collect().await;
    let mut written = Written {
        done: Vec::new(),
        failed: Vec::new(),
    };
    for (id, condition) in told {
        match condition {
            Some(Ok(condition)) => written.done.push((id, condition)),
            Some(Err(())) => written.failed.push(id),
            None => {}
        }
    }
    if is_full {
        pace.await;
    }
    written
}

/// Tells of one object; the condition that its status has then.
async fn tell(context: &Context, task: Task) -> (Id, Option<Result<Condition, ()>>) {
    let Task {
        id,
        about,
        said,
        status,
    } = task;
    if let Some(Said {
        is_warning,
        reason,
        message,
    }) = said
    {
        let weight = match is_warning {
            true => EventWeight::Warning,
            false => EventWeight::Normal,
        };
        context
            .events
            .publish(&about, weight, reason, &message)
            .await;
    }
    let Some((resource, status, condition)) = status else {
        return (id, None);
    };
    if !context.activity.is_active() {
        return (id, Some(Err(())));
    }
    let applied = context.cluster.apply_status(&resource, &status, MANAGER);
    match applied.await {
        Ok(_) => (id, Some(Ok(condition))),
        // It is gone, or another one of its name: the watch tells.
        Err(ClusterError::Failed {
            status: Some(404 | 409),
            ..
        }) => (id, None),
        Err(error) => {
            tracing::warn!(%error, "a condition can't be written");
            (id, Some(Err(())))
        }
    }
}
