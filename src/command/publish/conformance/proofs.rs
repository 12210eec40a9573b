//! How each belief is tried.
//!
//! Each on entities of its own name, so that none stands on another.

use serde_json::{Value, json};

use crate::catalog::{Identity, Record};
use crate::catalog_api::{ApiError, Client, EntityError, LogQuery, Upsert, Upserted};
use crate::output::Proof;

/// What the beliefs are tried on.
pub(super) struct Trial {
    pub(super) client: Client,
    /// A blueprint that relates to itself by `to`.
    pub(super) one: String,
    /// One whose entities need one of the first by `needs`.
    pub(super) other: String,
    /// An integration that no exporter knows.
    pub(super) integration: String,
}

type Tried = Result<Proof, ApiError>;

const MERGE: Upsert = Upsert {
    merge: true,
    validation_only: false,
    create_missing_related: false,
    run_id: None,
};

impl Trial {
    /// With names that begin with a prefix. Nothing is made yet.
    pub(super) fn new(client: Client, prefix: &str) -> Self {
        Self {
            client,
            one: format!("{prefix}one"),
            other: format!("{prefix}other"),
            integration: prefix.to_owned(),
        }
    }

    /// Tries a belief.
    pub(super) async fn prove(&self, id: &str) -> Tried {
        match id {
            "token-shared" | "token-401" => {
                Ok(Proof::Untried("the client gives its token to nobody"))
            }
            "reset-forms" => Ok(Proof::Untried("takes a rate limit that is reached")),
            "datasource-sticky" => Ok(Proof::Untried("takes a second client")),
            "datasource-pages" => Ok(Proof::Untried("takes more entities than one page holds")),
            "related-in-one-request" => Ok(Proof::Untried("what may be can't be disproven")),
            "ids-encoded" => self.ids_encoded().await,
            "integration-by-installation-id" | "integration-shape" => {
                self.integration_shape().await
            }
            "integration-updated-at" => self.integration_updated_at().await,
            "integration-plain-create" => self.integration_plain_create().await,
            "config-replaced" => self.config_replaced().await,
            "config-kept" => self.config_kept().await,
            "resync-request-shape" => {
                self.client.resync_request(&self.integration).await?;
                Ok(Proof::Proven)
            }
            "logs-shape" => {
                let query = LogQuery::default();
                self.client
                    .integration_logs(&self.integration, &query)
                    .await?;
                Ok(Proof::Proven)
            }
            "kinds-shape" => {
                let kinds = self.client.kind_examples(&self.integration).await?;
                Ok(proof(kinds.is_object(), "no map of kinds"))
            }
            "datasource-user-agent" => self.datasource_user_agent().await,
            "datasource-search" => self.datasource_search().await,
            "upsert-repeatable" => self.upsert_repeatable().await,
            "merge-keeps" => self.merge(json!({}), json!("a")).await,
            "merge-null-clears" => self.merge(json!({"p": null}), Value::Null).await,
            "unknown-property" => self.unknown_property().await,
            "missing-related" => self.missing_related().await,
            "validation-only" => self.validation_only().await,
            "bulk-index" => self.bulk_index().await,
            "delete-missing" => {
                let gone = self.identity("never-made");
                let was_there = self.client.delete_entity(&gone, false).await?;
                Ok(proof(!was_there, "it was there"))
            }
            "delete-bulk-whole" => self.delete_bulk_whole().await,
            _ => Ok(Proof::Untried("no way to try it is written yet")),
        }
    }

    fn identity(&self, identifier: &str) -> Identity {
        Identity {
            blueprint: self.one.clone(),
            identifier: identifier.to_owned(),
        }
    }

    async fn upsert(&self, body: Value) -> Result<Record, ApiError> {
        self.client.upsert(&self.one, &body, MERGE).await
    }

    async fn bulk(&self, bodies: &[Value]) -> Result<Vec<Result<Upserted, EntityError>>, ApiError> {
        let bulk = self.client.upsert_bulk(&self.one, bodies, MERGE).await?;
        Ok(bulk.results)
    }

