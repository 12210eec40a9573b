//! The server: a request in, its answer out, both written down.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use super::answer::Refusal;
use super::discovery;
use super::kind::Kind;
use super::list::Page;
use super::object::partial;
use super::request::{Asked, Request};
use super::store::{Key, Store};
use super::watch::Watching;
use super::write::Patch;

/// As an API server limits a request.
const BODY: usize = 3 << 20;

/// What the server and the test share.
pub(super) struct Shared {
    store: Mutex<Store>,
    requests: Mutex<Vec<Request>>,
    faults: Mutex<Vec<Fault>>,
}

/// A request that will fail.
pub(super) struct Fault {
    /// How many more.
    pub(super) left: usize,
    /// With which status.
    pub(super) status: u16,
    /// Which.
    pub(super) is_about: Box<dyn Fn(&Request) -> bool + Send>,
}

impl Shared {
    pub(super) fn new() -> Self {
        Self {
            store: Mutex::new(Store::new()),
            requests: Mutex::default(),
            faults: Mutex::default(),
        }
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock().expect("no test panics here")
    }

    pub(super) fn requests(&self) -> MutexGuard<'_, Vec<Request>> {
        self.requests.lock().expect("no test panics here")
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.faults.lock().expect("no test panics here")
    }

    /// The status with which a request is to fail.
    fn fault(&self, request: &Request) -> Option<Refusal> {
        let mut faults = self.faults();
        let fault = faults
            .iter_mut()
            .find(|it| it.left > 0 && (it.is_about)(request))?;
        fault.left -= 1;
        Some(Refusal::injected(fault.status))
    }
}

/// All that is served.
pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new().fallback(handle).with_state(shared)
}

/// What becomes of a request.
enum Answer {
    Object(StatusCode, Value),
    Text(String),
    Watch(Box<Watching>),
}

async fn handle(State(shared): State<Arc<Shared>>, request: axum::extract::Request) -> Response {
    let (parts, body) = request.into_parts();
    let mut asked = Asked::read(&parts);
    let answer = match to_bytes(body, BODY).await {
        Err(_) => Err(Refusal::new(
            413,
            "RequestEntityTooLarge",
            "limit is 3145728",
        )),
        Ok(body) => answer(&shared, &mut asked, &body),
    };
    let json = "application/json";
    let (status, kind, content) = match answer {
        Ok(Answer::Object(status, object)) => (status, json, Body::from(object.to_string())),
        Ok(Answer::Text(text)) => (StatusCode::OK, json, Body::from(text)),
        Ok(Answer::Watch(watching)) => (StatusCode::OK, json, watching.body()),
        Err(refusal) => {
            let (kind, text) = refusal.body();
            (refusal.status_code(), kind, Body::from(text))
        }
    };
    asked.request.status = status.as_u16();
    shared.requests().push(asked.request);
    let mut response = Response::new(content);
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    if status == StatusCode::TOO_MANY_REQUESTS {
        let second = HeaderValue::from_static("1");
        response.headers_mut().insert(RETRY_AFTER, second);
    }
    response
}

fn answer(shared: &Arc<Shared>, asked: &mut Asked, body: &Bytes) -> Result<Answer, Refusal> {
    if let Some(refusal) = shared.fault(&asked.request) {
        return Err(refusal);
    }
    let mut store = shared.store();
    let request = &asked.request;
    if request.resource.is_empty() {
        let found = discovery::answer(&store, &request.path).ok_or_else(Refusal::unserved)?;
        return Ok(Answer::Object(StatusCode::OK, found));
    }
    let kind = store.kind(&request.group, &request.version, &request.resource)?;
    let is_place = kind.is_namespaced || request.namespace.is_empty();
    let is_part = match request.subresource.as_str() {
        "" => true,
        "status" => kind.has_status && ["get", "update", "patch"].contains(&request.verb),
        _ => false,
    };
    if !is_place {
        return Err(Refusal::unserved());
    }
    if !is_part {
        return Err(Refusal::not_found(&kind, &request.name));
    }
    match request.verb {
        "list" => {
            let page = Page::choose(&store, &kind, asked)?;
            drop(store);
            Ok(Answer::Text(page.write()))
        }
        "watch" => {
            let watching = Watching::begin(shared, &store, &kind, asked)?;
            Ok(Answer::Watch(Box::new(watching)))
        }
        _ => one(&mut store, &kind, asked, body),
    }
}

