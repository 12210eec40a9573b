//! Many targets at once: what the catalog holds of them, and what is sent to it.
//!
//! Invariant: a target that the catalog did not hold is written before its runs, one
//! that it held is written after them, and old runs go last. So whoever is stopped in
//! between finds out by reading again what is missing, and no run is counted as unseen
//! that is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::ReporterError;
use super::send::{DELETED, delete};
use crate::catalog::Record;
use crate::catalog_api::{Client, Upsert};
use crate::report::{ClusterName, RUN, Reported, TARGET};

/// What counts the runs of a target. Of a new one it is told once they are there.
const COUNTS: [&str; 2] = ["runNumber", "unseenRuns"];

/// What is to be written of one target.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Writing {
    /// Its identifier.
    pub target: String,
    /// Whether the catalog does not hold it yet.
    pub is_new: bool,
    /// The upserts of it and of its runs, as `report` gives them.
    pub requests: Vec<(String, Value)>,
    /// The runs to remove afterwards.
    pub surplus: Vec<String>,
}

/// A target of the catalog's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Its identifier.
    pub identifier: String,
    /// The namespace of the application's object.
    pub namespace: String,
    /// The name of the application's object.
    pub name: String,
}

/// All targets of a cluster.
///
/// # Errors
/// The catalog can't be asked, or has no such blueprint; that says nothing about them.
pub(crate) async fn targets(
    client: &Client,
    cluster: &ClusterName,
) -> Result<Vec<Listed>, ReporterError> {
    let query = json!({
        "combinator": "and",
        "rules": [{"property": "cluster", "operator": "=", "value": cluster.to_string()}],
    });
    let found = all(client, TARGET, &query).await?;
    let listed = found.into_iter().filter_map(|record| {
        let namespace = record.properties.get("namespace")?.as_str()?.to_owned();
        Some(Listed {
            namespace,
            name: record.title?,
            identifier: record.identity.identifier,
        })
    });
    Ok(listed.collect())
}

/// What was reported of targets before: one search for them and one for their runs, or
/// one for each thousand of those.
///
/// # Errors
/// The catalog can't be asked; that says nothing about what it holds.
pub(crate) async fn reported_many(
    client: &Client,
    targets: &[String],
) -> Result<BTreeMap<String, Reported>, ReporterError> {
    let mut reported: BTreeMap<String, Reported> = targets
        .iter()
        .map(|target| (target.clone(), Reported::default()))
        .collect();
    if targets.is_empty() {
        return Ok(reported);
    }
    let query = json!({
        "combinator": "and",
        "rules": [{"property": "$identifier", "operator": "in", "value": targets}],
    });
    for record in all(client, TARGET, &query).await? {
        if let Some(reported) = reported.get_mut(&record.identity.identifier) {
            reported.target = Some(record);
        }
    }
    for run in runs(client, targets).await? {
        let identifier = &run.identity.identifier;
        if let Some(target) = targets.iter().find(|target| is_of(identifier, target))
            && let Some(reported) = reported.get_mut(target)
        {
            reported.runs.push(run);
        }
    }
    Ok(reported)
}

/// An identifier ends in a digest, so no other target's runs begin like this.
fn is_of(run: &str, target: &str) -> bool {
    run.strip_prefix(target)
        .is_some_and(|rest| rest.starts_with('-'))
}

async fn runs(client: &Client, targets: &[String]) -> Result<Vec<Record>, ReporterError> {
    let rules = targets.iter().map(|target| {
        json!({"property": "$identifier", "operator": "beginsWith", "value": format!("{target}-")})
    });
    let query = json!({"combinator": "or", "rules": rules.collect::<Vec<_>>()});
    all(client, RUN, &query).await
}

async fn all(
    client: &Client,
    blueprint: &str,
    query: &Value,
) -> Result<Vec<Record>, ReporterError> {
    let mut all = Vec::new();
    let mut from: Option<String> = None;
    loop {
        let page = client.search_blueprint(blueprint, Some(query), from.as_deref());
        let (found, next) = page.await.map_err(ReporterError::of_search)?;
        let is_last = found.is_empty() || next.is_none() || next == from;
        all.extend(found);
        if is_last {
            return Ok(all);
        }
        from = next;
    }
}

