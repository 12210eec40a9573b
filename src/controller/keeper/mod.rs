//! The mapping's keeper: follows the fragments of applications and brings the mapping
//! that they make together to the exporter.
//!
//! Which fragments count, and when, is decided in `publish::keeper`; how a mapping is
//! pushed is the shell's. Here is what is read and written for that. Invariants:
//!
//! 1. Of the ConfigMaps of others only the names in `fragment.json` are kept.
//! 2. Nothing is written outside the controller's namespace but Events.
//! 3. Whatever can't be read counts as being as it was.

mod attempt;
mod keeping;
mod mapping_map;
mod metrics;
mod proof;
mod push;
mod said;
mod state;

use std::sync::Arc;
use std::time::Duration;

use super::frame::{Context, ObjectRef};
use crate::cluster::{ClusterError, Resource};
use crate::publish::keeper::{OwnerKind, Rules};
pub(crate) use mapping_map::MAPPING;
use mapping_map::MappingMap;
pub(crate) use metrics::Metrics;
use push::ConfigMapAlone;
pub(crate) use push::{Answer, Publisher};
pub(crate) use state::{ACCEPTED, PARTS, StateError};

/// How long to wait before the state is read again where it could not be.
const AGAIN: Duration = Duration::from_secs(10);

/// Why the keeper could not go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeeperError {
    /// The accepted fragments can't be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// The API server refuses, or does not answer.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// The push could not be made.
    #[error("{0}")]
    Push(String),
    /// What was free to go was not when it was to go.
    #[error("something has changed since the push was planned")]
    Changed,
}

/// What the keeper is started with.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// What it goes by.
    pub rules: Rules,
    /// Where fragments are looked for; empty: everywhere.
    pub namespaces: Vec<String>,
}

/// Keeps the mapping in its ConfigMap alone, until the process ends.
///
/// # Errors
/// None so far: what goes wrong is tried again.
pub(crate) async fn run_in_config_map(
    options: Options,
    context: Context,
    metrics: Metrics,
) -> Result<(), KeeperError> {
    let publisher = ConfigMapAlone(mapping_map(&context));
    run(options, context, metrics, publisher).await
}

/// Keeps the mapping, until the process ends; what is under way is finished.
///
/// # Errors
/// None so far: what goes wrong is tried again.
pub(crate) async fn run<P: Publisher>(
    options: Options,
    context: Context,
    metrics: Metrics,
    publisher: P,
) -> Result<(), KeeperError> {
    let publisher = Arc::new(publisher);
    let [mut activity, mut ending, mut inactive] = [(); 3].map(|()| context.activity.clone());
    loop {
        tokio::select! {
            () = ending.ended() => return Ok(()),
            () = activity.active() => {}
        }
        let kept = keeping::keep(&options, &context, &metrics, &publisher);
        tokio::select! {
            kept = kept => match kept {
                Ok(()) => return Ok(()),
                Err(error) => tracing::warn!("the mapping is not kept for now: {error}"),
            },
            () = inactive.inactive() => continue,
        }
        tokio::select! {
            () = ending.ended() => return Ok(()),
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

fn mapping_map(context: &Context) -> MappingMap {
    MappingMap {
        cluster: context.cluster.clone(),
        namespace: context.namespace.clone(),
        manager: context.controller,
    }
}

/// ConfigMaps.
fn config_maps() -> Resource {
    resource(["", "v1", "ConfigMap", "configmaps", "configmap"])
}

fn resource_of(kind: OwnerKind) -> Resource {
    resource(match kind {
        OwnerKind::Application => [
            "argoproj.io",
            "v1alpha1",
            "Application",
            "applications",
            "application",
        ],
        OwnerKind::Kustomization => [
            "kustomize.toolkit.fluxcd.io",
            "v1",
            "Kustomization",
            "kustomizations",
            "kustomization",
        ],
        OwnerKind::HelmRelease => [
            "helm.toolkit.fluxcd.io",
            "v2",
            "HelmRelease",
            "helmreleases",
            "helmrelease",
        ],
    })
}

fn resource(words: [&str; 5]) -> Resource {
    let [group, version, kind, plural, singular] = words.map(str::to_owned);
    Resource {
        group,
        version,
        kind,
        plural,
        singular,
    }
}

/// A ConfigMap, for an Event about it.
fn about(namespace: &str, name: &str, uid: &str) -> ObjectRef {
    ObjectRef {
        api_version: "v1".to_owned(),
        kind: "ConfigMap".to_owned(),
        namespace: Some(namespace.to_owned()),
        name: name.to_owned(),
        uid: uid.to_owned(),
    }
}
