//! Entities on their way to the API, in batches by blueprint.
//!
//! After pkg/k8s/batch_collector.go of port-k8s-exporter v0.7.9. The exporter takes
//! the blueprints of a batch in no order; here those that others relate to go first,
//! which is the best that can happen.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use serde_json::{Value, json};

use super::client::{Ask, Client, Wire, in_path, is_ok};
use crate::catalog::Identity;
use crate::exporter::Request;
use crate::sandbox::store::Answer;

/// The most entities of one request (`BULK_SYNC_MAX_ENTITIES_PER_BATCH`).
const ENTITIES: usize = 20;
/// How many entities wait at most (`BlueprintBatchMultiplier`).
const WAITING: usize = 5 * ENTITIES;
/// `BULK_SYNC_MAX_PAYLOAD_BYTES`.
const BYTES: usize = 1 << 20;

/// What waits, by blueprint; `I` is the work item that an entity is from.
#[derive(Clone, Debug)]
pub(super) struct Batch<I> {
    waiting: BTreeMap<String, Vec<(Request, I)>>,
}

/// What came of sending a batch.
#[derive(Clone, Debug)]
pub(super) struct Sent<I> {
    /// The entities that the API took.
    pub(super) taken: BTreeSet<Identity>,
    /// Those that it refused, with its reason.
    pub(super) refused: BTreeMap<Identity, String>,
    /// Work items that are worth another try.
    pub(super) again: BTreeSet<I>,
    /// All work items that were in the batch.
    pub(super) items: BTreeSet<I>,
}

impl<I> Default for Batch<I> {
    fn default() -> Self {
        Self {
            waiting: BTreeMap::new(),
        }
    }
}

impl<I: Clone + Ord> Batch<I> {
    pub(super) fn add(&mut self, request: Request, item: I) {
        let blueprint = request.blueprint.clone();
        self.waiting
            .entry(blueprint)
            .or_default()
            .push((request, item));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Whether it is sent before anything else is looked at.
    pub(super) fn is_full(&self) -> bool {
        self.waiting.values().map(Vec::len).sum::<usize>() >= WAITING
    }

    /// Sends all that waits.
    pub(super) fn send(
        &mut self,
        client: &mut Client,
        wire: &mut Wire<'_>,
        create_missing: bool,
    ) -> Sent<I> {
        let mut sent = Sent {
            taken: BTreeSet::new(),
            refused: BTreeMap::new(),
            again: BTreeSet::new(),
            items: BTreeSet::new(),
        };
        let mut sending = Sending {
            client,
            wire,
            create_missing,
            sent: &mut sent,
        };
        let waiting = std::mem::take(&mut self.waiting);
        for blueprint in targets_first(&waiting) {
            let entities = &waiting[&blueprint];
            for entities in entities.chunks(size(entities)) {
                sending.bulk(&blueprint, entities);
            }
        }
        sent
    }
}

/// The blueprints, each after those that its entities relate to, as far as there is such
/// an order.
fn targets_first<I>(waiting: &BTreeMap<String, Vec<(Request, I)>>) -> Vec<String> {
    let mut homes: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (blueprint, entities) in waiting {
        for identifier in entities.iter().filter_map(|(it, _)| it.identifier.as_str()) {
            homes.entry(identifier).or_default().insert(blueprint);
        }
    }
    let targets = |entities: &[(Request, I)]| -> BTreeSet<&str> {
        let values = entities.iter().flat_map(|(it, _)| it.relations.values());
        let leads = values.flat_map(|value| {
            value
                .as_array()
                .map_or(slice::from_ref(value), Vec::as_slice)
        });
        let leads = leads.filter_map(Value::as_str);
        leads
            .filter_map(|it| homes.get(it))
            .flatten()
            .copied()
            .collect()
    };
    let mut left: BTreeMap<&str, BTreeSet<&str>> = waiting
        .iter()
        .map(|(blueprint, entities)| (blueprint.as_str(), targets(entities)))
        .collect();
    let mut order = Vec::new();
    while !left.is_empty() {
        let waits = |(blueprint, targets): &(&&str, &BTreeSet<&str>)| {
            targets
                .iter()
                .any(|it| it != *blueprint && left.contains_key(it))
        };
        let free = left.iter().find(|entry| !waits(entry));
        // In a ring any is as good.
        let next = free.or_else(|| left.iter().next()).map(|(it, _)| *it);
        let Some(next) = next else { break };
        left.remove(next);
        order.push(next.to_owned());
    }
    order
}

/// How many entities go into one request: as many as fit by the average of the first.
fn size<I>(entities: &[(Request, I)]) -> usize {
    let sample = entities.iter().take(10);
    let count = sample.len().max(1);
    let bytes: usize = sample
        .map(|(request, _)| request.to_json().to_string().len())
        .sum();
    let estimated = (bytes * 3).div_ceil(count * 2).max(1);
    (BYTES / estimated).clamp(1, ENTITIES)
}

struct Sending<'a, 'w, I> {
    client: &'a mut Client,
    wire: &'a mut Wire<'w>,
    create_missing: bool,
    sent: &'a mut Sent<I>,
}

impl<I: Clone + Ord> Sending<'_, '_, I> {
    fn bulk(&mut self, blueprint: &str, entities: &[(Request, I)]) {
        let items = entities.iter().map(|(_, item)| item.clone());
        self.sent.items.extend(items);
        let bodies: Vec<Value> = entities.iter().map(|(it, _)| it.to_json()).collect();
        let ask = Ask::post(
            format!("/v1/blueprints/{}/entities/bulk", in_path(blueprint)),
            json!({"entities": bodies}),
        );
        let answer = self.client.send(self.wire, &ask.with(self.how()));
        match answer {
            Some(answer) if matches!(answer.status, 200 | 207) => {
                self.each(blueprint, entities, &answer.body);
            }
            Some(answer) if is_final(answer.status) => {
                let reason = reason(&answer);
                for (request, _) in entities {
                    let refused = (request.identity(), reason.clone());
                    self.sent.refused.extend([refused]);
                }
            }
            Some(_) | None => self.one_by_one(entities.iter()),
        }
    }

