//! A Kustomization (kustomize-controller 1.9) or HelmRelease (helm-controller 1.6)
//! of Flux.
//!
//! `Ready` turns to `Unknown` at each reconciliation, also when nothing is new; what
//! counts then is the last result, which is in `history`. A build that fails, a
//! source that is missing and a dependency that is not ready change the target
//! and are no runs, as nothing was applied.

mod helm_release;
mod inventory;
mod kustomization;

use super::object::{Condition, Object};
use super::said;
use super::source::{address, commit, commit_url};
use super::{
    Declaration, Health, Identified, Options, Phase, Run, State, Subject, SyncResult, SyncStatus,
    Timestamp,
};
use crate::catalog::Dialect;

pub(super) use helm_release::sync_result as helm_release;
pub(super) use kustomization::sync_result as kustomization;

/// What a Kustomization or HelmRelease declares, and where.
pub(super) fn declaration(object: Object<'_>, dialect: Dialect) -> Declaration {
    let name = object.text("/metadata/name").unwrap_or_default();
    Declaration {
        application: name.to_owned(),
        entities: inventory::declared(object, dialect),
        is_elsewhere: object.at("/spec/kubeConfig").is_some(),
    }
}

/// The state of an object, and why.
struct Verdict {
    sync: SyncStatus,
    health: Health,
    reason: String,
    message: Option<String>,
}

/// What the last entry of the history says.
struct LastResult<'v> {
    /// Whether it is of what is being applied now.
    is_current: bool,
    succeeded: bool,
    /// The host's word.
    reason: &'v str,
}

/// What a failure of this reason says of health, in the words of one controller.
type IsDegraded = fn(&str) -> bool;

impl Verdict {
    fn of(object: Object<'_>, last: Option<&LastResult<'_>>, is_degraded: IsDegraded) -> Self {
        let mut verdict = Self::of_conditions(object, last, is_degraded);
        if object.is_true("/spec/suspend") {
            verdict.health = Health::Suspended;
            "Suspended".clone_into(&mut verdict.reason);
        }
        if object.text("/metadata/deletionTimestamp").is_some() {
            "Deleting".clone_into(&mut verdict.reason);
        }
        verdict
    }

    fn of_conditions(
        object: Object<'_>,
        last: Option<&LastResult<'_>>,
        is_degraded: IsDegraded,
    ) -> Self {
        let stalled = object.condition("Stalled").filter(|it| it.status == "True");
        let ready = object.condition("Ready");
        let drifted = object.condition("Drifted").filter(|it| it.status == "True");
        // Of a HelmRelease that has failed too often, `Ready` says why.
        let is_told = |it: &Condition<'_>| it.status == "False" && !is_waiting(it.reason);
        let stalled = stalled.filter(|_| !ready.as_ref().is_some_and(is_told));
        match (stalled.or(ready), last) {
            (Some(it), _) if stalled.is_some() => Self::failed(it, is_degraded),
            (Some(it), _) if it.status == "False" && is_waiting(it.reason) => Self {
                sync: SyncStatus::OutOfSync,
                health: Health::Progressing,
                reason: it.reason.to_owned(),
                message: said::of_host(it.message),
            },
            (Some(it), _) if it.status == "False" => Self::failed(it, is_degraded),
            (Some(it), _) if it.status == "True" => match drifted {
                Some(drifted) => {
                    Self::plain(SyncStatus::OutOfSync, Health::Healthy, drifted.reason)
                }
                None if is_outdated(object) => {
                    Self::plain(SyncStatus::OutOfSync, Health::Progressing, it.reason)
                }
                None => Self::plain(SyncStatus::Synced, Health::Healthy, it.reason),
            },
            (Some(_), Some(last)) if last.is_current && last.succeeded => {
                Self::plain(SyncStatus::Synced, Health::Healthy, last.reason)
            }
            (Some(_), Some(last)) if last.is_current => {
                let health = match is_degraded(last.reason) {
                    true => Health::Degraded,
                    false => Health::Unknown,
                };
                Self::plain(SyncStatus::Failed, health, last.reason)
            }
            (Some(it), _) => Self::plain(SyncStatus::OutOfSync, Health::Progressing, it.reason),
            (None, _) => Self::plain(SyncStatus::Unknown, Health::Unknown, "Unknown"),
        }
    }

    fn failed(condition: Condition<'_>, is_degraded: IsDegraded) -> Self {
        let Condition {
            status: _,
            reason,
            message,
        } = condition;
        let message = match reason {
            // What kustomize says of files, as of a failed render.
            "BuildFailed" => said::of_render_or_where(message),
            _ => said::of_host_or_where(message),
        };
        Self {
            sync: SyncStatus::Failed,
            health: match is_degraded(reason) {
                true => Health::Degraded,
                false => Health::Unknown,
            },
            reason: reason.to_owned(),
            message: Some(message),
        }
    }

    fn plain(sync: SyncStatus, health: Health, reason: &str) -> Self {
        Self {
            sync,
            health,
            reason: reason.to_owned(),
            message: None,
        }
    }
}

/// Whether it will go on by itself once something else is there.
fn is_waiting(reason: &str) -> bool {
    matches!(
        reason,
        "DependencyNotReady" | "SourceNotReady" | "HealthCheckCanceled" | "Progressing"
    )
}

/// Whether the controller has not seen the object as it is.
fn is_outdated(object: Object<'_>) -> bool {
    let generation = object.number("/metadata/generation");
    let observed = object.number("/status/observedGeneration");
    matches!((generation, observed), (Some(now), Some(seen)) if seen < now)
}

/// The Flux source that an object is made from.
struct Source {
    address: Option<String>,
    target_revision: Option<String>,
}

impl Source {
    fn of(options: &Options) -> Self {
        let Some(source) = options.source.as_ref().map(Object::of) else {
            return Self {
                address: None,
                target_revision: None,
            };
        };
        let words = ["commit", "name", "semver", "tag", "branch", "digest"];
        let reference = words
            .iter()
            .find_map(|word| source.text(&format!("/spec/ref/{word}")));
        Self {
            address: source.text("/spec/url").and_then(address),
            target_revision: reference.map(str::to_owned),
        }
    }

    fn commit_url(&self, revision: Option<&str>) -> Option<String> {
        commit_url(self.address.as_deref()?, commit(revision?)?)
    }
}
