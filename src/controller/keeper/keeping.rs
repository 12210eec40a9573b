//! The keeper at work, as long as this replica acts: what is seen goes in, what is due
//! is done, one attempt at a time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, FuturesUnordered};
use futures_util::{FutureExt, StreamExt};
use tokio::sync::Mutex;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::attempt::{Attempted, Tools, accept, attempt};
use super::mapping_map::Word;
use super::proof::{self, Answered, answered};
use super::push::Publisher;
use super::state::State;
use super::{KeeperError, Metrics, Options, mapping_map, said};
use crate::cluster::{Change, ClusterError, Scope};
use crate::controller::frame::Context;
use crate::publish::keeper::{Due, Keeper, MapKey, Moment, Question, Sighting};
use crate::render::FRAGMENT_LABEL;

/// How often the operator's word is read from the mapping's ConfigMap.
const WORD: Duration = Duration::from_secs(15);

/// When to look again where nothing is due.
const IDLE: Duration = Duration::from_secs(3600);

/// Keeps the mapping until the process is to end, and finishes what is under way.
///
/// # Errors
/// Where the state is not known, or no more.
pub(super) async fn keep<P: Publisher>(
    options: &Options,
    context: &Context,
    metrics: &Metrics,
    publisher: &Arc<P>,
) -> Result<(), KeeperError> {
    let loaded = State::load(
        context.cluster.clone(),
        &context.namespace,
        context.controller,
    );
    let (state, accepted) = loaded.await?;
    let begun = Instant::now();
    let mut keeper = Keeper::new(options.rules.clone(), accepted, Moment(0));
    // Until the operator's word is read.
    keeper.pause(true);
    let mut keeping = Keeping {
        keeper,
        tools: Arc::new(Tools {
            rules: options.rules.clone(),
            publisher: Arc::clone(publisher),
            map: mapping_map(context),
            state: Mutex::new(state),
        }),
        changes: changes(options, context),
        context: context.clone(),
        metrics: metrics.clone(),
        begun,
        questions: VecDeque::new(),
        asked: FuturesUnordered::new(),
        work: None,
        word: Word::default(),
    };
    keeping.go_on().await
}

type Changes = BoxStream<'static, Result<Change<Sighting>, ClusterError>>;

fn changes(options: &Options, context: &Context) -> Changes {
    let scope = Scope {
        namespaces: options.namespaces.clone(),
        labels: Some(format!("{FRAGMENT_LABEL}=true")),
        ..Scope::all("v1/configmaps")
    };
    let rules = options.rules.clone();
    let changes = context
        .cluster
        .follow(scope, move |object| Sighting::of(&object, &rules));
    changes.boxed()
}

struct Keeping<P> {
    keeper: Keeper,
    tools: Arc<Tools<Arc<P>>>,
    changes: Changes,
    context: Context,
    metrics: Metrics,
    begun: Instant,
    /// Not asked yet.
    questions: VecDeque<Question>,
    asked: FuturesUnordered<BoxFuture<'static, Answered>>,
    /// The attempt that is under way.
    work: Option<BoxFuture<'static, Attempted>>,
    /// What the operator last said.
    word: Word,
}

