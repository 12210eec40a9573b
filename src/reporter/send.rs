//! What the catalog holds of a target, and what is sent to it.

use serde_json::{Value, json};

use super::ReporterError;
use crate::catalog::{Identity, Record};
use crate::catalog_api::{Client, Upsert};
use crate::report::{RUN, Reported, Seen, SyncResult, TARGET, Watch, requests, surplus};

/// The most entities that the API deletes at once.
pub(super) const DELETED: usize = 100;

/// How much was done.
#[derive(Default)]
pub(crate) struct Sent {
    pub upserts: usize,
    pub removed: usize,
}

/// Reads what was reported of an application before.
pub(crate) async fn reported(
    client: &Client,
    result: &SyncResult,
) -> Result<Reported, ReporterError> {
    let identifier = result.subject.identifier();
    // An identifier ends in a digest, so no other target's runs begin like this.
    let query = json!({
        "combinator": "and",
        "rules": [{
            "property": "$identifier",
            "operator": "beginsWith",
            "value": format!("{identifier}-"),
        }],
    });
    let mut runs: Vec<Record> = Vec::new();
    let mut from: Option<String> = None;
    loop {
        let page = client.search_blueprint(RUN, Some(&query), from.as_deref());
        let (found, next) = page.await.map_err(ReporterError::of_search)?;
        let is_last = found.is_empty() || next.is_none();
        runs.extend(found);
        if is_last {
            break;
        }
        from = next;
    }
    let target = Identity {
        blueprint: TARGET.to_owned(),
        identifier,
    };
    let target = client.entity(&target).await?;
    Ok(Reported { target, runs })
}

/// Sends what the catalog does not hold and removes the runs beyond `keep`;
/// afterwards `reported` is what it holds.
pub(crate) async fn send(
    client: &Client,
    result: &SyncResult,
    reported: &mut Reported,
    seen: &Seen,
    keep: usize,
) -> Result<Sent, ReporterError> {
    let requests = requests(result, reported, seen, &Watch::default());
    let surplus = surplus(reported, &requests, keep);
    if requests.is_empty() && surplus.is_empty() {
        return Ok(Sent::default());
    }
    upsert(client, &requests).await?;
    let removed = delete(client, &surplus).await?;
    *reported = self::reported(client, result).await?;
    Ok(Sent {
        upserts: requests.len(),
        removed,
    })
}

async fn upsert(client: &Client, requests: &[(String, Value)]) -> Result<(), ReporterError> {
    let how = Upsert {
        merge: true,
        ..Upsert::default()
    };
    let outcomes = client.upsert_all(requests.to_vec(), how).await?;
    for (outcome, (blueprint, _)) in outcomes.into_iter().zip(requests) {
        outcome.map_err(|error| ReporterError::NotTaken {
            blueprint: blueprint.clone(),
            error,
        })?;
    }
    Ok(())
}

pub(super) async fn delete(
    client: &Client,
    identifiers: &[String],
) -> Result<usize, ReporterError> {
    let mut removed = 0;
    for identifiers in identifiers.chunks(DELETED) {
        let deleted = client.delete_bulk(RUN, identifiers).await;
        removed += deleted.map_err(ReporterError::Runs)?.len();
    }
    Ok(removed)
}

/// Removes a target with its runs, and says how many entities that were.
pub(crate) async fn remove(client: &Client, reported: &Reported) -> Result<usize, ReporterError> {
    let runs = reported.runs.iter();
    let runs: Vec<String> = runs.map(|run| run.identity.identifier.clone()).collect();
    let removed = delete(client, &runs).await?;
    let Some(target) = &reported.target else {
        return Ok(removed);
    };
    match client.delete_entity(&target.identity, false).await {
        Ok(was_there) => Ok(removed + usize::from(was_there)),
        Err(error) if error.code() == Some("has_dependents") => {
            Err(ReporterError::Needed(target.identity.clone()))
        }
        Err(error) => Err(ReporterError::Target(error)),
    }
}
