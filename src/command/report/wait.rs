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
use super::watched::Watched;
use crate::catalog::Identity;
use crate::catalog_api::ApiError;
use crate::output::Console;
use crate::report::Timestamp;
use crate::reporter::{Rejection, look, rejections};

/// The first pause; the exporter sends what changed after two seconds.
const PAUSE: Duration = Duration::from_secs(1);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(15);

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