impl<P: Publisher> Keeping<P> {
    async fn go_on(&mut self) -> Result<(), KeeperError> {
        let mut ending = self.context.activity.clone();
        let mut words = interval(WORD);
        words.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            self.ask();
            let wake = self.begin();
            self.tell().await;
            tokio::select! {
                Some(change) = self.changes.next() => self.changed(change),
                Some((question, said)) = self.asked.next(), if !self.asked.is_empty() => {
                    if said.iter().any(Option::is_none) {
                        self.metrics.unread();
                    }
                    let now = self.now();
                    self.keeper.answered(&question, &said, now);
                }
                attempted = of(&mut self.work), if self.work.is_some() => {
                    self.work = None;
                    self.ended(attempted).await?;
                }
                _ = words.tick() => self.hear().await,
                () = sleep_until(wake) => {}
                () = ending.ended() => return self.finish().await,
            }
        }
    }

    fn now(&self) -> Moment {
        let since = self.begun.elapsed().as_millis();
        Moment(u64::try_from(since).unwrap_or(u64::MAX))
    }

    fn changed(&mut self, change: Result<Change<Sighting>, ClusterError>) {
        let now = self.now();
        match change {
            Ok(Change::Applied(sighting)) => self.keeper.seen(sighting, now),
            Ok(Change::Deleted(name)) => {
                let key = MapKey {
                    namespace: name.namespace.unwrap_or_default(),
                    name: name.name,
                };
                self.keeper.gone(&key, now);
            }
            Ok(Change::Listed(_)) => self.keeper.listed(now),
            // Every cluster has ConfigMaps; whatever this says, none of them is gone.
            Ok(Change::Unserved) => {}
            Err(error) => {
                self.metrics.unread();
                tracing::warn!("fragments can't be followed: {error}");
            }
        }
    }

    /// Asks whose ConfigMaps are, a few at a time.
    fn ask(&mut self) {
        let now = self.now();
        self.questions.extend(self.keeper.questions(now));
        while self.asked.len() < proof::AT_ONCE
            && let Some(question) = self.questions.pop_front()
        {
            let asked = answered(self.context.cluster.clone(), question);
            self.asked.push(asked.boxed());
        }
    }

    /// Begins what is due; when to look again.
    fn begin(&mut self) -> Instant {
        let now = self.now();
        let question = self.keeper.next_question(now);
        let due = match self.work.is_none() && self.context.activity.is_active() {
            true => self.keeper.due(now),
            false => Due::Nothing,
        };
        let tools = Arc::clone(&self.tools);
        let mut at = None;
        match due {
            Due::Nothing => {}
            Due::At(moment) => at = Some(moment),
            Due::Accept(set) => self.work = Some(accept(tools, set).boxed()),
            Due::Push(round) => {
                let approved = self.word.approved.clone();
                self.work = Some(attempt(tools, round, approved).boxed());
            }
        }
        let next = at.into_iter().chain(question).min();
        match next {
            Some(moment) => self.begun + Duration::from_millis(moment.0),
            None => Instant::now() + IDLE,
        }
    }

    /// Says what was found, in Events and numbers.
    async fn tell(&mut self) {
        for notice in self.keeper.notices() {
            self.metrics.refused(&notice.refusal);
            said::refused(&self.context, &notice).await;
        }
        self.metrics.count(self.keeper.count());
    }

    /// Reads what the operator says.
    async fn hear(&mut self) {
        match self.tools.map.word().await {
            Ok(word) => {
                self.keeper.pause(word.is_paused);
                if word.approved.is_some() && word.approved != self.word.approved {
                    self.keeper.approved(self.now());
                }
                self.word = word;
            }
            // Whoever has paused it has not taken that back.
            Err(error) => tracing::warn!("whether the mapping is paused can't be told: {error}"),
        }
    }

    async fn ended(&mut self, attempted: Attempted) -> Result<(), KeeperError> {
        if let Some((answer, _)) = &attempted.pushed {
            self.metrics.attempted(answer);
        }
        if let Some(bar) = &attempted.bar {
            self.metrics.attempted(bar);
        }
        self.keeper.ended(attempted.ended.clone(), self.now());
        said::attempted(&self.context, &self.keeper, &attempted).await;
        match attempted.has_lost_state {
            true => Err(super::StateError::Conflict.into()),
            false => Ok(()),
        }
    }

    /// Finishes what is under way.
    async fn finish(&mut self) -> Result<(), KeeperError> {
        if self.work.is_some() {
            let attempted = of(&mut self.work).await;
            self.work = None;
            self.ended(attempted).await?;
        }
        Ok(())
    }
}

/// What comes of the attempt that is under way; waits for ever where there is none.
async fn of(work: &mut Option<BoxFuture<'static, Attempted>>) -> Attempted {
    match work {
        Some(work) => work.await,
        None => std::future::pending().await,
    }
}
