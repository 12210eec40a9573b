//! The metrics of renders. Durations have Flux's own name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use super::observe::Key;
use super::words::KIND;
use crate::controller::frame::{ReconcileDuration, Subject};
use crate::reason::Reason;

/// Counts and durations of renders. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    durations: ReconcileDuration,
    made: Counter,
    bytes: Histogram,
    failed: Family<Failed, Counter>,
    failing: Family<Failed, Gauge>,
    /// The objects that are failing, as far as this replica acts for them.
    standing: Arc<Mutex<BTreeMap<Key, Reason>>>,
}

/// Why a render failed, in the word of its condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    reason: &'static str,
}

impl Metrics {
    /// Registers all of them.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            durations: ReconcileDuration::register(registry),
            made: Counter::default(),
            bytes: Histogram::new(exponential_buckets(1024.0, 4.0, 10)),
            failed: Family::default(),
            failing: Family::default(),
            standing: Arc::default(),
        };
        registry.register(
            "glint_gitops_render_artifacts",
            "How many artifacts this replica has made",
            metrics.made.clone(),
        );
        registry.register(
            "glint_gitops_render_artifact_bytes",
            "The size of the artifacts that this replica has made",
            metrics.bytes.clone(),
        );
        registry.register(
            "glint_gitops_render_failures",
            "How often a GlintRender gave nothing new, by the reason in its condition",
            metrics.failed.clone(),
        );
        registry.register(
            "glint_gitops_renders_failing",
            "How many GlintRenders give nothing new, by the reason in their condition",
            metrics.failing.clone(),
        );
        metrics
    }

    pub(super) fn made(&self, bytes: u64) {
        self.made.inc();
        #[expect(clippy::cast_precision_loss, reason = "no artifact has 2^53 bytes")]
        self.bytes.observe(bytes as f64);
    }

    /// How an object stands: why it fails, if it does.
    pub(super) fn stands(&self, key: &Key, failing: Option<Reason>) {
        let label = |reason: Reason| Failed {
            reason: reason.as_str(),
        };
        if let Some(reason) = failing {
            self.failed.get_or_create(&label(reason)).inc();
        }
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match failing {
            Some(reason) => standing.insert(key.clone(), reason),
            None => standing.remove(key),
        };
        if let Some(reason) = before {
            self.failing.get_or_create(&label(reason)).dec();
        }
        if let Some(reason) = failing {
            self.failing.get_or_create(&label(reason)).inc();
        }
    }

    pub(super) fn took(&self, key: &Key, begun: Instant) {
        self.durations.observe(&subject(key), begun);
    }

    pub(super) fn forget(&self, key: &Key) {
        self.stands(key, None);
        self.durations.forget(&subject(key));
    }
}

fn subject(key: &Key) -> Subject {
    Subject {
        kind: KIND.to_owned(),
        name: key.name.clone(),
        namespace: key.namespace.clone(),
    }
}

#[cfg(test)]
mod tests {
    use prometheus_client::encoding::text::encode;
    use prometheus_client::registry::Registry;

    use super::{Key, Metrics, Reason};

    #[test]
    fn who_fails_is_counted_once_and_no_longer_than_that() {
        let mut registry = Registry::default();
        let metrics = Metrics::register(&mut registry);
        let key = |name: &str| Key {
            namespace: "shop".to_owned(),
            name: name.to_owned(),
        };
        metrics.stands(&key("pay"), Some(Reason::BuildFailed));
        metrics.stands(&key("pay"), Some(Reason::FetchFailed));
        metrics.stands(&key("web"), Some(Reason::FetchFailed));
        metrics.forget(&key("web"));
        let mut text = String::new();
        encode(&mut text, &registry).unwrap();
        let failing: Vec<&str> = text
            .lines()
            .filter(|line| line.starts_with("glint_gitops_renders_failing{"))
            .collect();
        let mut failing = failing;
        failing.sort_unstable();
        assert_eq!(
            failing,
            [
                "glint_gitops_renders_failing{reason=\"BuildFailed\"} 0",
                "glint_gitops_renders_failing{reason=\"FetchFailed\"} 1",
            ]
        );
    }
}
