//! What the catalog says of entities that are not there: each is sent to be
//! validated, and written nowhere.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalog::Identity;
use crate::catalog_api::{ApiError, Client, EntityError, Upsert};

/// Why the catalog does not take an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub status: u16,
    pub code: String,
    pub message: String,
}

impl Rejection {
    /// Whether only its author can change that: what is missing may still come.
    pub(crate) fn is_final(&self) -> bool {
        self.status != 404
    }
}

/// Asks for all of them, as the exporter would send them.
pub(crate) async fn rejections(
    client: &Client,
    bodies: &BTreeMap<&Identity, &Value>,
    create_missing_related: bool,
) -> Result<BTreeMap<Identity, Rejection>, ApiError> {
    if bodies.is_empty() {
        return Ok(BTreeMap::new());
    }
    let how = Upsert {
        merge: true,
        validation_only: true,
        create_missing_related,
        run_id: None,
    };
    let requests = bodies
        .iter()
        .map(|(identity, body)| (identity.blueprint.clone(), (*body).clone()));
    let outcomes = client.upsert_all(requests.collect(), how).await?;
    let named = bodies.keys().zip(outcomes);
    Ok(named
        .filter_map(|(identity, outcome)| {
            let rejection = rejection(outcome.err()?)?;
            Some(((*identity).clone(), rejection))
        })
        .collect())
}

/// Nothing where the error says nothing of the entity.
fn rejection(error: EntityError) -> Option<Rejection> {
    if !error.is_verdict() {
        tracing::debug!(%error, "not validated");
        return None;
    }
    let EntityError {
        identifier: _,
        status,
        code,
        message,
    } = error;
    Some(Rejection {
        status,
        code,
        message,
    })
}
