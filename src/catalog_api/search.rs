//! Finding entities.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::client::Client;
use super::error::ApiError;
use super::request::Request;
use crate::catalog::{Identity, Record};

/// The most entities on one page of a search by blueprint.
const PAGE: u16 = 1_000;

/// The most identities on one page by datasource, as Ocean asks for.
const OWNED_PAGE: u16 = 5_000;

impl Client {
    /// The entities that a query finds, of any blueprint. Of each the fields in
    /// `include` and its identity; all where that is empty.
    pub(crate) async fn search(
        &self,
        query: &Value,
        include: &[&str],
    ) -> Result<Vec<Record>, ApiError> {
        let mut request = Request::post(&["v1", "entities", "search"], query)?.repeatable();
        if !include.is_empty() {
            let needed = ["blueprint", "identifier"];
            let include: BTreeSet<_> = include.iter().copied().chain(needed).collect();
            for name in include {
                request = request.with_query("include", name);
            }
        }
        let found = self.list(&request, "entities").await?;
        self.records(&request, found)
    }

    /// One page of a blueprint's entities, and where the next begins.
    pub(crate) async fn search_blueprint(
        &self,
        blueprint: &str,
        query: Option<&Value>,
        from: Option<&str>,
    ) -> Result<(Vec<Record>, Option<String>), ApiError> {
        let mut body = json!({"limit": PAGE});
        if let Some(query) = query {
            body["query"] = query.clone();
        }
        if let Some(from) = from {
            body["from"] = from.into();
        }
        let path = ["v1", "blueprints", blueprint, "entities", "search"];
        let request = Request::post(&path, &body)?.repeatable();
        let (found, next) = self.page(&request).await?;
        Ok((self.records(&request, found)?, next))
    }

    /// Every entity that an exporter owns: whose datasource begins and ends so.
    pub(crate) async fn datasource_entities(
        &self,
        prefix: &str,
        suffix: &str,
    ) -> Result<Vec<Identity>, ApiError> {
        let path = ["v1", "blueprints", "entities", "datasource-entities"];
        let mut body = json!({
            "datasource_prefix": prefix, "datasource_suffix": suffix, "limit": OWNED_PAGE
        });
        let mut owned = Vec::new();
        let mut begun = BTreeSet::new();
        loop {
            let request = Request::post(&path, &body)?.repeatable();
            let (found, next) = self.page(&request).await?;
            for entity in found {
                let identity = identity(&entity);
                let lacks = || self.session().lacks(&request, "entities.identifier");
                owned.push(identity.ok_or_else(lacks)?);
            }
            let Some(next) = next else {
                return Ok(owned);
            };
            if !begun.insert(next.clone()) {
                return Err(ApiError::Unintelligible {
                    call: request.call(self.session().api()),
                    reason: "its pages go round in a circle".to_owned(),
                });
            }
            body["from"] = next.into();
        }
    }

    async fn page(&self, request: &Request) -> Result<(Vec<Value>, Option<String>), ApiError> {
        let mut answer = self.session().call(request).await?;
        let entities = match answer.get_mut("entities").map(Value::take) {
            Some(Value::Array(entities)) => entities,
            Some(_) | None => return Err(self.session().lacks(request, "entities")),
        };
        let next = answer.get("next").and_then(Value::as_str);
        Ok((
            entities,
            next.filter(|it| !it.is_empty()).map(str::to_owned),
        ))
    }

    fn records(&self, request: &Request, found: Vec<Value>) -> Result<Vec<Record>, ApiError> {
        let record = |entity| {
            let lacks = || self.session().lacks(request, "entities.identifier");
            Record::parse(entity).ok_or_else(lacks)
        };
        found.into_iter().map(record).collect()
    }
}

fn identity(entity: &Value) -> Option<Identity> {
    let text = |name| entity.get(name)?.as_str().map(str::to_owned);
    Some(Identity {
        blueprint: text("blueprint")?,
        identifier: text("identifier")?,
    })
}
