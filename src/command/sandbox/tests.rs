//! A directory that changes, by what the page is told of it then.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value, json};

use super::caller::Caller;
use super::declared::{Declared, Entity};
use super::follow::{Followed, Follower};
use crate::catalog::Dialect;
use crate::exporter::{self, Fragment, Request, Style};
use crate::manifest::ResourceRef;
use crate::sandbox::{Catalog, Key, Method, SharedFollowing, Store};

/// An entity in a directory: its object's name, its identifier, its properties.
type Written = (&'static str, &'static str, Value);

/// A directory and whoever follows it.
struct Directory {
    holds: Arc<Mutex<Result<Declared, String>>>,
    following: SharedFollowing,
    store: Store,
    followed: Followed<'static>,
}

/// What a directory with services declares.
fn declared(written: &[Written]) -> Declared {
    let mapping = exporter::mapping(Style::Generic, &Fragment::empty(Dialect::Glint)).to_json();
    let mut objects = BTreeMap::new();
    let mut entities = Vec::new();
    for (name, identifier, properties) in written {
        let object = json!({
            "apiVersion": "glint.io/v1", "kind": "Entity", "metadata": {"name": name},
            "spec": {
                "blueprint": "service", "identifier": identifier, "properties": properties,
            },
        });
        let key = Key::of(&object);
        objects.extend(key.clone().map(|key| (key, Arc::new(object))));
        entities.push(Entity {
            request: Request {
                identifier: json!(identifier),
                title: None,
                blueprint: "service".to_owned(),
                icon: None,
                team: None,
                properties: properties.as_object().cloned().unwrap_or_default(),
                relations: Map::new(),
            },
            key,
            application: None,
            resource: ResourceRef {
                api_version: "glint.io/v1".to_owned(),
                kind: "Entity".to_owned(),
                namespace: None,
                name: (*name).to_owned(),
            },
            location: None,
            fields: BTreeMap::new(),
        });
    }
    Declared {
        dialect: Dialect::Glint,
        objects,
        kinds: None,
        trouble: None,
        mapping,
        entities,
        findings: Vec::new(),
    }
}

impl Directory {
    fn with(written: &[Written]) -> Self {
        let holds = Arc::new(Mutex::new(Ok(declared(written))));
        let following = SharedFollowing::default();
        let store = Catalog::open(None, None).expect("no file").store;
        let given = Arc::clone(&holds);
        let follower = Follower {
            store: store.clone(),
            following: following.clone(),
            say: Box::new(|_| {}),
            render: Box::new(move || {
                let holds = given.lock().expect("nobody broke");
                holds.clone().map_err(anyhow::Error::msg)
            }),
            subject: "shop".to_owned(),
            given: Vec::new(),
            state_key: "k8s-sandbox".to_owned(),
            variables: BTreeMap::new(),
        };
        let followed = follower.begin().expect("it can be rendered");
        Self {
            holds,
            following,
            store,
            followed,
        }
    }

    fn becomes(&mut self, holds: Result<&[Written], &str>) {
        *self.holds.lock().expect("nobody broke") = holds.map(declared).map_err(str::to_owned);
        self.followed.render();
        self.followed.show();
    }

    /// Somebody else calls the catalog.
    fn is_called(&mut self, method: Method, path: &str, body: Value) {
        let answer = Caller::new(self.store.clone()).call(method, path, body);
        answer.expect("it is taken");
        self.followed.show();
    }

    /// What the page is told: `service/pay delivered`, with the reason.
    #[track_caller]
    fn check(&self, expected: &[&str]) {
        let following = self.following.read().expect("nobody broke");
        let entities = following.entities.iter().map(|(identity, it)| {
            let reason = it.reason.as_ref().map(|reason| format!(" ({reason})"));
            format!("{identity} {}{}", it.delivery, reason.unwrap_or_default())
        });
        let error = following.error.iter().map(|error| format!("error {error}"));
        assert_eq!(entities.chain(error).collect::<Vec<_>>(), expected);
    }
}

#[test]
fn a_property_that_leaves_lingers_and_one_that_is_refused_says_why() {
    let mut shop = Directory::with(&[("pay", "pay", json!({"tier": 1, "note": "x"}))]);
    shop.check(&["service/pay delivered"]);
    shop.becomes(Ok(&[("pay", "pay", json!({"tier": 1}))]));
    shop.check(&["service/pay lingering (properties.note: left, and stays in the catalog)"]);
    shop.becomes(Ok(&[("pay", "pay", json!({"tier": "gold"}))]));
    shop.check(&["service/pay rejected (422: properties/tier must be number)"]);
    shop.becomes(Ok(&[("pay", "pay", json!({"tier": 2, "note": "y"}))]));
    shop.check(&["service/pay delivered"]);
    shop.becomes(Ok(&[]));
    shop.check(&[]);
}

#[test]
fn what_somebody_else_does_is_told() {
    let mut shop = Directory::with(&[("pay", "pay", json!({"tier": 1}))]);
    let path = "/v1/blueprints/service/entities/pay";
    shop.is_called(Method::Patch, path, json!({"properties": {"tier": 5}}));
    shop.check(&["service/pay overwritten (properties.tier)"]);
    shop.is_called(Method::Delete, path, json!({}));
    shop.check(&["service/pay vanished"]);
}

#[test]
fn what_cannot_be_rendered_leaves_everything_as_it_was() {
    let mut shop = Directory::with(&[("pay", "pay", json!({"tier": 1}))]);
    shop.becomes(Err("pay.yaml:3:1 no mapping"));
    shop.check(&["service/pay delivered", "error pay.yaml:3:1 no mapping"]);
    shop.becomes(Ok(&[("pay", "pay", json!({"tier": 1}))]));
    shop.check(&["service/pay delivered"]);
}

#[test]
fn two_objects_of_one_identity_are_a_conflict() {
    let mut shop = Directory::with(&[("pay", "pay", json!({"tier": 1}))]);
    shop.becomes(Ok(&[
        ("pay", "pay", json!({"tier": 1})),
        ("pay-2", "pay", json!({"tier": 2})),
    ]));
    shop.check(&["service/pay conflict (2 objects declare it)"]);
}

#[test]
fn while_the_exporter_deletes_nothing_what_left_lingers() {
    let mut shop = Directory::with(&[
        ("pay", "pay", json!({"tier": 1})),
        ("web", "web", json!({"tier": 1})),
    ]);
    let path = "/v1/integration/k8s-sandbox/config";
    shop.is_called(Method::Patch, path, json!({"config": null}));
    shop.followed.polls();
    shop.becomes(Ok(&[("pay", "pay", json!({"tier": 2}))]));
    let why = "the exporter does nothing: the integration's config is null";
    shop.check(&[
        &format!("service/pay pending ({why})"),
        &format!("service/web lingering ({why})"),
    ]);
}
