//! Kubernetes Events: what `kubectl describe` shows under an object.
//!
//! Written as `events.k8s.io/v1`. Not by kube's own recorder: that one counts an event
//! whose message has changed as the old one, so that for six minutes the new message is
//! seen nowhere. Here the message is part of what makes two events the same.
//! Invariants: nothing is written while the replica does not act, nor in a dry run; an
//! Event that can't be written stops nothing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::time::Instant;

use super::activity::Activity;
use crate::cluster::{Cluster, Resource, micro_time};
use crate::reason::Reason;

/// For how long two events are the same one, as in client-go.
const SERIES: Duration = Duration::from_secs(6 * 60);

/// How often the count of a series is written at most.
const COUNTED: Duration = Duration::from_secs(60);

/// How many series are remembered.
const REMEMBERED: usize = 4096;

/// What the API server takes of a message.
const NOTE: usize = 1024;

/// The object that something is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ObjectRef {
    /// `glint.io/v1`.
    pub api_version: String,
    /// `Entity`.
    pub kind: String,
    /// `None` where it has none.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// `kubectl describe` shows only Events with the object's own.
    pub uid: String,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum EventWeight {
    /// Something to know.
    Normal,
    /// Something to look at.
    Warning,
}

/// Where Events go.
#[derive(Clone, Debug)]
pub(crate) struct Events {
    cluster: Cluster,
    activity: Activity,
    reporter: Reporter,
    is_dry_run: bool,
    series: Arc<Mutex<Series>>,
}

/// Who tells.
#[derive(Clone, Debug)]
pub(super) struct Reporter {
    /// `glint-report`.
    pub(super) controller: &'static str,
    /// Which replica.
    pub(super) instance: String,
}

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    about: ObjectRef,
    weight: EventWeight,
    reason: Reason,
    note: String,
}

/// What was told before.
#[derive(Debug, Default)]
struct Series(BTreeMap<Told, Count>);

/// How often something was told.
#[derive(Clone, Debug)]
struct Count {
    /// The name of the Event.
    name: String,
    count: u64,
    last: Instant,
    /// When the Event was written last.
    written: Instant,
}

/// What is to be written.
#[derive(Debug, PartialEq, Eq)]
enum Write {
    /// A new Event, of that name.
    New(String),
    /// How often it was told.
    Count(String, u64),
    /// Nothing yet.
    Later,
}

impl Events {
    pub(super) fn new(
        cluster: Cluster,
        activity: Activity,
        reporter: Reporter,
        is_dry_run: bool,
    ) -> Self {
        Self {
            cluster,
            activity,
            reporter,
            is_dry_run,
            series: Arc::default(),
        }
    }

    /// Tells something of an object. The same within six
    /// minutes counts as one Event.
    pub(crate) async fn publish(
        &self,
        about: &ObjectRef,
        weight: EventWeight,
        reason: Reason,
        message: &str,
    ) {
        if !self.activity.is_active() {
            return;
        }
        let told = Told {
            about: about.clone(),
            weight,
            reason,
            note: cut(message, NOTE).to_owned(),
        };
        if self.is_dry_run {
            let ObjectRef { kind, name, .. } = about;
            tracing::info!(
                kind,
                name,
                reason = reason.as_str(),
                message,
                "would tell an Event"
            );
            return;
        }
        let now = SystemTime::now();
        let write = self.remembered(|series| series.tell(&told, Instant::now(), now));
        let namespace = about.namespace.as_deref().unwrap_or("default");
        let events = resource();
        let written = match write {
            Write::Later => return,
            Write::New(name) => {
                let event = self.reporter.event(&told, namespace, &name, now);
                let created = self.cluster.create(&events, &event).await;
                created.map(|created| created.is_some())
            }
            Write::Count(name, count) => {
                let series = json!({"series": {
                    "count": count, "lastObservedTime": micro_time(now),
                }});
                let merged = self.cluster.merge(&events, Some(namespace), &name, &series);
                merged.await.map(|merged| merged.is_some())
            }
        };
        if !matches!(written, Ok(true)) {
            // The next time it is a new one: this one was never there, or is no more.
            self.remembered(|series| series.0.remove(&told));
        }
        if let Err(error) = written {
            tracing::warn!(%error, reason = reason.as_str(), "an Event can't be written");
        }
    }

    fn remembered<T>(&self, look: impl FnOnce(&mut Series) -> T) -> T {
        let mut series = self.series.lock().unwrap_or_else(PoisonError::into_inner);
        look(&mut series)
    }
}

impl Series {
    fn tell(&mut self, told: &Told, now: Instant, clock: SystemTime) -> Write {
        self.0.retain(|_, count| now < count.last + SERIES);
        if let Some(known) = self.0.get_mut(told) {
            known.count += 1;
            known.last = now;
            let is_due = known.count == 2 || now >= known.written + COUNTED;
            if !is_due {
                return Write::Later;
            }
            known.written = now;
            return Write::Count(known.name.clone(), known.count);
        }
        let name = told.event_name(clock);
        // Too many at once: this one will not be counted.
        if self.0.len() < REMEMBERED {
            let count = Count {
                name: name.clone(),
                count: 1,
                last: now,
                written: now,
            };
            self.0.insert(told.clone(), count);
        }
        Write::New(name)
    }
}

