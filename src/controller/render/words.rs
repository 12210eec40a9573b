//! The words that Flux and this program's objects have for each other: kinds, labels,
//! annotations, conditions and reasons.
//!
//! Reasons are those of fluxcd/pkg `apis/meta/conditions.go`, of source-controller's
//! page on ExternalArtifacts and of source-watcher 2.2.

use crate::cluster::Resource;

use super::resource::SourceKind;

/// The group, and prefix, of this program's own kind.
pub(super) const GROUP: &str = "gitops.glint.io";
/// Its version.
pub(super) const VERSION: &str = "v1alpha1";
/// The kind.
pub(super) const KIND: &str = "GlintRender";
/// Flux's group of sources.
pub(super) const SOURCE_GROUP: &str = "source.toolkit.fluxcd.io";
/// The kind that is produced.
pub(super) const ARTIFACT_KIND: &str = "ExternalArtifact";

/// Keeps a GlintRender until what is made of it is gone.
pub(super) const FINALIZER: &str = "gitops.glint.io/finalizer";
/// On an ExternalArtifact: the uid of the GlintRender that it is made of.
pub(super) const RENDER_LABEL: &str = "gitops.glint.io/render";
/// Who manages an object.
pub(super) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Flux's label of shards.
pub(super) const SHARD_LABEL: &str = "sharding.fluxcd.io/key";
/// By which `flux reconcile` and Flux's Receivers ask for a reconciliation.
pub(super) const REQUESTED_AT: &str = "reconcile.fluxcd.io/requestedAt";
/// The revision that a Kustomization and commit statuses tell.
pub(super) const ORIGIN_REVISION: &str = "org.opencontainers.image.revision";

/// Conditions.
pub(super) const READY: &str = "Ready";
pub(super) const RECONCILING: &str = "Reconciling";
pub(super) const STALLED: &str = "Stalled";

/// Why a condition is what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    /// All is done.
    Succeeded,
    /// Work is under way.
    Progressing,
    /// Work has failed and is tried again.
    ProgressingWithRetry,
    /// The source has no artifact (yet), or is not there.
    DependencyNotReady,
    /// The source's artifact did not come, or came as another one.
    FetchFailed,
    /// Nothing can be made of the source.
    BuildFailed,
    /// `spec.path` is not in the source.
    InvalidPath,
    /// The spec, or the operator's policy, allows no render.
    ValidationFailed,
    /// The ExternalArtifact of this name is another producer's.
    AccessDenied,
    /// The disk does not take the artifact.
    StorageOperationFailed,
    /// The cluster does not take the ExternalArtifact.
    ReconciliationFailed,
}

impl Reason {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Progressing => "Progressing",
            Self::ProgressingWithRetry => "ProgressingWithRetry",
            Self::DependencyNotReady => "DependencyNotReady",
            Self::FetchFailed => "FetchFailed",
            Self::BuildFailed => "BuildFailed",
            Self::InvalidPath => "InvalidPath",
            Self::ValidationFailed => "ValidationFailed",
            Self::AccessDenied => "AccessDenied",
            Self::StorageOperationFailed => "StorageOperationFailed",
            Self::ReconciliationFailed => "ReconciliationFailed",
        }
    }
}

/// `gitops.glint.io/v1alpha1`.
pub(super) fn api_version() -> String {
    format!("{GROUP}/{VERSION}")
}

/// Flux's sources have one version since ExternalArtifact is among them (Flux 2.7).
pub(super) fn source_api_version() -> String {
    format!("{SOURCE_GROUP}/v1")
}

/// GlintRenders.
pub(super) fn renders() -> Resource {
    resource(GROUP, VERSION, KIND, "glintrenders")
}

/// ExternalArtifacts.
pub(super) fn artifacts() -> Resource {
    resource(SOURCE_GROUP, "v1", ARTIFACT_KIND, "externalartifacts")
}

/// The sources of a kind.
pub(super) fn sources(kind: SourceKind) -> Resource {
    let plural = match kind {
        SourceKind::GitRepository => "gitrepositories",
        SourceKind::OciRepository => "ocirepositories",
        SourceKind::Bucket => "buckets",
    };
    resource(SOURCE_GROUP, "v1", kind.as_str(), plural)
}

fn resource(group: &str, version: &str, kind: &str, plural: &str) -> Resource {
    Resource {
        group: group.to_owned(),
        version: version.to_owned(),
        kind: kind.to_owned(),
        plural: plural.to_owned(),
        singular: kind.to_lowercase(),
    }
}
