//! Objects and what the server itself writes into them.

use std::time::Duration;

use kube::api::{DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use serde_json::{Value, json};

use super::{create, entity, in_shop, merge, merge_status, object, refused};
use crate::fake::{FakeCluster, kind};

/// Name, generation, version and times of an object.
fn counted(object: &DynamicObject) -> (Option<i64>, Option<String>, Option<String>) {
    let time = |time: &Option<k8s_openapi::apimachinery::pkg::apis::meta::v1::Time>| {
        time.as_ref().map(|time| time.0.to_string())
    };
    let metadata = &object.metadata;
    (
        metadata.generation,
        time(&metadata.creation_timestamp),
        time(&metadata.deletion_timestamp),
    )
}

#[tokio::test]
async fn a_generation_counts_the_changes_of_a_spec_alone() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let mut pay = create(&entities, entity("pay")).await.unwrap();
    let made = Some("2026-11-23T10:00:00Z".to_owned());
    assert_eq!(counted(&pay), (Some(1), made.clone(), None));

    cluster.advance(Duration::from_secs(60));
    pay.data["spec"]["blueprint"] = "library".into();
    let pay = entities
        .replace("pay", &PostParams::default(), &pay)
        .await
        .unwrap();
    assert_eq!(counted(&pay), (Some(2), made.clone(), None));

    let labels = json!({"metadata": {"labels": {"a": "b"}}});
    let pay = merge(&entities, "pay", labels).await.unwrap();
    assert_eq!(counted(&pay), (Some(2), made.clone(), None));

    let status = json!({"status": {"seen": 2}, "spec": {"blueprint": "x"}});
    let pay = merge_status(&entities, "pay", status).await.unwrap();
    assert_eq!(counted(&pay), (Some(2), made, None));
    assert_eq!(
        (&pay.data["spec"], &pay.data["status"]),
        (&json!({"blueprint": "library"}), &json!({"seen": 2}))
    );
}

#[tokio::test]
async fn a_status_is_written_by_its_subresource_alone() {
    let cluster = FakeCluster::with(&[kind::ENTITY, kind::APPLICATION]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let mut with_status = entity("pay");
    with_status["status"] = json!({"seen": 1});
    let pay = create(&entities, with_status).await.unwrap();
    assert_eq!(pay.data["status"], Value::Null);

    // Argo CD's have none: there it is a part of the object.
    let applications = in_shop(&cluster, kind::APPLICATION).await;
    let application = json!({
        "apiVersion": "argoproj.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "pay"}, "status": {"sync": {"status": "Synced"}},
    });
    let pay = create(&applications, application).await.unwrap();
    assert_eq!(pay.data["status"]["sync"]["status"], "Synced");
    let status = merge_status(&applications, "pay", json!({"status": {}})).await;
    assert_eq!(refused(status).0, 404);
}

#[tokio::test]
async fn what_changes_nothing_makes_no_version() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let put = cluster.put(entity("pay"));
    let same = json!({"spec": {"blueprint": "service"}});
    let pay = merge(&entities, "pay", same).await.unwrap();
    assert_eq!(
        pay.metadata.resource_version.unwrap(),
        put["metadata"]["resourceVersion"]
    );
}

#[tokio::test]
async fn a_version_that_was_overtaken_is_a_conflict() {
    let cluster = FakeCluster::start();
    let leases = in_shop(&cluster, kind::LEASE).await;
    let lease = json!({
        "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
        "metadata": {"name": "glint-report"}, "spec": {"holderIdentity": "a"},
    });
    let post = PostParams::default();
    let first = leases.create(&post, &object(lease.clone())).await.unwrap();
    let again = leases.create(&post, &object(lease.clone())).await;
    assert_eq!(refused(again), (409, "AlreadyExists".to_owned()));

    let mut taken = first.clone();
    taken.data["spec"]["holderIdentity"] = "b".into();
    leases.replace("glint-report", &post, &taken).await.unwrap();
    let late = leases.replace("glint-report", &post, &first).await;
    assert_eq!(refused(late), (409, "Conflict".to_owned()));
    let blind = leases.replace("glint-report", &post, &object(lease)).await;
    assert_eq!(refused(blind), (422, "Invalid".to_owned()));
}

#[tokio::test]
async fn a_finalizer_holds_what_is_deleted() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let mut held = entity("pay");
    held["metadata"]["finalizers"] = json!(["gitops.glint.io/a"]);
    cluster.put(held);
    let deleted = entities
        .delete("pay", &DeleteParams::default())
        .await
        .unwrap();
    let deleted = deleted.left().expect("it is still there");
    assert_eq!(
        counted(&deleted),
        (
            Some(2),
            Some("2026-11-23T10:00:00Z".to_owned()),
            Some("2026-11-23T10:00:00Z".to_owned())
        )
    );

    let another = json!({"metadata": {"finalizers": ["gitops.glint.io/a", "gitops.glint.io/b"]}});
    let another = merge(&entities, "pay", another).await;
    assert_eq!(refused(another).0, 422);

    let none = json!({"metadata": {"finalizers": null}});
    merge(&entities, "pay", none).await.unwrap();
    assert_eq!(cluster.get(kind::ENTITY, "shop", "pay"), None);
    let gone = entities.delete("pay", &DeleteParams::default()).await;
    assert_eq!(refused(gone), (404, "NotFound".to_owned()));
}

#[tokio::test]
async fn a_dry_run_answers_and_changes_nothing() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let dry = PostParams {
        dry_run: true,
        ..PostParams::default()
    };
    let made = entities.create(&dry, &object(entity("pay"))).await.unwrap();
    assert_eq!(made.metadata.generation, Some(1));
    let applied = PatchParams::apply("glint").dry_run();
    let patch = Patch::Apply(entity("pay"));
    entities.patch("pay", &applied, &patch).await.unwrap();
    let deleted = DeleteParams::default().dry_run();
    assert_eq!(refused(entities.delete("pay", &deleted).await).0, 404);
    assert_eq!(cluster.list(kind::ENTITY), [] as [Value; 0]);
    assert!(cluster.requests().iter().all(|request| request.is_dry_run));
}

#[tokio::test]
async fn a_json_patch_that_tests_in_vain_is_refused() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    cluster.put(entity("pay"));
    // The client builds them by a feature that the program does not use.
    let patch = |steps: Value| {
        let path = "/apis/glint.io/v1/namespaces/shop/entities/pay";
        let request =
            axum::http::Request::patch(path).header("content-type", "application/json-patch+json");
        request.body(steps.to_string().into_bytes()).unwrap()
    };
    let client = entities.into_client();
    let steps = json!([{"op": "test", "path": "/spec/blueprint", "value": "library"}]);
    let refusal = client.request::<DynamicObject>(patch(steps)).await;
    assert_eq!(refused(refusal).0, 422);
    let steps = json!([{"op": "replace", "path": "/spec/blueprint", "value": "library"}]);
    let changed = client.request::<DynamicObject>(patch(steps)).await.unwrap();
    assert_eq!(changed.data["spec"]["blueprint"], "library");
}
