//! A catalog, a cluster with a small shop, and the played exporter between them.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::catalog::Dialect;
use crate::exporter::Kind;
use crate::sandbox::exporter::{
    Change, Happening, Here, Installation, Key, Moment, Player, State, Transport,
};
use crate::sandbox::store::{Answer, Call, Method, RateLimit, Store, StoreOptions};

/// Whoever pushes mappings and edits entities by hand.
const SOMEONE: &str = "someone";

/// How the exporter is installed.
pub(super) struct Installed {
    pub(super) config_file: Value,
    pub(super) overwrites_on_restart: bool,
    pub(super) variables: &'static [(&'static str, &'static str)],
}

impl Default for Installed {
    fn default() -> Self {
        Self {
            config_file: config(&[block("glint.io/v1/entities")]),
            overwrites_on_restart: false,
            variables: &[("CLUSTER_NAME", "prod")],
        }
    }
}

/// All of it.
pub(super) struct World {
    store: Store,
    player: Player,
    token: String,
}

/// A config with these blocks.
pub(super) fn config(blocks: &[Value]) -> Value {
    json!({"createMissingRelatedEntities": true, "resources": blocks})
}

/// A block that sends what an object declares.
pub(super) fn block(kind: &str) -> Value {
    block_with(kind, "true", json!({}))
}

/// The same with another selector, and with other parts of its mapping.
pub(super) fn block_with(kind: &str, selector: &str, parts: Value) -> Value {
    let mut mapping = json!({
        "identifier": ".metadata.name",
        "blueprint": ".spec.blueprint",
        "properties": {"tier": ".spec.properties.tier"},
        "relations": {"system": ".spec.relations.system"},
    });
    let parts = parts.as_object().cloned().unwrap_or_default();
    mapping.as_object_mut().unwrap().extend(parts);
    json!({
        "kind": kind, "selector": {"query": selector},
        "port": {"entity": {"mappings": [mapping]}},
    })
}

/// A service of tier 1.
pub(super) fn service(name: &str) -> Value {
    service_of_tier(name, json!(1))
}

/// A service.
pub(super) fn service_of_tier(name: &str, tier: Value) -> Value {
    json!({
        "apiVersion": "glint.io/v1", "kind": "Entity", "metadata": {"name": name},
        "spec": {"blueprint": "service", "properties": {"tier": tier}},
    })
}

impl World {
    /// The shop is in the cluster, and the exporter has sent it.
    pub(super) fn new(installed: Installed) -> Self {
        let mut world = Self::stopped(installed);
        world.does(Happening::Started);
        assert_eq!(world.entities(), ["service/pay", "service/web"]);
        world
    }

