//! The metrics that every controller has, and how all of them are written.
//!
//! With each part's own metrics file the only one that names the metrics crate.
//! Names are `glint_gitops_…`, and Flux's own where Flux has one. Invariant: no label
//! is a value of a manifest.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::prometheus_text::{CONTENT_TYPE, encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use super::activity::Activity;

/// What all metrics are served as.
pub(super) const TYPE: &str = CONTENT_TYPE;

/// What the frame itself counts.
#[derive(Clone, Debug, Default)]
pub(super) struct FrameMetrics {
    leader: Gauge,
    paused: Gauge,
    /// Each time that the policy was read anew and could not be.
    pub(super) policy_failures: Counter,
    /// Each time that the Lease could not be read or written.
    pub(super) lease_failures: Counter,
}

impl FrameMetrics {
    pub(super) fn register(registry: &mut Registry, controller: &'static str) -> Self {
        let metrics = Self::default();
        let Self {
            leader,
            paused,
            policy_failures,
            lease_failures,
        } = metrics.clone();
        let build = Info::new([("controller", controller), ("version", VERSION)]);
        registry.register("glint_gitops_build", "The program that runs", build);
        registry.register(
            "glint_gitops_leader",
            "1 where this replica leads its shard",
            leader,
        );
        registry.register(
            "glint_gitops_paused",
            "1 where the policy pauses the controller, or can't be read",
            paused,
        );
        registry.register(
            "glint_gitops_policy_reload_failures",
            "How often the policy could not be read again",
            policy_failures,
        );
        registry.register(
            "glint_gitops_lease_failures",
            "How often the Lease could not be read or written",
            lease_failures,
        );
        metrics
    }

    /// Takes over what holds at this moment, which nobody says when time alone changes
    /// it.
    pub(super) fn observe(&self, activity: &Activity) {
        self.leader.set(i64::from(activity.leads()));
        self.paused.set(i64::from(activity.is_paused()));
    }
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The object that a duration is about, as in Flux.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct Subject {
    pub kind: String,
    pub name: String,
    pub namespace: String,
}

/// How long reconciliations took, by object.
///
/// Name, labels and buckets are those of `runtime/metrics/recorder.go` in fluxcd/pkg,
/// so that Flux's dashboards show these objects as well.
#[derive(Clone, Debug)]
pub(crate) struct ReconcileDuration {
    family: Family<Subject, Histogram, fn() -> Histogram>,
}

impl ReconcileDuration {
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let new: fn() -> Histogram = || Histogram::new(exponential_buckets(10e-9, 10.0, 10));
        let family = Family::new_with_constructor(new);
        registry.register(
            "gotk_reconcile_duration_seconds",
            "The duration in seconds of a GitOps Toolkit resource reconciliation",
            family.clone(),
        );
        Self { family }
    }

    /// A reconciliation that began then and ends now.
    pub(crate) fn observe(&self, subject: &Subject, begun: Instant) {
        let seconds = begun.elapsed().as_secs_f64();
        self.family.get_or_create(subject).observe(seconds);
    }

    /// The object is gone, and its durations with it.
    pub(crate) fn forget(&self, subject: &Subject) {
        self.family.remove(subject);
    }
}

/// All metrics as Prometheus reads them.
pub(super) fn text(registry: &Registry) -> String {
    let mut text = String::new();
    // Writing to a String does not fail.
    encode(&mut text, registry).ok();
    text
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use prometheus_client::registry::Registry;
    use tokio::time::Instant;

    use super::{FrameMetrics, ReconcileDuration, Subject, text};
    use crate::controller::frame::Activity;

    #[test]
    fn the_frame_says_what_it_is() {
        let mut registry = Registry::default();
        let metrics = FrameMetrics::register(&mut registry, "glint-report");
        metrics.policy_failures.inc();
        metrics.observe(&Activity::always());
        let expected = format!(
            "\
# HELP glint_gitops_build_info The program that runs.
# TYPE glint_gitops_build_info gauge
glint_gitops_build_info{{controller=\"glint-report\",version=\"{}\"}} 1
# HELP glint_gitops_leader 1 where this replica leads its shard.
# TYPE glint_gitops_leader gauge
glint_gitops_leader 1
# HELP glint_gitops_paused 1 where the policy pauses the controller, or can't be read.
# TYPE glint_gitops_paused gauge
glint_gitops_paused 0
# HELP glint_gitops_policy_reload_failures_total How often the policy could not be read again.
# TYPE glint_gitops_policy_reload_failures_total counter
glint_gitops_policy_reload_failures_total 1
# HELP glint_gitops_lease_failures_total How often the Lease could not be read or written.
# TYPE glint_gitops_lease_failures_total counter
glint_gitops_lease_failures_total 0
",
            env!("CARGO_PKG_VERSION")
        );
        assert_eq!(text(&registry), expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_duration_is_flux_s_and_goes_with_its_object() {
        let mut registry = Registry::default();
        let durations = ReconcileDuration::register(&mut registry);
        let subject = Subject {
            kind: "GlintRender".to_owned(),
            name: "shop".to_owned(),
            namespace: "apps".to_owned(),
        };
        let begun = Instant::now();
        tokio::time::advance(Duration::from_secs(2)).await;
        durations.observe(&subject, begun);
        let shown = text(&registry);
        let line = "gotk_reconcile_duration_seconds_sum{kind=\"GlintRender\",name=\"shop\",namespace=\"apps\"} 2.0";
        assert!(shown.contains(line), "{shown}");
        durations.forget(&subject);
        assert!(!text(&registry).contains("shop"));
    }
}
