//! The fake, as Kubernetes' client for Rust sees it.

mod objects;
mod ownership;
mod reading;
mod trouble;
mod watching;

use kube::api::{ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config};
use serde_json::{Value, json};

use super::{FakeCluster, Kind};

/// A client that was given the kubeconfig.
async fn client(cluster: &FakeCluster) -> Client {
    let kubeconfig = Kubeconfig::read_from(cluster.kubeconfig()).expect("a kubeconfig");
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    Client::try_from(config.expect("it names the cluster")).expect("a client")
}

/// The kind as the client has it.
fn resource(kind: Kind) -> ApiResource {
    let id = GroupVersionKind::gvk(kind.group, kind.version, kind.kind);
    ApiResource::from_gvk_with_plural(&id, kind.plural)
}

/// The objects of a kind in namespace `shop`.
async fn in_shop(cluster: &FakeCluster, kind: Kind) -> Objects {
    Api::namespaced_with(client(cluster).await, "shop", &resource(kind))
}

fn entity(name: &str) -> Value {
    json!({
        "apiVersion": "glint.io/v1", "kind": "Entity",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"blueprint": "service"},
    })
}

fn object(value: Value) -> DynamicObject {
    serde_json::from_value(value).expect("an object")
}

type Objects = Api<DynamicObject>;
type Answer = kube::Result<DynamicObject>;

async fn create(objects: &Objects, value: Value) -> Answer {
    objects.create(&PostParams::default(), &object(value)).await
}

async fn merge(objects: &Objects, name: &str, patch: Value) -> Answer {
    let parameters = PatchParams::default();
    objects.patch(name, &parameters, &Patch::Merge(patch)).await
}

async fn merge_status(objects: &Objects, name: &str, patch: Value) -> Answer {
    let parameters = PatchParams::default();
    let patch = Patch::Merge(patch);
    objects.patch_status(name, &parameters, &patch).await
}

/// Applies an object as somebody, without force.
async fn apply(objects: &Objects, manager: &str, value: Value) -> Answer {
    let name = value["metadata"]["name"].as_str().unwrap().to_owned();
    let parameters = PatchParams::apply(manager);
    objects
        .patch(&name, &parameters, &Patch::Apply(value))
        .await
}

/// Applies a status as somebody, without force.
async fn apply_status(objects: &Objects, manager: &str, value: Value) -> Answer {
    let name = value["metadata"]["name"].as_str().unwrap().to_owned();
    let parameters = PatchParams::apply(manager);
    let patch = Patch::Apply(value);
    objects.patch_status(&name, &parameters, &patch).await
}

/// The status and reason of what the server refused.
fn refused<T: std::fmt::Debug>(result: kube::Result<T>) -> (u16, String) {
    match result {
        Err(kube::Error::Api(status)) => (status.code, status.reason),
        other => panic!("it is not refused: {other:?}"),
    }
}
