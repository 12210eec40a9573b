//! An Application of Argo CD (3.6, `pkg/apis/application/v1alpha1/types.go`).
//!
//! Its last operation is a run; a failed render is none, as nothing was synced.
//! What came before the last operation is in `history`, which holds the full syncs
//! that succeeded, numbered; of others nothing is left once the next begins.

mod resources;
mod runs;

use super::object::{Condition, Object};
use super::said;
use super::source::{address, commit, commit_url};
use super::{
    Declaration, Health, Identified, Options, Outcome, Phase, Run, State, Subject, SyncResult,
    SyncStatus,
};
use crate::catalog::Dialect;

/// The API server of the cluster that Argo CD itself is in.
const HERE: &str = "https://kubernetes.default.svc";

/// The conditions that say that there is nothing to sync.
const BLOCKING: [&str; 3] = ["ComparisonError", "InvalidSpecError", "UnknownError"];

pub(super) fn sync_result(object: Object<'_>, subject: Subject, options: &Options) -> SyncResult {
    let source = Source::of_application(object);
    let runs = runs::runs(object, &source);
    let entities = resources::entities(object, options.dialect);
    let failures = runs.last().and_then(|run| run.outcome.as_ref());
    let failed = failures.map(|outcome| resources::failed(outcome, options.dialect));
    let verdict = Verdict::of(object, runs.last());
    let is_partial = |run: &Run| run.outcome.as_ref().is_some_and(|it| it.is_partial);
    let deployed = runs.iter().rev();
    let deployed = deployed.filter(|run| run.phase == Phase::Succeeded);
    let deployed = deployed.clone().find(|run| !is_partial(run));
    let state = State {
        sync: verdict.sync,
        health: health(object),
        reason: verdict.reason,
        message: verdict.message,
        repo_url: source.address.clone(),
        path: source.path,
        target_revision: source.target_revision,
        revision: deployed.and_then(|run| run.revision.clone()),
        commit_url: deployed.and_then(|run| run.commit_url.clone()),
        last_synced_at: deployed.and_then(|run| run.finished_at),
        last_attempt_at: runs.last().and_then(|run| run.started_at),
        declared: entities.map(|entities| entities.declared),
        failed,
        pending_deletions: entities.map(|entities| entities.pending_deletions),
        run_number: runs.iter().filter_map(|run| run.number).max(),
    };
    SyncResult {
        subject,
        state,
        runs,
        identified: Identified::ByKey,
    }
}

/// What it declares, and where.
pub(super) fn declaration(object: Object<'_>, dialect: Dialect) -> Declaration {
    let text = |pointer| object.text(pointer);
    let name = text("/metadata/name").unwrap_or_default();
    let namespace = text("/metadata/namespace");
    // As `InstanceName` in argo-cd pkg/apis/application/v1alpha1/types.go.
    let application = match (namespace, text("/status/controllerNamespace")) {
        (Some(namespace), Some(own)) if namespace != own => format!("{namespace}_{name}"),
        (Some(_) | None, Some(_) | None) => name.to_owned(),
    };
    let is_elsewhere = match (
        text("/spec/destination/server"),
        text("/spec/destination/name"),
    ) {
        (Some(server), _) => server.trim_end_matches('/') != HERE,
        (None, Some(name)) => name != "in-cluster",
        (None, None) => false,
    };
    Declaration {
        application,
        entities: resources::declared(object, dialect),
        is_elsewhere,
    }
}

/// What an application is made of.
struct Source {
    /// The index among several sources.
    index: usize,
    address: Option<String>,
    path: Option<String>,
    target_revision: Option<String>,
}

impl Source {
    fn of_application(object: Object<'_>) -> Self {
        if let Some(hydrator) = object.at("/spec/sourceHydrator") {
            let text = |pointer| hydrator.text(pointer).map(str::to_owned);
            return Self {
                index: 0,
                address: hydrator.text("/drySource/repoURL").and_then(address),
                path: text("/syncSource/path"),
                target_revision: text("/syncSource/targetBranch"),
            };
        }
        let spec = object.at("/spec").unwrap_or(object);
        Self::below(spec).unwrap_or(Self {
            index: 0,
            address: None,
            path: None,
            target_revision: None,
        })
    }

