//! What a host's object says, in words that fit all hosts.
//!
//! Not for reading it (`argocd`, `flux`) nor for what is sent (`request`).

use super::{ClusterName, Timestamp};
use crate::manifest::ResourceRef;

/// What an object says of an application's syncs.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SyncResult {
    /// Whose.
    pub subject: Subject,
    /// How it is now.
    pub state: State,
    /// The runs that it tells of, oldest first.
    pub runs: Vec<Run>,
    /// What makes a run another one than the last reported.
    pub identified: Identified,
}

/// An application in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    /// Who syncs it.
    pub tool: Tool,
    /// The cluster that the object is in.
    pub cluster: ClusterName,
    /// The object.
    pub resource: ResourceRef,
}

/// What syncs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    /// Argo CD.
    ArgoCd,
    /// Flux.
    Flux,
}

/// How an application is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct State {
    /// Whether the cluster has what Git says.
    pub sync: SyncStatus,
    /// Whether what it has works.
    pub health: Health,
    /// The host's own word for it.
    pub reason: String,
    /// What is wrong, where that can be said without quoting anybody.
    pub message: Option<String>,
    /// The repository, as it may be shown.
    pub repo_url: Option<String>,
    /// The directory or chart in it.
    pub path: Option<String>,
    /// The branch, tag or range that is followed.
    pub target_revision: Option<String>,
    /// What is deployed.
    pub revision: Option<String>,
    /// The commit's page.
    pub commit_url: Option<String>,
    /// When that was deployed.
    pub last_synced_at: Option<Timestamp>,
    /// When a sync was last tried.
    pub last_attempt_at: Option<Timestamp>,
    /// How many Glint entities it declares.
    pub declared: Option<usize>,
    /// How many of those its last run could not apply.
    pub failed: Option<usize>,
    /// How many left Git and wait to be pruned.
    pub pending_deletions: Option<usize>,
    /// The host's number of its last run, where it counts them.
    pub run_number: Option<u64>,
}

/// The state of a sync, in the words of the blueprint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SyncStatus {
    /// The cluster has what Git says.
    Synced,
    /// It lags behind.
    OutOfSync,
    /// The last sync failed, or nothing could be rendered.
    Failed,
    /// Nobody can say.
    Unknown,
}

/// Health, in Argo CD's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Health {
    /// It works.
    Healthy,
    /// It is on its way.
    Progressing,
    /// It does not work.
    Degraded,
    /// Somebody holds it.
    Suspended,
    /// It is not there.
    Missing,
    /// Nobody can say.
    Unknown,
}

/// One sync.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Run {
    /// What no other run of its target has: the host's identity of it.
    pub key: String,
    /// The time that goes with the key: when it began, or was seen to end.
    pub at: Timestamp,
    /// How it went.
    pub phase: Phase,
    /// The host's own word for that.
    pub reason: String,
    /// What was to be deployed.
    pub revision: Option<String>,
    /// The commit's page.
    pub commit_url: Option<String>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// How long it took.
    pub seconds: Option<f64>,
    /// Who asked for it.
    pub initiated_by: Option<String>,
    /// The host's number of it, where it counts them.
    pub number: Option<u64>,
    /// Flux's digest of what was applied.
    pub digest: Option<String>,
    /// What became of its resources, where the host tells.
    pub outcome: Option<Outcome>,
}

/// How a run went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It goes on.
    Running,
    /// All was applied.
    Succeeded,
    /// Something was not.
    Failed,
    /// It could not be done, or nobody saw how it ended.
    Error,
}

/// What became of a run's resources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// That were made.
    pub created: usize,
    /// That were changed.
    pub updated: usize,
    /// That were as Git says.
    pub unchanged: usize,
    /// That were deleted.
    pub deleted: usize,
    /// That were applied, and nobody says whether anything changed.
    pub applied: usize,
    /// That left Git and were kept.
    pub kept: usize,
    /// That were not applied.
    pub failures: Vec<Failure>,
    /// Whether the run was for some of the resources only.
    pub is_partial: bool,
}

/// A resource that was not applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Which.
    pub resource: ResourceRef,
    /// The host's word for it.
    pub code: String,
    /// Why, where that can be said without quoting anybody.
    pub message: Option<String>,
}

/// What makes a run another one than the last reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identified {
    /// Its key, whatever came between: each of Argo CD's operations and of Helm's
    /// releases is there once.
    ByKey,
    /// A key other than the last: Flux has one entry for all the times that it
    /// applied the same with the same result.
    ByChange,
}

impl Tool {
    /// The word of the blueprint.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::ArgoCd => "argocd",
            Self::Flux => "flux",
        }
    }
}

impl SyncStatus {
    /// The word of the blueprint.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Synced => "Synced",
            Self::OutOfSync => "OutOfSync",
            Self::Failed => "Failed",
            Self::Unknown => "Unknown",
        }
    }
}

impl Health {
    /// The word of the blueprint.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Healthy => "Healthy",
            Self::Progressing => "Progressing",
            Self::Degraded => "Degraded",
            Self::Suspended => "Suspended",
            Self::Missing => "Missing",
            Self::Unknown => "Unknown",
        }
    }
}

impl Phase {
    /// The word of the blueprint.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Running => "Running",
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Error => "Error",
        }
    }
}
