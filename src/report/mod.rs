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
#[cfg_attr(
    not(any(test, feature = "controller")),
    expect(dead_code, reason = "a controller asks")
)]
mod declared;
pub(crate) mod delivery;
mod flux;
mod identity;
mod new_runs;
mod object;
mod reported;
mod request;
mod said;
mod source;
mod sync_result;
mod time;
mod watch;

use serde_json::Value;

use crate::catalog::Dialect;
use crate::manifest::ResourceRef;

pub(crate) use blueprint::{Relate, blueprints, extended};
#[cfg(feature = "controller")]
pub(crate) use declared::declaration;
pub(crate) use declared::{Declaration, ObjectKey};
pub(crate) use identity::ClusterName;
pub(crate) use reported::Reported;
#[cfg(any(test, feature = "controller"))]
pub(crate) use request::delivery_requests;
pub(crate) use request::{Seen, requests, surplus};
pub(crate) use source::short;
pub(crate) use sync_result::{
    Failure, Health, Identified, Outcome, Phase, Run, State, Subject, SyncResult, SyncStatus, Tool,
};
pub(crate) use time::Timestamp;
#[cfg(feature = "controller")]
pub(crate) use time::duration;
pub(crate) use watch::Watch;

use object::Object;

/// The blueprint of targets.
pub(crate) const TARGET: &str = "gitopsTarget";

/// The blueprint of runs.
pub(crate) const RUN: &str = "gitopsSync";

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
/// As for [`sync_result()`].
pub(crate) fn subject(object: &Value, cluster: &ClusterName) -> Result<Subject, ReportError> {
    let object = Object::of(object);
    let (api_version, kind) = match (object.text("/apiVersion"), object.text("/kind")) {
        // So `argocd app get -o json` prints one.
        (None, None) if object.at("/spec/destination").is_some() => {
            ("argoproj.io/v1alpha1", "Application")
        }
        (api_version, kind) => (api_version.unwrap_or_default(), kind.unwrap_or_default()),
    };
    let (group, _) = api_version.split_once('/').unwrap_or_default();
    let tool = match (group, kind) {
        ("argoproj.io", "Application") => Tool::ArgoCd,
        ("kustomize.toolkit.fluxcd.io", "Kustomization")
        | ("helm.toolkit.fluxcd.io", "HelmRelease") => Tool::Flux,
        ("", "") => return Err(ReportError::Kind("what was given".to_owned())),
        (_, _) => return Err(ReportError::Kind(format!("`{kind}` of `{api_version}`"))),
    };
    let kind = kind.to_owned();
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
pub(crate) mod tests;
