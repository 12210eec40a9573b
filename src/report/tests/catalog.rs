//! As much of a catalog as the memory of a report needs: merging upserts.

use serde_json::{Map, Value, json};

use crate::catalog::{Identity, Record};
use crate::report::{
    RUN, Reported, Seen, SyncResult, TARGET, Watch, delivery_requests, requests, surplus,
};

/// One target and its runs.
#[derive(Default)]
pub(crate) struct Catalog(pub Reported);

impl Catalog {
    /// Reports an object and says what was sent, each as its identifier without the
    /// target's, with its phase.
    pub(super) fn report(&mut self, result: &SyncResult) -> Vec<String> {
        self.report_seen(result, &Seen::default())
    }

    pub(super) fn report_seen(&mut self, result: &SyncResult, seen: &Seen) -> Vec<String> {
        self.send(result, seen, &Watch::default())
    }

    /// What somebody reports who watched meanwhile.
    pub(super) fn report_watched(&mut self, result: &SyncResult, watch: &Watch) -> Vec<String> {
        self.send(result, &Seen::default(), watch)
    }

    /// What became of entities, and nothing else.
    pub(super) fn report_alone(&mut self, seen: &Seen) {
        for (blueprint, body) in delivery_requests(&self.0, seen) {
            self.upsert(&blueprint, &body);
        }
    }

    fn send(&mut self, result: &SyncResult, seen: &Seen, watch: &Watch) -> Vec<String> {
        let sent = requests(result, &self.0, seen, watch);
        let target = result.subject.identifier();
        let surplus = surplus(&self.0, &sent, 20);
        for (blueprint, body) in &sent {
            self.upsert(blueprint, body);
        }
        self.0
            .runs
            .retain(|run| !surplus.contains(&run.identity.identifier));
        sent.iter().map(|(_, body)| said(body, &target)).collect()
    }

    /// Does the first of the requests and forgets the others.
    pub(super) fn report_cut_off(&mut self, result: &SyncResult, done: usize) {
        let sent = requests(result, &self.0, &Seen::default(), &Watch::default());
        for (blueprint, body) in sent.iter().take(done) {
            self.upsert(blueprint, body);
        }
    }

    /// A property of the target.
    pub(crate) fn target(&self, property: &str) -> Value {
        self.0
            .target
            .as_ref()
            .map_or(Value::Null, |target| target.properties[property].clone())
    }

    /// Merges one request into what is there.
    pub(crate) fn upsert(&mut self, blueprint: &str, body: &Value) {
        let identifier = body["identifier"].as_str().expect("it has one");
        let record = match blueprint {
            TARGET => self
                .0
                .target
                .get_or_insert_with(|| empty(TARGET, identifier)),
            _ => {
                let index = self
                    .0
                    .runs
                    .iter()
                    .position(|it| it.identity.identifier == identifier);
                let index = index.unwrap_or_else(|| {
                    self.0.runs.push(empty(RUN, identifier));
                    self.0.runs.len() - 1
                });
                &mut self.0.runs[index]
            }
        };
        if let Some(title) = body["title"].as_str() {
            record.title = Some(title.to_owned());
        }
        merge(&mut record.properties, &body["properties"]);
        merge(&mut record.relations, &body["relations"]);
    }
}

fn merge(held: &mut Map<String, Value>, sent: &Value) {
    let sent = sent.as_object().into_iter().flatten();
    held.extend(sent.map(|(name, value)| (name.clone(), value.clone())));
}

fn empty(blueprint: &str, identifier: &str) -> Record {
    let identity = Identity {
        blueprint: blueprint.to_owned(),
        identifier: identifier.to_owned(),
    };
    let record = json!({"blueprint": identity.blueprint, "identifier": identity.identifier});
    Record::parse(record).expect("it has an identity")
}

fn said(body: &Value, target: &str) -> String {
    let identifier = body["identifier"].as_str().expect("it has one");
    match identifier.strip_prefix(target) {
        Some("") => format!(
            "target {}",
            body["properties"]["syncStatus"].as_str().unwrap_or("-")
        ),
        _ => format!(
            "run {} {}",
            body["title"].as_str().unwrap_or("-"),
            body["properties"]["reason"].as_str().unwrap_or("-")
        ),
    }
}
