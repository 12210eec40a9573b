//! What each method sends, and what it makes of the answer.

use serde_json::{Value, json};

use super::client;
use super::server::{Server, Step, answer, refusal};
use crate::catalog::Identity;
use crate::catalog_api::{ApiError, Integration, LogQuery, Upsert};

fn identity(blueprint: &str, identifier: &str) -> Identity {
    Identity {
        blueprint: blueprint.to_owned(),
        identifier: identifier.to_owned(),
    }
}

fn entity() -> Step {
    let entity = json!({"identifier": "a/b", "blueprint": "s", "properties": {"tier": 1}});
    answer(200, json!({"ok": true, "entity": entity}))
}

fn integration(config: &Value) -> Step {
    let integration = json!({
        "installationId": "k", "title": "K", "version": "0.7.9", "config": config,
        "installationAppType": "K8S EXPORTER", "updatedAt": "2026-11-20T10:00:00.000Z", "more": 1
    });
    answer(200, json!({"ok": true, "integration": integration}))
}

#[tokio::test]
async fn an_identifier_is_encoded_wherever_it_goes() {
    let server = Server::with_tokens(|_| entity());
    let (client, _) = client(&server);
    let hostile = identity("a b/../c", "x/y:z?q=1#f%2F&é");
    client.entity(&hostile).await.unwrap();
    client
        .upsert("a/b", &json!({}), Upsert::default())
        .await
        .unwrap();
    client.delete_entity(&hostile, true).await.unwrap();
    let path = "/v1/blueprints/a%20b%2F..%2Fc/entities/x%2Fy%3Az%3Fq%3D1%23f%252F%26%C3%A9";
    assert_eq!(
        server.lines(),
        [
            format!("GET {path}"),
            "POST /v1/blueprints/a%2Fb/entities?upsert=true&merge=false&validation_only=false&create_missing_related_entities=false".to_owned(),
            format!("DELETE {path}?delete_dependents=true"),
        ]
    );
}

#[tokio::test]
async fn an_identifier_that_would_change_the_path_is_not_sent() {
    let server = Server::script([]);
    let (client, _) = client(&server);
    for identifier in ["..", ".", ""] {
        let error = client.entity(&identity("s", identifier)).await.unwrap_err();
        assert!(matches!(error, ApiError::Unsendable(_)), "{error}");
    }
    let error = client.blueprint("..").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`..` is no identifier: it can't be part of a URL"
    );
    assert_eq!(server.all(), []);
}

#[tokio::test]
async fn what_is_not_there_is_none_and_another_404_is_no_answer() {
    let missing = || refusal(404, "not_found");
    let server = Server::script([missing(), missing(), missing(), missing()]);
    let (client, _) = client(&server);
    assert_eq!(client.entity(&identity("s", "a")).await, Ok(None));
    assert_eq!(client.blueprint("s").await, Ok(None));
    assert_eq!(client.integration("k").await, Ok(None));
    assert_eq!(
        client.delete_entity(&identity("s", "a"), false).await,
        Ok(false)
    );

    let page = Step::Answer {
        status: 404,
        headers: Vec::new(),
        body: "<html>".to_owned(),
    };
    let server = Server::script([page]);
    let (client, _) = super::client(&server);
    let error = client.integration("k").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "GET {}/v1/integration/k: 404, and not in the API's words; is `api-url` right?",
            server.url()
        )
    );
}

#[tokio::test]
async fn an_integration_keeps_all_that_was_answered() {
    let server = Server::script([
        integration(&json!({"resources": []})),
        integration(&Value::Null),
    ]);
    let (client, _) = client(&server);
    let Value::Object(rest) = json!({"more": 1}) else {
        unreachable!();
    };
    let expected = Integration {
        installation_id: "k".to_owned(),
        title: Some("K".to_owned()),
        version: Some("0.7.9".to_owned()),
        installation_app_type: Some("K8S EXPORTER".to_owned()),
        config: Some(json!({"resources": []})),
        updated_at: "2026-11-20T10:00:00.000Z".to_owned(),
        rest,
    };
    assert_eq!(client.integration("k").await, Ok(Some(expected.clone())));
    let empty = Integration {
        config: None,
        ..expected
    };
    assert_eq!(client.integration("k").await, Ok(Some(empty)));
}

#[tokio::test]
async fn an_integration_is_made_and_changed() {
    let server = Server::with_tokens(|_| integration(&Value::Null));
    let (client, _) = client(&server);
    let body = json!({"installationId": "k"});
    client.create_integration(&body).await.unwrap();
    client
        .patch_integration("k", &json!({"title": "T"}))
        .await
        .unwrap();
    client
        .patch_config("k", &json!({"resources": []}))
        .await
        .unwrap();
    let sent: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| (seen.line.clone(), seen.json()))
        .collect();
    assert_eq!(
        sent,
        [
            ("POST /v1/integration".to_owned(), body),
            ("PATCH /v1/integration/k".to_owned(), json!({"title": "T"})),
            (
                "PATCH /v1/integration/k/config".to_owned(),
                json!({"config": {"resources": []}})
            ),
        ]
    );
}

