//! What the mapping's keeper counts.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

use super::push::Answer;
use crate::publish::keeper::{Count, Refusal};

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    result: &'static str,
}

/// What comes of an attempt.
const RESULTS: [&str; 5] = ["unneeded", "pushed", "held", "refused", "failed"];

/// All of it. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metrics {
    fragments: Family<State, Gauge>,
    refusals: Family<Reason, Counter>,
    pushes: Family<Outcome, Counter>,
    unread: Counter,
}

impl Metrics {
    /// Counts from here on.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        // Of a series that begins at one, Prometheus sees no increase.
        for result in RESULTS {
            drop(metrics.pushes.get_or_create(&Outcome { result }));
        }
        let Self {
            fragments,
            refusals,
            pushes,
            unread,
        } = metrics.clone();
        registry.register(
            "glint_gitops_fragments",
            "Fragments of the mapping, by what became of them",
            fragments,
        );
        registry.register(
            "glint_gitops_fragments_refused",
            "How often a fragment was found not to count, by reason",
            refusals,
        );
        registry.register(
            "glint_gitops_mapping_attempts",
            "Attempts to bring the mapping to the exporter, by result",
            pushes,
        );
        registry.register(
            "glint_gitops_fragments_read_failures",
            "How often fragments or their owners could not be read",
            unread,
        );
        metrics
    }

    pub(super) fn count(&self, count: Count) {
        let Count {
            accepted,
            held,
            refused,
            unproven,
            leaving,
        } = count;
        for (state, count) in [
            ("accepted", accepted),
            ("held", held),
            ("refused", refused),
            ("unproven", unproven),
            ("leaving", leaving),
        ] {
            let gauge = self.fragments.get_or_create(&State { state });
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
    }

    pub(super) fn refused(&self, refusal: &Refusal) {
        let reason = refusal.code();
        self.refusals.get_or_create(&Reason { reason }).inc();
    }

    pub(super) fn unread(&self) {
        self.unread.inc();
    }

    pub(super) fn attempted(&self, answer: &Answer) {
        let [unneeded, pushed, held, refused, failed] = RESULTS;
        let result = match answer {
            Answer::Unneeded => unneeded,
            Answer::Free => return,
            Answer::Pushed { .. } => pushed,
            Answer::Held { .. } => held,
            Answer::Refused { .. } => refused,
            Answer::Failed(_) => failed,
        };
        self.pushes.get_or_create(&Outcome { result }).inc();
    }
}
