//! What people are told of a render: a Kubernetes Event on the GlintRender, and Flux's
//! event on the ExternalArtifact, which is a kind that Flux's Alerts can select.
//!
//! Told is news alone: a condition that says the same as before is none.

use std::collections::BTreeMap;

use super::observe::Observed;
use super::resource::GlintRenderStatus;
use super::status::{is_news, ready};
use super::words::{self, ARTIFACT_KIND, KIND, SOURCE_GROUP};
use crate::controller::frame::{EventWeight, Events, Notification, Notifier, ObjectRef, Severity};
use crate::reason::Reason;

/// Annotations of an object that Flux's events take along (RFC-0008).
const TAKEN_ALONG: &str = "event.toolkit.fluxcd.io/";

/// Tells people. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Teller {
    pub(super) events: Events,
    pub(super) notifier: Notifier,
}

impl Teller {
    /// Tells what a status says, if it did not say it before.
    pub(super) async fn tell(
        &self,
        observed: &Observed,
        before: &GlintRenderStatus,
        after: &GlintRenderStatus,
    ) {
        let Some(ready) = ready(&after.conditions) else {
            return;
        };
        let Some(reason) = Reason::parse(&ready.reason) else {
            return;
        };
        if !is_news(&before.conditions, &after.conditions) {
            return;
        }
        let (weight, severity) = match ready.status.as_str() {
            "True" => (EventWeight::Normal, Severity::Info),
            _ => (EventWeight::Warning, Severity::Error),
        };
        let message = ready.message.as_str();
        let about = subject(observed);
        self.events.publish(&about, weight, reason, message).await;
        let notification = Notification {
            about: artifact(observed),
            severity,
            reason,
            message: message.to_owned(),
            metadata: metadata(observed, after),
        };
        self.notifier.send(notification);
    }
}

fn subject(observed: &Observed) -> ObjectRef {
    let metadata = &observed.render.metadata;
    ObjectRef {
        api_version: words::api_version(),
        kind: KIND.to_owned(),
        namespace: Some(observed.key.namespace.clone()),
        name: observed.key.name.clone(),
        uid: metadata.uid.clone().unwrap_or_default(),
    }
}

fn artifact(observed: &Observed) -> ObjectRef {
    let produced = observed.produced.as_ref();
    let own = produced.filter(|produced| produced.foreign.is_none());
    ObjectRef {
        api_version: words::source_api_version(),
        kind: ARTIFACT_KIND.to_owned(),
        namespace: Some(observed.key.namespace.clone()),
        name: observed.key.name.clone(),
        uid: own.map(|it| it.uid.clone()).unwrap_or_default(),
    }
}

/// With the prefix of the involved object's group, without which notification-controller
/// drops it; the origin's revision is what commit statuses are written to.
fn metadata(observed: &Observed, after: &GlintRenderStatus) -> BTreeMap<String, String> {
    let annotations = observed.render.metadata.annotations.iter().flatten();
    let mut metadata: BTreeMap<String, String> = annotations
        .filter(|(key, _)| key.starts_with(TAKEN_ALONG))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let revision = after.artifact.as_ref().map(|it| it.revision.clone());
    let known = [
        ("revision", revision),
        ("originRevision", after.origin_revision.clone()),
    ];
    for (name, value) in known {
        if let Some(value) = value {
            metadata.insert(format!("{SOURCE_GROUP}/{name}"), value);
        }
    }
    metadata
}
