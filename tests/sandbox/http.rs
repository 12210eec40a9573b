//! What a connection adds to a call: hosts, other sites, sizes, types.

use glint_gitops::{Called, LocalSandbox};
use serde_json::json;

use crate::client::{Client, request, send};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

#[test]
fn a_call_is_answered_with_the_headers_of_the_api() {
    let sandbox = LocalSandbox::start();
    let client = Client::new(&sandbox);
    let came = client.call("GET /v1/blueprints?x=1", None);
    assert_eq!(
        (came.status, came.json()),
        (200, json!({"ok": true, "blueprints": []}))
    );
    let mut names: Vec<&str> = came.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "cache-control",
            "connection",
            "content-length",
            "content-type",
            "date",
            "x-content-type-options",
            "x-ratelimit-limit",
            "x-ratelimit-period",
            "x-ratelimit-remaining",
            "x-ratelimit-reset",
            "x-trace-id",
        ]
    );
    assert_eq!(
        came.header("content-type"),
        Some("application/json; charset=utf-8")
    );
    assert_eq!(came.header("x-content-type-options"), Some("nosniff"));
    let last = sandbox.calls().pop();
    let expected = Called {
        method: "GET",
        path: "/v1/blueprints".to_owned(),
        query: "x=1".to_owned(),
        user_agent: "test".to_owned(),
        status: 200,
    };
    assert_eq!(last, Some(expected));
}

#[test]
fn what_is_encoded_in_a_path_is_an_identifier() {
    let sandbox = LocalSandbox::start();
    let client = Client::new(&sandbox);
    let service = json!({"identifier": "service", "title": "S", "schema": {"properties": {}}});
    assert_eq!(
        client.call("POST /v1/blueprints", Some(&service)).status,
        201
    );
    let entity = json!({"identifier": "apps/v1:pay+a=b"});
    let line = "POST /v1/blueprints/service/entities";
    assert_eq!(client.call(line, Some(&entity)).status, 201);
    for path in ["apps%2Fv1%3Apay%2Ba%3Db", "apps%2Fv1:pay+a=b"] {
        let came = client.call(&format!("GET /v1/blueprints/service/entities/{path}"), None);
        assert_eq!(came.status, 200, "{path}");
        assert_eq!(came.json()["entity"]["identifier"], "apps/v1:pay+a=b");
    }
}

#[test]
fn only_names_of_loopback_are_answered_and_no_other_site_is() {
    let sandbox = LocalSandbox::start();
    for host in ["evil.example", "127.0.0.1.evil.example"] {
        let text =
            format!("GET /v1/organization HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let came = send(&sandbox, &text);
        let body = json!({
            "ok": false, "error": "forbidden",
            "message": "The sandbox answers only to names of loopback",
        });
        assert_eq!((came.status, came.json()), (421, body));
    }
    let origin = "Origin: https://evil.example\r\nContent-Type: application/json\r\n";
    let line = "POST /v1/auth/access_token";
    let came = request(
        &sandbox,
        line,
        origin,
        "{\"clientId\":\"a\",\"clientSecret\":\"b\"}",
    );
    assert_eq!(came.status, 403);
    let preflight = "Origin: https://evil.example\r\nAccess-Control-Request-Method: POST\r\n";
    let came = request(&sandbox, "OPTIONS /v1/blueprints", preflight, "");
    let cors = came
        .headers
        .iter()
        .any(|(name, _)| name.starts_with("access-control"));
    assert!(came.status == 403 && !cors, "{came:?}");
    assert_eq!(sandbox.calls(), []);
}

#[test]
fn what_no_page_of_another_site_could_send_is_needed_to_write() {
    let sandbox = LocalSandbox::start();
    let came = request(&sandbox, "POST /v1/blueprints", FORM, "a=b");
    assert_eq!(came.status, 415);
    let json = "Content-Type: application/json\r\n";
    let came = request(&sandbox, "POST /v1/blueprints", json, "{}");
    assert_eq!(came.status, 401);
    assert_eq!(came.json()["error"], "unauthorized");
}

#[test]
fn a_body_of_more_than_a_mebibyte_is_too_large() {
    let sandbox = LocalSandbox::start();
    let client = Client::new(&sandbox);
    let body =
        |length: usize| json!({"identifier": "a".repeat(length - "{\"identifier\":\"\"}".len())});
    let line = "POST /v1/blueprints";
    assert_eq!(client.call(line, Some(&body(1 << 20))).status, 422);
    let came = client.call(line, Some(&body((1 << 20) + 1)));
    let expected = json!({
        "ok": false, "error": "payload_too_large",
        "message": "Request body is too large (limit is 1MiB)",
    });
    assert_eq!((came.status, came.json()), (413, expected));
}

#[test]
fn what_is_no_json_and_what_nobody_serves_is_said_in_the_form_of_the_api() {
    let sandbox = LocalSandbox::start();
    let json = "Content-Type: application/json\r\n";
    let came = request(&sandbox, "POST /v1/blueprints", json, "{");
    let expected = json!({"ok": false, "error": "bad_request", "message": "The body is no JSON"});
    assert_eq!((came.status, came.json()), (400, expected));
    for line in ["GET /nothing", "TRACE /v1/blueprints"] {
        let came = request(&sandbox, line, "", "");
        let (method, path) = line.split_once(' ').expect("two words");
        let message = format!("Route {method}:{path} not found");
        let expected = json!({"ok": false, "error": "not_found", "message": message});
        assert_eq!((came.status, came.json()), (404, expected));
    }
}
