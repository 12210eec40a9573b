//! Finding entities in the catalog, many at once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::catalog::{Identity, Record};
use crate::catalog_api::{ApiError, Client};

/// How many identifiers one search names.
const SOUGHT: usize = 100;

/// Those of the identities that exist: one search for each blueprint and 100 of
/// its entities.
pub(crate) async fn look(
    client: &Client,
    identities: &BTreeSet<&Identity>,
) -> Result<BTreeMap<Identity, Record>, ApiError> {
    let mut sought: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for identity in identities {
        let identifiers = sought.entry(&identity.blueprint).or_default();
        identifiers.push(&identity.identifier);
    }
    let mut found = BTreeMap::new();
    for (blueprint, identifiers) in sought {
        for identifiers in identifiers.chunks(SOUGHT) {
            // Not the search of a blueprint: that fails where there is none.
            let query = json!({
                "combinator": "and",
                "rules": [
                    {"property": "$blueprint", "operator": "=", "value": blueprint},
                    {"property": "$identifier", "operator": "in", "value": identifiers},
                ],
            });
            let records = client.search(&query, &[]).await?;
            found.extend(records.into_iter().map(|it| (it.identity.clone(), it)));
        }
    }
    Ok(found)
}
