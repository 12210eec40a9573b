//! Watches.

use std::pin::pin;
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use kube::api::{Api, DynamicObject, PartialObjectMeta, WatchEvent, WatchParams};
use kube::runtime::watcher::{self, Event, watcher};
use serde_json::json;

use super::{client, entity, in_shop, resource};
use crate::fake::{FakeCluster, kind};

/// What the next `count` events of a watcher are.
async fn next<K: kube::Resource>(
    events: &mut (impl Stream<Item = watcher::Result<Event<K>>> + Unpin),
    count: usize,
) -> Vec<String> {
    let name = |object: &K| object.meta().name.clone().unwrap_or_default();
    let told = events.take(count).map(|event| match event {
        Ok(Event::Init) => "init".to_owned(),
        Ok(Event::InitApply(object)) => format!("init {}", name(&object)),
        Ok(Event::InitDone) => "done".to_owned(),
        Ok(Event::Apply(object)) => format!("apply {}", name(&object)),
        Ok(Event::Delete(object)) => format!("delete {}", name(&object)),
        Err(watcher::Error::WatchError(status)) => format!("error {}", status.code),
        Err(error) => format!("{error:?}").chars().take(16).collect(),
    });
    let told = tokio::time::timeout(Duration::from_secs(30), told.collect());
    told.await.expect("they come")
}

#[tokio::test]
async fn a_watcher_hears_of_each_change() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    cluster.put(entity("pay"));
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let mut events = pin!(watcher(entities, watcher::Config::default()));
    assert_eq!(next(&mut events, 3).await, ["init", "init pay", "done"]);
    cluster.put(entity("web"));
    cluster.put_status(kind::ENTITY, "shop", "web", json!({"seen": 1}));
    cluster.delete(kind::ENTITY, "shop", "pay");
    assert_eq!(
        next(&mut events, 3).await,
        ["apply web", "apply web", "delete pay"]
    );
}

#[tokio::test]
async fn a_watch_that_is_cut_goes_on_where_it_was() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let mut events = pin!(watcher(entities, watcher::Config::default()));
    assert_eq!(next(&mut events, 2).await, ["init", "done"]);
    cluster.put(entity("pay"));
    assert_eq!(next(&mut events, 1).await, ["apply pay"]);
    cluster.drop_watches();
    cluster.put(entity("web"));
    assert_eq!(next(&mut events, 1).await, ["apply web"]);
    let lists = cluster
        .requests()
        .iter()
        .filter(|it| it.verb == "list")
        .count();
    assert_eq!(lists, 1);
}

#[tokio::test]
async fn a_watch_that_is_too_old_begins_again() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let mut events = pin!(watcher(entities, watcher::Config::default()));
    assert_eq!(next(&mut events, 2).await, ["init", "done"]);
    cluster.put(entity("pay"));
    assert_eq!(next(&mut events, 1).await, ["apply pay"]);
    cluster.expire_watches();
    assert_eq!(
        next(&mut events, 4).await,
        ["error 410", "init", "init pay", "done"]
    );
}

#[tokio::test]
async fn a_version_that_is_too_old_is_told_in_the_watch() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let old = cluster.put(entity("pay"));
    cluster.expire_watches();
    let version = old["metadata"]["resourceVersion"].as_str().unwrap();
    let watch = entities
        .watch(&WatchParams::default(), version)
        .await
        .unwrap();
    let event = pin!(watch).next().await.unwrap().unwrap();
    assert!(matches!(event, WatchEvent::Error(status) if status.code == 410));
}

#[tokio::test]
async fn a_bookmark_tells_the_version_where_nothing_happens() {
    let cluster = FakeCluster::with(&[kind::ENTITY, kind::CLUSTER_ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let seen = cluster.put(entity("pay"));
    let version = seen["metadata"]["resourceVersion"].as_str().unwrap();
    let watch = entities
        .watch(&WatchParams::default(), version)
        .await
        .unwrap();
    let mut other = entity("other");
    other["kind"] = "ClusterEntity".into();
    other["metadata"]
        .as_object_mut()
        .unwrap()
        .remove("namespace");
    let other = cluster.put(other);
    cluster.send_bookmarks();
    let event = pin!(watch).next().await.unwrap().unwrap();
    let WatchEvent::Bookmark(bookmark) = event else {
        panic!("it is a bookmark");
    };
    assert_eq!(
        bookmark.metadata.resource_version,
        other["metadata"]["resourceVersion"]
    );
}

#[tokio::test]
async fn a_watch_ends_with_its_time() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let watch = entities
        .watch(&WatchParams::default().timeout(1), "1")
        .await
        .unwrap();
    let events: Vec<_> = watch.collect().await;
    assert!(
        matches!(&*events, [Ok(WatchEvent::Bookmark(_))]),
        "{events:?}"
    );
}

#[tokio::test]
async fn a_list_can_be_streamed() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    cluster.put(entity("pay"));
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let config = watcher::Config::default().streaming_lists();
    let mut events = pin!(watcher(entities, config));
    assert_eq!(next(&mut events, 3).await, ["init", "init pay", "done"]);
    cluster.put(entity("web"));
    assert_eq!(next(&mut events, 1).await, ["apply web"]);
}

#[tokio::test]
async fn a_watch_of_metadata_follows_what_matches() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    let all: Api<PartialObjectMeta<DynamicObject>> =
        Api::all_with(client(&cluster).await, &resource(kind::ENTITY));
    let config = watcher::Config::default().labels("shard=1");
    let mut events = pin!(watcher(all, config));
    assert_eq!(next(&mut events, 2).await, ["init", "done"]);
    let mut entity = entity("pay");
    cluster.put(entity.clone());
    for shard in ["1", "2"] {
        entity["metadata"]["labels"] = json!({"shard": shard});
        cluster.put(entity.clone());
    }
    assert_eq!(next(&mut events, 2).await, ["apply pay", "delete pay"]);
}

#[tokio::test]
async fn a_kind_that_goes_takes_its_watches_along_and_deletes_nothing() {
    let cluster = FakeCluster::with(&[kind::ENTITY]);
    cluster.put(entity("pay"));
    let entities = in_shop(&cluster, kind::ENTITY).await;
    let mut events = pin!(watcher(entities, watcher::Config::default()));
    assert_eq!(next(&mut events, 3).await, ["init", "init pay", "done"]);
    cluster.uninstall(kind::ENTITY);
    assert_eq!(next(&mut events, 1).await, ["WatchStartFailed"]);
    cluster.install(kind::ENTITY);
    cluster.put(entity("web"));
    assert_eq!(next(&mut events, 1).await, ["apply web"]);
}
