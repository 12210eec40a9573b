//! What this replica serves, and the short patience with which it does.
//!
//! All replicas make the same artifact at about the same time, but one publishes it,
//! and a consumer may ask another one a moment too early; its `404` would have the
//! consumer wait for half a minute. So a request for what may be under way waits a
//! little and looks again. Another replica is answered at once: it asks because it can't
//! make the artifact, and so could have us wait for nothing. Invariants: no answer but `200`, `404` and `405`; who does
//! not know a path that can't be guessed neither waits nor has anything done.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::USER_AGENT;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};
use tower::ServiceExt;

use super::observe::Key;
use crate::artifact::{PathKey, Storage, routes};
use crate::http::PRODUCT;

/// How long a request waits. Flux's workers wait with it.
const PATIENCE: Duration = Duration::from_secs(5);

/// How soon another replica is asked again for what it did not give.
const ASK_AGAIN: Duration = Duration::from_secs(60);

/// Which objects' artifacts are expected here. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Shelf {
    known: Arc<Mutex<BTreeMap<Key, Known>>>,
    /// Counts what was stored.
    stored: Arc<watch::Sender<u64>>,
    /// Has an object worked on.
    wanted: mpsc::Sender<Key>,
}

#[derive(Clone, Debug, Default)]
struct Known {
    segment: String,
    /// What was made here last while another replica acts.
    tried: Option<String>,
    /// When another replica was asked for what is published.
    asked: Option<Instant>,
}

impl Shelf {
    /// A shelf, and the objects that somebody waits for.
    pub(super) fn new() -> (Self, mpsc::Receiver<Key>) {
        let (wanted, asked) = mpsc::channel(64);
        let shelf = Self {
            known: Arc::default(),
            stored: Arc::new(watch::channel(0).0),
            wanted,
        };
        (shelf, asked)
    }