    /// Reads what became of each entity: the exporter goes by their identifiers.
    fn each(&mut self, blueprint: &str, entities: &[(Request, I)], body: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let identity = |entry: &Value| Identity {
            blueprint: blueprint.to_owned(),
            identifier: text(&entry["identifier"]),
        };
        let list = |name: &str| body[name].as_array().into_iter().flatten();
        self.sent.taken.extend(list("entities").map(identity));
        let mut again = BTreeSet::new();
        for error in list("errors") {
            let status = error["statusCode"].as_u64().unwrap_or_default();
            match is_final(u16::try_from(status).unwrap_or_default()) {
                true => {
                    let reason = format!("{status}: {}", text(&error["message"]));
                    self.sent.refused.insert(identity(error), reason);
                }
                false => drop(again.insert(identity(error))),
            }
        }
        let failed = entities.iter();
        self.one_by_one(failed.filter(|(request, _)| again.contains(&request.identity())));
    }

    fn one_by_one<'e>(&mut self, entities: impl Iterator<Item = &'e (Request, I)>)
    where
        I: 'e,
    {
        for (request, item) in entities {
            let path = format!("/v1/blueprints/{}/entities", in_path(&request.blueprint));
            let ask = Ask::post(path, request.to_json()).with(self.how());
            match self.client.send(self.wire, &ask) {
                Some(answer) if is_ok(&answer) => drop(self.sent.taken.insert(request.identity())),
                Some(answer) => self.failed(request, item, reason(&answer)),
                None => self.failed(request, item, "no token".to_owned()),
            }
        }
    }

    fn failed(&mut self, request: &Request, item: &I, reason: String) {
        self.sent.refused.insert(request.identity(), reason);
        self.sent.again.insert(item.clone());
    }

    fn how(&self) -> String {
        let create_missing = self.create_missing;
        format!("create_missing_related_entities={create_missing}&merge=true&run_id=&upsert=true")
    }
}

/// Whether the exporter takes an answer for the last word.
fn is_final(status: u16) -> bool {
    matches!(status, 401 | 403 | 404 | 422)
}

/// The API's own words, with the status.
fn reason(answer: &Answer) -> String {
    let message = answer.body["message"].as_str().unwrap_or("no message");
    format!("{}: {message}", answer.status)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::{Map, Value, json};

    use super::{size, targets_first};
    use crate::exporter::Request;

    fn entity(blueprint: &str, identifier: &str, relations: Value) -> (Request, ()) {
        let request = Request {
            identifier: json!(identifier),
            title: None,
            blueprint: blueprint.to_owned(),
            icon: None,
            team: None,
            properties: Map::new(),
            relations: relations.as_object().cloned().unwrap_or_default(),
        };
        (request, ())
    }

    #[test]
    fn what_others_relate_to_goes_first_and_a_ring_goes_anyhow() {
        let waiting = [
            entity("a", "1", json!({"of": ["2", "9"], "none": null})),
            entity("b", "2", json!({"of": "3"})),
            entity("c", "3", json!({"self": "3", "back": "2"})),
            entity("d", "4", json!({})),
        ];
        let waiting: BTreeMap<String, _> = waiting
            .into_iter()
            .map(|entity| (entity.0.blueprint.clone(), vec![entity]))
            .collect();
        assert_eq!(targets_first(&waiting), ["d", "a", "b", "c"]);
    }

    #[test]
    fn large_entities_go_in_smaller_requests() {
        let with = |bytes: usize| {
            let mut entity = entity("a", "1", json!({}));
            let text = Value::from("x".repeat(bytes));
            entity.0.properties.insert("p".to_owned(), text);
            [entity]
        };
        assert_eq!(size(&with(10)), 20);
        assert_eq!(size(&with(100_000)), 6);
        assert_eq!(size(&with(2_000_000)), 1);
    }
}