impl Told {
    /// The object's name, so that a list of Events reads well, and what no other has.
    fn event_name(&self, clock: SystemTime) -> String {
        // Names have 253 characters at most.
        const OBJECT: usize = 253 - 17;
        let name = cut(&self.about.name, OBJECT).trim_end_matches(['.', '-']);
        let digest = Sha256::digest(format!("{self:?}{}", micro_time(clock)));
        let [a, b, c, d, e, f, g, h, ..] = <[u8; 32]>::from(digest);
        let unique = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
        format!("{name}.{unique:016x}")
    }
}

impl Reporter {
    fn event(&self, told: &Told, namespace: &str, name: &str, now: SystemTime) -> Value {
        let Told {
            about,
            weight,
            reason,
            note,
        } = told;
        let ObjectRef {
            api_version,
            kind,
            namespace: of_object,
            name: object,
            uid,
        } = about;
        let mut regarding = json!({
            "apiVersion": api_version, "kind": kind, "name": object, "uid": uid,
        });
        if let Some(of_object) = of_object {
            regarding["namespace"] = of_object.as_str().into();
        }
        json!({
            "apiVersion": "events.k8s.io/v1",
            "kind": "Event",
            "metadata": {"namespace": namespace, "name": name},
            "regarding": regarding,
            "type": match weight {
                EventWeight::Normal => "Normal",
                EventWeight::Warning => "Warning",
            },
            "reason": reason.as_str(),
            "action": "Reconcile",
            "note": note,
            "eventTime": micro_time(now),
            "reportingController": self.controller,
            "reportingInstance": self.instance,
        })
    }
}

fn resource() -> Resource {
    let [group, version, kind, plural, singular] =
        ["events.k8s.io", "v1", "Event", "events", "event"].map(str::to_owned);
    Resource {
        group,
        version,
        kind,
        plural,
        singular,
    }
}

/// The beginning of a text, of so many bytes at most.
fn cut(text: &str, most: usize) -> &str {
    &text[..text.floor_char_boundary(most)]
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use serde_json::json;
    use tokio::time::{Instant, advance};

    use super::{EventWeight, ObjectRef, Reason, Reporter, Series, Told, Write};

    fn told(note: &str) -> Told {
        Told {
            about: ObjectRef {
                api_version: "glint.io/v1".to_owned(),
                kind: "Entity".to_owned(),
                namespace: Some("shop".to_owned()),
                name: "pay".to_owned(),
                uid: "1234".to_owned(),
            },
            weight: EventWeight::Warning,
            reason: Reason::Rejected,
            note: note.to_owned(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_is_one_event_and_another_message_is_another() {
        let mut series = Series::default();
        let mut tell = |note: &str| series.tell(&told(note), Instant::now(), UNIX_EPOCH);
        let Write::New(name) = tell("by rule a") else {
            panic!("known before it was told");
        };
        assert!(name.starts_with("pay.") && name.len() == 20, "{name}");
        assert_eq!(tell("by rule a"), Write::Count(name.clone(), 2));
        assert!(matches!(tell("by rule b"), Write::New(other) if other != name));
        assert_eq!(tell("by rule a"), Write::Later);
        advance(Duration::from_secs(61)).await;
        assert_eq!(tell("by rule a"), Write::Count(name.clone(), 4));
        advance(Duration::from_secs(361)).await;
        assert!(matches!(tell("by rule a"), Write::New(_)));
    }

    #[test]
    fn an_event_is_one_that_the_api_server_takes() {
        let reporter = Reporter {
            controller: "glint-report",
            instance: "glint-report-0".to_owned(),
        };
        assert_eq!(
            reporter.event(&told("by rule a"), "shop", "pay.1", UNIX_EPOCH),
            json!({
                "apiVersion": "events.k8s.io/v1",
                "kind": "Event",
                "metadata": {"namespace": "shop", "name": "pay.1"},
                "regarding": {
                    "apiVersion": "glint.io/v1", "kind": "Entity", "namespace": "shop",
                    "name": "pay", "uid": "1234",
                },
                "type": "Warning",
                "reason": "Rejected",
                "action": "Reconcile",
                "note": "by rule a",
                "eventTime": "1970-01-01T00:00:00.000000Z",
                "reportingController": "glint-report",
                "reportingInstance": "glint-report-0",
            })
        );
    }

    #[test]
    fn a_long_name_leaves_room() {
        let mut told = told("by rule a");
        told.about.name = format!("{}.{}", "a".repeat(235), "b".repeat(17));
        let name = told.event_name(UNIX_EPOCH);
        assert!(name.starts_with(&format!("{}.", "a".repeat(235))), "{name}");
        assert!(name.len() <= 253 && !name.contains(".."), "{name}");
    }
}
