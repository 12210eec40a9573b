//! A sandbox that follows a shop, as the other parts would have filled it.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::catalog::{Delivery, Identity};
use crate::finding::{Finding, Severity};
use crate::manifest::{Location, ResourceRef};
use crate::sandbox::following::{Declaration, Following, SharedFollowing};
use crate::sandbox::store::{Call, Method, RateLimit, Store, StoreOptions};

/// A store, and a way to call it.
pub(super) struct Sandbox {
    pub store: Store,
    pub following: SharedFollowing,
    token: String,
}

impl Sandbox {
    /// Without anything in it, and following nothing.
    pub(super) fn empty() -> Self {
        let store = Store::new(StoreOptions {
            clock: Box::new(clock),
            credentials: None,
            token_key: "key".to_owned(),
            calls_kept: 500,
            rate_limit: RateLimit {
                calls: 1_000_000,
                period: Duration::from_secs(300),
            },
        });
        let mut sandbox = Self {
            store,
            following: Arc::new(RwLock::new(Following::default())),
            token: String::new(),
        };
        let credentials = json!({"clientId": "a", "clientSecret": "b"});
        let answer = sandbox.post("/v1/auth/access_token", credentials);
        sandbox.token = answer["accessToken"].as_str().unwrap().to_owned();
        sandbox
    }

    /// The example shop; one of its entities is rejected.
    pub(super) fn shop() -> Self {
        let sandbox = Self::empty();
        let blueprints = include_str!("../../../../examples/blueprints.json");
        let blueprints: Vec<Value> = serde_json::from_str(blueprints).unwrap();
        for blueprint in blueprints {
            sandbox.post("/v1/blueprints", blueprint);
        }
        for (blueprint, file, entity) in entities() {
            let identifier = entity["identifier"].as_str().unwrap().to_owned();
            let answer = sandbox.entity(blueprint, entity.clone());
            let reason = match answer["ok"] == true {
                true => None,
                false => Some(format!(
                    "422 {}",
                    answer["message"].as_str().unwrap_or_default()
                )),
            };
            sandbox.declare(blueprint, &identifier, file, &entity, reason);
        }
        let mut following = sandbox.following.write().unwrap();
        following.subject = "examples/shop".to_owned();
        let finding = Finding::new(
            "many-relation",
            Severity::Warning,
            "relation `dependsOn` should be a list",
        );
        following.findings = vec![finding.with_help("write `dependsOn: [search-api]`")];
        drop(following);
        sandbox
    }

    /// Adds what a deployment of the shop tells, and by which mapping it is sent.
    pub(super) fn with_runs_and_mapping(self) -> Self {
        let text = json!({"type": "string"});
        let properties = json!({
            "syncStatus": text, "healthStatus": text, "tool": text, "phase": text,
            "revision": text, "message": text, "reason": text, "startedAt": text,
            "declaredEntities": {"type": "number"}, "rejectedEntities": {"type": "number"},
            "created": {"type": "number"}, "failed": {"type": "number"},
            "durationSeconds": {"type": "number"}, "errors": {"type": "array"},
        });
        let schema = json!({"properties": properties, "required": []});
        let relations =
            json!({"target": {"target": "gitopsTarget", "required": false, "many": false}});
        for (identifier, title, relations) in [
            ("gitopsTarget", "GitOps Target", json!({})),
            ("gitopsSync", "GitOps Sync", relations),
        ] {
            let blueprint = json!({
                "identifier": identifier, "title": title, "schema": schema, "relations": relations,
            });
            self.post("/v1/blueprints", blueprint);
        }
        self.entity(
            "gitopsTarget",
            json!({
                "identifier": "in-cluster-argocd-shop", "title": "argocd/shop",
                "properties": {
                    "syncStatus": "OutOfSync", "healthStatus": "Degraded", "tool": "argocd",
                    "message": "one or more objects failed to apply", "declaredEntities": 7,
                    "rejectedEntities": 1,
                },
            }),
        );
        for (at, phase, errors) in [
            ("2026-11-23T03:10:00Z", "Succeeded", json!([])),
            (
                "2026-11-23T03:14:00Z",
                "Failed",
                json!([{
                    "blueprint": "service", "identifier": "search-api", "code": "validation_failed",
                    "message": "properties/tier must be number",
                }]),
            ),
        ] {
            self.entity(
                "gitopsSync",
                json!({
                    "identifier": format!("in-cluster-argocd-shop-{}", &at[14..16]),
                    "properties": {
                        "phase": phase, "revision": "731f00a1c3", "startedAt": at, "created": 4,
                        "durationSeconds": 3.2, "errors": errors,
                    },
                    "relations": {"target": "in-cluster-argocd-shop"},
                }),
            );
        }
        let block = |kind: &str| {
            json!({
                "kind": kind,
                "selector": {"query": "(.spec | type) == \"object\" # gitops.glint.io"},
                "port": {"entity": {"mappings": [{
                    "identifier": ".spec.identifier", "blueprint": ".spec.blueprint",
                    "properties": {"*": ".spec.properties // {}"},
                    "relations": {"*": ".spec.relations // {}"},
                }]}},
            })
        };
        let blocks = [
            block("glint.io/v1/entities"),
            block("glint.io/v1/clusterentities"),
        ];
        self.post("/v1/integration", json!({
            "installationId": "sandbox", "installationAppType": "K8S EXPORTER", "version": "0.3.4",
            "config": {"resources": blocks},
        }));
        self
    }

