//! Events in the form of Flux's, posted to its notification-controller, which passes
//! them on to people and to commit statuses.
//!
//! The form is that of fluxcd/pkg `apis/event/v1beta1`, the manners are those of its
//! `runtime/events/recorder.go`: 5 s for one try, four more tries, none of them after a
//! 429, which only says that the same was told before. A reconciliation never waits for
//! it. What can't be sent is said where people look, as a Warning on the object.
//! Invariant: no message or key holds more than its caller gave.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::time::{Duration, SystemTime};

use reqwest::{Client, StatusCode, Url};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::activity::Activity;
use super::events::{EventWeight, Events, ObjectRef};
use crate::cluster::micro_time;
use crate::http;
use crate::reason::Reason;

/// For one try, as in Flux.
const TRY: Duration = Duration::from_secs(5);

/// Before each of the further tries, as go-retryablehttp has it.
const WAITS: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
];

/// How many are waited for at once; more are dropped, with a Warning.
const QUEUE: usize = 512;

/// What notification-controller takes of a message.
const MESSAGE: usize = 39_000;

/// Why a controller can't send any.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotifierError {
    /// The address is none.
    #[error(
        "`{0}` is no URL such as `http://notification-controller.flux-system.svc.cluster.local./`"
    )]
    Address(String),
    /// No HTTP can be spoken here.
    #[error("no HTTP can be spoken")]
    Client,
}

/// How bad it is, in Flux's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// As it should be.
    Info,
    /// Not so.
    Error,
}

impl Severity {
    fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Error => "error",
        }
    }
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notification {
    /// The object. Of a kind that Flux's Alerts know, and with a namespace, or nobody
    /// hears of it.
    pub about: ObjectRef,
    /// How bad it is.
    pub severity: Severity,
    /// Why.
    pub reason: Reason,
    /// For people.
    pub message: String,
    /// Keys begin with the object's group and a slash, or with
    /// `event.toolkit.fluxcd.io/`; others are dropped by notification-controller.
    pub metadata: BTreeMap<String, String>,
}

/// Takes what is told. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Notifier {
    queue: Option<mpsc::Sender<Notification>>,
}

/// Posts what was taken: a part of its controller.
#[derive(Debug)]
pub(crate) struct Posting {
    client: Client,
    address: Url,
    controller: &'static str,
    instance: String,
    events: Events,
    queue: mpsc::Receiver<Notification>,
}

impl Notifier {
    /// Where nobody listens.
    pub(crate) fn nowhere() -> Self {
        Self { queue: None }
    }

    /// To an address; what is told waits until the other half of the answer runs.
    ///
    /// # Errors
    /// See [`NotifierError`].
    pub(crate) fn to(
        address: &str,
        controller: &'static str,
        instance: String,
        events: Events,
    ) -> Result<(Self, Posting), NotifierError> {
        let url = Url::parse(address).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        let address = url.ok_or_else(|| NotifierError::Address(address.to_owned()))?;
        let client = http::in_cluster(|client| client.timeout(TRY));
        let client = client.map_err(|_| NotifierError::Client)?;
        let (sender, queue) = mpsc::channel(QUEUE);
        let posting = Posting {
            client,
            address,
            controller,
            instance,
            events,
            queue,
        };
        let notifier = Self {
            queue: Some(sender),
        };
        Ok((notifier, posting))
    }

    /// Waits until something can be told without being dropped.
    pub(crate) async fn room(&self) {
        if let Some(queue) = &self.queue {
            // Where nobody posts any more, nothing is worth a wait.
            drop(queue.reserve().await);
        }
    }

    /// Has something told, soon.
    pub(crate) fn send(&self, notification: Notification) {
        let Some(queue) = &self.queue else {
            return;
        };
        if let Err(error) = queue.try_send(notification) {
            tracing::warn!(%error, "an event for notification-controller is dropped");
        }
    }
}

impl Posting {
    /// Posts until the end of the process is asked for, and then what is left, each
    /// once.
    pub(crate) async fn run(mut self, mut activity: Activity) -> Result<(), Infallible> {
        loop {
            let next = tokio::select! {
                () = activity.ended() => break,
                next = self.queue.recv() => next,
            };
            match next {
                Some(notification) => self.post(&notification, &WAITS).await,
                None => break,
            }
        }
        while let Ok(notification) = self.queue.try_recv() {
            self.post(&notification, &[]).await;
        }
        Ok(())
    }

