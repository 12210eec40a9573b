//! Server-side apply.

use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::{Value, json};

use super::{apply, apply_status, entity, in_shop, refused};
use crate::fake::{FakeCluster, kind};

/// An entity with some properties.
fn with(properties: Value) -> Value {
    let mut entity = entity("pay");
    entity["spec"]["properties"] = properties;
    entity
}

/// Managers with their operation, subresource and fields.
fn owners(object: &DynamicObject) -> Vec<Value> {
    let entries = object.metadata.managed_fields.iter().flatten();
    let entries = entries.map(|entry| {
        let entry = serde_json::to_value(entry).unwrap();
        json!([
            entry["manager"],
            entry["operation"],
            entry["subresource"],
            entry["fieldsV1"]
        ])
    });
    entries.collect()
}

#[tokio::test]
async fn what_is_applied_no_more_goes_unless_another_owns_it() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let apply = async |manager, object| apply(&entities, manager, object).await.unwrap();
    apply("a", with(json!({"tier": 1, "team": "x", "shared": true}))).await;
    apply("b", with(json!({"shared": true, "own": 2}))).await;
    let pay = apply("a", with(json!({"tier": 1}))).await;
    assert_eq!(
        pay.data["spec"]["properties"],
        json!({"tier": 1, "shared": true, "own": 2})
    );
    let of = |properties: Value| json!({"f:spec": {"f:blueprint": {}, "f:properties": properties}});
    assert_eq!(
        owners(&pay),
        [
            json!(["a", "Apply", null, of(json!({"f:tier": {}}))]),
            json!(["b", "Apply", null, of(json!({"f:shared": {}, "f:own": {}}))]),
        ]
    );
}

#[tokio::test]
async fn another_managers_value_is_only_taken_with_force() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    cluster.put(with(json!({"tier": 1})));
    let conflict = apply(&entities, "glint", with(json!({"tier": 2}))).await;
    let Err(kube::Error::Api(status)) = conflict else {
        panic!("it is a conflict");
    };
    assert_eq!(
        (status.code, status.message.as_str()),
        (
            409,
            "Apply failed with 1 conflict: conflict with \"test\" using glint.io/v1: .spec.properties.tier"
        )
    );
    let forced = PatchParams::apply("glint").force();
    let patch = Patch::Apply(with(json!({"tier": 2})));
    let pay = entities.patch("pay", &forced, &patch).await.unwrap();
    assert_eq!(pay.data["spec"]["properties"]["tier"], 2);
    let kept = json!({"f:spec": {"f:blueprint": {}}});
    assert_eq!(owners(&pay)[1], json!(["test", "Update", null, kept]));
}

#[tokio::test]
async fn conditions_are_told_apart_by_their_type() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    cluster.put(entity("pay"));
    let apply = async |manager: &str, conditions: Value| {
        let mut status = entity("pay");
        status.as_object_mut().unwrap().remove("spec");
        status["status"] = json!({"conditions": conditions});
        let pay = apply_status(&entities, manager, status).await.unwrap();
        pay.data["status"]["conditions"].clone()
    };
    let ready = json!({"type": "Ready", "status": "True"});
    let delivered = |status: &str| json!({"type": "Delivered", "status": status});
    apply("host", json!([ready])).await;
    apply("glint", json!([delivered("False")])).await;
    let both = apply("glint", json!([delivered("True")])).await;
    assert_eq!(both, json!([ready, delivered("True")]));
    assert_eq!(apply("glint", json!([])).await, json!([ready]));
    let pay = cluster.get(kind::ENTITY, "shop", "pay").unwrap();
    assert_eq!(
        (&pay["spec"]["blueprint"], &pay["metadata"]["generation"]),
        (&json!("service"), &json!(1))
    );
}

#[tokio::test]
async fn applied_again_it_is_the_same_version() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let mut versions = Vec::new();
    for _ in 0..2 {
        cluster.advance(std::time::Duration::from_secs(1));
        let pay = apply(&entities, "glint", with(json!({"tier": 1})))
            .await
            .unwrap();
        versions.push(pay.metadata.resource_version);
    }
    assert_eq!(versions[0], versions[1]);
}

#[tokio::test]
async fn finalizers_of_two_managers_stand_side_by_side() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    for name in ["a", "b"] {
        let mut held = entity("pay");
        held["metadata"]["finalizers"] = json!([format!("x.io/{name}")]);
        apply(&entities, name, held).await.unwrap();
    }
    let pay = cluster.get(kind::ENTITY, "shop", "pay").unwrap();
    assert_eq!(pay["metadata"]["finalizers"], json!(["x.io/a", "x.io/b"]));
}

#[tokio::test]
async fn a_status_is_applied_to_what_is_there_alone() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let status = apply_status(&entities, "glint", entity("pay")).await;
    assert_eq!(refused(status), (404, "NotFound".to_owned()));
}
