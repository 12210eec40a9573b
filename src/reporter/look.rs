//! Finding entities in the catalog, many at once.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde_json::{Value, json};

use crate::catalog::{Identity, Record};
use crate::catalog_api::{ApiError, Client};

/// How many identifiers one search names.
const SOUGHT: usize = 100;

/// How many searches are under way at a time.
const CONCURRENT: usize = 4;

/// Those of the identities that exist: one search for each 100, whatever their
/// blueprints.
pub(crate) async fn look(
    client: &Client,
    identities: &BTreeSet<&Identity>,
) -> Result<BTreeMap<Identity, Record>, ApiError> {
    let sought: Vec<&Identity> = identities.iter().copied().collect();
    let searches = sought.chunks(SOUGHT).map(query).map(|query| async move {
        let records = client.search(&query, &[]).await?;
        Ok(records.into_iter().map(|it| (it.identity.clone(), it)))
    });
    // Made here: a stream that makes them would borrow for any lifetime.
    let searches: Vec<_> = searches.collect();
    let found: Vec<_> = stream::iter(searches)
        .buffer_unordered(CONCURRENT)
        .try_collect()
        .await?;
    Ok(found.into_iter().flatten().collect())
}

/// The search for identities, in their order. Not the search of a blueprint: that
/// fails where there is none.
fn query(identities: &[&Identity]) -> Value {
    let mut sought: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for identity in identities {
        let identifiers = sought.entry(&identity.blueprint).or_default();
        identifiers.push(&identity.identifier);
    }
    let groups = sought.into_iter().map(|(blueprint, identifiers)| {
        json!({
            "combinator": "and",
            "rules": [
                {"property": "$blueprint", "operator": "=", "value": blueprint},
                {"property": "$identifier", "operator": "in", "value": identifiers},
            ],
        })
    });
    let mut groups: Vec<Value> = groups.collect();
    match groups.len() {
        1 => groups.remove(0),
        _ => json!({"combinator": "or", "rules": groups}),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::query;
    use crate::catalog::Identity;

    #[test]
    fn one_search_finds_entities_of_several_blueprints() {
        let identity = |blueprint: &str, identifier: &str| Identity {
            blueprint: blueprint.to_owned(),
            identifier: identifier.to_owned(),
        };
        let [pay, cart, shop] = [
            identity("service", "pay"),
            identity("service", "cart"),
            identity("system", "shop"),
        ];
        let of = |blueprint: &str, identifiers: &[&str]| {
            json!({"combinator": "and", "rules": [
                {"property": "$blueprint", "operator": "=", "value": blueprint},
                {"property": "$identifier", "operator": "in", "value": identifiers},
            ]})
        };
        assert_eq!(query(&[&pay, &cart]), of("service", &["pay", "cart"]));
        assert_eq!(
            query(&[&pay, &shop]),
            json!({"combinator": "or", "rules": [of("service", &["pay"]), of("system", &["shop"])]})
        );
    }
}