    async fn post(&self, notification: &Notification, waits: &[Duration]) {
        let event = event(
            notification,
            self.controller,
            &self.instance,
            SystemTime::now(),
        );
        let mut waits = waits.iter();
        loop {
            let posted = self.client.post(self.address.clone()).json(&event).send();
            let answer = posted.await;
            let (fault, is_passing) = match &answer {
                Ok(answer) if answer.status().is_success() => return,
                // Its like was told a moment ago.
                Ok(answer) if answer.status() == StatusCode::TOO_MANY_REQUESTS => return,
                Ok(answer) => {
                    let status = answer.status();
                    (status.to_string(), status.is_server_error())
                }
                Err(error) if error.is_timeout() => ("no answer in time".to_owned(), true),
                Err(_) => ("no connection".to_owned(), true),
            };
            match waits.next() {
                Some(wait) if is_passing => tokio::time::sleep(*wait).await,
                Some(_) | None => return self.give_up(notification, &fault).await,
            }
        }
    }

    async fn give_up(&self, notification: &Notification, fault: &str) {
        let Notification { about, reason, .. } = notification;
        let message = format!(
            "notification-controller did not take the event `{}`: {fault}; nobody was told by Flux",
            reason.as_str()
        );
        tracing::warn!(kind = about.kind, name = about.name, "{message}");
        self.events
            .publish(about, EventWeight::Warning, Reason::EventNotSent, &message)
            .await;
    }
}

/// The body, as Flux's controllers send it.
fn event(notification: &Notification, controller: &str, instance: &str, now: SystemTime) -> Value {
    let Notification {
        about,
        severity,
        reason,
        message,
        metadata,
    } = notification;
    let ObjectRef {
        api_version,
        kind,
        namespace,
        name,
        uid,
    } = about;
    let mut object = json!({
        "kind": kind, "namespace": namespace, "name": name, "apiVersion": api_version,
    });
    if !uid.is_empty() {
        object["uid"] = Value::from(uid.as_str());
    }
    let mut event = json!({
        "involvedObject": object,
        "severity": severity.as_str(),
        "timestamp": micro_time(now),
        "message": message.chars().take(MESSAGE).collect::<String>(),
        "reason": reason.as_str(),
        "reportingController": controller,
        "reportingInstance": instance,
    });
    if !metadata.is_empty() {
        event["metadata"] = json!(metadata);
    }
    event
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::UNIX_EPOCH;

    use serde_json::json;

    use super::{Notification, Reason, Severity, event};
    use crate::controller::frame::ObjectRef;

    #[test]
    fn an_event_has_the_form_of_fluxs() {
        let notification = Notification {
            about: ObjectRef {
                api_version: "source.toolkit.fluxcd.io/v1".to_owned(),
                kind: "ExternalArtifact".to_owned(),
                namespace: Some("shop".to_owned()),
                name: "pay".to_owned(),
                uid: "7d0c".to_owned(),
            },
            severity: Severity::Error,
            reason: Reason::BuildFailed,
            message: "broken".to_owned(),
            metadata: BTreeMap::from([(
                "source.toolkit.fluxcd.io/originRevision".to_owned(),
                "main@sha1:1".to_owned(),
            )]),
        };
        assert_eq!(
            event(&notification, "glint-render", "glint-render-0", UNIX_EPOCH),
            json!({
                "involvedObject": {
                    "kind": "ExternalArtifact", "namespace": "shop", "name": "pay",
                    "uid": "7d0c", "apiVersion": "source.toolkit.fluxcd.io/v1",
                },
                "severity": "error",
                "timestamp": "1970-01-01T00:00:00.000000Z",
                "message": "broken",
                "reason": "BuildFailed",
                "metadata": {"source.toolkit.fluxcd.io/originRevision": "main@sha1:1"},
                "reportingController": "glint-render",
                "reportingInstance": "glint-render-0",
            })
        );
    }
}
