//! What is told of events, without a server.

use std::collections::VecDeque;

use kube::runtime::watcher::Event;
use serde_json::{Value, json};

use super::{Change, Following, Name, Place, Scope, SelectAll};
use crate::cluster::{Cluster, Resource, Whole};

fn applications() -> Resource {
    let [group, version, kind, plural, singular] = [
        "argoproj.io",
        "v1alpha1",
        "Application",
        "applications",
        "application",
    ]
    .map(str::to_owned);
    Resource {
        group,
        version,
        kind,
        plural,
        singular,
    }
}

/// Follows so many namespaces, and keeps the version of each object.
fn following(namespaces: usize) -> Following<String> {
    Following {
        cluster: Cluster::unreachable(),
        scope: Scope::all("argoproj.io/v1alpha1/applications"),
        events: Cluster::events::<Whole>,
        reduce: Box::new(|object: Value| {
            let metadata = &object["metadata"];
            format!("{} {}", metadata["name"], metadata["resourceVersion"]).replace('"', "")
        }),
        places: vec![Place::default(); namespaces],
        watch: Some((applications(), SelectAll::new())),
        is_unserved: false,
        is_asked: true,
        told: VecDeque::new(),
    }
}

fn object(name: &str, version: u64) -> Value {
    json!({"metadata": {
        "namespace": "argocd", "name": name, "uid": name, "resourceVersion": version.to_string(),
    }})
}

/// What is told of events, a line each.
fn told(following: &mut Following<String>, events: Vec<(usize, Event<Value>)>) -> Vec<String> {
    for (place, event) in events {
        following.take(place, event);
    }
    let told = following.told.drain(..);
    let told = told.map(|change| match change {
        Change::Unserved => "unserved".to_owned(),
        Change::Applied(object) => format!("applied {object}"),
        Change::Deleted(Name { name, .. }) => format!("deleted {name}"),
        Change::Listed(_) => "listed".to_owned(),
    });
    told.collect()
}

fn list(place: usize, objects: Vec<Value>) -> Vec<(usize, Event<Value>)> {
    let applied = objects.into_iter().map(Event::InitApply);
    let events = std::iter::once(Event::Init)
        .chain(applied)
        .chain([Event::InitDone]);
    events.map(|event| (place, event)).collect()
}

#[tokio::test]
async fn a_new_list_tells_what_is_new_changed_or_gone_and_nothing_else() {
    let mut following = following(1);
    let first = list(0, vec![object("a", 1), object("b", 1), object("c", 1)]);
    assert_eq!(
        told(&mut following, first),
        ["applied a 1", "applied b 1", "applied c 1", "listed"]
    );
    let second = list(0, vec![object("a", 1), object("b", 2), object("d", 1)]);
    assert_eq!(
        told(&mut following, second),
        ["applied b 2", "applied d 1", "deleted c", "listed"]
    );
}

#[tokio::test]
async fn a_list_that_is_cut_off_deletes_nothing() {
    let mut following = following(1);
    told(
        &mut following,
        list(0, vec![object("a", 1), object("b", 1)]),
    );
    let mut cut_off = list(0, vec![object("a", 1)]);
    cut_off.pop();
    assert_eq!(told(&mut following, cut_off), [""; 0]);
    let whole = list(0, vec![object("a", 1), object("b", 1)]);
    assert_eq!(told(&mut following, whole), ["listed"]);
}

#[tokio::test]
async fn all_is_listed_once_each_namespace_is() {
    let mut following = following(2);
    assert_eq!(
        told(&mut following, list(0, vec![object("a", 1)])),
        ["applied a 1"]
    );
    assert_eq!(
        told(&mut following, list(1, vec![object("b", 1)])),
        ["applied b 1", "listed"]
    );
    // The other one's objects are not gone.
    assert_eq!(
        told(&mut following, list(1, vec![])),
        ["deleted b", "listed"]
    );
}

#[tokio::test]
async fn what_is_made_anew_under_its_name_is_told() {
    let mut following = following(1);
    let made = |uid: &str| {
        let mut object = object("a", 1);
        object["metadata"]["uid"] = uid.into();
        object
    };
    let events = vec![
        (0, Event::Apply(made("one"))),
        (0, Event::Apply(made("one"))),
        (0, Event::Delete(made("one"))),
        (0, Event::Apply(made("two"))),
    ];
    assert_eq!(
        told(&mut following, events),
        ["applied a 1", "deleted a", "applied a 1"]
    );
}
