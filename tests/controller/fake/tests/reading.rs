//! Discovery, lists, and what was asked.

use std::collections::BTreeSet;

use kube::api::{Api, ListParams};
use kube::discovery;
use serde_json::json;

use super::{Objects, apply, apply_status, client, create, entity, in_shop, merge, resource};
use crate::fake::{FakeCluster, kind};

#[tokio::test]
async fn a_kind_is_discovered_while_it_is_installed() {
    let cluster = FakeCluster::start();
    let client = client(&cluster).await;
    let groups = async || {
        let groups = client.list_api_groups().await.unwrap().groups;
        groups
            .into_iter()
            .map(|group| group.name)
            .collect::<Vec<String>>()
    };
    assert!(!groups().await.contains(&"glint.io".to_owned()));
    cluster.install(kind::ENTITY);
    assert!(groups().await.contains(&"glint.io".to_owned()));
    let served = client
        .list_api_group_resources("glint.io/v1")
        .await
        .unwrap();
    let served = served.resources.into_iter();
    let served: Vec<(String, bool)> = served.map(|it| (it.name, it.namespaced)).collect();
    assert_eq!(
        served,
        [
            ("entities".to_owned(), true),
            ("entities/status".to_owned(), true)
        ]
    );
    let all = discovery::Discovery::new(client.clone())
        .run()
        .await
        .unwrap();
    assert!(all.has_group("") && all.has_group("glint.io"));
    cluster.uninstall(kind::ENTITY);
    assert!(
        client
            .list_api_group_resources("glint.io/v1")
            .await
            .is_err()
    );
    assert_eq!(
        client.apiserver_version().await.unwrap().git_version,
        "v1.37.2"
    );
}

#[tokio::test]
async fn a_list_comes_in_pages_of_one_version() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    for name in ["a", "b", "c", "d", "e"] {
        cluster.put(entity(name));
    }
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let mut parameters = ListParams::default().limit(2);
    let (mut names, mut versions, mut left) = (Vec::new(), BTreeSet::new(), Vec::new());
    loop {
        let page = entities.list(&parameters).await.unwrap();
        names.extend(page.items.into_iter().filter_map(|it| it.metadata.name));
        versions.insert(page.metadata.resource_version);
        left.push(page.metadata.remaining_item_count);
        cluster.put(entity("a0"));
        // Of a custom resource the last page has an empty one.
        parameters.continue_token = page.metadata.continue_.filter(|it| !it.is_empty());
        if parameters.continue_token.is_none() {
            break;
        }
    }
    assert_eq!(names, ["a", "b", "c", "d", "e"]);
    assert_eq!((versions.len(), left), (1, vec![Some(3), Some(1), None]));
}

#[tokio::test]
async fn a_list_holds_what_its_selectors_match() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    for (name, shard) in [("a", "1"), ("b", "2"), ("c", "1")] {
        let mut entity = entity(name);
        entity["metadata"]["labels"] = json!({"shard": shard});
        cluster.put(entity);
    }
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let names = async |parameters: ListParams| {
        let list = entities.list(&parameters).await.unwrap();
        let names = list.items.into_iter().filter_map(|it| it.metadata.name);
        names.collect::<Vec<String>>()
    };
    assert_eq!(
        names(ListParams::default().labels("shard=1")).await,
        ["a", "c"]
    );
    assert_eq!(
        names(ListParams::default().fields("metadata.name=b")).await,
        ["b"]
    );
}

#[tokio::test]
async fn metadata_can_be_had_alone() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    cluster.put(entity("pay"));
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let list = entities
        .list_metadata(&ListParams::default())
        .await
        .unwrap();
    let metadata = &list.items[0].metadata;
    assert_eq!(metadata.name.as_deref(), Some("pay"));
    let one = entities.get_metadata("pay").await.unwrap();
    assert_eq!(one.metadata, *metadata);
    let raw = serde_json::to_value(&list.items[0]).unwrap();
    assert_eq!(raw["kind"], "PartialObjectMetadata");
    assert_eq!(raw.get("spec"), None);
}

#[tokio::test]
async fn many_large_objects_are_made_when_they_are_read() {
    let cluster = FakeCluster::start();
    let keys = (0..1000).map(|at| ("shop".to_owned(), format!("e{at:04}")));
    cluster.install_lazily(kind::ENTITY, keys, |identity| {
        let metadata = identity.metadata(&json!({}), &json!({}));
        let spec = json!({"blueprint": "service", "text": "x".repeat(1000)});
        format!(
            r#"{{"apiVersion":"glint.io/v1","kind":"Entity","metadata":{metadata},"spec":{spec}}}"#
        )
    });
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let page = entities
        .list(&ListParams::default().limit(400))
        .await
        .unwrap();
    assert_eq!(
        (page.items.len(), page.metadata.remaining_item_count),
        (400, Some(600))
    );
    let labels = json!({"metadata": {"labels": {"a": "b"}}});
    merge(&entities, "e0007", labels).await.unwrap();
    let changed = entities
        .list(&ListParams::default().labels("a=b"))
        .await
        .unwrap();
    let names = changed.items.into_iter().filter_map(|it| it.metadata.name);
    assert_eq!(names.collect::<Vec<String>>(), ["e0007"]);
    let one = cluster.get(kind::ENTITY, "shop", "e0999").unwrap();
    assert_eq!(
        one["metadata"]["uid"],
        "00000000-0000-4000-8000-0000000003e8"
    );
}

#[tokio::test]
async fn what_was_asked_tells_what_rbac_must_allow() {
    let cluster = FakeCluster::with(&[kind::ENTITY, kind::CLUSTER_ENTITY]);
    let client = client(&cluster).await;
    let entities = in_shop(&cluster, kind::ENTITY).await;
    entities.list(&ListParams::default()).await.unwrap();
    apply(&entities, "glint", entity("pay")).await.unwrap();
    apply_status(&entities, "glint", entity("pay"))
        .await
        .unwrap();
    let maps: Objects = Api::namespaced_with(client.clone(), "shop", &resource(kind::CONFIG_MAP));
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "glint"}});
    create(&maps, map).await.unwrap();
    let everywhere: Objects = Api::all_with(client.clone(), &resource(kind::CLUSTER_ENTITY));
    everywhere.get_opt("pay").await.unwrap();
    client.list_api_groups().await.unwrap();

    let rules = cluster.rules();
    let rules = rules
        .iter()
        .map(|(group, resource, verb)| format!("{group} {resource} {verb}"));
    assert_eq!(
        rules.collect::<Vec<String>>(),
        [
            " configmaps create",
            "glint.io clusterentities get",
            "glint.io entities create",
            "glint.io entities list",
            "glint.io entities patch",
            "glint.io entities/status patch",
        ]
    );
    let requests = cluster.requests();
    let asked = requests
        .iter()
        .map(|it| format!("{} {}/{} {}", it.verb, it.namespace, it.name, it.status));
    assert_eq!(
        asked.collect::<Vec<String>>(),
        [
            "list shop/ 200",
            "patch shop/pay 201",
            "patch shop/pay 200",
            "create shop/ 201",
            "get /pay 404",
            "get / 200",
        ]
    );
}
