//! The store's calls as HTTP: an axum router, with faults on demand.
//!
//! The files of this folder are the only ones that name the server's crate, but
//! for the page's. Not for what a call means (`store`) nor for the page.
//! Invariant: no answer lets other sites read it.

mod guard;
mod wire;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use serde_json::{Value, json};

pub(super) use self::guard::loopback_only;
use self::wire::Scissors;
pub(super) use self::wire::serve;
use super::data::Keeper;
use super::fault::{End, Fault, Faults};
use super::store::{Answer, Call, Method, Store};
use crate::catalog::Limits;

/// How much of a body is read, so that who sends a little too much reads why, and
/// is not cut off while still sending.
const READ_MOST: usize = 8 << 20;

/// What every call needs.
struct Server {
    store: Store,
    faults: Faults,
    keeper: Option<Keeper>,
    number: AtomicU64,
}

/// The API's routes. The page's are merged in beside them.
pub(super) fn router(store: Store, faults: Faults, keeper: Option<Keeper>) -> Router {
    let server = Server {
        store,
        faults,
        keeper,
        number: AtomicU64::new(0),
    };
    Router::new()
        .route("/v1/{*rest}", any(answered))
        .route("/logs/integration/{id}", any(answered))
        .with_state(Arc::new(server))
}

async fn answered(State(server): State<Arc<Server>>, request: Request) -> Response {
    let number = server.number.fetch_add(1, Ordering::SeqCst) + 1;
    let Fault {
        delay,
        expires_tokens,
        end,
    } = server.faults.of_call(number);
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    if expires_tokens {
        server.store.expire_tokens();
    }
    let scissors = request.extensions().get::<ConnectInfo<Scissors>>().cloned();
    let call = match call_of(request).await {
        Ok(call) => call,
        Err(refusal) => return refusal.into_response(),
    };
    let cut_after = |bytes| {
        if let Some(ConnectInfo(scissors)) = &scissors {
            scissors.cut_after(bytes);
        }
    };
    match end {
        End::Answered => carried_out(&server, &call).await,
        End::Refused {
            status,
            carried_out: is_carried_out,
            retry_after,
            resets_in_seconds,
        } => {
            match is_carried_out {
                true => drop(carried_out(&server, &call).await),
                false => server.store.note(&call, status),
            }
            limited(&server.store, status, retry_after, resets_in_seconds)
        }
        End::CutBefore => {
            server.store.note(&call, 0);
            cut_after(0);
            StatusCode::NO_CONTENT.into_response()
        }
        End::CutAfter => {
            let answer = carried_out(&server, &call).await;
            cut_after(0);
            answer
        }
        End::CutWithin => {
            let answer = carried_out(&server, &call).await;
            cut_after(half(&answer));
            answer
        }
    }
}

/// About how many bytes lead to the middle of an answer's body, and surely fewer
/// than all.
fn half(answer: &Response) -> usize {
    let headers = answer.headers().iter();
    let head: usize = headers
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum();
    let body = answer.body().size_hint().exact().unwrap_or_default();
    head + usize::try_from(body).unwrap_or_default() / 2
}

async fn carried_out(server: &Server, call: &Call) -> Response {
    let answer = server.store.handle(call);
    if let Some(keeper) = &server.keeper
        && call.method != Method::Get
        && let Err(why) = keeper.kept(server.store.revision()).await
    {
        return Refusal::new(500, "internal_error", why).into_response();
    }
    response(answer)
}

/// The answer of a call that is refused without a reason of its own.
fn limited(
    store: &Store,
    status: u16,
    retry_after: Option<u64>,
    resets_in_seconds: bool,
) -> Response {
    let (code, message) = match status {
        429 => ("too_many_requests", "Rate limit exceeded"),
        _ => ("internal_error", "Something went wrong"),
    };
    let mut answer = Answer {
        status,
        headers: store.limit_headers(retry_after.unwrap_or(1), resets_in_seconds),
        body: json!({"ok": false, "error": code, "message": message}),
    };
    if let Some(seconds) = retry_after {
        answer.headers.push(("retry-after", seconds.to_string()));
    }
    response(answer)
}

fn response(answer: Answer) -> Response {
    let Answer {
        status,
        headers,
        body,
    } = answer;
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    let common = [
        ("content-type", "application/json; charset=utf-8".to_owned()),
        ("x-content-type-options", "nosniff".to_owned()),
        ("cache-control", "no-store".to_owned()),
    ];
    for (name, value) in common.into_iter().chain(headers) {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

/// Why a request never reaches the store, in the API's form.
#[derive(Clone, Debug)]
struct Refusal {
    status: u16,
    code: &'static str,
    message: String,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self {
            status,
            code,
            message,
        }
    }

    fn no_route(method: &str, path: &str) -> Self {
        Self::new(404, "not_found", format!("Route {method}:{path} not found"))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self {
            status,
            code,
            message,
        } = self;
        response(Answer {
            status,
            headers: Vec::new(),
            body: json!({"ok": false, "error": code, "message": message}),
        })
    }
}

/// What a path that nobody serves is answered with.
pub(super) async fn not_found(request: Request) -> Response {
    Refusal::no_route(request.method().as_str(), request.uri().path()).into_response()
}

async fn call_of(request: Request) -> Result<Call, Refusal> {
    let (parts, body) = request.into_parts();
    let Some(method) = Method::parse(parts.method.as_str()) else {
        let (method, path) = (parts.method.as_str(), parts.uri.path());
        return Err(Refusal::no_route(method, path));
    };
    let bytes = to_bytes(body, READ_MOST).await;
    let bytes = bytes
        .ok()
        .filter(|bytes| bytes.len() <= Limits::API.request_bytes);
    let bytes = bytes.ok_or_else(|| {
        Refusal::new(
            413,
            "payload_too_large",
            "Request body is too large (limit is 1MiB)",
        )
    })?;
    let text = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let token = text(header::AUTHORIZATION);
    let token = token.and_then(|value| value.strip_prefix("Bearer "));
    Ok(Call {
        method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        user_agent: text(header::USER_AGENT).unwrap_or_default().to_owned(),
        token: token.map(str::to_owned),
        body: body_of(&parts.headers, &bytes)?,
    })
}

/// The body's JSON. That its type must be said keeps forms of other sites away.
fn body_of(headers: &HeaderMap, bytes: &Bytes) -> Result<Option<Value>, Refusal> {
    if bytes.is_empty() {
        return Ok(None);
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|it| it.to_str().ok());
    let kind = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default();
    if !kind.trim().eq_ignore_ascii_case("application/json") {
        let message = "Unsupported Media Type: send application/json";
        return Err(Refusal::new(415, "unsupported_media_type", message));
    }
    let body = serde_json::from_slice(bytes);
    body.map(Some)
        .map_err(|_| Refusal::new(400, "bad_request", "The body is no JSON"))
}
