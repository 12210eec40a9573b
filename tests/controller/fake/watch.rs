//! Watches: what happened since a version, and what happens from now on.
//!
//! After k8s.io/apiserver `pkg/storage/cacher`: a version that is too old is told in
//! the stream, not by the status of the answer.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use futures_util::stream;
use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::time::Instant;

use super::answer::Refusal;
use super::kind::Kind;
use super::object::partial;
use super::request::Asked;
use super::selector::Selector;
use super::serve::Shared;
use super::store::{Change, Key, Store, What};

/// How long a watch lasts where the client does not say.
const TIMEOUT: Duration = Duration::from_secs(300);

/// A watch on its way.
pub(super) struct Watching {
    shared: Arc<Shared>,
    kind: Kind,
    namespace: String,
    selector: Selector,
    is_partial: bool,
    has_bookmarks: bool,
    /// Everything up to this version is told, or waits in `pending`.
    position: u64,
    pending: VecDeque<Pending>,
    /// Nothing comes any more.
    is_over: bool,
    until: Instant,
    cuts: u64,
    expiries: u64,
    bookmarks: u64,
    wake: watch::Receiver<()>,
}

/// What will be told next.
enum Pending {
    /// An object that was there when the watch began: written only now, as there may be
    /// many.
    There(Key),
    Line(String),
}

impl Watching {
    /// Begins one.
    pub(super) fn begin(
        shared: &Arc<Shared>,
        store: &Store,
        kind: &Kind,
        asked: &Asked,
    ) -> Result<Self, Refusal> {
        let collection = store.of(kind);
        let seconds = asked.parameter("timeoutSeconds").map(str::parse);
        let timeout = match seconds {
            Some(Ok(seconds)) => Duration::from_secs(seconds),
            _ => TIMEOUT,
        };
        let mut watching = Self {
            shared: Arc::clone(shared),
            kind: *kind,
            namespace: asked.request.namespace.clone(),
            selector: asked.selector()?,
            is_partial: asked.is_partial,
            has_bookmarks: asked.parameter("allowWatchBookmarks") == Some("true"),
            position: store.revision,
            pending: VecDeque::new(),
            is_over: false,
            until: Instant::now() + timeout,
            cuts: store.cuts,
            expiries: collection.expiries,
            bookmarks: store.bookmarks,
            wake: store.changed.subscribe(),
        };
        let is_streamed = asked.parameter("sendInitialEvents") == Some("true");
        match asked.parameter("resourceVersion").map(str::parse::<u64>) {
            Some(Err(_)) => return Err(Refusal::bad("resourceVersion is no number")),
            Some(Ok(wanted)) if wanted > 0 && !is_streamed => {
                watching.position = wanted;
                if wanted < collection.forgotten {
                    watching.expire(wanted, collection.forgotten);
                }
            }
            _ => {
                let keys = collection.objects.keys();
                let keys = keys.filter(|key| watching.is_in(&key.0)).cloned();
                watching.pending = keys.map(Pending::There).collect();
                let annotations = json!({"k8s.io/initial-events-end": "true"});
                watching.bookmark(json!({"annotations": annotations}));
            }
        }
        Ok(watching)
    }

    /// As the body of an answer.
    pub(super) fn body(self) -> Body {
        let lines = stream::unfold(self, async |mut watching| {
            let line = watching.next().await?;
            Some((line, watching))
        });
        Body::from_stream(lines)
    }

    /// The next line; an error cuts the connection.
    async fn next(&mut self) -> Option<io::Result<String>> {
        loop {
            match self.pending.pop_front() {
                Some(Pending::Line(line)) => return Some(Ok(line)),
                Some(Pending::There(key)) => match self.there(&key) {
                    Some(line) => return Some(Ok(line)),
                    None => continue,
                },
                None if self.is_over => return None,
                None => {}
            }
            self.wake.mark_unchanged();
            if self.gather() {
                return Some(Err(io::ErrorKind::ConnectionReset.into()));
            }
            if self.pending.is_empty() && !self.is_over {
                let woken = tokio::time::timeout_at(self.until, self.wake.changed()).await;
                if woken.is_err() {
                    self.is_over = true;
                    self.bookmark(json!({}));
                }
            }
        }
    }

    /// Takes what happened since; whether the connection is to be cut.
    fn gather(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let store = shared.store();
        if store.cuts != self.cuts {
            return true;
        }
        let collection = store.of(&self.kind);
        if collection.is_held {
            return false;
        }
        self.is_over = !collection.is_served;
        if collection.expiries != self.expiries || self.position < collection.forgotten {
            self.expire(self.position, collection.forgotten);
            return false;
        }
        let new = collection.history.iter().rev();
        let new = new.take_while(|change| change.revision > self.position);
        let lines: Vec<String> = new.filter_map(|change| self.told(change)).collect();
        self.pending = lines.into_iter().rev().map(Pending::Line).collect();
        self.position = store.revision;
        if store.bookmarks != self.bookmarks {
            self.bookmarks = store.bookmarks;
            self.bookmark(json!({}));
        }
        false
    }

    /// What a change is to somebody who sees only what matches.
    fn told(&self, change: &Change) -> Option<String> {
        let is_seen = |object: &Value| {
            let namespace = object["metadata"]["namespace"].as_str();
            self.is_in(namespace.unwrap_or_default()) && self.selector.matches(object)
        };
        let was = change.before.as_ref().is_some_and(|before| is_seen(before));
        let is = change.what != What::Deleted && is_seen(&change.object);
        let what = match (was, is) {
            (false, false) => return None,
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
        };
        Some(self.line(what, &change.object))
    }

    fn there(&self, key: &Key) -> Option<String> {
        let held = self
            .shared
            .store()
            .of(&self.kind)
            .objects
            .get(key)
            .cloned()?;
        let object = held.object();
        let version = object["metadata"]["resourceVersion"].as_str();
        let version: Option<u64> = version.and_then(|version| version.parse().ok());
        // A newer one is told as a change.
        let is_told = version.is_none_or(|version| version <= self.position);
        (is_told && self.selector.matches(&object)).then(|| self.line("ADDED", &object))
    }

    fn line(&self, what: &str, object: &Value) -> String {
        let object = match self.is_partial {
            true => partial(object).to_string(),
            false => object.to_string(),
        };
        format!("{{\"type\":\"{what}\",\"object\":{object}}}\n")
    }

    fn bookmark(&mut self, metadata: Value) {
        if !self.has_bookmarks {
            return;
        }
        let (api_version, kind) = match self.is_partial {
            true => ("meta.k8s.io/v1".to_owned(), "PartialObjectMetadata"),
            false => (self.kind.api_version(), self.kind.kind),
        };
        let mut object = json!({
            "kind": kind, "apiVersion": api_version, "metadata": metadata,
        });
        object["metadata"]["resourceVersion"] = self.position.to_string().into();
        let line = json!({"type": "BOOKMARK", "object": object});
        self.pending.push_back(Pending::Line(format!("{line}\n")));
    }

    fn expire(&mut self, wanted: u64, oldest: u64) {
        let status = Refusal::expired(wanted, oldest).status();
        let line = json!({"type": "ERROR", "object": status});
        self.pending.push_back(Pending::Line(format!("{line}\n")));
        self.is_over = true;
    }

    fn is_in(&self, namespace: &str) -> bool {
        self.namespace.is_empty() || self.namespace == namespace
    }
}