    /// The same, and the exporter has not been started.
    pub(super) fn stopped(installed: Installed) -> Self {
        let store = Store::new(StoreOptions {
            clock: Box::new(|| UNIX_EPOCH + Duration::from_millis(1_795_403_669_785)),
            credentials: None,
            token_key: "key".to_owned(),
            calls_kept: 500,
            rate_limit: RateLimit {
                calls: 10_000,
                period: Duration::from_secs(300),
            },
        });
        let Installed {
            config_file,
            overwrites_on_restart,
            variables,
        } = installed;
        let installation = Installation {
            state_key: "glint".to_owned(),
            client_id: "sandbox".to_owned(),
            client_secret: "sandbox".to_owned(),
            dialect: Dialect::Port,
            version: "0.7.9".to_owned(),
            config_file,
            overwrites_on_restart,
        };
        let variables = variables.iter();
        let evaluate = Here {
            dialect: Dialect::Port,
            variables: variables
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        let mut world = Self {
            store,
            player: Player::new(installation, Box::new(evaluate)),
            token: String::new(),
        };
        let credentials = json!({"clientId": "someone", "clientSecret": "x"});
        let answer = world.call(Method::Post, "/v1/auth/access_token", credentials);
        world.token = answer["accessToken"].as_str().unwrap().to_owned();
        let blueprint = |identifier: &str, relations: Value| {
            json!({
                "identifier": identifier, "title": identifier,
                "schema": {"properties": {
                    "tier": {"type": "number"}, "note": {"type": "string"},
                }},
                "relations": relations,
            })
        };
        let to = |target: &str| json!({"target": target, "required": false, "many": false});
        world.call(
            Method::Post,
            "/v1/blueprints",
            blueprint("system", json!({})),
        );
        let service = blueprint("service", json!({"system": to("system")}));
        world.call(Method::Post, "/v1/blueprints", service);
        world.call(
            Method::Post,
            "/v1/blueprints",
            blueprint("runbook", json!({"service": to("service")})),
        );
        world.applies([
            service_of_tier("pay", json!(1)),
            service_of_tier("web", json!(2)),
        ]);
        world
    }

    /// A call of someone's who is not the exporter, which goes well.
    #[track_caller]
    pub(super) fn call(&mut self, method: Method, path: &str, body: Value) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let answer = self.store.handle(&Call {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            user_agent: SOMEONE.to_owned(),
            token: Some(self.token.clone()).filter(|token| !token.is_empty()),
            body: Some(body),
        });
        let is_done = (200..300).contains(&answer.status);
        assert!(is_done, "{path}: {answer:?}");
        answer.body
    }

    #[track_caller]
    pub(super) fn does(&mut self, happening: Happening) {
        let moment = Moment {
            elapsed: Duration::ZERO,
            wall: "2026-11-23T03:14:29Z".to_owned(),
        };
        let mut transport = InProcess(self.store.clone());
        self.player.handle(happening, &moment, &mut transport);
    }

    /// Pushes a mapping as anyone can, and waits for the exporter to see it.
    #[track_caller]
    pub(super) fn pushes(&mut self, config: Value) {
        self.call(
            Method::Patch,
            "/v1/integration/glint/config",
            json!({"config": config}),
        );
        self.does(Happening::Polled);
    }

    /// Applies objects, and waits for the exporter's batch.
    #[track_caller]
    pub(super) fn applies(&mut self, objects: impl IntoIterator<Item = Value>) {
        let changes = objects.into_iter().map(Change::Applied);
        self.does(Happening::Changed(changes.collect()));
        self.does(Happening::Waited);
    }

    #[track_caller]
    pub(super) fn deletes(&mut self, object: &Value) {
        let key = Key::of(object).expect("an object has a name");
        self.does(Happening::Changed(vec![Change::Deleted(key)]));
        self.does(Happening::Waited);
    }

    pub(super) fn forbids(&mut self, group: &str, kind: &str) {
        self.does(Happening::Forbidden(Kind {
            group: group.to_owned(),
            version: "v1".to_owned(),
            kind: kind.to_owned(),
        }));
    }

    /// The entities in the catalog.
    pub(super) fn entities(&self) -> Vec<String> {
        self.store.read(|state| {
            let entities = state.entities.keys();
            entities.map(ToString::to_string).collect()
        })
    }

    /// A field of an entity as the API gives it: `properties.tier`.
    #[track_caller]
    pub(super) fn field(&self, identity: &str, field: &str) -> Value {
        let found = self.store.read(|state| {
            let mut entities = state.entities.iter();
            let found = entities.find(|(it, _)| it.to_string() == identity);
            found.map(|(_, stored)| stored.record.to_json())
        });
        let record = found.expect("it is in the catalog");
        field
            .split('.')
            .fold(record, |value, key| value[key].clone())
    }

    pub(super) fn state(&self) -> &State {
        self.player.state()
    }

    /// What the exporter has said since.
    pub(super) fn says(&mut self) -> Vec<String> {
        self.player.take_notes()
    }
}

/// The catalog of the same process.
struct InProcess(Store);

impl Transport for InProcess {
    fn call(&mut self, call: Call) -> Answer {
        self.0.handle(&call)
    }
}
