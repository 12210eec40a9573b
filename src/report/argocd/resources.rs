//! What became of an Application's resources.

use std::collections::BTreeSet;

use super::super::object::Object;
use super::{Outcome, said};
use crate::catalog::{Dialect, EntityKind};
use crate::manifest::ResourceRef;
use crate::report::{Failure, ObjectKey};

/// How many of the application's resources are Glint entities.
#[derive(Clone, Copy)]
pub(super) struct Entities {
    pub declared: usize,
    pub pending_deletions: usize,
}

/// Counts entities; nothing where the application was never compared, so that
/// nobody knows.
pub(super) fn entities(object: Object<'_>, dialect: Dialect) -> Option<Entities> {
    let resources = object.at("/status/resources");
    // An empty list is left out.
    let is_compared = matches!(
        object.text("/status/sync/status"),
        Some("Synced" | "OutOfSync")
    );
    if resources.is_none() && !is_compared {
        return None;
    }
    let mut entities = Entities {
        declared: 0,
        pending_deletions: 0,
    };
    for resource in object.list("/status/resources") {
        let group = resource.text("/group").unwrap_or_default();
        let kind = resource.text("/kind").unwrap_or_default();
        if is_entity(group, kind, dialect) {
            match resource.is_true("/requiresPruning") {
                true => entities.pending_deletions += 1,
                false => entities.declared += 1,
            }
        }
    }
    Some(entities)
}

/// The entities, without those that wait to be pruned.
pub(super) fn declared(object: Object<'_>, dialect: Dialect) -> BTreeSet<ObjectKey> {
    let resources = object.list("/status/resources");
    let declared = resources.filter(|it| !it.is_true("/requiresPruning"));
    let keys = declared.filter_map(|it| {
        let text = |pointer| it.text(pointer).unwrap_or_default();
        let kind = (text("/group"), text("/kind"));
        ObjectKey::of(kind, (text("/namespace"), text("/name")), dialect)
    });
    keys.collect()
}

/// How many of the failures are entities.
pub(super) fn failed(outcome: &Outcome, dialect: Dialect) -> usize {
    let failures = outcome.failures.iter();
    let entities = failures.filter(|failure| {
        let version = &failure.resource.api_version;
        let (group, _) = version.split_once('/').unwrap_or_default();
        is_entity(group, &failure.resource.kind, dialect)
    });
    entities.count()
}

fn is_entity(group: &str, kind: &str, dialect: Dialect) -> bool {
    let kinds = EntityKind::ALL.iter();
    group == dialect.group() && kinds.clone().any(|known| known.as_str() == kind)
}

/// Counts the resources of an operation by what kubectl printed of each, which is
/// all that tells whether it changed (gitops-engine 3.6, `sync_context.go`).
pub(super) fn outcome(operation: Object<'_>) -> Option<Outcome> {
    operation.at("/syncResult/resources")?;
    let mut outcome = Outcome {
        is_partial: operation.list("/operation/sync/resources").next().is_some(),
        ..Outcome::default()
    };
    for resource in operation.list("/syncResult/resources") {
        let status = resource.text("/status").unwrap_or_default();
        let hook = resource.text("/hookPhase").unwrap_or_default();
        let said = resource.text("/message").unwrap_or_default();
        let is_hook = resource.text("/hookType").is_some();
        let code = match (status, hook) {
            ("SyncFailed", _) => Some("SyncFailed"),
            // Of a resource that is no hook, the phase is not kept up.
            (_, "Failed" | "Error") => Some(hook),
            _ => None,
        };
        if let Some(code) = code {
            outcome.failures.push(Failure {
                resource: reference(resource),
                code: code.to_owned(),
                message: said::of_host(said),
            });
            continue;
        }
        match (status, said) {
            ("Pruned", _) => outcome.deleted += 1,
            ("PruneSkipped", _) => outcome.kept += 1,
            _ if is_hook => outcome.applied += 1,
            (_, said) if said.ends_with(" created") => outcome.created += 1,
            (_, said) if said.ends_with(" configured") => outcome.updated += 1,
            (_, said) if said.ends_with(" unchanged") => outcome.unchanged += 1,
            _ => outcome.applied += 1,
        }
    }
    Some(outcome)
}

fn reference(resource: Object<'_>) -> ResourceRef {
    let text = |pointer| resource.text(pointer).unwrap_or_default();
    let version = text("/version");
    ResourceRef {
        api_version: match resource.text("/group") {
            Some(group) => format!("{group}/{version}"),
            None => version.to_owned(),
        },
        kind: text("/kind").to_owned(),
        namespace: resource.text("/namespace").map(str::to_owned),
        name: text("/name").to_owned(),
    }
}