    fn with<T>(&self, work: impl FnOnce(&mut BTreeMap<Key, Known>) -> T) -> T {
        work(&mut self.known.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The part of an object's paths that can't be guessed.
    pub(super) fn expect(&self, key: &Key, path_key: &PathKey) {
        let segment = path_key.segment(&key.namespace, &key.name);
        self.with(|known| known.entry(key.clone()).or_default().segment = segment);
    }

    /// Something was stored, or can't be.
    pub(super) fn changed(&self) {
        self.stored.send_modify(|count| *count += 1);
    }

    /// What was made here of an object.
    pub(super) fn tried(&self, key: &Key, inputs: String) {
        self.with(|known| known.entry(key.clone()).or_default().tried = Some(inputs));
    }

    /// Whether that was made here.
    pub(super) fn has_tried(&self, key: &Key, inputs: &str) -> bool {
        self.with(|known| {
            let known = known.get(key);
            known.is_some_and(|it| it.tried.as_deref() == Some(inputs))
        })
    }

    /// Whether another replica may be asked for what is published, which it then is.
    pub(super) fn may_ask(&self, key: &Key) -> bool {
        let now = Instant::now();
        self.with(|known| {
            let asked = &mut known.entry(key.clone()).or_default().asked;
            let may = asked.is_none_or(|at| now >= at + ASK_AGAIN);
            if may {
                *asked = Some(now);
            }
            may
        })
    }

    /// An object is gone.
    pub(super) fn forget(&self, key: &Key) {
        self.with(|known| known.remove(key));
    }

    /// The object whose artifact has a path, for those who know its segment.
    fn object_of(&self, path: &str) -> Option<Key> {
        let mut parts = path.trim_start_matches('/').split('/').skip(1);
        let (namespace, name, segment) = (parts.next()?, parts.next()?, parts.next()?);
        let key = Key {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        let is_known = self.with(|known| {
            known
                .get(&key)
                .is_some_and(|it| !segment.is_empty() && it.segment == segment)
        });
        is_known.then_some(key)
    }

    /// Serves a storage.
    pub(super) fn routes(&self, storage: Storage) -> Router {
        let served = Served {
            shelf: self.clone(),
            inner: routes(storage),
        };
        Router::new().fallback(serve).with_state(served)
    }
}

#[derive(Clone)]
struct Served {
    shelf: Shelf,
    inner: Router,
}

async fn serve(State(served): State<Served>, request: Request) -> Response {
    let Served { shelf, inner } = served;
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let agent = request.headers().get(USER_AGENT);
    let is_replica = agent.is_some_and(|it| it.as_bytes().starts_with(PRODUCT.as_bytes()));
    let once = || {
        let request = Request::builder().method(method.clone()).uri(uri.clone());
        let inner = inner.clone();
        async move {
            match request.body(Body::empty()) {
                Ok(request) => inner.oneshot(request).await.into_response(),
                Err(_) => StatusCode::NOT_FOUND.into_response(),
            }
        }
    };
    let mut stored = shelf.stored.subscribe();
    let first = once().await;
    let is_missing = first.status() == StatusCode::NOT_FOUND && method == Method::GET;
    let is_awaited = is_missing && !is_replica;
    let Some(key) = is_awaited.then(|| shelf.object_of(uri.path())).flatten() else {
        return first;
    };
    // Where the queue is full, enough is under way.
    drop(shelf.wanted.try_send(key));
    let end = Instant::now() + PATIENCE;
    let mut answer = first;
    while let Ok(Ok(())) = timeout_at(end, stored.changed()).await {
        answer = once().await;
        if answer.status() != StatusCode::NOT_FOUND {
            break;
        }
    }
    answer
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::Body;
    use axum::extract::Request;
    use tokio::time::Instant;
    use tower::ServiceExt;

    use super::{PATIENCE, Shelf};
    use crate::artifact::{PathKey, Storage, StorageOptions, Stored};
    use crate::controller::render::observe::Key;

    fn key() -> Key {
        Key {
            namespace: "shop".to_owned(),
            name: "pay".to_owned(),
        }
    }

    fn storage(folder: &tempfile::TempDir) -> Storage {
        let options = StorageOptions {
            retention_ttl: Duration::ZERO,
            retention_records: 1,
        };
        Storage::open(folder.path(), options).unwrap()
    }

    fn stored(storage: &Storage, path_key: &PathKey) -> Stored {
        storage.put("shop", "pay", path_key, b"bytes").unwrap()
    }

    /// The path that an artifact will have.
    fn path(path_key: &PathKey) -> String {
        let folder = tempfile::tempdir().unwrap();
        stored(&storage(&folder), path_key).path
    }

    /// The answer's status, and how long it took.
    async fn ask(shelf: &Shelf, storage: &Storage, path: &str) -> (u16, Duration) {
        ask_as("source-controller/v1.9.0", shelf, storage, path).await
    }

    async fn ask_as(agent: &str, shelf: &Shelf, storage: &Storage, path: &str) -> (u16, Duration) {
        let asked = Instant::now();
        let request = Request::get(format!("/{path}"))
            .header("user-agent", agent)
            .body(Body::empty())
            .unwrap();
        let answer = shelf
            .routes(storage.clone())
            .oneshot(request)
            .await
            .unwrap();
        (answer.status().as_u16(), asked.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn who_asks_a_moment_too_early_waits_for_what_is_under_way() {
        let folder = tempfile::tempdir().unwrap();
        let storage = storage(&folder);
        let (shelf, mut asked) = Shelf::new();
        shelf.expect(&key(), &PathKey::new("7"));
        let path = path(&PathKey::new("7"));
        let store = async {
            assert_eq!(asked.recv().await, Some(key()));
            // Another object's comes first.
            shelf.changed();
            assert_eq!(stored(&storage, &PathKey::new("7")).path, path);
            shelf.changed();
        };
        let ((status, _), ()) = tokio::join!(ask(&shelf, &storage, &path), store);
        assert_eq!(status, 200);
    }

    #[tokio::test(start_paused = true)]
    async fn patience_has_an_end_and_strangers_get_none() {
        let folder = tempfile::tempdir().unwrap();
        let storage = storage(&folder);
        let (shelf, mut asked) = Shelf::new();
        shelf.expect(&key(), &PathKey::new("7"));
        let known = path(&PathKey::new("7"));
        assert_eq!(ask(&shelf, &storage, &known).await, (404, PATIENCE));
        assert_eq!(asked.try_recv().ok(), Some(key()));
        let asked_by_replica = ask_as("glint-gitops/0.1.0", &shelf, &storage, &known).await;
        assert_eq!(asked_by_replica, (404, Duration::ZERO));
        let guessed = path(&PathKey::new("8"));
        assert_eq!(ask(&shelf, &storage, &guessed).await, (404, Duration::ZERO));
        assert!(asked.try_recv().is_err());
    }
}
