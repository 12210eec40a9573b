//! What the closed loop counts.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::ledger::Ledger;
use crate::catalog::Delivery;
use crate::report::delivery::Hazard;

/// In seconds: the exporter collects for two, and its resync may take minutes.
const LAGS: [f64; 13] = [
    0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0,
];

/// What the closed loop counts.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    lag: Histogram,
    entities: Family<ByDelivery, Gauge>,
    hazards: Family<ByHazard, Gauge>,
    pub(super) looks: Counter,
    pub(super) failures: Counter,
    pub(super) events_dropped: Counter,
    pub(super) resyncs: Counter,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByDelivery {
    delivery: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ByHazard {
    hazard: &'static str,
}

impl Metrics {
    /// Names them for who asks.
    pub(crate) fn register(registry: &mut Registry) -> Self {
        let metrics = Self {
            lag: Histogram::new(LAGS),
            entities: Family::default(),
            hazards: Family::default(),
            looks: Counter::default(),
            failures: Counter::default(),
            events_dropped: Counter::default(),
            resyncs: Counter::default(),
        };
        let Self {
            lag,
            entities,
            hazards,
            looks,
            failures,
            events_dropped,
            resyncs,
        } = metrics.clone();
        registry.register(
            "glint_gitops_delivery_lag_seconds",
            "Time from the change of an entity's object to its delivery",
            lag,
        );
        registry.register(
            "glint_gitops_entities",
            "Declared entities by what became of them",
            entities,
        );
        registry.register(
            "glint_gitops_exporter_hazards",
            "1 for what is wrong with the exporter as a whole",
            hazards,
        );
        registry.register(
            "glint_gitops_delivery_looks",
            "Entities looked for in the catalog",
            looks,
        );
        registry.register(
            "glint_gitops_delivery_failures",
            "Looks into the catalog that failed as a whole",
            failures,
        );
        registry.register(
            "glint_gitops_delivery_events_dropped",
            "Events that were not published, as there were too many",
            events_dropped,
        );
        registry.register(
            "glint_gitops_resyncs_asked",
            "Resyncs of the exporter that were asked for",
            resyncs,
        );
        metrics
    }

    /// Takes in what the ledger says now.
    pub(super) fn take(&self, ledger: &mut Ledger, hazards: &[Hazard]) {
        let counts = ledger.counts();
        for delivery in Delivery::ALL {
            let count = counts.get(&delivery).copied().unwrap_or_default();
            let gauge = self.entities.get_or_create(&ByDelivery {
                delivery: delivery.as_str(),
            });
            gauge.set(i64::try_from(count).unwrap_or(i64::MAX));
        }
        for hazard in ["late_crd", "silent", "lost_cluster"] {
            let is_there = hazards.iter().any(|it| it.as_str() == hazard);
            let gauge = self.hazards.get_or_create(&ByHazard { hazard });
            gauge.set(i64::from(is_there));
        }
    }

    /// Takes in how long a delivery took, in milliseconds.
    pub(super) fn delivered(&self, lag: u64) {
        self.lag.observe(lag as f64 / 1000.0);
    }
}