#[tokio::test]
async fn what_an_exporter_tells_is_asked_for() {
    let server = Server::script([
        answer(200, json!({"ok": true, "request": {"updatedAt": "2026"}})),
        answer(200, json!({"ok": true, "request": null})),
        answer(200, json!({"ok": true, "data": [{"message": "m"}]})),
        answer(
            200,
            json!({"ok": true, "data": {"apps/v1/deployments": {"examples": []}}}),
        ),
    ]);
    let (client, _) = client(&server);
    assert_eq!(
        client.resync_request("k").await,
        Ok(Some("2026".to_owned()))
    );
    assert_eq!(client.resync_request("k").await, Ok(None));
    let query = LogQuery {
        level: Some("ERROR".to_owned()),
        limit: Some(300),
        ..LogQuery::default()
    };
    let logs = client.integration_logs("k", &query).await;
    assert_eq!(logs, Ok(vec![json!({"message": "m"})]));
    let examples = client.kind_examples("k").await;
    assert_eq!(
        examples,
        Ok(json!({"apps/v1/deployments": {"examples": []}}))
    );
    assert_eq!(
        server.lines(),
        [
            "GET /v1/integration/k/resync-request",
            "GET /v1/integration/k/resync-request",
            "GET /v1/integration/k/logs?level=ERROR&limit=300",
            "GET /v1/integration/k/kinds",
        ]
    );
}

#[tokio::test]
async fn blueprints_are_listed_made_and_changed() {
    let one = || answer(200, json!({"ok": true, "blueprint": {"identifier": "s"}}));
    let all = answer(
        200,
        json!({"ok": true, "blueprints": [{"identifier": "s"}]}),
    );
    let server = Server::script([all, one(), one(), one()]);
    let (client, _) = client(&server);
    let blueprint = json!({"identifier": "s"});
    assert_eq!(client.blueprints().await, Ok(vec![blueprint.clone()]));
    assert_eq!(client.blueprint("s").await, Ok(Some(blueprint.clone())));
    assert_eq!(
        client.create_blueprint(&blueprint).await,
        Ok(blueprint.clone())
    );
    assert_eq!(client.patch_blueprint("s", &json!({})).await, Ok(blueprint));
    assert_eq!(
        server.lines(),
        [
            "GET /v1/blueprints",
            "GET /v1/blueprints/s",
            "POST /v1/blueprints",
            "PATCH /v1/blueprints/s",
        ]
    );
}

#[tokio::test]
async fn entities_are_searched_for() {
    let found = json!([{"identifier": "a", "blueprint": "s"}]);
    let server = Server::script([
        answer(200, json!({"ok": true, "entities": found})),
        answer(200, json!({"ok": true, "entities": found, "next": "p2"})),
        answer(200, json!({"ok": true, "entities": []})),
    ]);
    let (client, _) = client(&server);
    let query = json!({"combinator": "and", "rules": []});
    let records = client
        .search(&query, &["title", "identifier"])
        .await
        .unwrap();
    assert_eq!(records[0].identity.to_string(), "s/a");
    let (_, next) = client
        .search_blueprint("s", Some(&query), None)
        .await
        .unwrap();
    assert_eq!(next.as_deref(), Some("p2"));
    let (records, next) = client
        .search_blueprint("s", None, Some("p2"))
        .await
        .unwrap();
    assert_eq!((records.len(), next), (0, None));
    assert_eq!(
        server.lines(),
        [
            "POST /v1/entities/search?include=blueprint&include=identifier&include=title",
            "POST /v1/blueprints/s/entities/search",
            "POST /v1/blueprints/s/entities/search",
        ]
    );
    assert_eq!(
        server.seen()[1].json(),
        json!({"limit": 1000, "query": query})
    );
    assert_eq!(
        server.seen()[2].json(),
        json!({"limit": 1000, "from": "p2"})
    );
}

#[tokio::test]
async fn every_page_of_what_an_exporter_owns_is_read() {
    let page = |identifier, next: Value| {
        let entities = json!([{"identifier": identifier, "blueprint": "s"}]);
        answer(200, json!({"ok": true, "entities": entities, "next": next}))
    };
    let pages = [
        page("a", json!("2")),
        page("b", json!("3")),
        page("c", Value::Null),
    ];
    let server = Server::script(pages);
    let (client, _) = client(&server);
    let owned = client
        .datasource_entities("port-k8s-exporter", "(statekey/k)")
        .await
        .unwrap();
    let owned: Vec<_> = owned.iter().map(ToString::to_string).collect();
    assert_eq!(owned, ["s/a", "s/b", "s/c"]);
    assert_eq!(
        server.seen()[2].json(),
        json!({
            "datasource_prefix": "port-k8s-exporter", "datasource_suffix": "(statekey/k)",
            "limit": 5000, "from": "3"
        })
    );

    let server = Server::script([page("a", json!("2")), page("b", json!("2"))]);
    let (client, _) = super::client(&server);
    let error = client.datasource_entities("p", "s").await.unwrap_err();
    assert!(
        error.to_string().contains("its pages go round in a circle"),
        "{error}"
    );
}

#[tokio::test]
async fn entities_are_deleted_together() {
    let server = Server::script([answer(
        200,
        json!({"ok": true, "deletedEntities": ["a", "b"]}),
    )]);
    let (client, _) = client(&server);
    let names = ["a".to_owned(), "b".to_owned()];
    assert_eq!(client.delete_bulk("s", &names).await, Ok(names.to_vec()));
    let seen = &server.seen()[0];
    assert_eq!(seen.line, "POST /v1/blueprints/s/bulk/entities/delete");
    assert_eq!(seen.json(), json!({"entities": ["a", "b"]}));
}

#[tokio::test]
async fn an_answer_without_what_was_asked_for_is_none() {
    let server = Server::script([answer(200, json!({"ok": true})), answer(200, json!([]))]);
    let (client, _) = client(&server);
    for _ in 0..2 {
        let error = client.blueprints().await.unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "GET {}/v1/blueprints: the answer has no `blueprints`; is `api-url` right?",
                server.url()
            )
        );
    }
}
