//! Events about Kustomizations and HelmReleases, for notification-controller: commit
//! statuses, one comment on a pull request, and whatever else its Alerts pass on.
//!
//! One for each revision of which the catalog says that it agrees or that it does not,
//! and one for each time that it says otherwise. What notification-controller makes of an
//! event stands in its `internal/server/event_handlers.go` and `event_server.go`:
//!
//! - a commit status needs the commit in `event.toolkit.fluxcd.io/commit`, or else the
//!   key `commit_status`, or severity `error`; it is of the commit in `commit`, else
//!   `originRevision`, else `revision`; green for `info`, red for `error`;
//! - a comment needs `event.toolkit.fluxcd.io/change_request`; it is one for each object,
//!   and each event replaces its text;
//! - an event with `commit_status: update` is for commit statuses and generic webhooks
//!   alone: no chat hears of it, and no comment is written;
//! - an event with the message, the revisions and the `token` of another is dropped for
//!   five minutes. So that none is dropped that tells of a change back, each has a token
//!   of its own, which is given to nobody.
//!
//! Invariants: of what is pending nothing is told; each message begins with `Glint: `, by
//! which Alerts choose; after a restart nobody hears good news again.

use std::collections::{BTreeMap, VecDeque};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::broadcast::{self, error::RecvError};

use super::revision::Revision;
use super::verdict::{Reason, State, declared};
use crate::cluster::micro_time;
use crate::controller::frame::{Context, Notification, Notifier, ObjectRef, Severity};
use crate::controller::report::board::{Board, Standing};
use crate::reason;
use crate::report::Tool;

/// By which Alerts choose these among all events about an object.
const PREFIX: &str = "Glint: ";

/// Of how many objects it is remembered what was told, before it is looked who is gone.
const FIRST_LOOK: usize = 1_024;

/// What was told of an object last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Told {
    revision: Option<String>,
    is_agreed: bool,
    message: String,
}

/// What is to be told of an object, and what is told with that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct News {
    pub(super) notification: Notification,
    pub(super) told: Told,
}

/// Tells: a part of its controller.
#[derive(Debug)]
pub(crate) struct FluxEvents {
    context: Context,
    board: Board,
    changes: broadcast::Receiver<Arc<Standing>>,
    notifier: Notifier,
    told: BTreeMap<ObjectRef, Told>,
    look_at: usize,
    /// Who waits to be told of, in their order. At most one for each.
    queue: VecDeque<ObjectRef>,
    waiting: BTreeMap<ObjectRef, Notification>,
}

