//! The kinds that the fake can serve, as their CRDs declare them.
//!
//! Not for their schemas: the fake validates nothing but what every API server does.

/// A kind. Other kinds than those below are made as a `const` of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    /// Empty for the core group.
    pub(crate) group: &'static str,
    /// `v1`
    pub(crate) version: &'static str,
    /// `Application`
    pub(crate) kind: &'static str,
    /// `applications`
    pub(crate) plural: &'static str,
    pub(crate) is_namespaced: bool,
    /// Whether it has a subresource `status`: then nobody else writes the status, and
    /// `generation` leaves it out.
    pub(crate) has_status: bool,
}

impl Kind {
    const fn new(
        (group, version): (&'static str, &'static str),
        (kind, plural): (&'static str, &'static str),
    ) -> Self {
        Self {
            group,
            version,
            kind,
            plural,
            is_namespaced: true,
            has_status: true,
        }
    }

    const fn cluster_wide(self) -> Self {
        Self {
            is_namespaced: false,
            ..self
        }
    }

    const fn without_status(self) -> Self {
        Self {
            has_status: false,
            ..self
        }
    }

    /// `glint.io/v1`, and `v1` for the core group.
    pub(crate) fn api_version(&self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// `applications.argoproj.io`, as messages of an API server call it.
    pub(super) fn qualified(&self) -> String {
        match self.group {
            "" => self.plural.to_owned(),
            group => format!("{}.{group}", self.plural),
        }
    }

    /// Whether it is no custom resource: then a list's items leave out what kind they
    /// are.
    pub(super) fn is_built_in(&self) -> bool {
        !self.group.contains('.') || self.group.ends_with(".k8s.io")
    }

    /// Whether its objects count the changes of their spec.
    pub(super) fn has_generation(&self) -> bool {
        !self.is_built_in() || self.has_status
    }

    /// Whether an update must say which version it changes.
    pub(super) fn needs_version(&self) -> bool {
        !self.is_built_in() || self.plural == "leases"
    }
}

pub(crate) const NAMESPACE: Kind =
    Kind::new(("", "v1"), ("Namespace", "namespaces")).cluster_wide();
pub(crate) const CONFIG_MAP: Kind =
    Kind::new(("", "v1"), ("ConfigMap", "configmaps")).without_status();
pub(crate) const SECRET: Kind = Kind::new(("", "v1"), ("Secret", "secrets")).without_status();
/// The older form of Events.
pub(crate) const CORE_EVENT: Kind = Kind::new(("", "v1"), ("Event", "events")).without_status();
/// The form of Events that kube's recorder writes.
pub(crate) const EVENT: Kind =
    Kind::new(("events.k8s.io", "v1"), ("Event", "events")).without_status();
pub(crate) const LEASE: Kind =
    Kind::new(("coordination.k8s.io", "v1"), ("Lease", "leases")).without_status();
pub(crate) const DEPLOYMENT: Kind = Kind::new(("apps", "v1"), ("Deployment", "deployments"));
pub(crate) const CRD: Kind = Kind::new(
    ("apiextensions.k8s.io", "v1"),
    ("CustomResourceDefinition", "customresourcedefinitions"),
)
.cluster_wide();

/// What every cluster serves.
pub(super) const BUILT_IN: [Kind; 8] = [
    NAMESPACE, CONFIG_MAP, SECRET, CORE_EVENT, EVENT, LEASE, DEPLOYMENT, CRD,
];

/// Without a subresource: Argo CD writes the status as a part of the object.
pub(crate) const APPLICATION: Kind =
    Kind::new(("argoproj.io", "v1alpha1"), ("Application", "applications")).without_status();
pub(crate) const KUSTOMIZATION: Kind = Kind::new(
    ("kustomize.toolkit.fluxcd.io", "v1"),
    ("Kustomization", "kustomizations"),
);
pub(crate) const HELM_RELEASE: Kind = Kind::new(
    ("helm.toolkit.fluxcd.io", "v2"),
    ("HelmRelease", "helmreleases"),
);

/// The group of Flux's sources.
const SOURCES: (&str, &str) = ("source.toolkit.fluxcd.io", "v1");
pub(crate) const GIT_REPOSITORY: Kind = Kind::new(SOURCES, ("GitRepository", "gitrepositories"));
pub(crate) const OCI_REPOSITORY: Kind = Kind::new(SOURCES, ("OCIRepository", "ocirepositories"));
pub(crate) const HELM_REPOSITORY: Kind = Kind::new(SOURCES, ("HelmRepository", "helmrepositories"));
pub(crate) const BUCKET: Kind = Kind::new(SOURCES, ("Bucket", "buckets"));
pub(crate) const EXTERNAL_ARTIFACT: Kind =
    Kind::new(SOURCES, ("ExternalArtifact", "externalartifacts"));

pub(crate) const ENTITY: Kind = Kind::new(("glint.io", "v1"), ("Entity", "entities"));
pub(crate) const CLUSTER_ENTITY: Kind =
    Kind::new(("glint.io", "v1"), ("ClusterEntity", "clusterentities")).cluster_wide();
pub(crate) const GLINT_RENDER: Kind = Kind::new(
    ("gitops.glint.io", "v1alpha1"),
    ("GlintRender", "glintrenders"),
);
