//! What is kept of an object that was seen: what it tells of its syncs, and what it
//! declares.
//!
//! Invariant: nothing of an object is kept but what this file reads, and two sightings
//! have the same [`Fingerprint`] where nothing is to be reported anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

use crate::catalog::{Dialect, annotation};
use crate::cluster::Name;
use crate::controller::frame::ObjectRef;
use crate::manifest::ResourceRef;
use crate::report::{
    self, ClusterName, Declaration, Health, Identified, Options, Phase, ReportError, Run, State,
    Subject, SyncResult, SyncStatus, Tool,
};

/// What Flux's controllers take along of an object's annotations, with each event.
const EVENT_METADATA: &str = "event.toolkit.fluxcd.io/";

/// How many of them are kept, and of what length.
const KEPT: (usize, usize) = (16, 1024);

/// A kind of objects that tell of syncs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Kind {
    /// Argo CD's.
    Application,
    /// Flux's.
    Kustomization,
    /// Flux's.
    HelmRelease,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Application, Self::Kustomization, Self::HelmRelease];

    /// As `Cluster::follow` takes it.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Application => "argoproj.io/v1alpha1/applications",
            Self::Kustomization => "kustomize.toolkit.fluxcd.io/v1/kustomizations",
            Self::HelmRelease => "helm.toolkit.fluxcd.io/v2/helmreleases",
        }
    }

    /// As it stands in an object.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Application => "Application",
            Self::Kustomization => "Kustomization",
            Self::HelmRelease => "HelmRelease",
        }
    }

    /// The kind of an object.
    pub(super) fn of(kind: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.as_str() == kind)
    }

    /// The target of an object, from its name alone.
    pub(super) fn target(self, cluster: &ClusterName, name: &Name) -> String {
        let (tool, api_version) = match self {
            Self::Application => (Tool::ArgoCd, "argoproj.io/v1alpha1"),
            Self::Kustomization => (Tool::Flux, "kustomize.toolkit.fluxcd.io/v1"),
            Self::HelmRelease => (Tool::Flux, "helm.toolkit.fluxcd.io/v2"),
        };
        let subject = Subject {
            tool,
            cluster: cluster.clone(),
            resource: ResourceRef {
                api_version: api_version.to_owned(),
                kind: self.as_str().to_owned(),
                namespace: name.namespace.clone(),
                name: name.name.clone(),
            },
        };
        subject.identifier()
    }
}

/// What an object says of whether it is reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    /// It is.
    Report,
    /// It is not.
    Ignore,
    /// Nothing: that depends on what it declares.
    Open,
}

/// An object that was seen.
#[derive(Clone, Debug)]
pub(super) struct Sighting {
    /// The identifier of its target.
    pub target: String,
    pub subject: ObjectRef,
    pub choice: Choice,
    pub event_metadata: BTreeMap<String, String>,
    pub revisions: Revisions,
    pub declaration: Declaration,
    pub result: SyncResult,
    pub fingerprint: Fingerprint,
    /// Whether its Flux source could not be asked for, so that it tells too little.
    pub is_incomplete: bool,
}

/// What is deployed, in the host's words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Revisions {
    /// Of the artifact.
    pub applied: Option<String>,
    /// Of what the artifact was made from, where Flux knows.
    pub origin: Option<String>,
    /// With what Argo CD compared the cluster, where it found no difference.
    pub compared: Vec<String>,
}

impl Sighting {
    /// Reads an object, with its Flux source where that is known.
    ///
    /// # Errors
    /// An object of another kind, or without a name.
    pub(super) fn of(
        object: &Value,
        source: Option<Value>,
        cluster: &ClusterName,
        dialect: Dialect,
    ) -> Result<Self, ReportError> {
        let options = Options {
            cluster: cluster.clone(),
            dialect,
            source,
        };
        let result = report::sync_result(object, &options)?;
        let ResourceRef {
            api_version,
            kind,
            namespace,
            name,
        } = result.subject.resource.clone();
        let said = |name: &str| object["metadata"]["annotations"][name].as_str();
        Ok(Self {
            target: result.subject.identifier(),
            subject: ObjectRef {
                api_version,
                kind,
                namespace,
                name,
                uid: object["metadata"]["uid"]
                    .as_str()
                    .unwrap_or_default()
                    .to_owned(),
            },
            choice: match said(annotation::REPORT) {
                Some("true") => Choice::Report,
                Some("false") => Choice::Ignore,
                Some(_) | None => Choice::Open,
            },
            event_metadata: event_metadata(object),
            revisions: Revisions::of(object, &result),
            declaration: report::declaration(object, dialect),
            fingerprint: Fingerprint::of(&result),
            result,
            is_incomplete: false,
        })
    }