    /// The `source`, or the first of `sources` that renders anything: others are
    /// there for their values files.
    fn below(object: Object<'_>) -> Option<Self> {
        let renders = |it: &Object<'_>| it.text("/path").is_some() || it.text("/chart").is_some();
        let several: Vec<Object<'_>> = object.list("/sources").collect();
        let index = several.iter().position(renders).unwrap_or_default();
        let source = several.get(index).copied().or(object.at("/source"))?;
        let text = |pointer| source.text(pointer).map(str::to_owned);
        Some(Self {
            index,
            address: source.text("/repoURL").and_then(address),
            path: text("/path").or(text("/chart")),
            target_revision: text("/targetRevision"),
        })
    }

    /// The revision of this source, where `holder` has one for each.
    fn revision(&self, holder: Object<'_>) -> Option<String> {
        let of_several = holder.text(&format!("/revisions/{}", self.index));
        let revision = holder.text("/revision").or(of_several);
        revision.map(str::to_owned)
    }

    fn commit_url(&self, revision: Option<&str>) -> Option<String> {
        commit_url(self.address.as_deref()?, commit(revision?)?)
    }
}

fn health(object: Object<'_>) -> Health {
    match object.text("/status/health/status") {
        Some("Healthy") => Health::Healthy,
        Some("Progressing") => Health::Progressing,
        Some("Degraded") => Health::Degraded,
        Some("Suspended") => Health::Suspended,
        Some("Missing") => Health::Missing,
        Some(_) | None => Health::Unknown,
    }
}

/// The state of the sync, and why.
struct Verdict {
    sync: SyncStatus,
    reason: String,
    message: Option<String>,
}

impl Verdict {
    fn of(object: Object<'_>, last: Option<&Run>) -> Self {
        let compared = object.text("/status/sync/status").unwrap_or("Unknown");
        let phase = object
            .text("/status/operationState/phase")
            .unwrap_or_default();
        let has_failed = last.is_some() && matches!(phase, "Failed" | "Error");
        let sync = match compared {
            _ if Self::blocking(object).is_some() => SyncStatus::Failed,
            "Synced" => SyncStatus::Synced,
            "OutOfSync" if has_failed => SyncStatus::Failed,
            "OutOfSync" => SyncStatus::OutOfSync,
            _ => SyncStatus::Unknown,
        };
        let (reason, message) = Self::reason(object, compared, phase, has_failed);
        Self {
            sync,
            reason: reason.to_owned(),
            message,
        }
    }

    fn blocking(object: Object<'_>) -> Option<(&'static str, Condition<'_>)> {
        let mut kinds = BLOCKING.iter();
        kinds.find_map(|kind| Some((*kind, object.condition(kind)?)))
    }

    /// The host's word for what matters most, and what may be told of why.
    fn reason<'v>(
        object: Object<'v>,
        compared: &'v str,
        phase: &'v str,
        has_failed: bool,
    ) -> (&'v str, Option<String>) {
        let said = object
            .text("/status/operationState/message")
            .unwrap_or_default();
        if object.text("/metadata/deletionTimestamp").is_some() {
            return match object.condition("DeletionError") {
                Some(error) => ("DeletionError", Some(said::of_host_or_where(error.message))),
                None => ("Deleting", None),
            };
        }
        if let Some((kind, condition)) = Self::blocking(object) {
            return (kind, Some(said::of_render_or_where(condition.message)));
        }
        if matches!(phase, "Running" | "Terminating") {
            return (phase, said::of_host(said));
        }
        if has_failed {
            return (phase, Some(said::of_host_or_where(said)));
        }
        match object.condition("SyncError") {
            Some(error) if compared != "Synced" => {
                ("SyncError", Some(said::of_host_or_where(error.message)))
            }
            Some(_) | None => (compared, None),
        }
    }
}
