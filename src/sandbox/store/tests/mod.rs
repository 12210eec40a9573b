//! Calls and their answers, whole.

mod blueprints;
mod entities;
mod integrations;
mod laws;
mod many;
mod search;
mod trace;

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use super::{Answer, Call, Method, RateLimit, Store, StoreOptions};

/// What the exporter calls itself, whatever its version.
pub(super) const EXPORTER: &str = "port-k8s-exporter/^0.3.4 (statekey/glint)";

/// A store at 2026-11-23T03:14:29.785Z, whose clock stands, with a caller.
pub(super) struct Fixture {
    pub(super) store: Store,
    token: String,
    user_agent: &'static str,
}

pub(super) fn options() -> StoreOptions {
    StoreOptions {
        clock: Box::new(|| UNIX_EPOCH + Duration::from_millis(1_795_403_669_785)),
        credentials: None,
        token_key: "key".to_owned(),
        rate_limit: RateLimit {
            calls: 10_000,
            period: Duration::from_secs(300),
        },
        calls_kept: super::CALLS,
    }
}

impl Fixture {
    /// An empty store.
    pub(super) fn empty() -> Self {
        let store = Store::new(options());
        let credentials = json!({"clientId": "sandbox", "clientSecret": "s3cret"});
        let mut fixture = Self {
            store,
            token: String::new(),
            user_agent: EXPORTER,
        };
        let answer = fixture.call("POST /v1/auth/access_token", credentials);
        fixture.token = answer.body["accessToken"].as_str().unwrap().to_owned();
        fixture
    }

    /// A store with the blueprints `system` and `service`, and the system `shop`.
    pub(super) fn new() -> Self {
        let fixture = Self::empty();
        let system =
            json!({"identifier": "system", "title": "System", "schema": {"properties": {}}});
        let service = json!({
            "identifier": "service",
            "title": "Service",
            "schema": {
                "properties": {
                    "tier": {"type": "string", "enum": ["gold", "silver"]},
                    "url": {"type": "string", "format": "url"},
                    "on-call": {"type": "string", "format": "email"},
                    "replicas": {"type": "number", "minimum": 1},
                    "key": {"type": "string", "pattern": "^[A-Z]+$", "maxLength": 4},
                    "tags": {"type": "array", "items": {"type": "string"}},
                },
                "required": [],
            },
            "relations": {
                "system": {"target": "system", "required": false, "many": false},
                "uses": {"target": "service", "required": false, "many": true},
            },
            "calculationProperties": {"age": {"calculation": ".x", "type": "number"}},
        });
        fixture.expect("POST /v1/blueprints", system, 201);
        fixture.expect("POST /v1/blueprints", service, 201);
        let shop = json!({"identifier": "shop", "title": "Shop"});
        fixture.expect("POST /v1/blueprints/system/entities", shop, 201);
        fixture
    }

    /// The same store, called by another program.
    pub(super) fn by(&self, user_agent: &'static str) -> Self {
        Self {
            store: self.store.clone(),
            token: self.token.clone(),
            user_agent,
        }
    }

    /// Answers `METHOD path?query`; a body of null is none.
    pub(super) fn call(&self, line: &str, body: Value) -> Answer {
        let (method, target) = line.split_once(' ').unwrap();
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        self.store.handle(&Call {
            method: Method::parse(method).unwrap(),
            path: path.to_owned(),
            query: query.to_owned(),
            user_agent: self.user_agent.to_owned(),
            token: (!self.token.is_empty()).then(|| self.token.clone()),
            body: (!body.is_null()).then_some(body),
        })
    }

    /// Answers a call that has this status, with the body.
    #[track_caller]
    pub(super) fn expect(&self, line: &str, body: Value, status: u16) -> Value {
        let answer = self.call(line, body);
        assert_eq!(answer.status, status, "{line}: {}", answer.body);
        answer.body
    }

    /// Holds a whole answer against what is expected.
    #[track_caller]
    pub(super) fn check(&self, line: &str, body: Value, status: u16, expected: Value) {
        let answer = self.call(line, body);
        assert_eq!((answer.status, answer.body), (status, expected), "{line}");
    }

    /// Holds a failure against what is expected.
    #[track_caller]
    pub(super) fn fails(&self, line: &str, body: Value, status: u16, code: &str, message: &str) {
        let expected = json!({"ok": false, "error": code, "message": message});
        self.check(line, body, status, expected);
    }
}

