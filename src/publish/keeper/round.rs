//! One attempt to bring a set of fragments into the mapping, and, where the guard does
//! not let it, the search for those that are to blame.
//!
//! Knows nothing of plans but whether they fit. All changes are tried at once; if they
//! don't fit, each changed fragment is left alone at its accepted state; if no single
//! one was to blame, those are gathered that go one after the other. Invariants: what
//! is pushed has fitted as it is; the number of plans has a limit, and what is not
//! tried within it is held.

use std::collections::BTreeSet;

use super::accepted::AcceptedSet;
use super::sighting::MapKey;

/// How many fragments are tried in each of the two ways: a plan may read the whole
/// cluster.
const ATTEMPTS: usize = 8;

/// What a plan says of a set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fit {
    /// It is live already.
    Live,
    /// It may go.
    Free,
    /// It may not.
    Barred,
}

/// What is to be done next.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// Ask whether this set may go.
    Plan(AcceptedSet),
    /// Push this set.
    Push(AcceptedSet),
    /// Nothing more.
    Over,
}

/// The attempt.
#[derive(Clone, Debug)]
pub(crate) struct Round {
    base: AcceptedSet,
    target: AcceptedSet,
    changed: Vec<MapKey>,
    /// What stays at its accepted state.
    held: BTreeSet<MapKey>,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Whole,
    Base,
    LeaveOut(usize),
    Gather(usize),
    Push,
    Again,
    Over,
}

impl Round {
    /// From what is accepted to what is wanted.
    pub(super) fn new(base: AcceptedSet, target: AcceptedSet) -> Self {
        let keys: BTreeSet<&MapKey> = base.keys().chain(target.keys()).collect();
        let differs = |key: &&MapKey| base.get(*key) != target.get(*key);
        let changed = keys.into_iter().filter(differs).cloned().collect();
        Self {
            base,
            target,
            changed,
            held: BTreeSet::new(),
            stage: Stage::Whole,
        }
    }

    /// What is to be done next.
    pub(crate) fn step(&self) -> Step {
        match self.stage {
            Stage::Whole | Stage::Again => Step::Plan(self.target.clone()),
            Stage::Base => Step::Plan(self.base.clone()),
            Stage::LeaveOut(index) => {
                let left: BTreeSet<&MapKey> = self.changed.get(index).into_iter().collect();
                Step::Plan(self.without(|key| left.contains(key)))
            }
            Stage::Gather(index) => {
                let tried = self.changed.get(index);
                Step::Plan(self.without(|key| self.held.contains(key) && Some(key) != tried))
            }
            Stage::Push => Step::Push(self.without(|key| self.held.contains(key))),
            Stage::Over => Step::Over,
        }
    }

    /// Takes the answer to the plan that was asked for.
    pub(crate) fn planned(&mut self, fit: Fit) {
        self.stage = match (self.stage, fit) {
            (Stage::Whole, Fit::Live | Fit::Free) => Stage::Push,
            (Stage::Whole, Fit::Barred) => Stage::Base,
            // It is nobody's change that bars it.
            (Stage::Base, Fit::Barred) => self.hold_all(Stage::Over),
            (Stage::Base, fit) if self.changed.len() <= 1 => {
                let next = match fit {
                    Fit::Live => Stage::Over,
                    Fit::Free | Fit::Barred => Stage::Push,
                };
                self.hold_all(next)
            }
            (Stage::Base, Fit::Live | Fit::Free) => Stage::LeaveOut(0),
            (Stage::LeaveOut(index), Fit::Live | Fit::Free) => {
                self.held.extend(self.changed.get(index).cloned());
                Stage::Push
            }
            (Stage::LeaveOut(index), Fit::Barred) => match index + 1 < self.tried() {
                true => Stage::LeaveOut(index + 1),
                false => self.hold_all(Stage::Gather(0)),
            },
            (Stage::Gather(index), fit) => {
                if let Some(key) = self.changed.get(index).filter(|_| fit != Fit::Barred) {
                    self.held.remove(key);
                }
                match index + 1 < self.tried() {
                    true => Stage::Gather(index + 1),
                    false if self.held.len() < self.changed.len() => Stage::Push,
                    false => Stage::Over,
                }
            }
            (Stage::Again | Stage::Push | Stage::Over, _) => Stage::Over,
        };
    }

    /// The set of the last step is live.
    pub(crate) fn pushed(&mut self) {
        // What is asked of who approves has to be told as it is now.
        self.stage = match self.held.is_empty() {
            true => Stage::Over,
            false => Stage::Again,
        };
    }

    /// What stays at its accepted state.
    pub(crate) fn held(&self) -> &BTreeSet<MapKey> {
        &self.held
    }

    fn tried(&self) -> usize {
        self.changed.len().min(ATTEMPTS)
    }

    fn hold_all(&mut self, next: Stage) -> Stage {
        self.held = self.changed.iter().cloned().collect();
        next
    }

    /// What is wanted, with some at their accepted state.
    fn without(&self, is_held: impl Fn(&MapKey) -> bool) -> AcceptedSet {
        let mut set = self.target.clone();
        for key in self.changed.iter().filter(|key| is_held(key)) {
            match self.base.get(key) {
                Some(accepted) => set.insert(key.clone(), accepted.clone()),
                None => set.remove(key),
            };
        }
        set
    }
}
