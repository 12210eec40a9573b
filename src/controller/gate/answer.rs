//! `GET /v1/gate/<kind>/<namespace>/<name>?revision=…&wait=…`: whether the catalog agrees
//! with that revision.
//!
//! The status says it too, for scripts: 200 only where it agrees, so that `curl --fail`
//! fails in all other cases, and 503 where the same question may be answered otherwise in
//! a while, so that `curl --retry` asks again. GitOps Promoter's WebRequestCommitStatus
//! takes any status for an answer and hands status and body to an expression.
//! Invariants: what can't be understood is never answered with another question's
//! answer; a wait ends; names have the length of names.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State as Shared};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, broadcast};
use tokio::time::{Instant, timeout_at};

use super::verdict::{Reason, State, declared};
use crate::catalog::Delivery;
use crate::controller::frame::ObjectRef;
use crate::controller::report::board::{Board, Standing};
use crate::report::Phase;

/// The longest wait: an answer begins within 30 seconds.
const LONGEST: Duration = Duration::from_secs(25);

/// How many wait at a time; more are answered at once.
const WAITING: usize = 256;

/// After how many seconds to ask again.
const AGAIN: HeaderValue = HeaderValue::from_static("5");

/// The longest revision: a branch's name and a digest.
const REVISION: usize = 512;

/// How many refused entities are named.
const NAMED: usize = 50;

/// Answers from a board.
#[derive(Clone, Debug)]
struct Gate {
    board: Board,
    places: Arc<Semaphore>,
}

/// What is asked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Of which revision; of what is deployed where there is none.
    revision: Option<String>,
    /// For how long to wait for a final answer: `20s`.
    wait: Option<String>,
}

/// An application's name, as the board has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Subject<'a> {
    kind: &'static str,
    namespace: &'a str,
    name: &'a str,
}

/// The gate's routes: one.
pub(crate) fn routes(board: Board) -> Router {
    let gate = Gate {
        board,
        places: Arc::new(Semaphore::new(WAITING)),
    };
    Router::new()
        .route("/v1/gate/{kind}/{namespace}/{name}", get(ask))
        .with_state(gate)
}

async fn ask(
    Shared(gate): Shared<Gate>,
    Path((kind, namespace, name)): Path<(String, String, String)>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Some(subject) = Subject::of(&kind, &namespace, &name) else {
        let why = "the kinds are `application`, `kustomization` and `helmrelease`";
        return refusal(StatusCode::NOT_FOUND, "UnknownKind", why);
    };
    let (revision, wait) = match asked.map(|Query(asked)| asked.understood()) {
        Ok(Ok(understood)) => understood,
        Ok(Err(why)) => return refusal(StatusCode::BAD_REQUEST, "BadRequest", why),
        Err(_) => {
            let why = "the question may have `revision` and `wait`, each once";
            return refusal(StatusCode::BAD_REQUEST, "BadRequest", why);
        }
    };
    gate.answer(subject, revision.as_deref(), wait).await
}

impl Gate {
    /// The answer, as soon as it is final or the wait is over.
    async fn answer(
        &self,
        subject: Subject<'_>,
        revision: Option<&str>,
        wait: Duration,
    ) -> Response {
        // Before the first look, so that nothing is missed after it.
        let mut changes = self.board.subscribe();
        let until = Instant::now() + wait;
        let place = self.places.try_acquire();
        loop {
            let (response, is_final) = self.now(subject, revision);
            if is_final || place.is_err() || Instant::now() >= until {
                return response;
            }
            let _late = timeout_at(until, changed(&mut changes, subject)).await;
        }
    }

    /// The answer, and whether waiting would not change it.
    fn now(&self, subject: Subject<'_>, revision: Option<&str>) -> (Response, bool) {
        let Subject {
            kind,
            namespace,
            name,
        } = subject;
        let standing = self.board.standing(kind, namespace, name);
        match (standing, self.board.is_filled()) {
            (Some(standing), _) => {
                let reason = Reason::of(&standing, revision);
                let status = status(reason);
                let is_final = status != StatusCode::SERVICE_UNAVAILABLE;
                (response(status, &body(&standing, reason)), is_final)
            }
            (None, true) => {
                let why = "no such application is reported in this cluster";
                (refusal(StatusCode::NOT_FOUND, "NotReported", why), true)
            }
            (None, false) => {
                let why = "this replica does not lead, or has not seen all applications yet";
                let status = StatusCode::SERVICE_UNAVAILABLE;
                (refusal(status, "NotWatching", why), false)
            }
        }
    }
}

