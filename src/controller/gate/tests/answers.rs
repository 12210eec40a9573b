//! Questions and whole answers.

use std::sync::Arc;

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt as _;

use super::{
    COMMIT, OTHER, application, board, delivered, kustomization, of_artifact, refused, with,
};
use crate::catalog::{Delivery, Identity};
use crate::controller::gate::routes;
use crate::controller::report::board::{Board, Standing};
use crate::report::{Phase, SyncStatus};

/// An answer: status, body, and when to ask again.
async fn ask(board: &Board, question: &str) -> (u16, Value, Option<String>) {
    let request = Request::get(format!("/v1/gate/{question}"));
    let request = request.body(Body::empty()).expect("a request");
    let answer = routes(board.clone()).oneshot(request).await;
    let answer = answer.expect("it never fails");
    let status = answer.status().as_u16();
    let again = answer.headers().get("retry-after");
    let again = again.map(|it| it.to_str().expect("a number").to_owned());
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
    (status, serde_json::from_slice(&body).expect("JSON"), again)
}

/// Status, state and reason.
async fn word(board: &Board, question: &str) -> String {
    let (status, body, again) = ask(board, question).await;
    assert_eq!(again.is_some(), status == 503, "{question}");
    let agrees = body["state"] == "agrees";
    assert_eq!(body["agrees"], agrees, "{question}");
    assert_eq!(status == 200, agrees, "{question}");
    let text = |name: &str| body[name].as_str().expect("a word").to_owned();
    format!("{status} {} {}", text("state"), text("reason"))
}

#[tokio::test]
async fn who_agrees_says_to_what() {
    let board = board([delivered(of_artifact())]);
    let (status, body, again) =
        ask(&board, "kustomization/flux-system/shop?revision=731f00a").await;
    assert_eq!((status, again), (200, None));
    assert_eq!(
        body,
        json!({
            "agrees": true,
            "state": "agrees",
            "reason": "EntitiesDelivered",
            "message": "the catalog agrees: of 3 entities 3 delivered",
            "kind": "Kustomization",
            "namespace": "flux-system",
            "name": "shop",
            "target": "test.flux-system.shop.kustomization",
            "revision": format!("latest@sha256:{}", "c5".repeat(32)),
            "originRevision": format!("main@sha1:{COMMIT}"),
            "comparedRevisions": [],
            "sync": "Synced",
            "phase": "Succeeded",
            "declared": 3,
            "delivered": 3,
            "pending": 0,
            "rejected": 0,
            "overwritten": 0,
            "vanished": 0,
            "lingering": 0,
            "conflict": 0,
            "notObserved": 0,
            "reasons": [],
            "moreReasons": 0,
        })
    );
}

#[tokio::test]
async fn who_disagrees_says_why_and_no_value() {
    let board = board([refused(application())]);
    let question = format!("application/argocd/shop?revision={COMMIT}");
    let (status, body, again) = ask(&board, &question).await;
    assert_eq!((status, again), (409, None));
    assert_eq!(
        body,
        json!({
            "agrees": false,
            "state": "disagrees",
            "reason": "EntitiesNotDelivered",
            "message": "the catalog disagrees: of 3 entities 2 delivered, 1 rejected; \
                `service/pay` `invalid_entity`",
            "kind": "Application",
            "namespace": "argocd",
            "name": "shop",
            "target": "test.argocd.shop",
            "revision": COMMIT,
            "originRevision": null,
            "comparedRevisions": [],
            "sync": "Synced",
            "phase": "Succeeded",
            "declared": 3,
            "delivered": 2,
            "pending": 0,
            "rejected": 1,
            "overwritten": 0,
            "vanished": 0,
            "lingering": 0,
            "conflict": 0,
            "notObserved": 0,
            "reasons": [
                {"blueprint": "service", "identifier": "pay", "code": "invalid_entity"},
            ],
            "moreReasons": 0,
        })
    );
}

