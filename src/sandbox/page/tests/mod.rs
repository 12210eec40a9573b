//! The pages as they are answered.

mod shop;

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::router;
use crate::sandbox::store::Change;
use shop::Sandbox;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Sandbox {
    fn get(&self, path: &str) -> Answer {
        self.ask("GET", path)
    }

    fn ask(&self, method: &str, path: &str) -> Answer {
        let request = Request::builder().method(method).uri(path);
        let request = request.body(Body::empty()).unwrap();
        let router = router(self.store.clone(), self.following.clone());
        wait(async {
            let response = router.oneshot(request).await.unwrap();
            let (parts, body) = response.into_parts();
            let bytes = axum::body::to_bytes(body, 64 << 20).await.unwrap();
            Answer {
                status: parts.status,
                headers: parts.headers,
                text: String::from_utf8(bytes.to_vec()).unwrap(),
            }
        })
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(future)
}

/// The text of a page without its markup, from `<main` on.
fn main_text(page: &str) -> String {
    let main = page
        .split_once("<main")
        .unwrap()
        .1
        .split_once('>')
        .unwrap()
        .1;
    let main = main.split_once("</main>").unwrap().0;
    let mut text = String::new();
    for part in main.split('<') {
        let (_, after) = part.split_once('>').unwrap_or(("", part));
        text.push(' ');
        text.push_str(after);
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_page_answers_and_forbids_all_but_its_own() {
    let sandbox = Sandbox::shop();
    for path in [
        "/",
        "/?q=checkout&page=7",
        "/blueprints/service",
        "/entities/service/checkout",
        "/entity?blueprint=service&id=checkout",
        "/graph",
        "/runs",
        "/mapping",
        "/calls",
        "/page.css",
        "/page.js",
        "/icon.svg",
    ] {
        let answer = sandbox.get(path);
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let header = |name| answer.headers[name].to_str().unwrap();
        let policy = header(header::CONTENT_SECURITY_POLICY);
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(header(header::REFERRER_POLICY), "no-referrer");
        assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert!(
            !answer
                .headers
                .contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN)
        );
        for inline in ["<style", "style=\"", " onclick", "<script>", "http-equiv"] {
            assert!(!answer.text.contains(inline), "{inline} in {path}");
        }
    }
}

#[test]
fn what_is_not_there_is_said_to_be_not_there() {
    let sandbox = Sandbox::shop();
    for path in [
        "/blueprints/nothing",
        "/entities/service/nothing",
        "/targets/nothing",
    ] {
        let answer = sandbox.get(path);
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            main_text(&answer.text),
            "Not there The catalog has nothing of that name, or has it no more. All entities"
        );
    }
}

#[test]
fn pages_only_answer_reads() {
    let sandbox = Sandbox::shop();
    for method in ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        let answer = sandbox.ask(method, "/entities/service/checkout");
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
    }
}

#[test]
fn the_top_says_in_one_sentence_what_is_going_on() {
    let page = Sandbox::shop().get("/").text;
    let sentence = page.split_once("class=\"sentence\">").unwrap().1;
    let sentence = sentence.split_once("</p>").unwrap().0;
    assert_eq!(
        sentence,
        "following <strong><bdi>examples/shop</bdi></strong>: <a href=\"/\">7 entities</a>, \
         <a class=\"tally rejected\" href=\"/?state=rejected\">1 rejected</a>"
    );
}

