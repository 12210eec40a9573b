//! Leader election by a Lease of `coordination.k8s.io`, as client-go does it.
//!
//! After `tools/leaderelection/leaderelection.go` of client-go v0.37. No clock is
//! compared with another machine's: how old a Lease is counts from when it was seen to
//! change. Invariant: who leads stops before the Lease has run out for the others, also
//! where the API server can't be reached or this process did not run for a while.

mod election;
mod record;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_json::Value;

use crate::cluster::{Cluster, ClusterError, Resource};
pub(super) use election::Election;

/// How long a Lease holds, and how often it is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    /// How long the others wait without a sign of who leads.
    pub duration: Duration,
    /// How long who leads goes on without having renewed; shorter than `duration`.
    pub renew: Duration,
    /// How often it is tried to renew, and to acquire.
    pub retry: Duration,
}

impl Terms {
    /// client-go's, and those of kube-controller-manager.
    pub(crate) const DEFAULT: Self = Self {
        duration: Duration::from_secs(15),
        renew: Duration::from_secs(10),
        retry: Duration::from_secs(2),
    };
}

/// Where one Lease is kept.
pub(super) trait Leases {
    /// Why it can't be reached.
    type Error: std::fmt::Display + Send;

    /// The Lease; `None` where there is none.
    fn get(&self) -> impl Future<Output = Result<Option<Value>, Self::Error>> + Send;

    /// Makes it; `None` where there is one already.
    fn create(
        &self,
        lease: &Value,
    ) -> impl Future<Output = Result<Option<Value>, Self::Error>> + Send;

    /// Puts it in the place of the version that it was made from; `None` where that is
    /// no more.
    fn replace(
        &self,
        lease: &Value,
    ) -> impl Future<Output = Result<Option<Value>, Self::Error>> + Send;
}

/// The Lease in a cluster.
#[derive(Clone, Debug)]
pub(super) struct ClusterLease {
    pub(super) cluster: Cluster,
    pub(super) namespace: String,
    pub(super) name: String,
}

impl Leases for ClusterLease {
    type Error = ClusterError;

    async fn get(&self) -> Result<Option<Value>, ClusterError> {
        let namespace = Some(self.namespace.as_str());
        self.cluster.get(&leases(), namespace, &self.name).await
    }

    async fn create(&self, lease: &Value) -> Result<Option<Value>, ClusterError> {
        self.cluster.create(&leases(), lease).await
    }

    async fn replace(&self, lease: &Value) -> Result<Option<Value>, ClusterError> {
        self.cluster.replace(&leases(), lease).await
    }
}

fn leases() -> Resource {
    let [group, version, kind, plural, singular] =
        ["coordination.k8s.io", "v1", "Lease", "leases", "lease"].map(str::to_owned);
    Resource {
        group,
        version,
        kind,
        plural,
        singular,
    }
}
