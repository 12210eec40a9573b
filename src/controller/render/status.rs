//! What an object's status says, from what it said and what has happened.
//!
//! Pure: the time comes in. A condition's time changes with its status and never
//! otherwise, so that a status that says the same is the same, and nothing is written.

use super::failure::{Failure, Next};
use super::resource::{Artifact, Condition, GlintRenderStatus};
use super::words::{READY, RECONCILING, STALLED};
use crate::reason::Reason;

/// What has happened to an object.
#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome<'a> {
    /// Work has begun.
    Started {
        /// On what: `GitRepository shop at main@sha1:…`.
        source: &'a str,
    },
    /// An artifact is published, or is as it was.
    Published(&'a Published),
    /// Nothing new is published.
    Failed(&'a Failure),
}

/// What was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Published {
    pub(super) artifact: Artifact,
    pub(super) origin_revision: String,
    /// What it was made of.
    pub(super) inputs: String,
    pub(super) entities: i64,
    /// What the condition says.
    pub(super) message: String,
}

/// What else the status tells of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The generation of the spec that was worked on.
    pub(super) generation: i64,
    /// The request on the GlintRender that is answered.
    pub(super) requested: Option<&'a str>,
    /// The request on the ExternalArtifact that is answered.
    pub(super) artifact_requested: Option<&'a str>,
    /// The time, as Kubernetes writes it.
    pub(super) now: &'a str,
}

/// The status of a GlintRender.
pub(super) fn status(
    before: &GlintRenderStatus,
    outcome: Outcome<'_>,
    asked: Asked<'_>,
) -> GlintRenderStatus {
    let mut status = before.clone();
    status.conditions = conditions(&before.conditions, outcome, asked);
    let is_over = match outcome {
        Outcome::Started { .. } => false,
        Outcome::Published(published) => {
            let Published {
                artifact,
                origin_revision,
                inputs,
                entities,
                message: _,
            } = published.clone();
            status.artifact = Some(artifact);
            status.origin_revision = Some(origin_revision);
            status.observed_inputs = Some(inputs);
            status.entities = Some(entities);
            status.observed_generation = Some(asked.generation);
            true
        }
        Outcome::Failed(failure) => {
            if failure.next == Next::Change {
                status.observed_generation = Some(asked.generation);
            }
            true
        }
    };
    if is_over {
        let answered =
            |request: Option<&str>, before: Option<String>| request.map(str::to_owned).or(before);
        status.last_handled_reconcile_at =
            answered(asked.requested, status.last_handled_reconcile_at);
        status.last_handled_artifact_reconcile_at = answered(
            asked.artifact_requested,
            status.last_handled_artifact_reconcile_at,
        );
    }
    status
}

/// The conditions, as kstatus reads them: `Reconciling` and `Stalled` are there only
/// while they are true.
fn conditions(before: &[Condition], outcome: Outcome<'_>, asked: Asked<'_>) -> Vec<Condition> {
    let mut conditions = Vec::new();
    let mut set = |kind: &str, status: &str, reason: Reason, message: &str| {
        conditions.push(condition(before, kind, status, reason, message, asked));
    };
    match outcome {
        Outcome::Started { source } => {
            let message = format!("rendering {source}");
            set(RECONCILING, "True", Reason::Progressing, &message);
            match ready(before) {
                // What is wrong stays to be read until it is known to be over.
                Some(ready) if ready.status == "False" => conditions.push(ready.clone()),
                Some(_) | None => set(READY, "Unknown", Reason::Progressing, &message),
            }
        }
        Outcome::Published(published) => {
            set(READY, "True", Reason::Succeeded, &published.message);
        }
        Outcome::Failed(Failure {
            reason,
            message,
            next,
        }) => {
            set(READY, "False", *reason, message);
            match next {
                Next::Change => set(STALLED, "True", *reason, message),
                Next::Dependency | Next::Retry => {
                    set(RECONCILING, "True", Reason::ProgressingWithRetry, message);
                }
            }
        }
    }
    conditions
}

/// The condition `Ready` of an ExternalArtifact; `None` where nothing is known yet.
pub(super) fn of_artifact(
    before: &[Condition],
    outcome: Outcome<'_>,
    asked: Asked<'_>,
) -> Option<Condition> {
    let (status, reason, message) = match outcome {
        Outcome::Started { .. } => return None,
        Outcome::Published(published) => {
            let revision = &published.artifact.revision;
            let message = format!("stored artifact for revision '{revision}'");
            ("True", Reason::Succeeded, message)
        }
        Outcome::Failed(failure) => ("False", failure.reason, failure.message.clone()),
    };
    Some(condition(before, READY, status, reason, &message, asked))
}

/// Whether people are told of it: it has become so, or something else is the matter.
pub(super) fn is_news(before: &[Condition], after: &[Condition]) -> bool {
    let said = |conditions: &[Condition]| {
        let ready = ready(conditions)?;
        Some((
            ready.status.clone(),
            ready.reason.clone(),
            ready.message.clone(),
        ))
    };
    said(before) != said(after)
}

/// The condition `Ready`.
pub(super) fn ready(conditions: &[Condition]) -> Option<&Condition> {
    conditions.iter().find(|condition| condition.kind == READY)
}

fn condition(
    before: &[Condition],
    kind: &str,
    status: &str,
    reason: Reason,
    message: &str,
    asked: Asked<'_>,
) -> Condition {
    let same = before
        .iter()
        .find(|condition| condition.kind == kind && condition.status == status);
    Condition {
        kind: kind.to_owned(),
        status: status.to_owned(),
        observed_generation: Some(asked.generation),
        last_transition_time: match same {
            Some(same) => same.last_transition_time.clone(),
            None => asked.now.to_owned(),
        },
        reason: reason.as_str().to_owned(),
        message: cut(message),
    }
}