#[test]
fn a_token_is_given_for_credentials_and_asked_for_everywhere_else() {
    let fixture = Fixture::empty();
    let credentials = json!({"clientId": "sandbox", "clientSecret": "s3cret"});
    fixture.check(
        "POST /v1/auth/access_token",
        credentials,
        200,
        json!({
            "ok": true, "accessToken": fixture.token, "expiresIn": 10800, "tokenType": "Bearer",
        }),
    );
    let empty = json!({"clientId": "sandbox", "clientSecret": ""});
    let (line, code) = ("POST /v1/auth/access_token", "unauthorized");
    fixture.fails(line, empty, 401, code, "The credentials are not valid");
    let half = json!({"clientId": "sandbox"});
    let message = "body/clientSecret must be string";
    fixture.fails(line, half, 422, "invalid_request", message);

    let stranger = Fixture {
        store: fixture.store.clone(),
        token: String::new(),
        user_agent: "curl",
    };
    let line = "GET /v1/organization";
    let body = json!({"id": "org_sandbox", "name": "sandbox", "featureFlags": []});
    fixture.check(
        line,
        Value::Null,
        200,
        json!({"ok": true, "organization": body}),
    );
    stranger.fails(line, Value::Null, 401, code, "No authorization was given");
    let wrong = Fixture {
        token: "wrong".to_owned(),
        ..stranger
    };
    wrong.fails(line, Value::Null, 401, code, "The token is not valid");
    fixture.store.expire_tokens();
    fixture.fails(line, Value::Null, 401, code, "The token is not valid");
}

#[test]
fn what_the_api_does_not_have_is_not_found() {
    let fixture = Fixture::empty();
    for line in [
        "GET /v1/nothing",
        "PUT /v1/organization",
        "GET /other",
        "DELETE /v1/blueprints",
    ] {
        let (method, path) = line.split_once(' ').unwrap();
        let message = format!("Route {method}:{path} not found");
        fixture.fails(line, Value::Null, 404, "not_found", &message);
    }
    let line = "GET /v1/blueprints/%ff";
    fixture.fails(
        line,
        Value::Null,
        400,
        "bad_request",
        "the path is not UTF-8",
    );
}

#[test]
fn every_answer_tells_what_is_left_of_the_limit() {
    let limit = RateLimit {
        calls: 2,
        period: Duration::from_secs(10),
    };
    let store = Store::new(StoreOptions {
        rate_limit: limit,
        ..options()
    });
    let fixture = Fixture {
        store,
        token: "none".to_owned(),
        user_agent: EXPORTER,
    };
    let headers = |expected: &[(&str, &str)]| {
        let answer = fixture.call("GET /v1/organization", Value::Null);
        for (name, value) in expected {
            assert_eq!(answer.header(name), Some(*value), "{name}");
        }
        assert_eq!(answer.header("x-trace-id").map(str::len), Some(40));
        (
            answer.status,
            answer.header("retry-after").map(str::to_owned),
        )
    };
    let common = [
        ("x-ratelimit-period", "10"),
        ("x-ratelimit-limit", "2"),
        ("x-ratelimit-reset", "1795403680"),
    ];
    assert_eq!(headers(&common), (401, None));
    assert_eq!(headers(&[("x-ratelimit-remaining", "0")]), (401, None));
    assert_eq!(headers(&common), (429, Some("10".to_owned())));
    let message = "Rate limit exceeded";
    fixture.fails(
        "GET /v1/organization",
        Value::Null,
        429,
        "too_many_requests",
        message,
    );
}

#[test]
fn the_last_calls_are_remembered() {
    let fixture = Fixture::empty();
    for _ in 0..600 {
        fixture.call("GET /v1/blueprints?x=1", Value::Null);
    }
    fixture.store.read(|state| {
        assert_eq!((state.calls.len(), state.calls_total), (super::CALLS, 601));
        let last = state.calls.back().unwrap();
        let line = (
            last.method,
            last.path.as_str(),
            last.query.as_str(),
            last.status,
        );
        assert_eq!(line, (Method::Get, "/v1/blueprints", "x=1", 200));
        assert_eq!(last.user_agent, EXPORTER);
    });
}