    /// Sends an entity.
    pub(super) fn entity(&self, blueprint: &str, entity: Value) -> Value {
        let path = format!("/v1/blueprints/{blueprint}/entities?upsert=true");
        self.post(&path, entity)
    }

    /// Makes an entity one that the followed directory declares.
    pub(super) fn declare(
        &self,
        blueprint: &str,
        identifier: &str,
        file: &str,
        entity: &Value,
        reason: Option<String>,
    ) {
        let location = |line| Location {
            file: file.to_owned(),
            line,
            column: 5,
            origin: None,
        };
        let members = |of: &'static str| {
            let keys = entity[of].as_object().into_iter().flatten();
            keys.map(move |(key, _)| format!("{of}.{key}"))
        };
        let fields = members("properties").chain(members("relations"));
        let fields: BTreeMap<_, _> = fields.zip((12..).map(location)).collect();
        let declaration = Declaration {
            application: Some("shop".to_owned()),
            resource: ResourceRef {
                api_version: "glint.io/v1".to_owned(),
                kind: "Entity".to_owned(),
                namespace: Some("shop".to_owned()),
                name: identifier.to_owned(),
            },
            location: Some(location(3)),
            fields,
            delivery: match reason {
                Some(_) => Delivery::Rejected,
                None => Delivery::Delivered,
            },
            reason,
        };
        let identity = Identity {
            blueprint: blueprint.to_owned(),
            identifier: identifier.to_owned(),
        };
        let mut following = self.following.write().unwrap();
        following.entities.insert(identity, declaration);
    }

    /// Calls the API; the answer's body.
    pub(super) fn post(&self, path: &str, body: Value) -> Value {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let call = Call {
            method: Method::Post,
            path: path.to_owned(),
            query: query.to_owned(),
            user_agent: "port-k8s-exporter/0.3.4 (statekey/sandbox)".to_owned(),
            token: Some(self.token.clone()),
            body: Some(body),
        };
        self.store.handle(&call).body
    }
}

/// A second later with each look.
fn clock() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_795_403_669)
}

fn entities() -> Vec<(&'static str, &'static str, Value)> {
    let service = |identifier: &str, title: Option<&str>, properties: Value, relations: Value| {
        let mut entity = json!({
            "identifier": identifier, "properties": properties, "relations": relations,
        });
        if let Some(title) = title {
            entity["title"] = title.into();
        }
        entity
    };
    vec![
        (
            "team",
            "teams.yaml",
            service(
                "commerce",
                None,
                json!({"responsibility": "Baskets, payments and orders", "channel": "#commerce"}),
                json!({}),
            ),
        ),
        (
            "team",
            "teams.yaml",
            service(
                "storefront",
                None,
                json!({"responsibility": "All that a customer sees before paying"}),
                json!({}),
            ),
        ),
        (
            "system",
            "systems.yaml",
            service(
                "shop",
                None,
                json!({"description": "Everything between a **basket** and the parcel.\n\n* an order that was paid is never lost\n", "criticality": "high"}),
                json!({"team": "commerce"}),
            ),
        ),
        (
            "system",
            "systems.yaml",
            service(
                "discovery",
                None,
                json!({"criticality": "medium"}),
                json!({"team": "storefront"}),
            ),
        ),
        (
            "service",
            "search-api.json",
            service(
                "search-api",
                None,
                json!({"tier": "two", "lifecycle": "production"}),
                json!({"system": "discovery", "team": "storefront", "dependsOn": []}),
            ),
        ),
        (
            "service",
            "checkout.yaml",
            service(
                "checkout",
                None,
                json!({
                    "tier": 1, "lifecycle": "production", "language": "Go", "pager": true,
                    "repository": "https://git.example.com/shop/checkout",
                    "dashboards": ["https://grafana.example.com/d/a", "https://grafana.example.com/d/b"],
                    "objectives": {"availability": 99.95, "latencyMilliseconds": 300},
                }),
                json!({"system": "shop", "team": "commerce"}),
            ),
        ),
        (
            "service",
            "web.yaml",
            service(
                "web",
                Some("Web storefront"),
                json!({"tier": 1, "url": "https://shop.example.com", "lifecycle": "production"}),
                json!({"system": "shop", "team": "storefront", "dependsOn": ["checkout"]}),
            ),
        ),
    ]
}