#[test]
fn a_search_finds_words_in_names_values_and_states() {
    let sandbox = Sandbox::shop();
    let found = |query: &str| {
        let page = sandbox.get(&format!("/?{query}")).text;
        let keys = page.split("<tr data-key=\"").skip(1);
        keys.map(|it| it.split_once('"').unwrap().0.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(found("q=PARCEL"), ["system/shop"]);
    assert_eq!(found("q=web+storefront"), ["service/web"]);
    assert_eq!(found("q=search-api.json"), ["service/search-api"]);
    assert_eq!(found("state=rejected"), ["service/search-api"]);
    assert_eq!(found("q=%3Cscript%3E"), [""; 0]);
}

#[test]
fn an_entity_tells_its_values_its_relations_and_where_they_come_from() {
    let sandbox = Sandbox::shop();
    let page = sandbox.get("/entities/service/checkout").text;
    let text = main_text(&page);
    let (_, text) = text.split_once("← all of service ").unwrap();
    assert_eq!(
        text,
        "checkout service/checkout delivered \
         Properties \
         dashboards https://grafana.example.com/d/a https://grafana.example.com/d/b checkout.yaml:12 \
         language Go checkout.yaml:13 lifecycle production checkout.yaml:14 \
         objectives availability : 99.95 latencyMilliseconds : 300 checkout.yaml:15 \
         pager true checkout.yaml:16 \
         repository https://git.example.com/shop/checkout checkout.yaml:17 tier 1 checkout.yaml:18 \
         Relations system → shop checkout.yaml:19 team → commerce checkout.yaml:20 \
         From others ← Web storefront by dependsOn \
         Where it comes from object Entity shop/checkout application shop file checkout.yaml:3 \
         sent by port-k8s-exporter/0.3.4 (statekey/sandbox) \
         created 2026-11-23 03:14:29 UTC changed 2026-11-23 03:14:29 UTC \
         On the way of one value: glint-gitops why checkout"
    );
}

#[test]
fn runs_tell_their_errors_entity_by_entity() {
    let sandbox = Sandbox::shop().with_runs_and_mapping();
    assert_eq!(
        main_text(&sandbox.get("/runs").text),
        "Targets and runs Targets Targets, the newest change first \
         Target Sync Health Entities Last attempt (UTC) \
         argocd/shop argocd OutOfSync one or more objects failed to apply Degraded \
         7 declared , 1 rejected \
         Runs Runs, the last one first Run Result What it did Started (UTC) \
         731f00a1c3 argocd/shop Failed service/search-api validation_failed \
         properties/tier must be number 4 created 2026-11-23 03:14:00 took 3.2 s \
         731f00a1c3 argocd/shop Succeeded 4 created 2026-11-23 03:10:00 took 3.2 s"
    );
    let target = main_text(&sandbox.get("/targets/in-cluster-argocd-shop").text);
    assert!(
        target.starts_with("← all targets argocd/shop gitopsTarget/in-cluster-argocd-shop State "),
        "{target}"
    );
    assert!(target.contains(" 2 runs "), "{target}");
}

#[test]
fn a_mapping_is_shown_block_by_block_with_what_it_sends() {
    let sandbox = Sandbox::shop().with_runs_and_mapping();
    let text = main_text(&sandbox.get("/mapping").text);
    let (blocks, whole) = text.split_once("The whole configuration as JSON").unwrap();
    assert!(whole.contains("&quot;resources&quot;"), "{whole}");
    assert!(blocks.starts_with(
        "Mapping By a mapping an exporter knows which objects of a cluster to send, and as what. \
         Integration sandbox 2 blocks glint.io/v1/entities \
         selector (.spec | type) == &quot;object&quot; # gitops.glint.io sends"
    ), "{blocks}");
    assert!(blocks.contains("7 objects of this kind"), "{blocks}");
    assert!(
        blocks.contains("Entity shop/search-api search-api.json:3 service/search-api rejected 422"),
        "{blocks}"
    );
}

#[test]
fn a_rejected_entity_says_why() {
    let text = main_text(&Sandbox::shop().get("/entities/service/search-api").text);
    let (_, text) = text.split_once("← all of service ").unwrap();
    assert!(
        text.starts_with("search-api service/search-api rejected 422 "),
        "{text}"
    );
    assert!(text.contains("It never arrived in the catalog."), "{text}");
}

#[test]
fn empty_pages_say_what_to_type_next() {
    let sandbox = Sandbox::empty();
    for (path, expected) in [
        ("/", "glint-gitops sandbox examples/shop"),
        ("/graph", "dependsOn: [search-api]"),
        ("/runs", "glint-gitops report"),
        ("/mapping", "glint-gitops publish"),
    ] {
        let text = main_text(&sandbox.get(path).text);
        assert!(text.contains(expected), "{expected} in {text}");
    }
}

#[test]
fn hostile_values_are_text() {
    const HOSTILE: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&\u{202e}";
    let sandbox = Sandbox::empty();
    let target = json!({"target": "evil", "many": true, "required": false});
    sandbox.post(
        "/v1/blueprints",
        json!({
            "identifier": "evil", "title": HOSTILE, "description": HOSTILE,
            "schema": {"properties": {"p": {"type": "string"}}, "required": []},
            "relations": {"r": target},
        }),
    );
    let properties = json!({"p": "javascript:alert(1)"});
    let entity = json!({"identifier": "a..", "title": HOSTILE, "properties": properties, "relations": {"r": ["a.."]}});
    let answer = sandbox.entity("evil", entity.clone());
    assert_eq!(answer["ok"], true, "{answer}");
    sandbox.declare("evil", "a..", HOSTILE, &entity, Some(HOSTILE.to_owned()));
    sandbox.declare(
        HOSTILE,
        HOSTILE,
        HOSTILE,
        &Value::Null,
        Some(HOSTILE.to_owned()),
    );
    let mut following = sandbox.following.write().unwrap();
    following.subject = HOSTILE.to_owned();
    following.error = Some(HOSTILE.to_owned());
    drop(following);
    for path in [
        "/",
        "/?q=%22%3E%3Cscript%3E",
        "/?state=%22%3E%3Cscript%3E",
        "/blueprints/evil",
        "/entities/evil/a..",
        "/graph",
        "/mapping",
        "/calls",
    ] {
        let answer = sandbox.get(path);
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        for forbidden in ["<script>", "<img", "href=\"javascript", "\u{202e}"] {
            assert!(
                !answer.text.contains(forbidden),
                "{forbidden} in {path}: {}",
                answer.text
            );
        }
        let links = answer.text.split("href=\"").skip(1);
        assert!(
            links
                .into_iter()
                .all(|link| link.starts_with('/') || link.starts_with("#main"))
        );
    }
}

#[test]
fn ten_thousand_entities_are_answered_page_by_page() {
    let sandbox = Sandbox::empty();
    let blueprint = json!({
        "identifier": "service", "title": "Service", "schema": {"properties": {"text": {"type": "string"}}, "required": []},
        "relations": {"uses": {"target": "service", "many": true, "required": false}},
    });
    sandbox.post("/v1/blueprints", blueprint);
    for index in 0..10_000 {
        // The first names itself.
        let entity = json!({
            "identifier": format!("entity-{index}"),
            "properties": {"text": format!("The text of entity {index}, which says nothing.")},
            "relations": {"uses": [format!("entity-{}", index / 2)]},
        });
        let answer = sandbox.entity("service", entity.clone());
        assert_eq!(answer["ok"], true, "{answer}");
    }
    for path in [
        "/",
        "/?page=50",
        "/?q=nothing",
        "/entities/service/entity-1",
        "/graph",
    ] {
        let started = Instant::now();
        let answer = sandbox.get(path);
        let took = started.elapsed();
        assert_eq!(answer.status, StatusCode::OK);
        assert!(answer.text.len() < 1_000_000, "{path}");
        assert!(answer.text.matches("<tr data-key").count() <= 200);
        // Without optimisation, and beside other tests.
        assert!(took < Duration::from_secs(5), "{path} took {took:?}");
    }
    let page = sandbox.get("/?page=50").text;
    assert!(
        page.contains("<span>9801–10000 of 10000</span>"),
        "the last page"
    );
}

#[test]
fn a_change_is_an_event() {
    let sandbox = Sandbox::empty();
    let router = router(sandbox.store.clone(), sandbox.following.clone());
    let texts = wait(async {
        let request = Request::builder().uri("/events").body(Body::empty());
        let response = router.oneshot(request.unwrap()).await.unwrap();
        assert_eq!(
            response.headers()[header::CONTENT_TYPE],
            "text/event-stream"
        );
        let mut body = response.into_body().into_data_stream();
        let mut texts = Vec::new();
        for change in [
            None,
            Some(Change::Following),
            Some(Change::Blueprint("a".to_owned())),
        ] {
            change.into_iter().for_each(|it| sandbox.store.announce(it));
            let bytes = body.next().await.unwrap().unwrap();
            texts.push(String::from_utf8(bytes.to_vec()).unwrap());
        }
        texts
    });
    assert_eq!(
        texts,
        [
            "event: begun\ndata: all\n\n",
            "event: change\ndata: following\n\n",
            "event: change\ndata: blueprint\n\n",
        ]
    );
}
