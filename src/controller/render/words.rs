//! The words that Flux and this program's objects have for each other: kinds, labels,
//! annotations and conditions.

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