    async fn ids_encoded(&self) -> Tried {
        let identity = self.identity("a/b:c");
        self.upsert(json!({"identifier": "a/b:c"})).await?;
        let found = self.client.entity(&identity).await?;
        let same = found.is_some_and(|it| it.identity == identity);
        Ok(proof(same, "it was not found"))
    }

    async fn integration_shape(&self) -> Tried {
        Ok(match self.client.integration(&self.integration).await? {
            None => Proof::Disproven("it was not found".to_owned()),
            Some(it) => proof(
                it.config.is_some() && !it.updated_at.is_empty(),
                "it has no `config` or no `updatedAt`",
            ),
        })
    }

    async fn integration_updated_at(&self) -> Tried {
        let before = self.client.integration(&self.integration).await?;
        let title = json!({"title": format!("{}2", self.integration)});
        self.client
            .patch_integration(&self.integration, &title)
            .await?;
        let after = self.client.integration(&self.integration).await?;
        let moment = |it: Option<crate::catalog_api::Integration>| it.map(|it| it.updated_at);
        Ok(proof(moment(before) != moment(after), "it stayed the same"))
    }

    async fn integration_plain_create(&self) -> Tried {
        let integration = self.client.integration(&self.integration).await?;
        let config = integration.and_then(|it| it.config).unwrap_or_default();
        let blocks = config["resources"].as_array().map_or(0, Vec::len);
        Ok(proof(blocks == 0, "it has blocks that nobody gave it"))
    }

    async fn pushed(&self, config: &Value) -> Result<Value, ApiError> {
        self.client.patch_config(&self.integration, config).await?;
        let integration = self.client.integration(&self.integration).await?;
        Ok(integration.and_then(|it| it.config).unwrap_or_default())
    }

    async fn config_replaced(&self) -> Tried {
        self.pushed(&json!({"resources": [], "deleteDependents": true}))
            .await?;
        let after = json!({"resources": []});
        let live = self.pushed(&after).await?;
        // Left as it was found, for what is tried later.
        Ok(proof(
            live == after,
            "keys of the one before are still there",
        ))
    }

    async fn config_kept(&self) -> Tried {
        let config = json!({"resources": [], "glintUnknown": {"a": [1, null]}});
        let live = self.pushed(&config).await?;
        self.pushed(&json!({"resources": []})).await?;
        Ok(proof(live == config, "a key is missing or another"))
    }

    async fn datasource_user_agent(&self) -> Tried {
        let identity = self.identity("datasource");
        self.upsert(json!({"identifier": "datasource"})).await?;
        let suffix = env!("CARGO_PKG_VERSION");
        let owned = self
            .client
            .datasource_entities("glint-gitops/", suffix)
            .await?;
        Ok(proof(owned.contains(&identity), "it is owned by another"))
    }

    async fn datasource_search(&self) -> Tried {
        self.upsert(json!({"identifier": "searched"})).await?;
        let rule = |property: &str, operator: &str, value: &str| json!({"property": property, "operator": operator, "value": value});
        let query = json!({"combinator": "and", "rules": [
            rule("$blueprint", "=", &self.one),
            rule("$datasource", "contains", "glint-gitops/"),
        ]});
        let found = self.client.search(&query, &[]).await?;
        let identity = self.identity("searched");
        Ok(proof(
            found.iter().any(|it| it.identity == identity),
            "it was not found",
        ))
    }

    async fn upsert_repeatable(&self) -> Tried {
        let body = json!({"identifier": "twice", "properties": {"p": "a"}});
        self.upsert(body.clone()).await?;
        let once = self.client.entity(&self.identity("twice")).await?;
        self.upsert(body).await?;
        let twice = self.client.entity(&self.identity("twice")).await?;
        let lasting = |it: Option<Record>| it.map(|it| (it.title, it.properties, it.relations));
        Ok(proof(
            lasting(once) == lasting(twice),
            "the second changed it",
        ))
    }

