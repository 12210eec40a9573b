//! What is sent again, when, and what is not.

use std::time::Duration;

use serde_json::{Value, json};

use super::clock::BEGIN;
use super::server::{Server, Step, answer, refusal};
use super::{client, client_of, connection};
use crate::catalog::Identity;
use crate::catalog_api::{ApiError, Client, Upsert};

fn blueprints() -> Step {
    answer(200, json!({"ok": true, "blueprints": []}))
}

fn seconds(waits: &[Duration]) -> Vec<u64> {
    waits.iter().map(Duration::as_secs).collect()
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    for status in [429, 500, 502, 503, 504] {
        let server = Server::script([refusal(status, "busy"), blueprints()]);
        let (client, clock) = client(&server);
        assert_eq!(client.blueprints().await.unwrap(), [] as [Value; 0]);
        assert_eq!(server.seen().len(), 2, "{status}");
        assert_eq!(clock.waits().len(), 1, "{status}");
    }
}

#[tokio::test]
async fn a_connection_that_breaks_is_made_again() {
    for step in [Step::Cut, Step::CutBody] {
        let server = Server::script([step, blueprints()]);
        let (client, _) = client(&server);
        client.blueprints().await.unwrap();
        let statistics = client.statistics();
        assert_eq!(
            (statistics.sent, statistics.retried, statistics.broken),
            (3, 1, 1)
        );
    }
}

#[tokio::test]
async fn what_does_not_pass_is_not_tried_again() {
    for status in [400, 403, 404, 409, 413, 422] {
        let server = Server::script([refusal(status, "no")]);
        let (client, clock) = client(&server);
        let error = client.blueprints().await.unwrap_err();
        assert!(matches!(error, ApiError::Refused { .. }), "{error}");
        assert_eq!((error.status(), error.code()), (Some(status), Some("no")));
        assert_eq!(error.message(), "because");
        assert!(clock.waits().is_empty());
    }
}

#[tokio::test]
async fn what_can_not_be_repeated_is_sent_once() {
    async fn check(step: Step) -> ApiError {
        let server = Server::script([step]);
        let (client, _) = client(&server);
        let error = client.create_blueprint(&json!({})).await.unwrap_err();
        assert_eq!(server.seen().len(), 1);
        error
    }
    for status in [429, 500, 502, 503, 504] {
        let error = check(refusal(status, "busy")).await;
        assert!(
            matches!(error, ApiError::Unavailable { tries: 1, .. }),
            "{error}"
        );
    }
    for step in [Step::Cut, Step::CutBody] {
        let error = check(step).await;
        assert!(
            matches!(error, ApiError::Unreachable { tries: 1, .. }),
            "{error}"
        );
    }
    let server = Server::script([refusal(503, "busy")]);
    let (client, _) = client(&server);
    client.create_integration(&json!({})).await.unwrap_err();
    assert_eq!(server.seen().len(), 1);
}

