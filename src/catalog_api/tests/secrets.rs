//! Nothing that is said or shown holds a secret.

use serde_json::json;

use super::server::{Server, Step, answer, refusal, token};
use super::{SECRET, client, client_of, connection};
use crate::catalog_api::{Proxies, Secret, Upsert};

#[tokio::test]
async fn an_api_that_repeats_a_secret_is_not_quoted() {
    let echo = |status| {
        let message = format!("bad {SECRET} or token-1");
        answer(
            status,
            json!({"ok": false, "error": SECRET, "message": message}),
        )
    };
    for status in [401, 403, 404, 422, 429, 500] {
        let server = Server::with_tokens(move |_| {
            let message = format!("bad {SECRET}, token-1 or token-2");
            answer(
                status,
                json!({"ok": false, "error": "token-1", "message": message}),
            )
        });
        let (client, _) = client(&server);
        let error = client.blueprints().await.unwrap_err();
        hides(&format!("{error} {error:?} {}", error.message()));

        let server = Server::answering(move |_| echo(status));
        let (client, _) = super::client(&server);
        let error = client.blueprints().await.unwrap_err();
        hides(&format!("{error} {error:?}"));
    }
}

#[track_caller]
fn hides(text: &str) {
    assert!(!text.contains(SECRET) && !text.contains("Bearer"), "{text}");
    assert!(text.contains("hidden"), "{text}");
}

#[tokio::test]
async fn an_entitys_error_holds_none_either() {
    let message = format!("bad {SECRET}");
    let errors = json!([
        {"identifier": "a", "index": 0, "statusCode": 422, "error": "e", "message": message}
    ]);
    let server = Server::script([answer(
        207,
        json!({"ok": true, "entities": [], "errors": errors}),
    )]);
    let (client, _) = client(&server);
    let bodies = [json!({"identifier": "a"})];
    let bulk = client
        .upsert_bulk("s", &bodies, Upsert::default())
        .await
        .unwrap();
    hides(&format!("{bulk:?}"));
}

#[tokio::test]
async fn no_message_holds_what_was_sent() {
    let server = Server::script([refusal(422, "invalid_request"), Step::Cut]);
    let (client, _) = client(&server);
    let body = json!({"identifier": "a", "properties": {"p": "private"}});
    let refused = client
        .upsert("s", &body, Upsert::default())
        .await
        .unwrap_err();
    let broken = client.create_blueprint(&body).await.unwrap_err();
    let shown = format!("{refused} {refused:?} {broken} {broken:?}");
    assert!(!shown.contains("private"), "{shown}");
}

#[tokio::test]
async fn a_client_does_not_show_its_secrets() {
    let server = Server::answering(|seen| match seen.is_token() {
        true => token(4711, 10_800),
        false => answer(200, json!({"ok": true, "organization": {}})),
    });
    let mut connection = connection(&server.url());
    connection.proxies = Proxies {
        https: Some(Secret::new(format!("http://u:{SECRET}@proxy:3128"))),
        exempt: None,
    };
    let shown = format!("{connection:?}");
    assert!(!shown.contains(SECRET), "{shown}");
    let (client, _) = client_of(connection);
    client.organization().await.unwrap();
    let shown = format!("{client:?} {:?}", client.statistics());
    assert!(
        !shown.contains(SECRET) && !shown.contains("token-4711"),
        "{shown}"
    );
}
