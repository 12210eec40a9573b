//! What is counted of reports.

use std::fmt;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use super::board::Standing;
use super::plan;
use crate::report::{RUN, SyncStatus, Timestamp};
use crate::reporter::Writing;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    tool: &'static str,
    sync: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Of {
    of: &'static str,
}

/// The metrics of reports. A clone counts the same.
#[derive(Clone)]
pub(crate) struct Metrics {
    targets: Family<State, Gauge>,
    sent: Family<Of, Counter>,
    failed: Counter,
    removed: Counter,
    unreachable: Counter,
    queue: Gauge,
    lag: Histogram,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Metrics {
    /// New ones, which are served from now on.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            targets: Family::default(),
            sent: Family::default(),
            failed: Counter::default(),
            removed: Counter::default(),
            unreachable: Counter::default(),
            queue: Gauge::default(),
            // 0.5 s to 17 minutes.
            lag: Histogram::new(exponential_buckets(0.5, 2.0, 12)),
        };
        let Self {
            targets,
            sent,
            failed,
            removed,
            unreachable,
            queue,
            lag,
        } = metrics.clone();
        registry.register(
            "glint_gitops_targets",
            "The applications that are reported, by the tool and by how they stand",
            targets,
        );
        registry.register(
            "glint_gitops_reports_sent",
            "How many targets and runs were written to the catalog",
            sent,
        );
        registry.register(
            "glint_gitops_reports_failed",
            "How often the catalog did not take a target or its runs",
            failed,
        );
        registry.register(
            "glint_gitops_targets_removed",
            "How many targets of applications that are gone were removed",
            removed,
        );
        registry.register(
            "glint_gitops_reports_unreachable",
            "How often the catalog could not be asked for a batch",
            unreachable,
        );
        registry.register(
            "glint_gitops_reports_waiting",
            "How many applications wait to be reported",
            queue,
        );
        registry.register(
            "glint_gitops_report_lag_seconds",
            "From the end of a run to its report",
            lag,
        );
        metrics
    }

    /// An application stands otherwise than before.
    pub(super) fn stands(&self, before: Option<&Standing>, now: Option<&Standing>) {
        if let Some(before) = before {
            self.targets.get_or_create(&State::of(before)).dec();
        }
        if let Some(now) = now {
            self.targets.get_or_create(&State::of(now)).inc();
        }
    }

    /// Nobody is looked after any more.
    pub(super) fn clear(&self) {
        self.targets.clear();
        self.queue.set(0);
    }

    /// A target was written, with its runs.
    pub(super) fn sent(&self, writing: &Writing, since: Timestamp, now: Timestamp) {
        for (blueprint, _) in &writing.requests {
            let of = if blueprint == RUN { "run" } else { "target" };
            self.sent.get_or_create(&Of { of }).inc();
        }
        // Of what ended before anybody watched, the time says nothing.
        for end in plan::ends(writing).filter(|end| *end >= since) {
            self.lag.observe(now.since(end).max(0) as f64);
        }
    }

    /// One was not taken.
    pub(super) fn failed(&self) {
        self.failed.inc();
    }

    /// So many were removed.
    pub(super) fn removed(&self, targets: usize) {
        self.removed.inc_by(targets as u64);
    }

    /// A batch found no catalog.
    pub(super) fn unreachable(&self) {
        self.unreachable.inc();
    }

    /// So many wait.
    pub(super) fn waiting(&self, targets: usize) {
        self.queue.set(i64::try_from(targets).unwrap_or(i64::MAX));
    }
}

impl State {
    fn of(standing: &Standing) -> Self {
        let sync: SyncStatus = standing.sync;
        Self {
            tool: standing.tool.as_str(),
            sync: sync.as_str(),
        }
    }
}