/// Each method that can be repeated, once.
async fn repeat(client: &Client, method: &str) -> Result<(), ApiError> {
    let identity = Identity {
        blueprint: "s".to_owned(),
        identifier: "a".to_owned(),
    };
    let body = json!({});
    match method {
        "upsert" => client.upsert("s", &body, Upsert::default()).await.map(drop),
        "patch" => client.patch_entity(&identity, &body).await.map(drop),
        "delete" => client.delete_entity(&identity, false).await.map(drop),
        "search" => client.search(&body, &[]).await.map(drop),
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn whole_values_and_questions_can_be_sent_twice() {
    for method in ["upsert", "patch", "delete", "search"] {
        let server = Server::script([Step::Cut, refusal(422, "no")]);
        let (client, _) = client(&server);
        let error = repeat(&client, method).await.unwrap_err();
        assert_eq!(error.status(), Some(422), "{method}");
    }
}

#[tokio::test]
async fn a_mapping_is_sent_once_since_another_may_have_been_put_meanwhile() {
    let server = Server::script([Step::Cut]);
    let (client, clock) = client(&server);
    let error = client.patch_config("k", &json!({})).await.unwrap_err();
    assert!(error.is_passing(), "{error}");
    assert_eq!(server.seen().len(), 1);
    assert_eq!(clock.waits(), [Duration::ZERO; 0]);
}

#[tokio::test]
async fn the_api_says_how_long_to_wait() {
    let later = BEGIN + 40;
    for (header, value, least) in [
        ("retry-after", "7".to_owned(), 7),
        (
            "retry-after",
            "Fri, 20 Nov 2026 10:00:30 GMT".to_owned(),
            30,
        ),
        ("x-ratelimit-reset", "12".to_owned(), 12),
        ("x-ratelimit-reset", later.to_string(), 40),
    ] {
        let busy = refusal(429, "busy").with(header, &value);
        let server = Server::script([busy, blueprints()]);
        let (client, clock) = client(&server);
        client.blueprints().await.unwrap();
        let waits = clock.waits();
        let [waited] = waits.as_slice() else {
            panic!("{header}: {value}: {waits:?}");
        };
        let least = Duration::from_secs(least);
        assert!(
            (least..least + Duration::from_secs(1)).contains(waited),
            "{waited:?}"
        );
    }
}

#[tokio::test]
async fn tries_have_an_end() {
    let server = Server::with_tokens(|_| refusal(503, "busy").with("x-trace-id", "1f3a"));
    let (client, clock) = client(&server);
    let error = client.blueprints().await.unwrap_err();
    assert_eq!(server.seen().len(), 4);
    assert_eq!(clock.waits().len(), 3);
    assert_eq!(
        error.to_string(),
        format!(
            "GET {}/v1/blueprints: 503 busy: because (trace 1f3a) (after 4 tries)",
            server.url()
        )
    );
}

#[tokio::test]
async fn time_has_an_end_too() {
    let busy = || refusal(429, "busy").with("retry-after", "40");
    let server = Server::with_tokens(move |_| busy());
    let (client, clock) = client(&server);
    let error = client.blueprints().await.unwrap_err();
    let waits = seconds(&clock.waits());
    assert!(
        waits.len() == 2 && waits.iter().all(|it| (40..=42).contains(it)),
        "{waits:?}"
    );
    assert!(
        matches!(error, ApiError::Unavailable { tries: 3, .. }),
        "{error}"
    );
}

#[tokio::test]
async fn a_wait_beyond_the_budget_is_not_begun() {
    let server = Server::script([refusal(429, "busy").with("retry-after", "3600")]);
    let (client, clock) = client(&server);
    let error = client.blueprints().await.unwrap_err();
    assert!(clock.waits().is_empty());
    assert_eq!(
        error.to_string(),
        format!(
            "GET {}/v1/blueprints: 429 busy: because; the API asks to wait 3600 s",
            server.url()
        )
    );
}

#[tokio::test]
async fn the_last_request_of_a_period_is_waited_after() {
    let last = blueprints()
        .with("x-ratelimit-remaining", 0)
        .with("x-ratelimit-reset", 9);
    let more = blueprints()
        .with("x-ratelimit-remaining", 50)
        .with("x-ratelimit-reset", 60);
    let server = Server::script([last, more, blueprints()]);
    let (client, clock) = client(&server);
    client.blueprints().await.unwrap();
    assert!(clock.waits().is_empty());
    client.blueprints().await.unwrap();
    client.blueprints().await.unwrap();
    assert_eq!(seconds(&clock.waits()), [9]);
}

#[tokio::test]
async fn a_period_longer_than_the_budget_is_the_apis_to_enforce() {
    let last = blueprints()
        .with("x-ratelimit-remaining", 0)
        .with("x-ratelimit-reset", 3_000);
    let server = Server::script([last, blueprints()]);
    let (client, clock) = client(&server);
    client.blueprints().await.unwrap();
    client.blueprints().await.unwrap();
    assert!(clock.waits().is_empty());
}

#[tokio::test]
async fn a_server_that_says_nothing_is_left_in_time() {
    let server = Server::answering(|_| Step::Stall);
    let mut connection = connection(&server.url());
    connection.retry.attempts = 1;
    connection.timeouts.read = Duration::from_millis(50);
    let (client, _) = client_of(connection);
    let error = client.blueprints().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "POST {}/v1/auth/access_token: no answer in time (50ms for a part, 60s for all)",
            server.url()
        )
    );
}

#[tokio::test]
async fn a_silence_is_a_broken_connection() {
    let server = Server::answering(|_| Step::Stall);
    let mut connection = connection(&server.url());
    connection.timeouts.total = Duration::from_millis(50);
    let (client, clock) = client_of(connection);
    let error = client.blueprints().await.unwrap_err();
    assert!(
        matches!(error, ApiError::Unreachable { tries: 4, .. }),
        "{error}"
    );
    assert_eq!(clock.waits().len(), 3);
}
