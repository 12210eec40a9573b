//! The results of syncs, as the catalog shows them: one Argo CD Application, Flux
//! Kustomization or HelmRelease in, the requests for its target and its runs out.
//!
//! A *target* is an application in a cluster, a *run* one of its syncs; both are
//! entities of the catalog, of blueprints that [`blueprints`] gives. The object in
//! the cluster is the truth: nothing is kept here, and what was reported before is
//! what the catalog holds ([`Reported`]).
//!
//! Invariants: the same object on top of its own report is no request at all; no
//! value of a manifest, no user information of an address and no free text of a
//! host or a renderer is in any request (`said`); what is not known is left out,
//! never made up. Not here: sending (`catalog_api`), reading the object (`command`).

mod argocd;
mod blueprint;
pub(crate) mod delivery;
mod flux;
mod identity;
mod new_runs;
mod object;
mod reported;
mod request;
mod said;
mod source;
mod time;

use serde_json::Value;

use crate::catalog::Dialect;
use crate::manifest::ResourceRef;

pub(crate) use blueprint::{Clash, Relate, blueprints, extended};
pub(crate) use identity::{ClusterError, ClusterName};
pub(crate) use reported::Reported;
pub(crate) use request::{Seen, requests, surplus};
pub(crate) use source::short;
pub(crate) use time::Timestamp;

use object::Object;

/// The blueprint of targets.
pub(crate) const TARGET: &str = "gitopsTarget";

/// The blueprint of runs.
pub(crate) const RUN: &str = "gitopsSync";

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

/// What is asked about an object.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    /// The cluster that the object is in.
    pub cluster: ClusterName,
    /// Whose entities are counted.
    pub dialect: Dialect,
    /// The Flux source of a Kustomization or HelmRelease, which tells the
    /// repository; nothing for Argo CD.
    pub source: Option<Value>,
}

/// Why an object tells nothing of a sync.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ReportError {
    /// Another kind.
    #[error(
        "{0} is no Application of Argo CD and no Kustomization or HelmRelease of Flux; give one of those, as `kubectl get -o json` prints it"
    )]
    Kind(String),
    /// No name or namespace.
    #[error("the {kind} has no `metadata.{field}`; give it as `kubectl get -o json` prints it")]
    Incomplete {
        /// The object's kind.
        kind: String,
        /// What is missing.
        field: &'static str,
    },
}

/// What an object says: an Argo CD Application, or a Kustomization or HelmRelease
/// of Flux, whatever its version.
///
/// # Errors
/// Another object, or one without a name.
pub(crate) fn sync_result(object: &Value, options: &Options) -> Result<SyncResult, ReportError> {
    let subject = subject(object, &options.cluster)?;
    let object = Object::of(object);
    Ok(match subject.resource.kind.as_str() {
        "Application" => argocd::sync_result(object, subject, options),
        "Kustomization" => flux::kustomization(object, subject, options),
        _ => flux::helm_release(object, subject, options),
    })
}

/// Whose syncs an object tells of; its `metadata` is enough.
///
/// # Errors
/// As for [`sync_result`].
pub(crate) fn subject(object: &Value, cluster: &ClusterName) -> Result<Subject, ReportError> {
    let object = Object::of(object);
    let api_version = object.text("/apiVersion").unwrap_or_default();
    let kind = object.text("/kind").unwrap_or_default().to_owned();
    let (group, _) = api_version.split_once('/').unwrap_or_default();
    let tool = match (group, kind.as_str()) {
        ("argoproj.io", "Application") => Tool::ArgoCd,
        ("kustomize.toolkit.fluxcd.io", "Kustomization")
        | ("helm.toolkit.fluxcd.io", "HelmRelease") => Tool::Flux,
        ("", "") => return Err(ReportError::Kind("what was given".to_owned())),
        (_, _) => return Err(ReportError::Kind(format!("`{kind}` of `{api_version}`"))),
    };
    let named = |field: &'static str| {
        let text = object
            .text(&format!("/metadata/{field}"))
            .map(str::to_owned);
        let kind = kind.clone();
        text.ok_or(ReportError::Incomplete { kind, field })
    };
    Ok(Subject {
        tool,
        cluster: cluster.clone(),
        resource: ResourceRef {
            api_version: api_version.to_owned(),
            namespace: Some(named("namespace")?),
            name: named("name")?,
            kind,
        },
    })
}

#[cfg(test)]
mod tests;
