//! Why nothing new is published, in the words of a condition.
//!
//! Each error of a step becomes one of these once, here. Invariant: no message holds a
//! value of a manifest or a line of what a renderer printed; it names files, rules,
//! objects and fields, and says what to do.

use std::collections::BTreeSet;

use crate::artifact::{ArchiveError, FetchError, StorageError};
use crate::cluster::ClusterError;
use crate::finding::Finding;
use crate::input::InputError;
use crate::reason::Reason;
use crate::render::RenderError;

/// How many files or findings a message names.
const NAMED: usize = 5;

/// Why nothing new is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// In one word.
    pub(super) reason: Reason,
    /// For people.
    pub(super) message: String,
    /// What comes next.
    pub(super) next: Next,
}

/// When it is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Soon: what it waits for may be there then.
    Dependency,
    /// Each time later.
    Retry,
    /// Not before something changes: another try would fail as well.
    Change,
}

/// Why the shell gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JobError {
    /// The policy has switched the program off.
    #[error("switched off by the policy (`enabled: false`)")]
    Paused,
    /// Settings are wrong, or a policy is broken.
    #[error("{0}")]
    Settings(String),
    /// The source can't be read, or not be built.
    #[error(transparent)]
    Input(#[from] InputError),
    /// What was built can't be rendered.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// Findings at the level at which they fail a render.
    #[error("findings at the level of `fail-on`")]
    Findings(Vec<Finding>),
    /// The deadline has come.
    #[error("not done at the deadline; raise `timeout`, or render less at once")]
    Late,
}

impl Failure {
    pub(super) fn new(reason: Reason, next: Next, message: impl Into<String>) -> Self {
        Self {
            reason,
            message: message.into(),
            next,
        }
    }

    /// The source's artifact did not come.
    pub(super) fn fetch(named: &str, error: &FetchError) -> Self {
        let next = match error {
            FetchError::Settings(_)
            | FetchError::Url(_)
            | FetchError::HostNotAllowed { .. }
            | FetchError::TooLarge { .. } => Next::Change,
            FetchError::NotFound { .. }
            | FetchError::Refused { .. }
            | FetchError::Unreachable { .. }
            | FetchError::DigestMismatch { .. } => Next::Retry,
        };
        let help = match error {
            FetchError::HostNotAllowed { .. } => "; the operator allows one with `--allow-hosts`",
            _ => "",
        };
        let message = format!("the artifact of {named}: {error}{help}");
        Self::new(Reason::FetchFailed, next, message)
    }

    /// The source's artifact is not one that is unpacked.
    pub(super) fn archive(named: &str, error: &ArchiveError) -> Self {
        let message = format!("the artifact of {named}: {error}");
        Self::new(Reason::BuildFailed, Next::Change, message)
    }

    /// What only kustomize-controller can build.
    pub(super) fn only_flux(what: &[String]) -> Self {
        let message = format!(
            "{}: only Flux itself can build this; set `mode: augment`, which leaves the build to it",
            listed(what)
        );
        Self::new(Reason::BuildFailed, Next::Change, message)
    }

    /// The renderer failed, and the source lacks what its kustomizations name.
    pub(super) fn lacking(step: &str, what: &BTreeSet<String>) -> Self {
        let what: Vec<String> = what.iter().cloned().collect();
        let message = format!(
            "`{step}` failed: the source lacks {}; add it there, or take its name out",
            listed(&what)
        );
        Self::new(Reason::BuildFailed, Next::Change, message)
    }

    /// The disk did not take the artifact. Where it was to be is not said: a path holds
    /// what only readers of the object are to know, and Events reach others.
    pub(super) fn storage(error: &StorageError) -> Self {
        let what = match error {
            StorageError::Name(_) => error.to_string(),
            StorageError::Disk { .. } => "the storage can't be used".to_owned(),
        };
        Self::new(
            Reason::StorageOperationFailed,
            Next::Retry,
            format!("{what}; the controller's log says more"),
        )
    }

    /// The cluster did not take an object, or did not give it.
    pub(super) fn cluster(error: &ClusterError) -> Self {
        Self::new(Reason::ReconciliationFailed, Next::Retry, error.to_string())
    }
}

impl From<&JobError> for Failure {
    fn from(error: &JobError) -> Self {
        match error {
            JobError::Paused | JobError::Settings(_) => {
                Self::new(Reason::ValidationFailed, Next::Retry, error.to_string())
            }
            JobError::Late => Self::new(Reason::BuildFailed, Next::Retry, error.to_string()),
            JobError::Input(error) => input(error),
            JobError::Render(error) => render(error),
            JobError::Findings(findings) => {
                Self::new(Reason::BuildFailed, Next::Change, rules(findings))
            }
        }
    }
}

