//! One declared entity, while it is watched.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use super::declared::Form;
use crate::catalog::{Delivery, Identity, Record};
use crate::output::ReportRow;
use crate::report::Timestamp;
use crate::report::delivery::{self, Knowledge, compare};
use crate::reporter::Rejection;

/// What is known of one entity.
pub(super) struct Watched {
    pub identity: Identity,
    pub delivery: Delivery,
    /// Why, by names of fields.
    pub reason: Option<String>,
    pub rejection: Option<Rejection>,
    /// Whether the catalog has an entity of this identity.
    pub is_there: bool,
    /// When it came, or went, since the watch began; nothing where that was before.
    pub after: Option<Duration>,
    /// Whether it was seen as it is declared; of one that left, that it is gone.
    pub is_done: bool,
    /// How it is declared; nothing where it is no more.
    pub form: Option<Form>,
    knowledge: Knowledge,
}

impl Watched {
    pub(super) fn new(
        identity: &Identity,
        form: Option<Form>,
        since: Option<Timestamp>,
        left: BTreeSet<String>,
    ) -> Self {
        let (delivery, reason) = match &form {
            Some(Form::Unsent(why)) => (Delivery::Rejected, Some(format!("not sent: {why}"))),
            Some(Form::Conflict) => {
                let why = "several objects declare it, with other values";
                (Delivery::Conflict, Some(why.to_owned()))
            }
            Some(Form::Search) => {
                let why = "its identifier is a search";
                (Delivery::NotObserved, Some(why.to_owned()))
            }
            Some(Form::Sent(_) | Form::Listed) => (Delivery::Pending, None),
            None => {
                let why = "left Git, stays in the catalog";
                (Delivery::Lingering, Some(why.to_owned()))
            }
        };
        Self {
            identity: identity.clone(),
            delivery,
            reason,
            rejection: None,
            is_there: false,
            after: None,
            is_done: false,
            form,
            knowledge: Knowledge {
                since,
                left,
                ..Knowledge::default()
            },
        }
    }

    /// Whether it should be in the catalog as it is declared, and is not.
    pub(super) fn is_missing(&self) -> bool {
        match self.delivery {
            Delivery::Delivered | Delivery::Lingering | Delivery::NotObserved => false,
            Delivery::Pending
            | Delivery::Rejected
            | Delivery::Overwritten
            | Delivery::Vanished
            | Delivery::Conflict => true,
        }
    }

    /// Whether it left Git and the catalog.
    pub(super) fn is_gone(&self) -> bool {
        self.form.is_none() && self.is_done && !self.is_there
    }

    /// Whether nothing will change by itself.
    pub(super) fn is_settled(&self) -> bool {
        match (self.delivery, &self.form) {
            (Delivery::Delivered | Delivery::NotObserved | Delivery::Conflict, _) => true,
            // The exporter deletes what left, unless it is somebody else's.
            (Delivery::Lingering, form) => form.is_some() || self.is_done,
            (Delivery::Rejected, Some(Form::Unsent(_))) => true,
            (Delivery::Rejected, _) => self.rejection.as_ref().is_some_and(Rejection::is_final),
            (Delivery::Pending | Delivery::Overwritten | Delivery::Vanished, _) => false,
        }
    }

    /// Takes in what the catalog holds.
    pub(super) fn see(&mut self, record: Option<&Record>, after: Option<Duration>) {
        self.is_there = record.is_some();
        match &self.form {
            Some(Form::Sent(body)) => {
                self.delivery = compare(body, record, &self.knowledge);
                self.reason = record.and_then(|it| why(self.delivery, body, it, &self.knowledge));
            }
            Some(Form::Listed) if self.is_there => {
                self.delivery = Delivery::Delivered;
                self.reason = Some("it is there; a lock tells no values".to_owned());
            }
            Some(Form::Listed) => {
                let body = Value::Null;
                self.delivery = compare(&body, None, &self.knowledge);
            }
            Some(Form::Unsent(_) | Form::Conflict | Form::Search) => return,
            None => {}
        }
        let is_done = match &self.form {
            Some(_) => !self.is_missing(),
            None => !self.is_there,
        };
        if is_done {
            self.rejection = None;
            self.knowledge.is_rejected = false;
        }
        if is_done && !self.is_done {
            self.is_done = true;
            self.knowledge.was_delivered = true;
            self.after = after;
        }
    }

    /// Takes in what the catalog says of it.
    pub(super) fn judged(&mut self, rejection: Option<Rejection>) {
        self.knowledge.is_rejected = rejection.is_some();
        if rejection.is_some() {
            self.delivery = Delivery::Rejected;
        } else if self.delivery == Delivery::Rejected {
            self.delivery = Delivery::Pending;
        }
        self.rejection = rejection;
    }

    /// As it is shown.
    pub(super) fn row(&self) -> ReportRow<'_> {
        let rejection = self.rejection.as_ref();
        ReportRow {
            identity: &self.identity,
            delivery: self.delivery,
            is_declared: self.form.is_some(),
            is_gone: self.is_gone(),
            status: rejection.map(|it| it.status),
            code: rejection.map(|it| it.code.as_str()),
            reason: match rejection {
                Some(rejection) => Some(&rejection.message),
                None => self.reason.as_deref(),
            },
            after: self.after,
        }
    }
}

/// In what an entity is not as it is declared, by the names of its fields.
fn why(delivery: Delivery, body: &Value, record: &Record, knowledge: &Knowledge) -> Option<String> {
    match delivery {
        Delivery::Lingering => {
            let fields = delivery::lingering(record, &knowledge.left).join(", ");
            Some(format!("{fields} left Git and stays"))
        }
        Delivery::Pending | Delivery::Overwritten | Delivery::Rejected => {
            let fields = delivery::differences(body, record).join(", ");
            let changed =
                delivery::updated_at(record).filter(|_| delivery == Delivery::Overwritten);
            Some(match changed {
                Some(changed) => format!("{fields} changed by somebody else, {changed}"),
                None => format!("{fields} not as declared yet"),
            })
        }
        Delivery::Delivered | Delivery::Vanished | Delivery::Conflict | Delivery::NotObserved => {
            None
        }
    }
}
