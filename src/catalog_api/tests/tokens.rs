//! Tokens: fetched once, renewed in time and where one is refused, shared.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::client;
use super::server::{Server, Step, answer, refusal, token};
use crate::catalog_api::ApiError;

fn organization() -> Step {
    answer(200, json!({"ok": true, "organization": {"name": "shop"}}))
}

#[tokio::test]
async fn one_token_serves_many_requests() {
    let server = Server::script([organization(), organization()]);
    let (client, _) = client(&server);
    for _ in 0..2 {
        let found = client.organization().await.unwrap();
        assert_eq!(found, json!({"name": "shop"}));
    }
    let all = server.all();
    assert_eq!(all.len(), 3);
    assert_eq!(
        all[0].json(),
        json!({"clientId": "ci", "clientSecret": "canary-4711"})
    );
    assert_eq!(all[0].header("authorization"), None);
    assert_eq!(all[2].header("authorization"), Some("Bearer token-1"));
    let agent = concat!("glint-gitops/", env!("CARGO_PKG_VERSION"));
    assert_eq!(all[2].header("user-agent"), Some(agent));
}

#[tokio::test]
async fn a_token_is_renewed_before_its_end() {
    let mut given = 0;
    let server = Server::answering(move |seen| match seen.is_token() {
        true => {
            given += 1;
            token(given, 1_000)
        }
        false => organization(),
    });
    let (client, clock) = client(&server);
    client.organization().await.unwrap();
    clock.pass(Duration::from_secs(939));
    client.organization().await.unwrap();
    assert_eq!(server.tokens(), 1);
    clock.pass(Duration::from_secs(1));
    client.organization().await.unwrap();
    assert_eq!(server.tokens(), 2);
    let last = server.all().pop().unwrap();
    assert_eq!(last.header("authorization"), Some("Bearer token-2"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_and_the_request_sent_again() {
    let server = Server::script([refusal(401, "unauthorized"), organization()]);
    let (client, clock) = client(&server);
    client.organization().await.unwrap();
    assert_eq!(server.tokens(), 2);
    let tokens: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| seen.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!(tokens, ["Bearer token-1", "Bearer token-2"]);
    assert!(clock.waits().is_empty());
}

#[tokio::test]
async fn a_request_that_is_sent_once_survives_a_refused_token() {
    let created = answer(201, json!({"ok": true, "blueprint": {"identifier": "s"}}));
    let server = Server::script([refusal(401, "unauthorized"), created]);
    let (client, _) = client(&server);
    client.create_blueprint(&json!({})).await.unwrap();
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_second_refusal_is_the_answer() {
    let refused = || refusal(401, "unauthorized");
    let server = Server::script([refused(), refused()]);
    let (client, _) = client(&server);
    let error = client.organization().await.unwrap_err();
    assert!(matches!(error, ApiError::Credentials { .. }), "{error}");
    assert_eq!((server.tokens(), server.seen().len()), (2, 2));
    assert_eq!(
        error.to_string(),
        format!(
            "GET {}/v1/organization: 401 unauthorized: because; check `client-id` and `client-secret`",
            server.url()
        )
    );
}

#[tokio::test]
async fn requests_that_are_refused_together_share_one_new_token() {
    let server = Server::with_tokens(|seen| match seen.header("authorization") {
        Some("Bearer token-1") => refusal(401, "unauthorized"),
        _ => organization(),
    });
    let (client, _) = client(&server);
    let all = join_all((0..8).map(|_| client.organization())).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(server.tokens(), 2);
}

#[tokio::test]
async fn wrong_credentials_are_said_and_not_tried_again() {
    let server = Server::answering(|_| refusal(401, "invalid_credentials"));
    let (client, _) = client(&server);
    let error = client.organization().await.unwrap_err();
    assert_eq!(server.all().len(), 1);
    assert_eq!(
        error.to_string(),
        format!(
            "POST {}/v1/auth/access_token: 401 invalid_credentials: because; check `client-id` and `client-secret`",
            server.url()
        )
    );
}

#[tokio::test]
async fn a_token_is_asked_for_again_where_the_api_is_busy() {
    let mut asked = 0;
    let server = Server::answering(move |seen| match seen.is_token() {
        true if asked == 0 => {
            asked += 1;
            refusal(503, "busy")
        }
        true => token(1, 10_800),
        false => organization(),
    });
    let (client, _) = client(&server);
    client.organization().await.unwrap();
    assert_eq!(server.tokens(), 2);
}