/// The answer to what is about one object, or about all that match.
fn one(store: &mut Store, kind: &Kind, asked: &mut Asked, body: &Bytes) -> Result<Answer, Refusal> {
    let mut hand = asked.hand();
    let request = &asked.request;
    let key = (request.namespace.clone(), request.name.clone());
    if kind.is_namespaced && key.0.is_empty() {
        return Err(Refusal::unserved());
    }
    let (status, object) = match request.verb {
        "get" => {
            let found = store.get(kind, &key);
            let found = found.ok_or_else(|| Refusal::not_found(kind, &key.1))?;
            (StatusCode::OK, found)
        }
        "create" => {
            let created = store.create(kind, &key.0, json_of(body)?, &hand)?;
            (StatusCode::CREATED, created)
        }
        "update" => (
            StatusCode::OK,
            store.update(kind, &key, json_of(body)?, &hand)?,
        ),
        "patch" => {
            let patch = patch_of(asked, body)?;
            let (object, has_created) = store.patch(kind, &key, &patch, &hand)?;
            asked.request.has_created = has_created;
            let status = match has_created {
                true => StatusCode::CREATED,
                false => StatusCode::OK,
            };
            (status, object)
        }
        "delete" | "deletecollection" => {
            let options = match body.is_empty() {
                true => json!({}),
                false => json_of(body)?,
            };
            hand.is_dry_run |= options["dryRun"] == json!(["All"]);
            asked.request.is_dry_run = hand.is_dry_run;
            return delete(store, kind, asked, &options);
        }
        verb => return Err(Refusal::new(405, "MethodNotAllowed", verb)),
    };
    let object = match asked.is_partial {
        true => partial(&object),
        false => object.as_ref().clone(),
    };
    Ok(Answer::Object(status, object))
}

/// Deletes one object, or all that match.
fn delete(
    store: &mut Store,
    kind: &Kind,
    asked: &Asked,
    options: &Value,
) -> Result<Answer, Refusal> {
    let mut hand = asked.hand();
    hand.is_dry_run = asked.request.is_dry_run;
    let success =
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"});
    let namespace = &asked.request.namespace;
    if asked.request.verb == "delete" {
        let key = (namespace.clone(), asked.request.name.clone());
        let (object, is_gone) = store.delete(kind, &key, options, &hand)?;
        let answer = match is_gone {
            true => {
                let mut success = success;
                success["details"] = json!({
                    "name": key.1, "group": kind.group, "kind": kind.plural,
                    "uid": object["metadata"]["uid"],
                });
                success
            }
            false => object.as_ref().clone(),
        };
        return Ok(Answer::Object(StatusCode::OK, answer));
    }
    let selector = asked.selector()?;
    let all = store
        .of(kind)
        .objects
        .iter()
        .filter(|(key, held)| key.0 == *namespace && selector.matches(&held.object()));
    let all: Vec<Key> = all.map(|(key, _)| key.clone()).collect();
    for key in all {
        store.delete(kind, &key, &json!({}), &hand)?;
    }
    Ok(Answer::Object(StatusCode::OK, success))
}

fn patch_of(asked: &Asked, body: &Bytes) -> Result<Patch, Refusal> {
    let value = json_of(body)?;
    match asked.content_type.as_str() {
        "application/merge-patch+json" => Ok(Patch::Merge(value)),
        "application/json-patch+json" => match value {
            Value::Array(steps) => Ok(Patch::Json(steps)),
            _ => Err(Refusal::bad("a JSON patch is a list")),
        },
        "application/apply-patch+yaml" if asked.parameter("fieldManager").is_none() => {
            let why = "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch";
            Err(Refusal::new(422, "Invalid", why))
        }
        "application/apply-patch+yaml" => Ok(Patch::Apply {
            applied: value,
            is_forced: asked.parameter("force") == Some("true"),
        }),
        other => {
            let message = format!("the body of the request was in an unknown format: {other}");
            Err(Refusal::new(415, "UnsupportedMediaType", message))
        }
    }
}

fn json_of(body: &Bytes) -> Result<Value, Refusal> {
    let value: Value =
        serde_json::from_slice(body).map_err(|error| Refusal::bad(error.to_string()))?;
    match value {
        Value::Object(_) | Value::Array(_) => Ok(value),
        _ => Err(Refusal::bad("the body is no object")),
    }
}
