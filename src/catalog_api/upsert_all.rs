//! Any number of entities of any blueprints.
//!
//! Sent in steps (`order`), each step in batches of one blueprint, a few at a
//! time. Entities that relate to each other in a ring can't come one after the
//! other: they are sent as they are, which does where they exist already; those
//! that the API then refuses for a related entity that it does not know are sent
//! without the ring's relations, and again whole.
//! Invariant: one result for each, in the order given; of one entity that can't
//! be sent the others take no harm.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use serde_json::Value;

use super::bulk::{BULK, EntityError, Upserted, identifier};
use super::client::Client;
use super::entities::Upsert;
use super::error::{Answered, ApiError};
use super::order::{self, Step, Targets};
use super::request::BODY_LIMIT;

/// How many batches are under way at one time.
const CONCURRENT: usize = 4;

/// What stands around the entities of a batch: `{"entities":[…]}`.
const FRAME: usize = 15;

/// What became of one entity.
type Outcome = Result<Upserted, EntityError>;

impl Client {
    /// Writes entities, each with its blueprint, those first that others relate
    /// to.
    ///
    /// # Errors
    ///
    /// Where the API can't be reached or used at all; how far it came is then not
    /// told, and the same call can be made again. What the API refuses is the
    /// result of the entities that it concerns.
    pub(crate) async fn upsert_all(
        &self,
        requests: Vec<(String, Value)>,
        how: Upsert,
    ) -> Result<Vec<Result<Upserted, EntityError>>, ApiError> {
        let mut steps = order::steps(&requests, &Targets::new());
        let tangled = order::tangled(&steps, &requests);
        if !tangled.is_empty() {
            steps = order::steps(&requests, &self.targets(tangled).await);
        }
        let mut work = Work {
            client: self,
            requests: &requests,
            how: &how,
            outcomes: vec![None; requests.len()],
        };
        for step in steps {
            match step {
                Step::Free(places) => work.send(whole(&requests, &places)).await?,
                Step::Tangled(places) => work.untangle(places).await?,
            }
        }
        Ok(work.finish())
    }

    /// What the relations of blueprints point at. What the API does not tell is not
    /// known, which is no reason to fail.
    async fn targets(&self, blueprints: BTreeSet<&str>) -> Targets {
        let mut targets = Targets::new();
        for blueprint in blueprints {
            let Ok(Some(found)) = self.blueprint(blueprint).await else {
                continue;
            };
            let relations = found.get("relations").and_then(Value::as_object);
            for (name, relation) in relations.into_iter().flatten() {
                if let Some(target) = relation.get("target").and_then(Value::as_str) {
                    let key = (blueprint.to_owned(), name.clone());
                    targets.insert(key, target.to_owned());
                }
            }
        }
        targets
    }
}

/// One entity to be sent: its place and its body.
type Item<'a> = (usize, Cow<'a, Value>);

struct Work<'a> {
    client: &'a Client,
    requests: &'a [(String, Value)],
    how: &'a Upsert,
    outcomes: Vec<Option<Outcome>>,
}

impl<'a> Work<'a> {
    async fn untangle(&mut self, places: Vec<(usize, BTreeSet<String>)>) -> Result<(), ApiError> {
        let all: Vec<usize> = places.iter().map(|(at, _)| *at).collect();
        self.send(whole(self.requests, &all)).await?;
        let missing = |at: usize| matches!(&self.outcomes[at], Some(Err(it)) if it.status == 404);
        let missed: Vec<_> = places.into_iter().filter(|(at, _)| missing(*at)).collect();
        // Where nothing is written, nothing would be known the second time.
        if missed.is_empty() || self.how.validation_only {
            return Ok(());
        }
        let without = |(at, names): &(usize, _)| (*at, stripped(&self.requests[*at].1, names));
        let stripped = missed.iter().map(without).collect();
        self.send(stripped).await?;
        let again: Vec<usize> = missed.iter().map(|(at, _)| *at).collect();
        let written = |at: &usize| matches!(self.outcomes[*at], Some(Ok(_)));
        let again: Vec<usize> = again.into_iter().filter(written).collect();
        self.send(whole(self.requests, &again)).await
    }