    /// What is left of `p` once something else is sent.
    async fn merge(&self, properties: Value, expected: Value) -> Tried {
        let name = if properties["p"].is_null() && expected.is_null() {
            "cleared"
        } else {
            "kept"
        };
        self.upsert(json!({"identifier": name, "properties": {"p": "a", "q": "b"}}))
            .await?;
        let mut sent = json!({"identifier": name, "properties": properties});
        sent["properties"]["q"] = json!("c");
        self.upsert(sent).await?;
        let live = self.client.entity(&self.identity(name)).await?;
        let left = live.and_then(|it| it.properties.get("p").cloned());
        let left = left.unwrap_or_default();
        Ok(proof(left == expected, &format!("it is {left}")))
    }

    async fn unknown_property(&self) -> Tried {
        let body = json!({"identifier": "unknown", "properties": {"nobodyKnows": 1}});
        Ok(match self.upsert(body).await {
            Err(error) if error.status() == Some(422) => Proof::Proven,
            Err(error) => Proof::Disproven(error.to_string()),
            Ok(_) => Proof::Disproven("it was taken".to_owned()),
        })
    }

    async fn missing_related(&self) -> Tried {
        let results = self
            .bulk(&[
                json!({"identifier": "lost", "relations": {"to": "never-made"}}),
                json!({"identifier": "beside"}),
            ])
            .await?;
        Ok(match results.as_slice() {
            [Err(error), Ok(_)] if error.status == 404 => Proof::Proven,
            [Err(error), Ok(_)] => Proof::Disproven(error.to_string()),
            [Ok(_), _] => Proof::Disproven("it was taken".to_owned()),
            _ => Proof::Disproven("the other one was refused, too".to_owned()),
        })
    }

    async fn validation_only(&self) -> Tried {
        let how = || Upsert {
            validation_only: true,
            ..MERGE
        };
        let good = json!({"identifier": "only-tried"});
        self.client.upsert(&self.one, &good, how()).await?;
        let was_written = self
            .client
            .entity(&self.identity("only-tried"))
            .await?
            .is_some();
        let bad = json!({"identifier": "only-tried", "properties": {"p": 1}});
        let refused = self.client.upsert(&self.one, &bad, how()).await;
        let is_refused = refused.is_err_and(|error| error.status() == Some(422));
        Ok(match (was_written, is_refused) {
            (true, _) => Proof::Disproven("it was written".to_owned()),
            (false, false) => Proof::Disproven("what is wrong was not refused".to_owned()),
            (false, true) => Proof::Proven,
        })
    }

    async fn bulk_index(&self) -> Tried {
        let results = self
            .bulk(&[
                json!({"identifier": "first"}),
                json!({"identifier": "second", "properties": {"p": 1}}),
                json!({"identifier": "third"}),
            ])
            .await?;
        let are_right: Vec<bool> = results.iter().map(Result::is_ok).collect();
        let found = format!("they are {are_right:?}");
        Ok(proof(are_right == [true, false, true], &found))
    }

    async fn delete_bulk_whole(&self) -> Tried {
        self.upsert(json!({"identifier": "needed"})).await?;
        self.upsert(json!({"identifier": "free"})).await?;
        let needs = json!({"identifier": "needs", "relations": {"needs": "needed"}});
        self.client.upsert(&self.other, &needs, MERGE).await?;
        let names = ["free", "needed"].map(str::to_owned);
        let deleted = self.client.delete_bulk(&self.one, &names).await;
        let left = self.client.entity(&self.identity("free")).await?.is_some();
        Ok(match (deleted, left) {
            (Err(_), true) => Proof::Proven,
            (Err(_), false) => Proof::Disproven("one of them is gone".to_owned()),
            (Ok(_), _) => Proof::Disproven("what another needs was deleted".to_owned()),
        })
    }
}

fn proof(holds: bool, otherwise: &str) -> Proof {
    match holds {
        true => Proof::Proven,
        false => Proof::Disproven(otherwise.to_owned()),
    }
}
