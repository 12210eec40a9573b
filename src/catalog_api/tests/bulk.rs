//! One bulk request: whose error is whose, and what is sent again.

use serde_json::json;

use super::client;
use super::server::{Seen, Server, answer, refusal};
use super::writing::{bodies, bulk, failed, merged, written};
use crate::catalog_api::ApiError;

#[tokio::test]
async fn an_error_belongs_to_the_entity_at_its_index() {
    let server = Server::script([bulk(&[("a", 0), ("b", 422), ("c", 0)])]);
    let (client, clock) = client(&server);
    let bulk = client
        .upsert_bulk("s", &bodies(&["a", "b", "c"]), merged())
        .await
        .unwrap();
    assert_eq!(
        bulk.results,
        [
            written("a", true),
            failed("b", 422, "code", "because"),
            written("c", true)
        ]
    );
    assert!(clock.waits().is_empty());
    let seen = &server.seen()[0];
    assert_eq!(
        seen.line,
        "POST /v1/blueprints/s/entities/bulk?upsert=true&merge=true&validation_only=false&create_missing_related_entities=false"
    );
    assert_eq!(seen.json(), json!({"entities": bodies(&["a", "b", "c"])}));
}

#[tokio::test]
async fn an_entity_that_the_answer_leaves_out_has_failed() {
    let server = Server::script([bulk(&[("a", 0)])]);
    let (client, _) = client(&server);
    let bulk = client
        .upsert_bulk("s", &bodies(&["a", "b"]), merged())
        .await
        .unwrap();
    let message = "the API's answer does not say what became of it";
    assert_eq!(
        bulk.results,
        [written("a", true), failed("b", 0, "unanswered", message)]
    );
}

#[tokio::test]
async fn an_index_that_nobody_sent_is_no_harm() {
    let entities = json!([{"identifier": "a", "index": 7, "created": true}, {"identifier": "a"}]);
    let errors = json!([{"index": -1}, {"index": 99}, null]);
    let server = Server::script([answer(200, json!({"entities": entities, "errors": errors}))]);
    let (client, _) = client(&server);
    let bulk = client
        .upsert_bulk("s", &bodies(&["a"]), merged())
        .await
        .unwrap();
    assert!(bulk.results[0].is_err());
}

#[tokio::test]
async fn what_passes_is_sent_again_without_the_others() {
    let server = Server::script([
        bulk(&[("a", 0), ("b", 429), ("c", 422), ("d", 503)]),
        bulk(&[("b", 0), ("d", 500)]),
        bulk(&[("d", 0)]),
    ]);
    let (client, clock) = client(&server);
    let sent = bodies(&["a", "b", "c", "d"]);
    let bulk = client.upsert_bulk("s", &sent, merged()).await.unwrap();
    assert_eq!(
        bulk.results,
        [
            written("a", true),
            written("b", true),
            failed("c", 422, "code", "because"),
            written("d", true)
        ]
    );
    let sent: Vec<_> = server.seen().iter().map(Seen::identifiers).collect();
    assert_eq!(sent, [vec!["a", "b", "c", "d"], vec!["b", "d"], vec!["d"]]);
    assert_eq!(clock.waits().len(), 2);
}

#[tokio::test]
async fn an_entity_is_not_sent_again_for_ever() {
    let server = Server::with_tokens(|_| bulk(&[("a", 503)]));
    let (client, _) = client(&server);
    let bulk = client
        .upsert_bulk("s", &bodies(&["a"]), merged())
        .await
        .unwrap();
    assert_eq!(bulk.results, [failed("a", 503, "code", "because")]);
    assert_eq!(server.seen().len(), 4);
}

#[tokio::test]
async fn what_was_written_stays_told_when_the_rest_is_not_reached() {
    let server = Server::script([bulk(&[("a", 0), ("b", 503)]), refusal(403, "no")]);
    let (client, _) = client(&server);
    let bulk = client
        .upsert_bulk("s", &bodies(&["a", "b"]), merged())
        .await
        .unwrap();
    assert_eq!(
        bulk.results,
        [written("a", true), failed("b", 503, "code", "because")]
    );
}

#[tokio::test]
async fn more_than_a_request_holds_is_not_sent() {
    let server = Server::script([]);
    let (client, _) = client(&server);
    let many = vec![json!({"identifier": "a"}); 21];
    let error = client.upsert_bulk("s", &many, merged()).await.unwrap_err();
    assert!(matches!(error, ApiError::Unsendable(_)), "{error}");
    assert_eq!(server.all(), []);
}
