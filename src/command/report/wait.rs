//! Watching declared entities until they are in the catalog.
//!
//! The catalog is asked for those that are not there yet, with growing pauses, and
//! why it does not take an entity once for each; so the cost is bounded by the
//! number of entities and the logarithm of the time.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::Run;
use super::declared::{Declared, Form};
use super::look::look;
use super::verdict::{Rejection, rejections};
use crate::catalog::{Delivery, Identity, Record};
use crate::catalog_api::ApiError;
use crate::output::{Console, ReportRow};
use crate::report::Timestamp;
use crate::report::delivery::{self, Knowledge, compare};

/// The first pause; the exporter sends what changed after two seconds.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(15);

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
    is_done: bool,
    form: Option<Form>,
    knowledge: Knowledge,
}

/// Looks at all entities, and with `--wait` until nothing is to be waited for.
pub(super) async fn watch(
    run: &Run<'_>,
    declared: &Declared,
    since: Option<Timestamp>,
    console: &mut Console,
) -> anyhow::Result<Vec<Watched>> {
    let mut watch = Watch::new(run, declared, since);
    let count = watch.entities.len();
    console.step(&format!(
        "look for {count} {} in the catalog",
        entities(count)
    ));
    let mut told = 0;
    let mut pause = PAUSE;
    let mut last = watch.round().await;
    loop {
        let is_late = Instant::now() + pause > run.deadline;
        if !run.arguments.wait || (last.is_ok() && watch.is_settled()) || is_late {
            break;
        }
        let delivered = watch.delivered();
        if delivered > told {
            console.step(&format!(
                "{delivered} of {count} delivered, wait for the others"
            ));
            told = delivered;
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(LONGEST);
        // A catalog that can't be asked now is asked again.
        last = watch.round().await;
    }
    if run.arguments.wait && !watch.is_settled() {
        tokio::time::sleep(run.deadline.saturating_duration_since(Instant::now())).await;
        last = watch.round().await;
    }
    last?;
    if run.arguments.wait {
        watch.finish().await?;
    }
    Ok(watch.entities)
}

fn entities(count: usize) -> &'static str {
    match count {
        1 => "entity",
        _ => "entities",
    }
}

/// A watch that goes on.
struct Watch<'a> {
    run: &'a Run<'a>,
    begun: Instant,
    create_missing_related: bool,
    entities: Vec<Watched>,
    /// How many were delivered when the catalog was last asked for its verdict;
    /// nothing before the first round.
    judged_at: Option<usize>,
}

impl<'a> Watch<'a> {
    fn new(run: &'a Run<'a>, declared: &Declared, since: Option<Timestamp>) -> Self {
        let now = declared.entities.iter().map(|(identity, form)| {
            let left = declared.left.get(identity).cloned().unwrap_or_default();
            Watched::new(identity, Some(form.clone()), since, left)
        });
        let gone = declared.gone.iter();
        let gone = gone.map(|identity| Watched::new(identity, None, since, BTreeSet::new()));
        Self {
            run,
            begun: Instant::now(),
            create_missing_related: declared.create_missing_related,
            entities: now.chain(gone).collect(),
            judged_at: None,
        }
    }

    fn delivered(&self) -> usize {
        let delivered = self.entities.iter().filter(|it| it.is_done);
        delivered.count()
    }

    /// Whether waiting longer brings nothing.
    fn is_settled(&self) -> bool {
        self.entities.iter().all(Watched::is_settled)
    }

    /// Looks at what is not settled, and asks for a verdict where that may be news.
    async fn round(&mut self) -> Result<(), ApiError> {
        let sought = |it: &&Watched| !it.is_settled();
        self.look(sought).await?;
        let delivered = self.delivered();
        if self.judged_at != Some(delivered) {
            self.judge().await?;
            self.judged_at = Some(delivered);
        }
        Ok(())
    }

    /// Looks at all once more: what was there may be gone.
    async fn finish(&mut self) -> Result<(), ApiError> {
        self.look(|it| !matches!(it.form, Some(Form::Search)))
            .await?;
        self.judge().await
    }

    async fn look(&mut self, sought: impl Fn(&&Watched) -> bool) -> Result<(), ApiError> {
        let identities = self.entities.iter().filter(&sought);
        let identities: BTreeSet<&Identity> = identities.map(|it| &it.identity).collect();
        let found = look(&self.run.client, &identities).await?;
        let after = self.judged_at.map(|_| self.begun.elapsed());
        for entity in self.entities.iter_mut().filter(|it| sought(&&**it)) {
            entity.see(found.get(&entity.identity), after);
        }
        Ok(())
    }

    /// Asks why those that are not there are not; what is refused for good is not
    /// asked for again.
    async fn judge(&mut self) -> Result<(), ApiError> {
        let missing = self.entities.iter().filter(|it| it.is_missing());
        let open = missing.filter(|it| !it.rejection.as_ref().is_some_and(Rejection::is_final));
        let bodies: BTreeMap<&Identity, &Value> = open
            .filter_map(|it| match &it.form {
                Some(Form::Sent(body)) => Some((&it.identity, body)),
                Some(Form::Listed | Form::Unsent(_) | Form::Conflict | Form::Search) | None => None,
            })
            .collect();
        let asked: BTreeSet<Identity> = bodies.keys().map(|it| (*it).clone()).collect();
        let mut refused =
            rejections(&self.run.client, &bodies, self.create_missing_related).await?;
        for entity in &mut self.entities {
            if asked.contains(&entity.identity) {
                entity.judged(refused.remove(&entity.identity));
            }
        }
        Ok(())
    }
}

impl Watched {
    fn new(
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
    fn is_settled(&self) -> bool {
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
    fn see(&mut self, record: Option<&Record>, after: Option<Duration>) {
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
    fn judged(&mut self, rejection: Option<Rejection>) {
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