/// Writes targets and their runs, 20 of a blueprint in a request; one result for each,
/// in their order. One that fails does not hold up the others.
///
/// # Errors
/// The catalog can't be written to at all; how far it came is then not told.
pub(crate) async fn write_many(
    client: &Client,
    writings: &[Writing],
) -> Result<Vec<Result<(), ReporterError>>, ReporterError> {
    let mut results: Vec<Result<(), ReporterError>> = writings.iter().map(|_| Ok(())).collect();
    for step in [Step::New, Step::Runs, Step::Known] {
        let mut sent: Vec<(usize, (String, Value))> = Vec::new();
        for (index, writing) in writings.iter().enumerate() {
            if results[index].is_ok() {
                sent.extend(step.of(writing).into_iter().map(|request| (index, request)));
            }
        }
        let (places, requests): (Vec<usize>, Vec<_>) = sent.into_iter().unzip();
        if requests.is_empty() {
            continue;
        }
        let blueprints: Vec<String> = requests.iter().map(|(it, _)| it.clone()).collect();
        let how = Upsert {
            merge: true,
            ..Upsert::default()
        };
        let outcomes = client.upsert_all(requests, how).await?;
        for ((index, blueprint), outcome) in places.into_iter().zip(blueprints).zip(outcomes) {
            if let Err(error) = outcome {
                results[index] = Err(ReporterError::NotTaken { blueprint, error });
            }
        }
    }
    let written = writings.iter().zip(&results).filter(|(_, it)| it.is_ok());
    let surplus: Vec<String> = written.flat_map(|(it, _)| it.surplus.clone()).collect();
    delete(client, &surplus).await?;
    Ok(results)
}

/// What is written at a time.
#[derive(Clone, Copy)]
enum Step {
    /// Targets that are not there.
    New,
    /// All runs.
    Runs,
    /// Targets that are there, and what new ones count.
    Known,
}

impl Step {
    fn of(self, writing: &Writing) -> Vec<(String, Value)> {
        let is_run = |(blueprint, _): &&(String, Value)| blueprint == RUN;
        let (runs, targets): (Vec<_>, Vec<_>) = writing.requests.iter().partition(is_run);
        // One run is either there or the newest, which is told anyhow.
        let is_split = writing.is_new && runs.len() > 1;
        match (self, writing.is_new) {
            (Self::Runs, _) => runs.into_iter().cloned().collect(),
            (Self::New, true) if is_split => counted(targets, false),
            (Self::Known, true) if is_split => counted(targets, true),
            (Self::New, true) | (Self::Known, false) => targets.into_iter().cloned().collect(),
            (Self::New, false) | (Self::Known, true) => Vec::new(),
        }
    }
}

/// Targets with what they count alone, or with all but that.
fn counted(targets: Vec<&(String, Value)>, is_counts: bool) -> Vec<(String, Value)> {
    let part = |(blueprint, body): &(String, Value)| {
        let mut body = body.clone();
        if let Some(properties) = body["properties"].as_object_mut() {
            properties.retain(|name, _| COUNTS.contains(&name.as_str()) == is_counts);
        }
        (blueprint.clone(), body)
    };
    targets.into_iter().map(part).collect()
}

/// Removes targets with their runs; those that others of the catalog need stay.
///
/// # Errors
/// The catalog can't be written to.
pub(crate) async fn remove_many(
    client: &Client,
    targets: &[String],
) -> Result<BTreeSet<String>, ReporterError> {
    let mut needed = BTreeSet::new();
    if targets.is_empty() {
        return Ok(needed);
    }
    let found = runs(client, targets).await?.into_iter();
    let found: Vec<String> = found.map(|run| run.identity.identifier).collect();
    delete(client, &found).await?;
    for targets in targets.chunks(DELETED) {
        match client.delete_bulk(TARGET, targets).await {
            Ok(_) => {}
            Err(error) if error.code() == Some("has_dependents") => {
                for target in targets {
                    let one = std::slice::from_ref(target);
                    match client.delete_bulk(TARGET, one).await {
                        Ok(_) => {}
                        Err(error) if error.code() == Some("has_dependents") => {
                            needed.insert(target.clone());
                        }
                        Err(error) => return Err(ReporterError::Target(error)),
                    }
                }
            }
            Err(error) => return Err(ReporterError::Target(error)),
        }
    }
    Ok(needed)
}
