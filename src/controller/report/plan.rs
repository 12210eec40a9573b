//! What is to be written of a target, given what the catalog holds of it: pure.

use super::targets::Item;
use crate::report::{
    Phase, RUN, Reported, Seen, SyncResult, TARGET, Timestamp, delivery_requests, requests, surplus,
};
use crate::reporter::Writing;

/// What is to be written: what `result` tells, and what became of the entities.
pub(super) fn writing(
    item: &mut Item,
    result: Option<&SyncResult>,
    reported: &Reported,
    since: Timestamp,
    keep: usize,
) -> Writing {
    let seen = item.seen.clone().unwrap_or_default();
    let requests = match result {
        Some(result) => of_result(item, result, reported, &seen, since),
        None => delivery_requests(reported, &seen),
    };
    Writing {
        target: item.target.clone(),
        is_new: reported.target.is_none(),
        surplus: surplus(reported, &requests, keep),
        requests,
    }
}

fn of_result(
    item: &mut Item,
    result: &SyncResult,
    reported: &Reported,
    seen: &Seen,
    since: Timestamp,
) -> Vec<(String, serde_json::Value)> {
    let mut watch = item.debt.against(reported, since, item.first);
    let mut sent = requests(result, reported, seen, &watch);
    let held = reported
        .runs
        .iter()
        .map(|run| run.identity.identifier.as_str());
    let held: Vec<&str> = held.collect();
    let new = sent.iter().filter(|(blueprint, body)| {
        let identifier = body["identifier"].as_str().unwrap_or_default();
        blueprint == RUN && !held.contains(&identifier)
    });
    let lost = item.debt.told(new.count() as u64);
    if lost > 0 {
        watch.lost += lost;
        sent = requests(result, reported, seen, &watch);
    }
    let count = sent.iter().find_map(|(blueprint, body)| {
        let count = &body["properties"]["unseenRuns"];
        (blueprint == TARGET).then_some(count.as_u64())?
    });
    if let Some(count) = count {
        item.debt.sends(count);
    }
    sent
}

/// When the runs ended that are written as new.
pub(super) fn ends(writing: &Writing) -> impl Iterator<Item = Timestamp> + use<'_> {
    let runs = writing.requests.iter().filter(|(it, _)| it == RUN);
    runs.filter_map(|(_, body)| {
        let properties = &body["properties"];
        let has_ended = properties["phase"].as_str()? != Phase::Running.as_str();
        let end = Timestamp::parse(properties["finishedAt"].as_str()?)?;
        has_ended.then_some(end)
    })
}
