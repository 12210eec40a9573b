//! What the catalog says of an integration and of entities.
//!
//! Invariant: a read that fails is an error; only the catalog's own "not found" is
//! "not there".

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use anyhow::Context;
use futures_util::StreamExt;
use serde_json::Value;
use tokio::runtime::Runtime;

use crate::catalog::{Identity, Record};
use crate::catalog_api::{ApiError, Client, Integration};
use crate::command::connection;

/// How many requests are under way at a time.
const AT_ONCE: usize = 8;

/// From how many entities of one blueprint on all of them are listed instead.
const LISTED_FROM: usize = 25;

/// The catalog, as far as one exporter is concerned.
pub(super) struct Live {
    client: Client,
    runtime: Runtime,
    /// The exporter's state key.
    pub(super) installation: String,
}

impl Live {
    /// Nothing is asked yet.
    pub(super) fn new(client: Client, installation: &str) -> anyhow::Result<Self> {
        Ok(Self {
            client,
            runtime: connection::runtime()?,
            installation: installation.to_owned(),
        })
    }

    /// Waits for an answer.
    pub(super) fn wait<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The client, for calls that change something.
    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// The exporter's integration.
    pub(super) fn integration(&self) -> anyhow::Result<Integration> {
        let id = &self.installation;
        let found = self.wait(self.client.integration(id))?;
        found.with_context(|| {
            format!(
                "no integration is called `{id}`; the exporter makes it at its first start, and `--integration` takes its state key"
            )
        })
    }

    /// Every entity that the exporter owns.
    pub(super) fn owned(&self) -> anyhow::Result<BTreeSet<Identity>> {
        self.of_source("port-k8s-exporter")
    }

    /// Every entity that the API made because one of the exporter's related to it
    /// (`createMissingRelatedEntities`). Its source stays that, whatever the exporter
    /// sends of it later: no resync ever deletes it.
    pub(super) fn automatic(&self) -> anyhow::Result<BTreeSet<Identity>> {
        self.of_source("port-auto-k8s-exporter")
    }

    fn of_source(&self, prefix: &str) -> anyhow::Result<BTreeSet<Identity>> {
        let suffix = format!("(statekey/{})", self.installation);
        let owned = self.wait(self.client.datasource_entities(prefix, &suffix));
        let owned = owned.context("what the exporter owns can't be read")?;
        Ok(owned.into_iter().collect())
    }

    /// Those of the entities that are there, whole.
    pub(super) fn records<'i>(
        &self,
        identities: impl IntoIterator<Item = &'i Identity>,
    ) -> anyhow::Result<BTreeMap<Identity, Record>> {
        let mut by_blueprint: BTreeMap<&str, BTreeSet<&Identity>> = BTreeMap::new();
        for identity in identities {
            let of = by_blueprint.entry(&identity.blueprint).or_default();
            of.insert(identity);
        }
        let records = async {
            let mut records = Vec::new();
            for (blueprint, wanted) in by_blueprint {
                if wanted.len() >= LISTED_FROM {
                    let all = self.all_of(blueprint).await?;
                    records.extend(all.into_iter().filter(|it| wanted.contains(&it.identity)));
                } else {
                    let asked = wanted.into_iter().map(|it| self.client.entity(it));
                    let mut answers = futures_util::stream::iter(asked).buffered(AT_ONCE);
                    while let Some(answer) = answers.next().await {
                        records.extend(answer?);
                    }
                }
            }
            Ok::<_, ApiError>(records)
        };
        let records = self.wait(records).context("entities can't be read")?;
        Ok(records
            .into_iter()
            .map(|record| (record.identity.clone(), record))
            .collect())
    }

    /// Every entity of a blueprint; none where there is no such blueprint.
    async fn all_of(&self, blueprint: &str) -> Result<Vec<Record>, ApiError> {
        let mut all = Vec::new();
        let mut from: Option<String> = None;
        loop {
            let page = self
                .client
                .search_blueprint(blueprint, None, from.as_deref())
                .await;
            let (records, next) = match page {
                Ok(page) => page,
                Err(error) if error.status() == Some(404) => return Ok(Vec::new()),
                Err(error) => return Err(error),
            };
            all.extend(records);
            match next {
                Some(next) if from.as_ref() != Some(&next) => from = Some(next),
                // A page that leads to itself is the last, too.
                Some(_) | None => return Ok(all),
            }
        }
    }

    /// All blueprints by identifier.
    pub(super) fn blueprints(&self) -> anyhow::Result<BTreeMap<String, Value>> {
        let all = self.wait(self.client.blueprints());
        let all = all.context("blueprints can't be read")?;
        let named = all.into_iter().filter_map(|blueprint| {
            let id = blueprint["identifier"].as_str()?.to_owned();
            Some((id, blueprint))
        });
        Ok(named.collect())
    }

    /// Every entity that points to one of these, whole, and is none of them.
    pub(super) fn relating(&self, targets: &BTreeSet<Identity>) -> anyhow::Result<Vec<Record>> {
        if targets.is_empty() {
            return Ok(Vec::new());
        }
        let blueprints = self.blueprints()?;
        let names: BTreeSet<&str> = targets.iter().map(|it| it.blueprint.as_str()).collect();
        let mut relating = Vec::new();
        for (id, blueprint) in &blueprints {
            let leading = leading(blueprint, &names);
            if leading.is_empty() {
                continue;
            }
            let all = self.wait(self.all_of(id));
            let all = all.context("entities that point to others can't be read")?;
            let points = |record: &Record| {
                let mut relations = leading.iter();
                relations.any(|(relation, target)| {
                    let value = record.relations.get(*relation);
                    identifiers(value).any(|identifier| {
                        targets.contains(&Identity {
                            blueprint: (*target).to_owned(),
                            identifier: identifier.to_owned(),
                        })
                    })
                })
            };
            let others = all.into_iter().filter(|it| !targets.contains(&it.identity));
            relating.extend(others.filter(points));
        }
        Ok(relating)
    }
}

/// The relations of a blueprint that lead to one of these, and where to.
fn leading<'b>(blueprint: &'b Value, targets: &BTreeSet<&str>) -> Vec<(&'b str, &'b str)> {
    let relations = blueprint["relations"].as_object().into_iter().flatten();
    let leading = relations.filter_map(|(name, relation)| {
        let target = relation["target"].as_str()?;
        targets.contains(target).then_some((name.as_str(), target))
    });
    leading.collect()
}

fn identifiers(value: Option<&Value>) -> impl Iterator<Item = &str> {
    let one = value.and_then(Value::as_str).into_iter();
    let many = value.and_then(Value::as_array).into_iter().flatten();
    one.chain(many.filter_map(Value::as_str))
}