/// What Kubernetes takes of a condition's message is 32 KiB; people take less.
fn cut(message: &str) -> String {
    const LONGEST: usize = 2000;
    match message.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{Asked, Outcome, Published, is_news, of_artifact, status};
    use crate::controller::render::failure::{Failure, Next};
    use crate::controller::render::resource::{Artifact, GlintRenderStatus};
    use crate::reason::Reason;

    const FIRST: &str = "2026-11-27T17:00:00Z";
    const LATER: &str = "2026-11-27T18:00:00Z";

    fn asked(now: &str) -> Asked<'_> {
        Asked {
            generation: 2,
            requested: Some("now"),
            artifact_requested: None,
            now,
        }
    }

    fn published() -> Published {
        Published {
            artifact: Artifact {
                url: "http://glint-render/a.tar.gz".to_owned(),
                path: "a.tar.gz".to_owned(),
                revision: "main@sha256:1".to_owned(),
                digest: "sha256:2".to_owned(),
                last_update_time: FIRST.to_owned(),
                size: Some(1),
                metadata: BTreeMap::new(),
            },
            origin_revision: "main@sha1:3".to_owned(),
            inputs: "sha256:4".to_owned(),
            entities: 3,
            message: "rendered".to_owned(),
        }
    }

    fn failure(next: Next) -> Failure {
        Failure::new(Reason::BuildFailed, next, "broken")
    }

    /// `Ready=False BuildFailed broken 2026-…` of each condition.
    fn said(status: &GlintRenderStatus) -> Vec<String> {
        let conditions = status.conditions.iter().map(|condition| {
            format!(
                "{}={} {}: {} ({})",
                condition.kind,
                condition.status,
                condition.reason,
                condition.message,
                condition.last_transition_time
            )
        });
        conditions.collect()
    }

    #[test]
    fn work_that_has_begun_leaves_what_was_published() {
        let done = status(
            &GlintRenderStatus::default(),
            Outcome::Published(&published()),
            asked(FIRST),
        );
        assert_eq!(
            said(&done),
            [format!("Ready=True Succeeded: rendered ({FIRST})")]
        );
        assert_eq!(done.observed_generation, Some(2));
        assert_eq!(done.last_handled_reconcile_at.as_deref(), Some("now"));
        let source = "GitRepository shop";
        let begun = status(&done, Outcome::Started { source }, asked(LATER));
        assert_eq!(
            said(&begun),
            [
                format!("Reconciling=True Progressing: rendering GitRepository shop ({LATER})"),
                format!("Ready=Unknown Progressing: rendering GitRepository shop ({LATER})"),
            ]
        );
        assert_eq!(begun.artifact, done.artifact);
    }

    #[test]
    fn the_same_again_is_the_same_status() {
        let once = |before: &GlintRenderStatus, now| {
            status(before, Outcome::Published(&published()), asked(now))
        };
        let first = once(&GlintRenderStatus::default(), FIRST);
        assert_eq!(once(&first, LATER), first);
        let fail = |before: &GlintRenderStatus, now| {
            status(before, Outcome::Failed(&failure(Next::Retry)), asked(now))
        };
        let failed = fail(&first, LATER);
        assert_eq!(fail(&failed, "2026-11-27T19:00:00Z"), failed);
        assert!(is_news(&first.conditions, &failed.conditions));
        assert!(!is_news(&failed.conditions, &failed.conditions));
    }

    #[test]
    fn a_failure_that_only_a_change_ends_is_stalled_and_another_is_tried_again() {
        let failed = |next| {
            let before = GlintRenderStatus::default();
            status(&before, Outcome::Failed(&failure(next)), asked(FIRST))
        };
        assert_eq!(
            said(&failed(Next::Change)),
            [
                format!("Ready=False BuildFailed: broken ({FIRST})"),
                format!("Stalled=True BuildFailed: broken ({FIRST})"),
            ]
        );
        assert_eq!(
            said(&failed(Next::Retry)),
            [
                format!("Ready=False BuildFailed: broken ({FIRST})"),
                format!("Reconciling=True ProgressingWithRetry: broken ({FIRST})"),
            ]
        );
        assert_eq!(failed(Next::Change).observed_generation, Some(2));
        assert_eq!(failed(Next::Retry).observed_generation, None);
    }

    #[test]
    fn a_failure_stays_to_be_read_while_it_is_tried_again() {
        let before = GlintRenderStatus::default();
        let failed = status(
            &before,
            Outcome::Failed(&failure(Next::Retry)),
            asked(FIRST),
        );
        let source = "GitRepository shop";
        let begun = status(&failed, Outcome::Started { source }, asked(LATER));
        assert_eq!(
            said(&begun),
            [
                format!("Reconciling=True Progressing: rendering GitRepository shop ({FIRST})"),
                format!("Ready=False BuildFailed: broken ({FIRST})"),
            ]
        );
    }

    #[test]
    fn an_external_artifact_says_what_fluxs_sources_say() {
        let published = published();
        let ready = of_artifact(&[], Outcome::Published(&published), asked(FIRST)).unwrap();
        assert_eq!(
            (ready.reason.as_str(), ready.message.as_str()),
            ("Succeeded", "stored artifact for revision 'main@sha256:1'")
        );
        let source = "GitRepository shop";
        assert_eq!(
            of_artifact(&[], Outcome::Started { source }, asked(FIRST)),
            None
        );
    }
}