impl FluxEvents {
    /// Misses nothing of the board from here on.
    pub(crate) fn new(context: Context, board: Board, notifier: Notifier) -> Self {
        let changes = board.subscribe();
        Self {
            context,
            board,
            changes,
            notifier,
            told: BTreeMap::new(),
            look_at: FIRST_LOOK,
            queue: VecDeque::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// Tells until the end of the process is asked for.
    pub(crate) async fn run(mut self) -> Result<(), Infallible> {
        let mut activity = self.context.activity.clone();
        loop {
            tokio::select! {
                () = activity.ended() => break,
                changed = self.changes.recv() => match changed {
                    Ok(standing) => self.changed(&standing),
                    Err(RecvError::Lagged(_)) => self.look_at_all(),
                    // The board is ours too, so it never ends.
                    Err(RecvError::Closed) => break,
                },
                () = self.notifier.room(), if !self.queue.is_empty() => self.tell_next(),
            }
        }
        Ok(())
    }

    fn look_at_all(&mut self) {
        for standing in self.board.all() {
            self.changed(&standing);
        }
    }

    fn changed(&mut self, standing: &Standing) {
        let subject = &standing.subject;
        let Some(News { notification, told }) = news(standing, self.told.get(subject)) else {
            return;
        };
        self.told.insert(subject.clone(), told);
        self.forget_the_gone();
        // What waits already is out of date.
        if self.waiting.insert(subject.clone(), notification).is_none() {
            self.queue.push_back(subject.clone());
        }
    }

    fn tell_next(&mut self) {
        let next = self.queue.pop_front();
        let Some(mut notification) = next.and_then(|it| self.waiting.remove(&it)) else {
            return;
        };
        let token = format!("{}/token", group(&notification.about));
        notification
            .metadata
            .insert(token, micro_time(SystemTime::now()));
        let Notification {
            about,
            reason,
            message,
            ..
        } = &notification;
        let reason = reason.as_str();
        match (self.context.is_dry_run, self.context.activity.is_active()) {
            (true, _) => {
                tracing::info!(
                    kind = about.kind,
                    name = about.name,
                    reason,
                    "would tell Flux: {message}"
                );
            }
            (false, true) => self.notifier.send(notification),
            // Another replica sees the same, and tells it.
            (false, false) => {}
        }
    }

    /// Objects come and go; who is not on the board for long is forgotten.
    fn forget_the_gone(&mut self) {
        if self.told.len() < self.look_at {
            return;
        }
        let board = &self.board;
        self.told.retain(|subject, _| {
            let namespace = subject.namespace.as_deref().unwrap_or_default();
            let standing = board.standing(&subject.kind, namespace, &subject.name);
            standing.is_some_and(|it| it.subject.uid == subject.uid)
        });
        self.look_at = FIRST_LOOK.max(2 * self.told.len());
    }
}

/// What is to be told of an object, where that is news.
pub(super) fn news(standing: &Standing, before: Option<&Told>) -> Option<News> {
    let verdict = Reason::of(standing, None);
    let is_agreed = match (standing.tool, verdict.state()) {
        (Tool::Flux, State::Agrees) => true,
        (Tool::Flux, State::Disagrees) => false,
        (Tool::Flux, State::Pending | State::NotObserved | State::Unknown) => return None,
        (Tool::ArgoCd, _) => return None,
    };
    let told = Told {
        revision: standing.revision.clone(),
        is_agreed,
        message: format!("{PREFIX}{}", verdict.message(standing)),
    };
    let has_comment = standing
        .event_metadata
        .contains_key("event.toolkit.fluxcd.io/change_request");
    let is_same = before.is_some_and(|before| {
        let Told {
            revision,
            is_agreed,
            message,
        } = before;
        // A comment has the message; a status has none.
        *revision == told.revision
            && *is_agreed == told.is_agreed
            && (*message == told.message || !has_comment)
    });
    let was_agreed = before.is_none_or(|it| it.is_agreed);
    // It has nothing to do with the catalog.
    let is_bare = is_agreed && was_agreed && declared(standing) == 0;
    if is_same || is_bare {
        return None;
    }
    // Another commit with the same outcome, or, after a restart, perhaps the same commit.
    let is_routine = match before {
        Some(before) => before.is_agreed == is_agreed,
        None => is_agreed,
    };
    let notification = Notification {
        about: standing.subject.clone(),
        severity: match is_agreed {
            true => Severity::Info,
            false => Severity::Error,
        },
        reason: match is_agreed {
            true => reason::Reason::CatalogAgrees,
            false => reason::Reason::CatalogDisagrees,
        },
        message: told.message.clone(),
        metadata: metadata(standing, is_routine && !has_comment),
    };
    Some(News { notification, told })
}

/// Keys as Flux's own controllers write them. What is routine is for commit statuses
/// alone.
fn metadata(standing: &Standing, is_routine: bool) -> BTreeMap<String, String> {
    let Standing {
        subject,
        revision,
        origin_revision,
        event_metadata,
        ..
    } = standing;
    let mut metadata = event_metadata.clone();
    let commit = origin_revision.iter().chain(revision);
    let commit = commit.filter_map(|it| Revision::of(it).commit()).next();
    if let Some(commit) = commit {
        // That of the annotation may be one that is not deployed yet.
        metadata.insert(
            "event.toolkit.fluxcd.io/commit".to_owned(),
            commit.to_owned(),
        );
    }
    let group = group(subject);
    let mut say = |key: &str, value: &str| {
        metadata.insert(format!("{group}/{key}"), value.to_owned());
    };
    if let Some(revision) = revision {
        say("revision", revision);
    }
    if let Some(origin) = origin_revision {
        say("originRevision", origin);
    }
    if is_routine {
        say("commit_status", "update");
    }
    metadata
}

/// `kustomize.toolkit.fluxcd.io`.
fn group(subject: &ObjectRef) -> &str {
    let group = subject.api_version.split_once('/');
    group.map_or("", |(group, _)| group)
}
