//! Any number of entities: in which batches, and what first.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::client;
use super::server::{Seen, Server, answer, refusal};
use super::writing::{bodies, bulk, failed, merged, requests, taking, written};
use crate::catalog_api::{ApiError, EntityError, Upserted};

#[tokio::test]
async fn any_number_is_sent_in_batches_of_twenty_and_one_blueprint() {
    let server = Server::with_tokens(taking);
    let (client, _) = client(&server);
    let names: Vec<String> = (0..45).map(|at| format!("e{at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut all = requests("s", bodies(&names));
    all.extend(requests("t", bodies(&["x"])));
    let results = client.upsert_all(all, merged()).await.unwrap();
    let written: Vec<_> = results
        .into_iter()
        .map(|it| it.unwrap().identifier)
        .collect();
    assert_eq!(written, [names.as_slice(), &["x"]].concat());
    let mut sizes: Vec<_> = server
        .seen()
        .iter()
        .map(|seen| (seen.line[..22].to_owned(), seen.identifiers().len()))
        .collect();
    sizes.sort();
    let path = |blueprint| format!("POST /v1/blueprints/{blueprint}/");
    assert_eq!(
        sizes,
        [
            (path("s"), 5),
            (path("s"), 20),
            (path("s"), 20),
            (path("t"), 1)
        ]
    );
}

#[tokio::test]
async fn a_body_stays_below_a_mebibyte() {
    let server = Server::with_tokens(taking);
    let (client, _) = client(&server);
    let body = |name: &str, size: usize| json!({"identifier": name, "properties": {"p": "x".repeat(size)}});
    let all = vec![
        body("a", 600_000),
        body("b", 600_000),
        body("large", 1 << 20),
        body("c", 100_000),
    ];
    let results = client
        .upsert_all(requests("s", all), merged())
        .await
        .unwrap();
    let bytes = (1 << 20) + r#"{"identifier":"large","properties":{"p":""}},"#.len();
    let message = format!("its {bytes} bytes are more than the API takes (1 MiB); not sent");
    assert_eq!(
        results,
        [
            written("a", true),
            written("b", true),
            failed("large", 413, "too_large", &message),
            written("c", true)
        ]
    );
    assert!(server.seen().iter().all(|seen| seen.body.len() < 1 << 20));
    assert_eq!(server.seen().len(), 2);
}

#[tokio::test]
async fn a_batch_that_the_api_finds_too_large_is_halved() {
    let server = Server::with_tokens(|seen| match seen.identifiers().len() {
        0..=2 => taking(seen),
        _ => refusal(413, "too_large"),
    });
    let (client, _) = client(&server);
    let all = requests("s", bodies(&["a", "b", "c", "d", "e"]));
    let results = client.upsert_all(all, merged()).await.unwrap();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
}

#[tokio::test]
async fn what_the_api_refuses_as_a_whole_is_each_ones_error() {
    let server = Server::with_tokens(|seen| match seen.line.contains("/blueprints/gone/") {
        true => refusal(404, "not_found"),
        false => taking(seen),
    });
    let (client, _) = client(&server);
    let mut all = requests("gone", bodies(&["a", "b"]));
    all.extend(requests("s", bodies(&["c"])));
    let results = client.upsert_all(all, merged()).await.unwrap();
    let missing = |name| failed(name, 404, "not_found", "because");
    assert_eq!(results, [missing("a"), missing("b"), written("c", true)]);
}

#[tokio::test]
async fn an_api_that_is_not_reached_ends_it() {
    let server = Server::with_tokens(|_| refusal(503, "busy"));
    let (client, _) = client(&server);
    let error = client
        .upsert_all(requests("s", bodies(&["a"])), merged())
        .await
        .unwrap_err();
    assert!(matches!(error, ApiError::Unavailable { .. }), "{error}");
}

/// A catalog that refuses what relates to an entity that it does not know, as the
/// strictest one may: also to one of the same request.
fn strict(targets: Value) -> Server {
    let mut known: BTreeSet<String> = BTreeSet::new();
    Server::with_tokens(move |seen| {
        let blueprint = seen.line.split('/').nth(3).unwrap().to_owned();
        if seen.line.starts_with("GET ") {
            let relations = targets[&blueprint].clone();
            return answer(
                200,
                json!({"ok": true, "blueprint": {"relations": relations}}),
            );
        }
        let body = seen.json();
        let before = known.clone();
        let mut statuses = Vec::new();
        for entity in body["entities"].as_array().unwrap() {
            let name = entity["identifier"].as_str().unwrap();
            let relations = entity["relations"].as_object().into_iter().flatten();
            let missing = relations
                .map(|(_, value)| value.as_str().unwrap())
                .any(|target| !before.contains(target));
            if !missing {
                known.insert(format!("{blueprint}/{name}"));
                known.insert(name.to_owned());
            }
            statuses.push((name, if missing { 404 } else { 0 }));
        }
        bulk(&statuses)
    })
}

fn entity(blueprint: &str, identifier: &str, relations: Value) -> (String, Value) {
    let body = json!({"identifier": identifier, "relations": relations});
    (blueprint.to_owned(), body)
}

#[tokio::test]
async fn a_strict_api_takes_all_in_one_go() {
    let server = strict(json!({}));
    let (client, clock) = client(&server);
    let all = vec![
        entity(
            "service",
            "checkout",
            json!({"system": "shop", "calls": "pay"}),
        ),
        entity("service", "pay", json!({"system": "shop"})),
        entity("system", "shop", json!({"owner": "commerce"})),
        entity("team", "commerce", json!({})),
    ];
    let results = client.upsert_all(all, merged()).await.unwrap();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let sent: Vec<_> = server.seen().iter().map(Seen::identifiers).collect();
    assert_eq!(sent, [["commerce"], ["shop"], ["pay"], ["checkout"]]);
    assert!(clock.waits().is_empty());
}

#[tokio::test]
async fn a_ring_is_written_without_its_relations_first() {
    let server = strict(json!({
        "service": {"calls": {"target": "service"}, "system": {"target": "system"}}
    }));
    let (client, _) = client(&server);
    let all = vec![
        entity("service", "a", json!({"calls": "b", "system": "shop"})),
        entity("service", "b", json!({"calls": "a"})),
        entity("system", "shop", json!({})),
        entity("service", "c", json!({"calls": "a"})),
    ];
    let results = client.upsert_all(all.clone(), merged()).await.unwrap();
    let created = |it: Result<Upserted, EntityError>| it.unwrap().created;
    assert_eq!(
        results.into_iter().map(created).collect::<Vec<_>>(),
        [true; 4]
    );
    let seen = server.seen();
    assert_eq!(seen[0].line, "GET /v1/blueprints/service");
    let sent: Vec<_> = seen[1..].iter().map(Seen::json).collect();
    assert_eq!(sent.len(), 5);
    assert_eq!(
        sent[2],
        json!({"entities": [
            {"identifier": "a", "relations": {"system": "shop"}},
            {"identifier": "b", "relations": {}}
        ]})
    );
    assert_eq!(sent[3], json!({"entities": [all[0].1, all[1].1]}));
}

#[tokio::test]
async fn a_ring_that_exists_already_is_sent_as_it_is() {
    let server = Server::with_tokens(|seen| match seen.line.starts_with("GET ") {
        true => refusal(403, "missing_permissions"),
        false => taking(seen),
    });
    let (client, _) = client(&server);
    let all = vec![
        entity("s", "a", json!({"calls": "b"})),
        entity("s", "b", json!({"calls": "a"})),
    ];
    client.upsert_all(all, merged()).await.unwrap();
    let posts = server
        .seen()
        .iter()
        .filter(|seen| seen.line.starts_with("POST"))
        .count();
    assert_eq!(posts, 1);
}

#[tokio::test]
async fn namesakes_are_told_apart_by_their_blueprints() {
    let server = strict(json!({
        "service": {"system": {"target": "system"}}, "system": {"owner": {"target": "team"}}
    }));
    let (client, _) = client(&server);
    let all = vec![
        entity("service", "pay", json!({"system": "pay"})),
        entity("system", "pay", json!({"owner": "pay"})),
        entity("team", "pay", json!({})),
    ];
    let results = client.upsert_all(all, merged()).await.unwrap();
    assert!(results.iter().all(Result::is_ok), "{results:?}");
    let blueprints: Vec<_> = server
        .lines()
        .iter()
        .filter(|line| line.starts_with("POST"))
        .map(|line| line.split('/').nth(3).unwrap().to_owned())
        .collect();
    assert_eq!(blueprints, ["team", "system", "service"]);
}