    /// Sends entities that do not depend on each other.
    async fn send(&mut self, items: Vec<Item<'a>>) -> Result<(), ApiError> {
        let batches = self.batches(items);
        let (client, requests, how) = (self.client, self.requests, self.how);
        // No closure makes them: of one that takes what is borrowed the compiler can't
        // prove that its future may be sent to another thread.
        let mut sent = Vec::new();
        for batch in batches {
            let blueprint = batch.first().map_or("", |(at, _)| &requests[*at].0);
            sent.push(client.upsert_batch(blueprint, batch, how));
        }
        let sent: Vec<Vec<(usize, Outcome)>> = stream::iter(sent)
            .buffer_unordered(CONCURRENT)
            .try_collect()
            .await?;
        for (at, outcome) in sent.into_iter().flatten() {
            let before = self.outcomes[at].replace(outcome);
            self.keep_created(at, before);
        }
        Ok(())
    }

    /// An entity that is sent twice was created by the first.
    fn keep_created(&mut self, at: usize, before: Option<Outcome>) {
        if let (Some(Ok(before)), Some(Ok(now))) = (before, &mut self.outcomes[at]) {
            now.created |= before.created;
        }
    }

    /// By blueprint, of at most 20 entities and less than 1 MiB. What is larger
    /// alone gets its result here.
    fn batches(&mut self, items: Vec<Item<'a>>) -> Vec<Vec<Item<'a>>> {
        let mut batches: Vec<Vec<Item<'a>>> = Vec::new();
        let mut open: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for (at, body) in items {
            let size = body.to_string().len() + 1;
            if size + FRAME >= BODY_LIMIT {
                self.outcomes[at] = Some(Err(too_large(&body, size)));
                continue;
            }
            let blueprint = self.requests[at].0.as_str();
            match open.get_mut(blueprint) {
                Some((batch, filled))
                    if batches[*batch].len() < BULK && *filled + size < BODY_LIMIT =>
                {
                    *filled += size;
                    batches[*batch].push((at, body));
                }
                _ => {
                    open.insert(blueprint, (batches.len(), FRAME + size));
                    batches.push(vec![(at, body)]);
                }
            }
        }
        batches
    }

    fn finish(self) -> Vec<Outcome> {
        let Self { outcomes, .. } = self;
        let outcomes: Option<Vec<_>> = outcomes.into_iter().collect();
        outcomes.expect("each request is in one step, and each step gives an outcome")
    }
}

impl Client {
    /// One batch. A body that is too large for the API all the same is halved;
    /// what the API refuses as a whole is each entity's error.
    async fn upsert_batch(
        &self,
        blueprint: &str,
        batch: Vec<Item<'_>>,
        how: &Upsert,
    ) -> Result<Vec<(usize, Outcome)>, ApiError> {
        let mut outcomes = Vec::new();
        let mut parts = vec![batch.as_slice()];
        while let Some(part) = parts.pop() {
            let bodies: Vec<&Value> = part.iter().map(|(_, body)| body.as_ref()).collect();
            let places = part.iter().map(|(at, _)| *at);
            match self.upsert_refs(blueprint, &bodies, how).await {
                Ok(bulk) => outcomes.extend(places.zip(bulk.results)),
                Err(ApiError::Refused { answer, .. }) if answer.status == 413 && part.len() > 1 => {
                    let (first, second) = part.split_at(part.len() / 2);
                    parts.extend([first, second]);
                }
                Err(ApiError::Refused { answer, .. }) => {
                    let refused = |body: &&Value| Err(of_batch(body, &answer));
                    outcomes.extend(places.zip(bodies.iter().map(refused)));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(outcomes)
    }
}

fn whole<'a>(requests: &'a [(String, Value)], places: &[usize]) -> Vec<Item<'a>> {
    let item = |at: &usize| (*at, Cow::Borrowed(&requests[*at].1));
    places.iter().map(item).collect()
}

/// An entity without some of its relations.
fn stripped<'a>(body: &Value, names: &BTreeSet<String>) -> Cow<'a, Value> {
    let mut body = body.clone();
    if let Some(relations) = body.get_mut("relations").and_then(Value::as_object_mut) {
        relations.retain(|name, _| !names.contains(name));
    }
    Cow::Owned(body)
}

fn too_large(body: &Value, size: usize) -> EntityError {
    EntityError {
        identifier: identifier(body),
        status: 413,
        code: "too_large".to_owned(),
        message: format!("its {size} bytes are more than the API takes (1 MiB); not sent"),
    }
}

fn of_batch(body: &Value, answer: &Answered) -> EntityError {
    EntityError {
        identifier: identifier(body),
        status: answer.status,
        code: answer.code.clone().unwrap_or_default(),
        message: answer.message.clone().unwrap_or_default(),
    }
}