impl Asked {
    /// The revision, and for how long to wait.
    fn understood(self) -> Result<(Option<String>, Duration), &'static str> {
        let Self { revision, wait } = self;
        // `1.4.0+731f00a`, where nobody has written the sign as `%2B`.
        let revision = revision.map(|it| it.replace(' ', "+"));
        match revision.as_deref() {
            // As a template writes it that finds none.
            Some("") => return Err("`revision` is empty"),
            Some(revision) if revision.len() > REVISION => return Err("`revision` is too long"),
            Some(_) | None => {}
        }
        let seconds = wait.as_deref().map_or(Ok(0), |wait| {
            let digits = wait.strip_suffix('s').unwrap_or(wait);
            digits.parse::<u32>()
        });
        let seconds = seconds.map_err(|_| "`wait` is a number of seconds such as `20s`")?;
        let wait = Duration::from_secs(seconds.into()).min(LONGEST);
        Ok((revision, wait))
    }
}

impl<'a> Subject<'a> {
    fn of(kind: &str, namespace: &'a str, name: &'a str) -> Option<Self> {
        const KINDS: [&str; 3] = ["Application", "Kustomization", "HelmRelease"];
        let singular = kind.strip_suffix(['s', 'S']).unwrap_or(kind);
        let mut kinds = KINDS.into_iter();
        let kind = kinds.find(|it| it.eq_ignore_ascii_case(singular))?;
        Some(Self {
            kind,
            namespace,
            name,
        })
    }

    fn is(self, other: &ObjectRef) -> bool {
        let namespace = other.namespace.as_deref().unwrap_or_default();
        (self.kind, self.namespace, self.name) == (&other.kind, namespace, &other.name)
    }
}

/// Waits until something has changed of an application, or that may have been missed.
async fn changed(changes: &mut broadcast::Receiver<Arc<Standing>>, subject: Subject<'_>) {
    while let Ok(standing) = changes.recv().await {
        if subject.is(&standing.subject) {
            return;
        }
    }
}

fn status(reason: Reason) -> StatusCode {
    match reason.state() {
        State::Agrees => StatusCode::OK,
        State::Disagrees => StatusCode::CONFLICT,
        // Here it never will be answered otherwise.
        State::NotObserved if reason == Reason::DeployedElsewhere => StatusCode::NOT_FOUND,
        State::Unknown => StatusCode::NOT_FOUND,
        State::Pending | State::NotObserved => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn body(standing: &Standing, reason: Reason) -> Value {
    let Standing {
        subject,
        target,
        tool: _,
        revision,
        origin_revision,
        compared,
        sync,
        phase,
        deliveries,
        rejected,
        event_metadata: _,
        is_elsewhere: _,
    } = standing;
    let state = reason.state();
    let named = rejected.iter().take(NAMED).map(|(identity, code)| {
        json!({
            "blueprint": identity.blueprint,
            "identifier": identity.identifier,
            "code": code,
        })
    });
    let mut body = json!({
        "agrees": state == State::Agrees,
        "state": state.as_str(),
        "reason": reason.as_str(),
        "message": reason.message(standing),
        "kind": subject.kind,
        "namespace": subject.namespace,
        "name": subject.name,
        "target": target,
        "revision": revision,
        "originRevision": origin_revision,
        "comparedRevisions": compared,
        "sync": sync.as_str(),
        "phase": phase.map(Phase::as_str),
        "reasons": named.collect::<Vec<Value>>(),
        "moreReasons": rejected.len().saturating_sub(NAMED),
    });
    if let Some(counts) = deliveries {
        body["declared"] = declared(standing).into();
        for delivery in Delivery::ALL {
            let count = counts.get(&delivery).copied().unwrap_or_default();
            body[count_of(delivery)] = count.into();
        }
    }
    body
}

fn count_of(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::NotObserved => "notObserved",
        _ => delivery.as_str(),
    }
}

fn refusal(status: StatusCode, reason: &str, message: &str) -> Response {
    let body = json!({
        "agrees": false,
        "state": State::Unknown.as_str(),
        "reason": reason,
        "message": message,
    });
    response(status, &body)
}

fn response(status: StatusCode, body: &Value) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    let mut response = (status, headers, format!("{body}\n")).into_response();
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(RETRY_AFTER, AGAIN);
    }
    response
}
