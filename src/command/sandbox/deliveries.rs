//! What became of each declared entity, for the page.
//!
//! By the same comparison as everywhere (`report::delivery`). Not for making it so.
//! Invariant: what was ever declared here and is still in the catalog is shown.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::declared::{Declared, Entity};
use crate::catalog::{Delivery, Identity, Record};
use crate::report::delivery::{Knowledge, compare, differences, lingering};
use crate::sandbox::{Declaration, ExporterState, Said, Store, Verdict};

/// What is remembered of entities from one look to the next.
#[derive(Debug, Default)]
pub(super) struct Deliveries {
    known: BTreeMap<Identity, Known>,
}

/// What is remembered of one.
#[derive(Debug)]
struct Known {
    declaration: Declaration,
    /// As it was declared last.
    body: Value,
    /// All properties and relations that it ever had here.
    members: BTreeSet<String>,
    /// Whether it was in the catalog as it is declared now.
    was_delivered: bool,
}

/// What there is to look at.
pub(super) struct Look<'a> {
    pub(super) store: &'a Store,
    pub(super) said: &'a Said,
    pub(super) exporter: &'a ExporterState,
    /// What ends the `$datasource` of the exporter's entities.
    pub(super) owner: String,
}

impl Deliveries {
    /// All that is declared, and what was and lingers.
    pub(super) fn look(
        &mut self,
        declared: &Declared,
        look: &Look<'_>,
    ) -> BTreeMap<Identity, Declaration> {
        let mut counts: BTreeMap<Identity, usize> = BTreeMap::new();
        for entity in &declared.entities {
            *counts.entry(entity.identity()).or_default() += 1;
        }
        for entity in &declared.entities {
            let identity = entity.identity();
            let record = look.record(&identity);
            let known = self.known.entry(identity.clone());
            let known = known.or_insert_with(|| Known::new(entity));
            known.declare(entity);
            known.judge(entity, record.as_ref(), look);
            if counts[&identity] > 1 {
                known.declaration.delivery = Delivery::Conflict;
                let reason = format!("{} objects declare it", counts[&identity]);
                known.declaration.reason = Some(reason);
            }
        }
        self.known.retain(|identity, known| {
            counts.contains_key(identity) || known.lingers(identity, look)
        });
        let known = self.known.iter();
        known
            .map(|(identity, known)| (identity.clone(), known.declaration.clone()))
            .collect()
    }
}

impl Known {
    fn new(entity: &Entity) -> Self {
        Self {
            declaration: Declaration {
                application: None,
                resource: entity.resource.clone(),
                location: None,
                fields: BTreeMap::new(),
                delivery: Delivery::Pending,
                reason: None,
            },
            body: Value::Null,
            members: BTreeSet::new(),
            was_delivered: false,
        }
    }

    fn declare(&mut self, entity: &Entity) {
        let Entity {
            request,
            key: _,
            application,
            resource,
            location,
            fields,
        } = entity;
        let body = request.to_json();
        if body != self.body {
            self.was_delivered = false;
            self.body = body;
        }
        self.members.extend(entity.members());
        let declaration = &mut self.declaration;
        declaration.application.clone_from(application);
        declaration.resource.clone_from(resource);
        declaration.location.clone_from(location);
        declaration.fields.clone_from(fields);
    }

    fn judge(&mut self, entity: &Entity, record: Option<&Record>, look: &Look<'_>) {
        let left: BTreeSet<String> = &self.members - &entity.members();
        let refused = match look.said.verdict(&entity.identity()) {
            Some(Verdict::Refused(reason)) => Some(reason.clone()),
            Some(Verdict::Taken) | None => None,
        };
        let unmapped = entity.key.as_ref().and_then(|key| look.said.unmapped(key));
        let knowledge = Knowledge {
            was_delivered: self.was_delivered,
            is_rejected: refused.is_some(),
            since: None,
            left,
        };
        let delivery = compare(&self.body, record, &knowledge);
        let differing = || record.map(|record| differences(&self.body, record).join(", "));
        self.declaration.reason = match delivery {
            Delivery::Rejected => refused,
            Delivery::Overwritten => differing(),
            Delivery::Lingering => record.map(|record| {
                let fields = lingering(record, &knowledge.left).join(", ");
                format!("{fields}: left, and stays in the catalog")
            }),
            Delivery::Pending | Delivery::Vanished => unmapped
                .map(|why| format!("is not sent: {why}"))
                .or_else(|| look.standstill()),
            Delivery::Delivered | Delivery::Conflict | Delivery::NotObserved => None,
        };
        self.was_delivered |= matches!(delivery, Delivery::Delivered | Delivery::Lingering);
        self.declaration.delivery = delivery;
    }

    /// Whether it is still in the catalog though nothing declares it.
    fn lingers(&mut self, identity: &Identity, look: &Look<'_>) -> bool {
        let is_there = look.is_own(identity);
        self.was_delivered = false;
        self.declaration.delivery = Delivery::Lingering;
        let reason = "nothing declares it any more, and it stays in the catalog".to_owned();
        self.declaration.reason = Some(look.standstill().unwrap_or(reason));
        is_there
    }
}

impl Look<'_> {
    fn record(&self, identity: &Identity) -> Option<Record> {
        let find = |state: &crate::sandbox::State| {
            let stored = state.entities.get(identity)?;
            Some(stored.record.clone())
        };
        self.store.read(find)
    }

    fn is_own(&self, identity: &Identity) -> bool {
        self.store.read(|state| {
            let stored = state.entities.get(identity);
            stored.is_some_and(|stored| stored.datasource.ends_with(&self.owner))
        })
    }

    /// Why the exporter does nothing, where it does nothing.
    fn standstill(&self) -> Option<String> {
        match self.exporter {
            ExporterState::Running => None,
            ExporterState::Idle(why) => Some(format!("the exporter does nothing: {why}")),
            ExporterState::Waiting(kind) => {
                Some(format!("the exporter waits for the list of kind `{kind}`"))
            }
            ExporterState::Crashed(why) => Some(format!("the exporter crashed: {why}")),
            ExporterState::Off => Some("the exporter is not started".to_owned()),
        }
    }
}