#[tokio::test]
async fn each_way_to_stand_has_its_answer() {
    let one = |delivery| with(&[(Delivery::Delivered, 9), (delivery, 1)], application());
    let failed = |phase| Standing {
        phase: Some(phase),
        ..delivered(application())
    };
    let cases = [
        (delivered(application()), "200 agrees EntitiesDelivered"),
        (with(&[], application()), "200 agrees EntitiesDelivered"),
        (one(Delivery::Lingering), "200 agrees EntitiesDelivered"),
        (one(Delivery::Pending), "503 pending EntitiesPending"),
        (
            one(Delivery::Rejected),
            "409 disagrees EntitiesNotDelivered",
        ),
        (
            one(Delivery::Overwritten),
            "409 disagrees EntitiesNotDelivered",
        ),
        (
            one(Delivery::Vanished),
            "409 disagrees EntitiesNotDelivered",
        ),
        (
            one(Delivery::Conflict),
            "409 disagrees EntitiesNotDelivered",
        ),
        (
            one(Delivery::NotObserved),
            "503 not-observed EntitiesNotObserved",
        ),
        (application(), "503 pending NotCompared"),
        (failed(Phase::Running), "503 pending SyncRunning"),
        (failed(Phase::Failed), "503 pending SyncFailed"),
        (failed(Phase::Error), "503 pending SyncFailed"),
        (
            Standing {
                phase: None,
                ..delivered(application())
            },
            "200 agrees EntitiesDelivered",
        ),
        (
            // That something else has drifted is the host's business.
            Standing {
                sync: SyncStatus::OutOfSync,
                ..delivered(application())
            },
            "200 agrees EntitiesDelivered",
        ),
        (
            Standing {
                is_elsewhere: true,
                ..with(&[(Delivery::NotObserved, 3)], application())
            },
            "404 not-observed DeployedElsewhere",
        ),
    ];
    for (standing, expected) in cases {
        let board = board([standing.clone()]);
        let of_commit = format!("application/argocd/shop?revision={COMMIT}");
        assert_eq!(word(&board, &of_commit).await, expected, "{standing:?}");
        let of_all = word(&board, "application/argocd/shop").await;
        assert_eq!(of_all, expected, "{standing:?}");
    }
    let nothing = Standing {
        revision: None,
        ..with(&[], application())
    };
    let board = board([nothing]);
    assert_eq!(
        word(&board, "application/argocd/shop").await,
        "503 pending NothingDeployed"
    );
}

#[tokio::test]
async fn another_revision_is_never_agreed_with() {
    let board = board([delivered(application()), delivered(kustomization())]);
    for question in [
        format!("application/argocd/shop?revision={OTHER}"),
        "application/argocd/shop?revision=main".to_owned(),
        format!("kustomization/flux-system/shop?revision=main@sha1:{OTHER}"),
        "kustomization/flux-system/shop?revision=main".to_owned(),
    ] {
        assert_eq!(word(&board, &question).await, "503 pending OtherRevision");
    }
}

#[tokio::test]
async fn a_commit_that_changes_nothing_is_agreed_with() {
    let compared = Standing {
        compared: vec![OTHER.to_owned()],
        ..delivered(application())
    };
    let board = board([compared]);
    for revision in [COMMIT, OTHER] {
        let question = format!("application/argocd/shop?revision={revision}");
        let word = word(&board, &question).await;
        assert_eq!(word, "200 agrees EntitiesDelivered");
    }
}

#[tokio::test]
async fn kinds_are_written_as_people_write_them() {
    let board = board([delivered(kustomization())]);
    for kind in ["kustomization", "kustomizations", "Kustomization"] {
        let word = word(&board, &format!("{kind}/flux-system/shop")).await;
        assert_eq!(word, "200 agrees EntitiesDelivered");
    }
    for (question, expected) in [
        ("application/flux-system/shop", "404 unknown NotReported"),
        ("kustomization/flux-system/pay", "404 unknown NotReported"),
        ("kustomization/team/shop", "404 unknown NotReported"),
        ("deployment/flux-system/shop", "404 unknown UnknownKind"),
    ] {
        assert_eq!(word(&board, question).await, expected, "{question}");
    }
}

