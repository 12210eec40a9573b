//! When each object is looked at: soon where something is open, and all of them by
//! and by; and when a host waits no more for one, where none can be looked at.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use super::look::Sought;
use super::tracked::Tracked;
use super::{Id, Ledger};
use crate::report::delivery::{Moment, Now, Standing};

/// How much earlier than it is due something is looked at together with others, in
/// milliseconds.
pub(super) const TOGETHER: u64 = 100;

/// How many objects the sweep looks at in one go: as many as one search names.
const SWEPT: usize = 100;

impl Ledger {
    /// When there is something to look at; nothing before all is known.
    pub(in crate::controller::delivery) fn next_look(&self) -> Option<Moment> {
        let due = self.due.first().map(|(moment, _)| *moment);
        let sweep = (!self.claims.is_empty()).then_some(self.sweep_at);
        match self.is_listed() {
            true => [due, sweep].into_iter().flatten().min(),
            false => None,
        }
    }

    /// Whether anything is awaited, so that news of the exporter is worth having.
    pub(in crate::controller::delivery) fn is_awaiting(&self) -> bool {
        !self.due.is_empty()
    }

    /// What to look at now, so many at most, those of one blueprint side by side.
    pub(in crate::controller::delivery) fn round(&mut self, most: usize, now: Now) -> Vec<Sought> {
        let until = now.moment.plus(TOGETHER);
        let due = self.due.iter().take_while(|(at, _)| *at <= until);
        let mut ids: BTreeSet<Id> = due.map(|(_, id)| *id).take(most).collect();
        if self.sweep_at <= now.moment {
            ids.extend(self.sweep(now));
        }
        for id in &ids {
            self.plan(*id, None);
        }
        let mut ids: Vec<Id> = ids.into_iter().collect();
        ids.sort_by(|one, other| self.first_claim(*one).cmp(&self.first_claim(*other)));
        let dialect = self.rules.dialect;
        let sought = ids.into_iter().filter_map(|id| {
            let tracked = self.entities.get(id as usize)?.as_ref()?;
            let live = tracked.live.as_ref()?;
            Some(Sought {
                id,
                edition: tracked.edition,
                object: live.to_json(dialect),
                before: tracked.before.as_ref().map(|it| it.to_json(dialect)),
            })
        });
        sought.collect()
    }

    /// The next that the sweep looks at. So many at a time and so far apart that all
    /// have had their turn at the end of its time.
    fn sweep(&mut self, now: Now) -> Vec<Id> {
        let from = match self.swept.take() {
            Some(last) => Bound::Excluded(last),
            None => Bound::Unbounded,
        };
        let mut ids = Vec::new();
        for (identity, claimants) in self.claims.range((from, Bound::Unbounded)) {
            ids.extend(claimants.iter().filter(|id| self.is_of_shard(**id)));
            if ids.len() >= SWEPT {
                self.swept = Some(Arc::clone(identity));
                break;
            }
        }
        let steps = self.claims.len().div_ceil(SWEPT).max(1);
        self.sweep_at = now.moment.plus(self.rules.sweep / steps as u64);
        ids
    }

    /// Looks at everything soon: something happened to the exporter.
    pub(in crate::controller::delivery) fn hurry(&mut self, now: Now) {
        let awaited: Vec<Id> = self.due.iter().map(|(_, id)| *id).collect();
        for id in awaited {
            self.at(id).course.hurry(now);
            let at = self.at(id).course.next_look();
            self.plan(id, at);
        }
        self.sweep_at = now.moment;
    }

    /// Looks at everything at once: the mapping is another, or much is gone.
    pub(in crate::controller::delivery) fn look_at_all(&mut self, now: Now) {
        let live = self.by_key.values().copied();
        let live: Vec<Id> = live
            .filter(|id| self.get(*id).is_some_and(|it| it.live.is_some()))
            .filter(|id| self.is_of_shard(*id))
            .collect();
        for id in live {
            self.plan(id, Some(now.moment));
        }
    }

    /// The catalog does not answer: the waits of hosts end in time all the same.
    pub(in crate::controller::delivery) fn end_waits(&mut self, now: Now) {
        while let Some((at, id)) = self.ends.first().copied()
            && at <= now.moment
        {
            self.ends.pop_first();
            let is_current = self.get(id).and_then(Tracked::wait_end) == Some(at);
            if !is_current || !self.is_of_shard(id) {
                continue;
            }
            let tracked = self.at(id);
            if !tracked.course.is_known() {
                let why = "the catalog can't be asked".to_owned();
                tracked.course.stands(Standing::Unobserved { why }, now);
            }
            self.unsaid.insert(id);
            self.touch(id);
        }
    }

    /// When the next wait of a host ends that no look has ended.
    pub(in crate::controller::delivery) fn next_end(&self) -> Option<Moment> {
        self.ends.first().map(|(at, _)| *at)
    }

    /// Puts back what could not be looked at.
    pub(in crate::controller::delivery) fn put_back(
        &mut self,
        ids: impl IntoIterator<Item = Id>,
        at: Moment,
    ) {
        for id in ids {
            if self.get(id).is_some_and(|it| it.live.is_some()) {
                self.plan(id, Some(at));
            }
        }
    }

    pub(super) fn plan(&mut self, id: Id, at: Option<Moment>) {
        let before = std::mem::replace(&mut self.at(id).due, at);
        if let Some(before) = before {
            self.due.remove(&(before, id));
        }
        if let Some(at) = at {
            self.due.insert((at, id));
        }
    }
}
