//! The second step: whether there is anything to do.
//!
//! Pure. Every reason for a render stands here, and nowhere else.

use super::resource::{Artifact, GlintRender, GlintRenderStatus};
use super::status::ready;

/// Why there is something to do, the first of the reasons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drift {
    /// Somebody asks for it.
    Requested,
    /// Nothing was published yet.
    New,
    /// The spec has changed.
    Spec,
    /// The source has another artifact, or the operator's settings are others.
    Inputs,
    /// The last try failed, or did not end.
    NotReady,
    /// The ExternalArtifact is not as it was published.
    Artifact,
    /// The file is missing here, or damaged.
    File,
}

/// What is compared with the status.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now<'a> {
    /// What an artifact would be made of.
    pub(super) inputs: &'a str,
    /// What the ExternalArtifact has, whose producer the object is.
    pub(super) artifact: Option<&'a Artifact>,
    /// Whether the ExternalArtifact is otherwise as it was applied.
    pub(super) is_applied: bool,
    /// The request on the ExternalArtifact.
    pub(super) artifact_requested: Option<&'a str>,
    /// Whether the file of the artifact is in this replica's storage.
    pub(super) is_stored: bool,
}

/// Why an object is to be rendered; `None` where all is as it should be.
pub(super) fn drift(render: &GlintRender, now: Now<'_>) -> Option<Drift> {
    let unknown = GlintRenderStatus::default();
    let status = render.status.as_ref().unwrap_or(&unknown);
    let annotations = render.metadata.annotations.as_ref();
    let requested = annotations.and_then(|it| it.get(super::words::REQUESTED_AT));
    let is_asked = requested.is_some() && requested != status.last_handled_reconcile_at.as_ref();
    let last_asked = status.last_handled_artifact_reconcile_at.as_deref();
    let is_artifact_asked =
        now.artifact_requested.is_some() && now.artifact_requested != last_asked;
    let is_ready = ready(&status.conditions).is_some_and(|ready| ready.status == "True");
    let reasons = [
        (is_asked || is_artifact_asked, Drift::Requested),
        (status.artifact.is_none(), Drift::New),
        (
            status.observed_generation != render.metadata.generation,
            Drift::Spec,
        ),
        (
            status.observed_inputs.as_deref() != Some(now.inputs),
            Drift::Inputs,
        ),
        (!is_ready, Drift::NotReady),
        (
            !now.is_applied || now.artifact != status.artifact.as_ref(),
            Drift::Artifact,
        ),
        (!now.is_stored, Drift::File),
    ];
    let found = reasons.into_iter().find(|(is_so, _)| *is_so);
    found.map(|(_, drift)| drift)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Drift, Now, drift};
    use crate::controller::render::resource::{Artifact, GlintRender};

    fn artifact() -> Value {
        json!({
            "url": "http://glint-render/a", "path": "a", "revision": "main@sha256:1",
            "digest": "sha256:2", "lastUpdateTime": "2026-11-27T17:00:00Z",
        })
    }

    /// A GlintRender of which all is published.
    fn settled() -> Value {
        json!({
            "apiVersion": "gitops.glint.io/v1alpha1",
            "kind": "GlintRender",
            "metadata": {
                "name": "pay", "namespace": "shop", "generation": 3,
                "annotations": {"reconcile.fluxcd.io/requestedAt": "1"},
            },
            "spec": {"sourceRef": {"kind": "GitRepository", "name": "shop"}},
            "status": {
                "observedGeneration": 3,
                "observedInputs": "inputs",
                "lastHandledReconcileAt": "1",
                "artifact": artifact(),
                "conditions": [{
                    "type": "Ready", "status": "True", "reason": "Succeeded", "message": "",
                    "lastTransitionTime": "2026-11-27T17:00:00Z",
                }],
            },
        })
    }

    #[track_caller]
    fn check(change: impl Fn(&mut Value, &mut Now<'_>), expected: Option<Drift>) {
        let mut object = settled();
        let artifact: Artifact = serde_json::from_value(artifact()).unwrap();
        let mut now = Now {
            inputs: "inputs",
            artifact: Some(&artifact),
            is_applied: true,
            artifact_requested: None,
            is_stored: true,
        };
        change(&mut object, &mut now);
        let render: GlintRender = serde_json::from_value(object).unwrap();
        assert_eq!(drift(&render, now), expected);
    }

    #[test]
    fn there_is_nothing_to_do_where_all_is_published() {
        check(|_, _| {}, None);
    }

    #[test]
    fn each_reason_for_a_render_is_seen() {
        let set = |pointer: &'static str, value: Value| {
            move |object: &mut Value, _: &mut Now<'_>| {
                *object.pointer_mut(pointer).unwrap() = value.clone();
            }
        };
        check(
            set("/status", json!({"lastHandledReconcileAt": "1"})),
            Some(Drift::New),
        );
        check(
            set(
                "/metadata/annotations",
                json!({"reconcile.fluxcd.io/requestedAt": "2"}),
            ),
            Some(Drift::Requested),
        );
        check(
            |_, now| now.artifact_requested = Some("1"),
            Some(Drift::Requested),
        );
        check(set("/metadata/generation", json!(4)), Some(Drift::Spec));
        check(|_, now| now.inputs = "others", Some(Drift::Inputs));
        check(
            set("/status/conditions/0/status", json!("Unknown")),
            Some(Drift::NotReady),
        );
        check(|_, now| now.artifact = None, Some(Drift::Artifact));
        check(|_, now| now.is_applied = false, Some(Drift::Artifact));
        check(|_, now| now.is_stored = false, Some(Drift::File));
    }

    #[test]
    fn a_request_that_is_gone_asks_for_nothing() {
        check(
            |object, _| object["metadata"]["annotations"] = json!({}),
            None,
        );
    }
}
