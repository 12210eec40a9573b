//! One attempt to bring the fragments into the mapping: the order of its writes.
//!
//! First the state, then the push, then the mapping's ConfigMap: whatever ends the
//! process, no fragment is in the mapping that the state does not know.

use std::sync::Arc;

use tokio::sync::Mutex;

use super::KeeperError;
use super::mapping_map::MappingMap;
use super::push::{Answer, Publisher};
use super::state::{State, StateError};
use crate::controller::frame::ObjectRef;
use crate::publish::keeper::{AcceptedSet, Ended, Fit, Round, Rules, Step};

/// What it works with.
#[derive(Debug)]
pub(super) struct Tools<P> {
    pub(super) rules: Rules,
    pub(super) publisher: P,
    pub(super) map: MappingMap,
    pub(super) state: Mutex<State>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Attempted {
    pub(super) ended: Ended,
    /// What was said of the push, where one was made, and of which object.
    pub(super) pushed: Option<(Answer, ObjectRef)>,
    /// What was last said against it.
    pub(super) bar: Option<Answer>,
    /// Whether the state has to be read anew.
    pub(super) has_lost_state: bool,
}

impl Attempted {
    fn failed(mut self, why: &str) -> Self {
        tracing::warn!("the mapping is not brought to the exporter: {why}");
        self.bar = Some(Answer::Failed(why.to_owned()));
        self.ended.has_failed = true;
        self
    }

    fn state_failed(self, error: &StateError) -> Self {
        let has_lost_state = matches!(error, StateError::Conflict);
        Self {
            has_lost_state,
            ..self.failed(&error.to_string())
        }
    }
}

/// Notes what the mapping is made of where it stays the same itself.
pub(super) async fn accept<P: Publisher>(tools: Arc<Tools<P>>, set: AcceptedSet) -> Attempted {
    let attempted = Attempted::default();
    if let Err(error) = tools.state.lock().await.save(&set).await {
        return attempted.state_failed(&error);
    }
    Attempted {
        ended: Ended {
            accepted: Some(set),
            ..Ended::default()
        },
        ..attempted
    }
}

/// Plans and pushes until the round is over.
pub(super) async fn attempt<P: Publisher>(
    tools: Arc<Tools<P>>,
    mut round: Round,
    approved: Option<String>,
) -> Attempted {
    let approved = approved.as_deref();
    let mut attempted = Attempted::default();
    loop {
        match round.step() {
            Step::Plan(set) => {
                let mapping = tools.rules.mapping(&set);
                let fit = match tools.publisher.plan(&mapping, approved).await {
                    Answer::Unneeded => Fit::Live,
                    Answer::Free | Answer::Pushed { .. } => Fit::Free,
                    bar @ (Answer::Held { .. } | Answer::Refused { .. }) => {
                        attempted.bar = Some(bar);
                        Fit::Barred
                    }
                    Answer::Failed(why) => return attempted.failed(&why),
                };
                round.planned(fit);
            }
            Step::Push(set) => {
                if let Err(error) = push(&tools, &set, approved, &mut attempted).await {
                    return match error {
                        KeeperError::State(error) => attempted.state_failed(&error),
                        error => attempted.failed(&error.to_string()),
                    };
                }
                attempted.ended.accepted = Some(set);
                round.pushed();
            }
            Step::Over => break,
        }
    }
    attempted.ended.is_barred = !round.held().is_empty();
    attempted.ended.held.clone_from(round.held());
    if !attempted.ended.is_barred {
        attempted.bar = None;
    }
    attempted
}

async fn push<P: Publisher>(
    tools: &Tools<P>,
    set: &AcceptedSet,
    approved: Option<&str>,
    attempted: &mut Attempted,
) -> Result<(), KeeperError> {
    tools.state.lock().await.save(set).await?;
    let mapping = tools.rules.mapping(set);
    let answer = tools.publisher.push(&mapping, approved).await;
    match answer {
        Answer::Unneeded | Answer::Pushed { .. } => {
            let map = tools.map.write(&mapping).await?;
            attempted.pushed = Some((answer, map));
            Ok(())
        }
        Answer::Free => Err(KeeperError::Changed),
        bar @ (Answer::Held { .. } | Answer::Refused { .. }) => {
            attempted.bar = Some(bar);
            Err(KeeperError::Changed)
        }
        Answer::Failed(why) => Err(KeeperError::Push(why)),
    }
}
