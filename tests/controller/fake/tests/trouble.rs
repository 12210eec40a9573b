//! What a test lets go wrong, and Events.

use k8s_openapi::api::core::v1::ObjectReference;
use kube::api::ListParams;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use serde_json::json;

use super::{client, entity, in_shop, refused};
use crate::fake::{FakeCluster, Told, kind};

#[tokio::test]
async fn some_requests_can_be_told_to_fail() {
    let cluster = FakeCluster::with(&[kind::ENTITY, kind::APPLICATION]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let applications = in_shop(&cluster, kind::APPLICATION).await;
    let list = ListParams::default();
    cluster.fail(1, 500);
    assert_eq!(
        refused(entities.list(&list).await),
        (500, "InternalError".to_owned())
    );
    entities.list(&list).await.unwrap();

    cluster.fail_where(usize::MAX, 403, |request| request.resource == "entities");
    assert_eq!(
        refused(entities.list(&list).await),
        (403, "Forbidden".to_owned())
    );
    applications.list(&list).await.unwrap();
    cluster.heal();
    entities.list(&list).await.unwrap();
    let answers = cluster.requests();
    let answers = answers.iter().map(|request| request.status);
    assert_eq!(answers.collect::<Vec<u16>>(), [500, 200, 403, 200, 200]);
}

#[tokio::test]
async fn an_api_server_that_is_down_comes_back_with_all_that_it_had() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    cluster.put(entity("pay"));
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let list = ListParams::default();
    assert_eq!(entities.list(&list).await.unwrap().items.len(), 1);
    cluster.go_down();
    let error = entities.list(&list).await.unwrap_err();
    assert!(!matches!(error, kube::Error::Api(_)), "{error:?}");
    cluster.come_back();
    assert_eq!(entities.list(&list).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn events_are_told_with_their_count() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let pay = cluster.put(entity("pay"));
    let reporter = Reporter {
        controller: "glint-report".to_owned(),
        instance: Some("a".to_owned()),
    };
    let recorder = Recorder::new(client(&cluster).await, reporter);
    let about = ObjectReference {
        api_version: Some("glint.io/v1".to_owned()),
        kind: Some("Entity".to_owned()),
        namespace: Some("shop".to_owned()),
        name: Some("pay".to_owned()),
        uid: pay["metadata"]["uid"].as_str().map(str::to_owned),
        ..ObjectReference::default()
    };
    let event = Event {
        type_: EventType::Warning,
        reason: "Rejected".to_owned(),
        note: Some("unknown blueprint".to_owned()),
        action: "Deliver".to_owned(),
        secondary: None,
    };
    for _ in 0..3 {
        recorder.publish(&event, &about).await.unwrap();
    }
    cluster.put(json!({
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": "x", "namespace": "shop"},
        "involvedObject": {"kind": "ClusterEntity", "name": "web"}, "type": "Normal",
        "reason": "Delivered", "message": "it is there", "source": {"component": "other"},
    }));
    let told = |about: &str, weight: &str, [reason, message, controller]: [&str; 3], count| Told {
        about: about.to_owned(),
        weight: weight.to_owned(),
        reason: reason.to_owned(),
        message: message.to_owned(),
        controller: controller.to_owned(),
        count,
    };
    let rejected = ["Rejected", "unknown blueprint", "glint-report"];
    let delivered = ["Delivered", "it is there", "other"];
    assert_eq!(
        cluster.events(),
        [
            told("Entity shop/pay", "Warning", rejected, 3),
            told("ClusterEntity web", "Normal", delivered, 1),
        ]
    );
}

#[test]
fn a_test_waits_until_something_is_there() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    std::thread::scope(|scope| {
        scope.spawn(|| cluster.put(entity("pay")));
        cluster.wait_until("an entity", |cluster| {
            !cluster.list(kind::ENTITY).is_empty()
        });
        let pay = cluster.wait_for("pay", |it| it.get(kind::ENTITY, "shop", "pay"));
        assert_eq!(pay["spec"]["blueprint"], "service");
    });
}