    /// The newest run.
    pub(super) fn newest(&self) -> Option<&Run> {
        self.result.runs.last()
    }

    /// Whether something goes on that may be over in a moment.
    pub(super) fn is_underway(&self) -> bool {
        let State { sync, health, .. } = &self.result.state;
        let is_running = self.newest().is_some_and(|run| run.phase == Phase::Running);
        let is_waiting = *sync == SyncStatus::OutOfSync || self.result.subject.tool == Tool::ArgoCd;
        is_running || (*health == Health::Progressing && is_waiting)
    }
}

impl Revisions {
    fn of(object: &Value, result: &SyncResult) -> Self {
        let status = |name: &str| object["status"][name].as_str().map(str::to_owned);
        Self {
            applied: status("lastAppliedRevision").or_else(|| result.state.revision.clone()),
            origin: status("lastAppliedOriginRevision"),
            compared: compared(object),
        }
    }
}

/// One for each source.
fn compared(object: &Value) -> Vec<String> {
    let sync = &object["status"]["sync"];
    let one = std::slice::from_ref(&sync["revision"]);
    let several = sync["revisions"].as_array().map(Vec::as_slice);
    let revisions = match sync["status"].as_str() {
        Some("Synced") => one.iter().chain(several.unwrap_or_default()),
        Some(_) | None => [].iter().chain(&[]),
    };
    let revisions = revisions.filter_map(Value::as_str).map(str::to_owned);
    revisions.filter(|it| !it.is_empty()).collect()
}

fn event_metadata(object: &Value) -> BTreeMap<String, String> {
    let annotations = object["metadata"]["annotations"].as_object();
    let said = annotations.into_iter().flatten();
    let said = said.filter(|(name, _)| name.starts_with(EVENT_METADATA));
    let said = said.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    let (most, longest) = KEPT;
    let said = said.filter(|(name, value)| name.len() + value.len() <= longest);
    said.take(most).collect()
}

/// What tells whether there is news, in 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fingerprint {
    /// Of the runs that ended.
    pub ended: u64,
    /// Of all that is reported.
    pub whole: u64,
}

impl Fingerprint {
    pub(super) fn of(result: &SyncResult) -> Self {
        let SyncResult {
            subject: _,
            state,
            runs,
            identified,
        } = result;
        let ended = runs.iter().filter(|run| run.phase != Phase::Running);
        let ended = digest(&ended.map(|run| &run.key).collect::<Vec<_>>());
        let whole = match identified {
            Identified::ByKey => digest(&(state, runs)),
            // Flux applies the same again and again, and tells the time of the last.
            Identified::ByChange => {
                let mut state = state.clone();
                state.last_synced_at = None;
                state.last_attempt_at = None;
                digest(&(state, ended))
            }
        };
        Self { ended, whole }
    }
}

/// A number that is another one for whatever prints otherwise.
pub(super) fn digest(of: &impl std::fmt::Debug) -> u64 {
    struct Hashing(DefaultHasher);
    impl std::fmt::Write for Hashing {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            text.hash(&mut self.0);
            Ok(())
        }
    }
    let mut hashing = Hashing(DefaultHasher::new());
    let written = write!(hashing, "{of:?}");
    debug_assert!(written.is_ok(), "hashing never fails");
    hashing.0.finish()
}

