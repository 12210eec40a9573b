//! Why a condition is what it is, and why an Event is told, in one word.
//!
//! Every word that the controllers give as a reason is here, once, and they can give no
//! other. Not for what a host says of its own objects, which is passed on as it is read.
//! Invariant (tested): a word after which somebody may ask what to do has a page of its
//! name in `docs/runbook`.

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident,)+) => {
        /// A reason.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Reason {
            $($(#[$doc])* $name,)+
        }

        impl Reason {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// UpperCamelCase, as Kubernetes has it.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)+
                }
            }
        }
    };
}

reasons! {
    // Of an entity.
    /// The catalog has it as it is declared.
    Delivered,
    /// The catalog does not have it yet.
    Pending,
    /// A host waits for it.
    Waiting,
    /// A host waited for it and does no more.
    NotAwaited,
    /// The CRD came after the exporter's start.
    UnseenByExporter,
    /// The catalog does not take it.
    Rejected,
    /// The exporter's mapping makes nothing of it.
    NotSent,
    /// Someone else changed it in the catalog.
    Overwritten,
    /// The catalog had it, and it is gone there.
    Vanished,
    /// The catalog still has what left it.
    Lingering,
    /// Several objects declare it.
    Conflict,
    /// Nobody can say here.
    NotObserved,
    /// It says itself that it is not to be delivered.
    NotDelivered,

    // Of an application.
    /// The catalog has its entities.
    CatalogAgrees,
    /// The catalog does not.
    CatalogDisagrees,
    /// Flux did not take an event about it.
    EventNotSent,

    // Of the exporter.
    /// Nothing of a kind arrives.
    ExporterSilent,
    /// All that it owned is gone.
    EntitiesVanished,

    // Of the mapping.
    /// It is with the exporter.
    MappingPushed,
    /// The guard holds it back.
    MappingHeld,
    /// A fragment of it does not count.
    FragmentRefused,
    /// A fragment of it stays as it was.
    FragmentHeld,

    // Of a GlintRender: those of fluxcd/pkg `apis/meta/conditions.go`, of
    // source-controller's page on ExternalArtifacts and of source-watcher 2.2.
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
    /// The reason that a condition has.
    #[cfg(feature = "controller")]
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|it| it.as_str() == word)
    }

    /// Whether all is well, or under way.
    pub fn is_well(self) -> bool {
        matches!(
            self,
            Self::Delivered
                | Self::CatalogAgrees
                | Self::MappingPushed
                | Self::Succeeded
                | Self::Progressing
                | Self::ProgressingWithRetry
        )
    }
}