fn input(error: &InputError) -> Failure {
    const HELP: &str = "`glint-gitops render` shows why for this revision, and the operator finds its last lines in the controller's log";
    match error {
        InputError::NoDirectory { .. } => Failure::new(
            Reason::InvalidPath,
            Next::Change,
            format!("`spec.path`: {error}"),
        ),
        // What a renderer prints may hold values.
        InputError::Failed { step, status, .. } => Failure::new(
            Reason::BuildFailed,
            Next::Retry,
            format!("`{step}` failed with {status}; {HELP}"),
        ),
        InputError::Deadline { step, .. } => Failure::new(
            Reason::BuildFailed,
            Next::Retry,
            format!(
                "`{step}` was stopped at the deadline; raise `spec.timeout`, or render less at once"
            ),
        ),
        InputError::NoManifest { .. }
        | InputError::Outside { .. }
        | InputError::Remote { .. }
        | InputError::Refused { .. }
        | InputError::Malformed { .. }
        | InputError::TooLarge { .. }
        | InputError::TooManyFiles { .. } => {
            Failure::new(Reason::BuildFailed, Next::Change, error.to_string())
        }
        InputError::Read { .. }
        | InputError::Scratch { .. }
        | InputError::NoTool { .. }
        | InputError::Start { .. } => {
            Failure::new(Reason::BuildFailed, Next::Retry, error.to_string())
        }
    }
}

fn render(error: &RenderError) -> Failure {
    let message = match error {
        RenderError::Stopped(findings) => rules(findings),
        RenderError::Unsplittable { .. } | RenderError::Empty { .. } | RenderError::Function(_) => {
            error.to_string()
        }
    };
    Failure::new(Reason::BuildFailed, Next::Change, message)
}

/// Findings by rule, object and field: their messages may quote values.
fn rules(findings: &[Finding]) -> String {
    let mut worst: Vec<&Finding> = findings.iter().collect();
    worst.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let named: Vec<String> = worst.into_iter().map(rule).collect();
    format!(
        "stopped by {}; `glint-gitops check` shows each, and `glint-gitops explain RULE` what to do",
        listed(&named)
    )
}

fn rule(finding: &Finding) -> String {
    let mut text = format!("`{}`", finding.rule);
    if let Some(resource) = &finding.resource {
        text.push_str(&format!(" on {resource}"));
    }
    if let Some(field) = &finding.field {
        text.push_str(&format!(" at {field}"));
    }
    text
}

/// The first of several, and how many there are besides.
pub(super) fn listed(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMED)].join(", ");
    match names.len().saturating_sub(NAMED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Failure, JobError, Next, Reason};
    use crate::finding::{Finding, Severity};
    use crate::input::InputError;
    use crate::manifest::{FieldPath, ResourceRef};
    use crate::render::RenderError;

    #[track_caller]
    fn check(error: JobError, reason: Reason, next: Next, expected: &str) {
        let failure = Failure::from(&error);
        assert_eq!(failure.message, expected);
        assert_eq!((failure.reason, failure.next), (reason, next));
    }

    #[test]
    fn what_a_renderer_printed_is_not_in_a_condition() {
        check(
            JobError::Input(InputError::Failed {
                step: "kustomize build apps/shop".to_owned(),
                status: "exit status 1".to_owned(),
                stderr: "password: hunter2".to_owned(),
            }),
            Reason::BuildFailed,
            Next::Retry,
            "`kustomize build apps/shop` failed with exit status 1; `glint-gitops render` shows why for this revision, and the operator finds its last lines in the controller's log",
        );
    }

    #[test]
    fn a_finding_is_named_by_rule_object_and_field() {
        let finding = Finding::new("claim-not-allowed", Severity::Error, "`hunter2` is not")
            .on(ResourceRef {
                api_version: "glint.io/v1".to_owned(),
                kind: "Entity".to_owned(),
                namespace: Some("shop".to_owned()),
                name: "pay".to_owned(),
            })
            .in_field(FieldPath::of(&["spec", "blueprint"]));
        let info = Finding::new("deleted-entity", Severity::Info, "x");
        check(
            JobError::Render(RenderError::Stopped(vec![info, finding])),
            Reason::BuildFailed,
            Next::Change,
            "stopped by `claim-not-allowed` on Entity shop/pay at .spec.blueprint, `deleted-entity`; `glint-gitops check` shows each, and `glint-gitops explain RULE` what to do",
        );
    }

    #[test]
    fn what_only_flux_builds_is_named_with_the_way_out() {
        let files: Vec<String> = (0..7)
            .map(|it| format!("`{it}.env` is encrypted"))
            .collect();
        assert_eq!(
            Failure::only_flux(&files).message,
            "`0.env` is encrypted, `1.env` is encrypted, `2.env` is encrypted, `3.env` is encrypted, `4.env` is encrypted and 2 more: only Flux itself can build this; set `mode: augment`, which leaves the build to it"
        );
    }
}