#[cfg(test)]
pub(super) use tests::{recorded, sighting};

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Choice, Kind, Sighting};
    use crate::catalog::Dialect;
    use crate::cluster::Name;
    use crate::report::ClusterName;

    pub(in crate::controller::report) fn recorded(name: &str) -> Value {
        let path = format!("{}/tests/objects/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_slice(&std::fs::read(path).expect("it is there")).expect("it is JSON")
    }

    pub(in crate::controller::report) fn sighting(object: &Value) -> Sighting {
        let cluster = ClusterName::parse("prod").expect("it is a name");
        Sighting::of(object, None, &cluster, Dialect::Glint).expect("it tells of syncs")
    }

    #[test]
    fn a_name_alone_tells_the_target() {
        for (kind, file) in [
            (Kind::Application, "argocd/synced.recorded"),
            (Kind::Kustomization, "flux/kustomization.recorded"),
            (Kind::HelmRelease, "flux/helmrelease-succeeded.written"),
        ] {
            let seen = sighting(&recorded(file));
            let name = Name {
                namespace: seen.subject.namespace.clone(),
                name: seen.subject.name.clone(),
            };
            let cluster = ClusterName::parse("prod").expect("it is a name");
            assert_eq!(kind.target(&cluster, &name), seen.target);
            assert_eq!(Kind::of(&seen.subject.kind), Some(kind));
        }
    }

    #[test]
    fn that_an_application_was_compared_again_is_no_news() {
        let mut object = recorded("argocd/synced.recorded");
        let before = sighting(&object);
        object["metadata"]["resourceVersion"] = json!("99");
        object["status"]["reconciledAt"] = json!("2027-01-01T00:00:00Z");
        assert_eq!(sighting(&object).fingerprint, before.fingerprint);
        object["status"]["health"]["status"] = json!("Degraded");
        let after = sighting(&object).fingerprint;
        assert_eq!(after.ended, before.fingerprint.ended);
        assert_ne!(after.whole, before.fingerprint.whole);
    }

    #[test]
    fn that_flux_applied_the_same_again_is_no_news() {
        let mut object = recorded("flux/kustomization.recorded");
        let before = sighting(&object);
        let entry = &mut object["status"]["history"][0];
        entry["lastReconciled"] = json!("2027-01-01T00:00:00Z");
        entry["lastReconciledDuration"] = json!("9s");
        assert_eq!(sighting(&object).fingerprint, before.fingerprint);
        object["status"]["history"][0]["digest"] = json!("sha256:other");
        assert_ne!(
            sighting(&object).fingerprint.ended,
            before.fingerprint.ended
        );
    }

    #[test]
    fn a_commit_that_changes_nothing_is_there_once_it_was_compared() {
        let mut object = recorded("argocd/synced.recorded");
        let compared = |object: &Value| sighting(object).revisions.compared;
        object["status"]["sync"] = json!({"status": "Synced", "revision": "0b8e6f1"});
        assert_eq!(compared(&object), ["0b8e6f1"]);
        object["status"]["sync"] = json!({"status": "Synced", "revisions": ["0b8e6f1", "1.4.0"]});
        assert_eq!(compared(&object), ["0b8e6f1", "1.4.0"]);
        object["status"]["sync"] = json!({"status": "OutOfSync", "revision": "0b8e6f1"});
        assert_eq!(compared(&object), [""; 0]);
    }

    #[test]
    fn what_is_for_events_is_kept_within_bounds() {
        let mut object = recorded("flux/kustomization.recorded");
        let key = |name: &str| format!("event.toolkit.fluxcd.io/{name}");
        let mut annotations = json!({
            key("change_request"): "17", key("long"): "a".repeat(1024), "team": "shop",
        });
        object["metadata"]["annotations"] = annotations.clone();
        assert_eq!(
            sighting(&object).event_metadata,
            [(key("change_request"), "17".to_owned())].into()
        );
        for number in 0..20 {
            annotations[key(&number.to_string())] = json!("");
        }
        object["metadata"]["annotations"] = annotations;
        assert_eq!(sighting(&object).event_metadata.len(), 16);
    }

    #[test]
    fn the_author_chooses() {
        let mut object = recorded("argocd/synced.recorded");
        for (said, choice) in [
            (json!("true"), Choice::Report),
            (json!("false"), Choice::Ignore),
            (json!("perhaps"), Choice::Open),
            (Value::Null, Choice::Open),
        ] {
            object["metadata"]["annotations"] = json!({"gitops.glint.io/report": said});
            assert_eq!(sighting(&object).choice, choice);
        }
    }
}
