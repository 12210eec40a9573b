//! What a catalog holds of the entities that are or were declared.
//!
//! Only those are asked for, by their identifiers: an organisation may have many
//! more. Invariant: all of them were asked for when this returns.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use super::Question;
use crate::catalog::{Blueprints, Identity, Record};
use crate::catalog_api::Client;
use crate::diff::{Catalog, Side};

/// How many identifiers one search holds.
const IDENTIFIERS: usize = 100;
/// How many requests are under way at one time.
const AT_ONCE: usize = 4;

/// Reads it.
pub(super) async fn catalog(client: &Client, question: &Question<'_>) -> anyhow::Result<Catalog> {
    let Question {
        declared,
        sent,
        integration,
        creates_related: _,
    } = question;
    let wanted = wanted(*declared, sent);
    let blueprints = blueprints(client, wanted.keys().copied()).await?;
    let searches = wanted
        .iter()
        .filter(|(blueprint, _)| blueprints.get(blueprint).is_some());
    let searches = searches.flat_map(|(blueprint, identifiers)| {
        let chunks = identifiers.chunks(IDENTIFIERS);
        chunks.map(move |chunk| records(client, blueprint, chunk))
    });
    let found: Vec<Vec<Record>> = stream::iter(searches)
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    let records: BTreeMap<Identity, Record> = found
        .into_iter()
        .flatten()
        .map(|record| (record.identity.clone(), record))
        .collect();
    let gone = records.keys().any(|identity| sent.get(identity).is_none());
    let owned = match integration.filter(|_| gone) {
        Some(integration) => Some(owned(client, integration).await?),
        None => None,
    };
    Ok(Catalog {
        records,
        blueprints,
        owned,
    })
}

/// Every identifier that is or was declared, by blueprint; not those that only a
/// search finds.
fn wanted<'a>(declared: Option<&'a Side>, sent: &'a Side) -> BTreeMap<&'a str, Vec<&'a str>> {
    let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let before = declared.into_iter().flat_map(Side::entities);
    for entity in sent.entities().chain(before) {
        let identity = &entity.identity;
        if !identity.is_search() {
            let identifiers = wanted.entry(&identity.blueprint).or_default();
            identifiers.insert(&identity.identifier);
        }
    }
    let lists = wanted.into_iter();
    lists
        .map(|(blueprint, identifiers)| (blueprint, identifiers.into_iter().collect()))
        .collect()
}

async fn blueprints<'a>(
    client: &Client,
    names: impl Iterator<Item = &'a str>,
) -> anyhow::Result<Blueprints> {
    let asked = names.map(|name| client.blueprint(name));
    let found: Vec<Option<Value>> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    let found: Vec<Value> = found.into_iter().flatten().collect();
    let text = serde_json::to_vec(&found)?;
    Ok(Blueprints::parse(&text)?)
}

/// Those of some entities of a blueprint that exist.
async fn records(
    client: &Client,
    blueprint: &str,
    identifiers: &[&str],
) -> anyhow::Result<Vec<Record>> {
    let query = json!({
        "combinator": "and",
        "rules": [{"property": "$identifier", "operator": "in", "value": identifiers}],
    });
    let mut records = Vec::new();
    let mut from: Option<String> = None;
    // A search by identifier has no more answers than it asks for, so a page
    // without any can't be followed by another.
    loop {
        let page = client.search_blueprint(blueprint, Some(&query), from.as_deref());
        let (found, next) = page.await?;
        let is_last = found.is_empty();
        records.extend(found);
        match next {
            Some(next) if !is_last => from = Some(next),
            Some(_) | None => return Ok(records),
        }
    }
}

async fn owned(client: &Client, integration: &str) -> anyhow::Result<BTreeSet<Identity>> {
    let suffix = format!("(statekey/{integration})");
    let owned = client
        .datasource_entities("port-k8s-exporter", &suffix)
        .await?;
    Ok(owned.into_iter().collect())
}