#[tokio::test]
async fn what_is_not_understood_is_not_answered() {
    let chart = Standing {
        revision: Some("1.4.0+731f00a0f2b6".to_owned()),
        ..delivered(application())
    };
    let board = board([chart]);
    let long = format!("revision={}", "a".repeat(513));
    for query in [
        "revison=main",
        "revision=",
        "wait=soon",
        "wait=",
        "wait=-1",
        "revision=a&revision=b",
        &long,
    ] {
        let word = word(&board, &format!("application/argocd/shop?{query}")).await;
        assert_eq!(word, "400 unknown BadRequest", "{query}");
    }
    for query in [
        "revision=1.4.0+731f00a0f2b6",
        "revision=1.4.0%2B731f00a0f2b6",
    ] {
        let word = word(&board, &format!("application/argocd/shop?{query}")).await;
        assert_eq!(word, "200 agrees EntitiesDelivered", "{query}");
    }
}

#[tokio::test]
async fn a_replica_that_does_not_lead_knows_nothing_and_says_so() {
    let board = Board::new();
    let (status, body, again) = ask(&board, "application/argocd/shop").await;
    assert_eq!((status, again.as_deref()), (503, Some("5")));
    assert_eq!(
        body,
        json!({
            "agrees": false,
            "state": "unknown",
            "reason": "NotWatching",
            "message": "this replica does not lead, or has not seen all applications yet",
        })
    );
}

#[tokio::test]
async fn only_so_many_refused_entities_are_named() {
    let rejected = (0..60).map(|number| {
        let identity = Identity {
            blueprint: "service".to_owned(),
            identifier: format!("`pay`\n{number}"),
        };
        (identity, "invalid_entity".to_owned())
    });
    let standing = Standing {
        rejected: rejected.collect(),
        ..with(&[(Delivery::Rejected, 60)], application())
    };
    let (_, body, _) = ask(&board([standing]), "application/argocd/shop").await;
    assert_eq!(body["reasons"].as_array().map(Vec::len), Some(50));
    assert_eq!(body["moreReasons"], 10);
    let message = body["message"].as_str().expect("a message");
    assert!(
        message.contains("; `service/pay0` `invalid_entity`, `service/pay1`"),
        "{message}"
    );
    assert!(
        message.ends_with("`service/pay9` `invalid_entity` and 50 more"),
        "{message}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends_with_the_final_answer() {
    let board = board([application(), delivered(kustomization())]);
    let asking = board.clone();
    let began = Instant::now();
    let asked = tokio::spawn(async move {
        let question = format!("application/argocd/shop?revision={OTHER}&wait=20s");
        (word(&asking, &question).await, began.elapsed())
    });
    let wait = || tokio::time::sleep(std::time::Duration::from_secs(2));
    wait().await;
    board.put(Arc::new(refused(kustomization())));
    let synced = Standing {
        revision: Some(OTHER.to_owned()),
        ..application()
    };
    wait().await;
    board.put(Arc::new(synced.clone()));
    wait().await;
    board.put(Arc::new(delivered(synced)));
    let (word, took) = asked.await.expect("an answer");
    assert_eq!(word, "200 agrees EntitiesDelivered");
    assert_eq!(took.as_secs(), 6);
}

#[tokio::test(start_paused = true)]
async fn a_wait_ends() {
    let board = board([application()]);
    for (wait, seconds) in [
        ("wait=3", 3),
        ("wait=20s", 20),
        ("wait=3600s", 25),
        ("wait=0", 0),
    ] {
        let began = Instant::now();
        let word = word(&board, &format!("application/argocd/shop?{wait}")).await;
        assert_eq!(word, "503 pending NotCompared");
        assert_eq!(began.elapsed().as_secs(), seconds, "{wait}");
    }
}

#[tokio::test]
async fn nothing_is_listed() {
    for path in [
        "/",
        "/v1/gate",
        "/v1/gate/application",
        "/v1/gate/application/argocd",
    ] {
        let request = Request::get(path).body(Body::empty()).expect("a request");
        let answer = routes(board([application()])).oneshot(request).await;
        let status = answer.expect("it never fails").status();
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
}
